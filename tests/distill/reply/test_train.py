"""`earmark distill reply --quick` on dialogues of ours: every part works together, and what comes out runs."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from typer.testing import CliRunner

from distill.reply import train
from distill.reply.reply_yaml import read_reply_yaml
from distill.reply.train import REPLIES
from earmark.cli import app
from models import reply_net
from models.reply_net import REPLY_SIZES
from smartreply import SmartReply
from smartreply.engine import LiteRtEngine
from smartreply.reply_table import read_vectors
from tests.distill.reply.tiny_corpus import EXCHANGES, NAMES, write_cache, write_dialogues


def test_quick_training_gives_a_model_that_runs(tmp_path: Path) -> None:
    replies = [reply.text for reply in read_reply_yaml(REPLIES)]
    write_cache(tmp_path / "work" / "embeddings", sorted({*write_dialogues(tmp_path / "data"), *replies}))
    arguments = ["--data", str(tmp_path / "data"), "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
    result = CliRunner().invoke(app, ["distill", "reply", *arguments, "--quick"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    metrics = json.loads((tmp_path / "out" / "smartreply.metrics.json").read_text())
    assert 50 < metrics["pairs"] < len(EXCHANGES) * len(NAMES)  # some are held out, some are near-duplicates
    assert metrics["trigger"]["ece"] < 0.5
    smart = SmartReply.load(tmp_path / "out" / "smartreply.tflite")
    assert len(smart.replies) == len(replies)
    model = (tmp_path / "out" / "smartreply.tflite").read_bytes()
    vectors, engine = read_vectors(model), LiteRtEngine(model)
    own = np.stack([engine.encode(text) for text in replies[:20]])
    assert np.allclose((own * vectors[:20]).sum(axis=1), 1.0, atol=0.05)
    assert np.linalg.norm(own - vectors[:20], axis=1).min() > 0.01  # what the replies learned is in the file
    found = smart.suggest("are you coming tonight?", always=True)
    assert len({reply.intent for reply in found.replies}) == 3, found
    assert 'size = "small"' in (tmp_path / "out" / "smartreply.recipe.toml").read_text()


def test_an_unknown_size_is_told(tmp_path: Path) -> None:
    from earmark.errors import EarmarkError

    with pytest.raises(EarmarkError, match=r"the size of the student must be one of small, medium, large. Got 'huge'"):
        CliRunner().invoke(
            app, ["distill", "reply", "--data", ".", "--out", str(tmp_path), "--size", "huge"], catch_exceptions=False
        )


def test_a_student_of_another_shape_is_another_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checkpoint would not fit: what a run goes on from must have been begun with the same widths."""
    replies = [reply.text for reply in read_reply_yaml(REPLIES)]
    write_cache(tmp_path / "work" / "embeddings", sorted({*write_dialogues(tmp_path / "data"), *replies}))
    digests: list[str] = []

    class Begun(Exception):
        pass

    def begin(*given: object, digest: str, **rest: object) -> None:
        digests.append(digest)
        raise Begun

    monkeypatch.setattr(train, "train_student", begin)
    small = REPLY_SIZES["small"]
    for size in (small, replace(small, width=small.width + 8), small):
        monkeypatch.setattr(reply_net, "REPLY_SIZES", {**REPLY_SIZES, "small": size})
        with pytest.raises(Begun):
            train.train_reply(tmp_path / "data", tmp_path / "out", train.QUICK, work=tmp_path / "work", quick=True)
    assert digests[0] == digests[2] != digests[1]
