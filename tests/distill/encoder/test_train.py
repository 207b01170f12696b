"""The whole of `earmark distill encoder` on tiny made-up corpora, and what it leaves behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from distill import minilm
from distill.checkpoint import read_checkpoint
from distill.encoder import train
from distill.encoder.train import QUICK, train_encoder
from distill.minilm_int8 import shared_encoder
from distill.reply.embeddings import WIDTH
from distill.tflite_operators import foreign_operators
from earmark.cli import app
from earmark.errors import ArtifactError
from models.bert import BertConfig
from recorder import wordpiece
from recorder.encoder import Encoder
from recorder.encoder_windows import CLS, SEP, WINDOW
from recorder.models import Models, with_transformer
from recorder.session import SmartScroll
from recorder.transcript import Segment
from recorder.transformer import TransformerTable
from recorder.wordpiece import WordPiece
from tests.distill.encoder.made_up import write_corpora
from tests.models.tiny_bert import write_bert

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


TEACHER = BertConfig(
    vocabulary_size=len(WordPiece.load()), num_layers=1, hidden_size=WIDTH, num_heads=12, intermediate_size=32,
    max_positions=128,
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """In MiniLM's place a layer of random weights with its vocabulary and width: MiniLM is no part of the extras."""
    pieces = (Path(wordpiece.__file__).parent / "pretrained" / "en" / "wordpiece.txt").read_text(encoding="utf-8")
    folder = write_bert(tmp_path_factory.mktemp("teacher"), TEACHER, pieces.removesuffix("\n").split("\n"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(minilm, "minilm_folder", lambda: folder)
        shared_encoder.cache_clear()
        yield
    shared_encoder.cache_clear()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = write_corpora(tmp_path_factory.mktemp("corpora"))
    out = tmp_path_factory.mktemp("out")
    result = CliRunner().invoke(app, ["distill", "encoder", "--data", str(data), "--out", str(out), "--quick"])
    assert result.exit_code == 0, result.output
    return out


def test_the_file_reads_windows_with_builtin_operators(made: Path) -> None:
    assert foreign_operators(made / "encoder.tflite") == ()
    ids = np.zeros((2, WINDOW), np.int32)
    ids[0, :4] = [CLS, 6046, 2166, SEP]
    ids[1, :3] = [CLS, 3871, SEP]
    reading = Encoder.load(made / "encoder.tflite").read(ids)
    assert reading.keyword.shape == (2, WINDOW)
    assert reading.rating.shape == (2,)
    assert np.allclose(np.linalg.norm(reading.sentence, axis=1), 1.0, atol=1e-3)
    assert not np.allclose(reading.sentence[0], reading.sentence[1])


def test_figures_and_recipe_lie_beside(made: Path) -> None:
    figures = json.loads((made / "encoder.metrics.json").read_text())
    assert figures["quantisation"]["int8"]["sentences, cosine to float"] > 0.9
    assert set(figures["fusion"]["keywords"]) == {"0.00", "0.25", "0.50", "1.00"}
    for stage in ("start", "words", "pre-trained", "shipped"):
        assert -1.0 <= figures[stage]["spearman, both"] <= 1.0
    recipe = (made / "encoder.recipe.toml").read_text()
    assert recipe.startswith("# made by: earmark distill encoder\n")
    assert "[pretrain]" in recipe
    assert "[tune]" in recipe


def test_the_trained_pair_runs_in_smart_scrolling(made: Path) -> None:
    table, encoder = TransformerTable.load(made / "transformer.json"), Encoder.load(made / "encoder.tflite")
    table.check(encoder)
    models = with_transformer(Models.load("tfidf"), table, encoder)
    talk = [Segment(None, None, f"We should look at the battery and the charger again, number {i}.") for i in range(40)]
    outline = SmartScroll(models=models).outline(talk)
    assert "batter" in outline.sections[0].keywords[0].text or "charger" in outline.sections[0].keywords[0].text


def test_a_table_of_another_encoder_is_refused(made: Path) -> None:
    table = replace(TransformerTable.load(made / "transformer.json"), encoder_sha256="0" * 64)
    with pytest.raises(ArtifactError, match=r"belongs to an encoder with the SHA-256 0000.*train both anew"):
        table.check(Encoder.load(made / "encoder.tflite"))


def test_a_second_run_goes_on_where_the_first_stopped(made: Path, tmp_path: Path) -> None:
    assert read_checkpoint(made / "work" / "heads.npz", digest=_digest(made / "work" / "heads.npz")) is not None
    data = write_corpora(tmp_path / "data")
    before = (made / "work" / "encoder.npz").stat().st_mtime_ns
    said: list[str] = []
    train_encoder(data, tmp_path / "out", QUICK, work=made / "work", say=said.append)
    assert (made / "work" / "encoder.npz").stat().st_mtime_ns == before, "nothing is trained twice"
    ids = np.full((1, WINDOW), 3871, np.int32)
    one, other = (Encoder.load(out / "encoder.tflite").read(ids) for out in (made, tmp_path / "out"))
    assert np.array_equal(one.keyword, other.keyword)
    assert np.array_equal(one.sentence, other.sentence)


def test_an_encoder_without_bottlenecks_begins_as_blocks_of_the_teacher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Begun(Exception):
        pass

    def begin(student: Any, *given: Any, **rest: Any) -> None:
        block = minilm.SentenceEncoder().encoder.blocks[0]
        assert np.array_equal(student.encoder.blocks[0].query.kernel, block.query.kernel)
        assert student.encoder.embedding.word.bits == 4
        raise Begun

    monkeypatch.setattr(train, "pretrain", begin)
    size = {"blocks": 1, "ffns": 1, "ffn_width": 16, "heads": 12, "positions": 128, "norm": "layer",
            **dict.fromkeys(("bottleneck", "hidden", "embedding"), WIDTH)}  # fmt: skip
    with pytest.raises(Begun):
        train_encoder(
            write_corpora(tmp_path / "data"), tmp_path / "out", replace(QUICK, size=size, table="int4"),
            work=tmp_path / "work",
        )  # fmt: skip
    assert not (tmp_path / "work" / "words.npz").exists(), "the words are there already"


def _digest(path: Path) -> str:
    with np.load(path, allow_pickle=False) as found:
        return str(json.loads(found["about"].tobytes())["digest"])


def test_an_unknown_size_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["distill", "encoder", "--data", str(tmp_path), "--out", str(tmp_path / "o"), "--size", "xl"]
    )
    assert result.exit_code != 0
    assert "--size must be one of" in str(result.exception)
