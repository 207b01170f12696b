"""States of the lower blocks: what is kept is what the network says, computed once, in a folder with room for it."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from distill.minilm import SentenceEncoder
from distill.reply import lower_states as module
from distill.reply.lower_states import LowerStates, blocks_of, lower_states
from earmark.errors import EarmarkError
from tests.distill.reply.tiny_corpus import texts, tiny_sentence_bert

WIDTH = 32


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sentence_bert(tmp_path_factory.mktemp("bert") / "bert", width=WIDTH)


def test_states_are_those_of_the_blocks(bert: Path, tmp_path: Path) -> None:
    model = SentenceEncoder(bert)
    lower = lower_states(model, texts(), layers=1, folder=tmp_path)
    places = np.array([3, 0, 7])
    group = lower.group(places)
    inputs = model.tokens.encode([texts()[place] for place in places])
    assert np.array_equal(group["mask"], inputs["padding_mask"])
    encoder = model.encoder
    before = encoder.embedding(inputs["token_ids"], inputs["segment_ids"])
    wanted = encoder.blocks[0](before, inputs["padding_mask"], training=False)
    said = group["mask"] > 0
    assert np.abs(group["states"] - np.asarray(wanted))[said].mean() < 0.02  # bfloat16 in a random network
    assert np.abs(group["states"] - np.asarray(before))[said].mean() > 0.1
    assert not group["states"][~said].any()


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_the_other_blocks_go_on_from_there(bert: Path, tmp_path: Path, layers: int) -> None:
    model = SentenceEncoder(bert)
    group = lower_states(model, texts(), layers=layers, folder=tmp_path).group(np.arange(len(texts())))
    x = group["states"].astype(np.float32)
    for block in blocks_of(model.encoder, layers, 2):
        x = block(x, group["mask"])
    cosines = np.asarray(model.encoder.pool(x, group["mask"])) @ model.encode(texts()).T
    # bfloat16 turns vectors of a random network more than those of a trained one (MiniLM: a cosine of .9999)
    assert np.median(np.diagonal(cosines)) > 0.999
    assert (cosines.argmax(axis=1) == np.arange(len(cosines))).all()


def test_states_are_computed_once(bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = SentenceEncoder(bert)
    first = lower_states(model, texts(), layers=1, folder=tmp_path)
    monkeypatch.setattr(module, "_compute", lambda *given: pytest.fail("computed again"))
    again = lower_states(model, texts(), layers=1, folder=tmp_path)
    assert isinstance(again, LowerStates)
    assert np.array_equal(first.states, again.states)
    with pytest.raises(pytest.fail.Exception):  # other texts, other states
        lower_states(model, texts()[1:], layers=1, folder=tmp_path)
    with pytest.raises(pytest.fail.Exception):  # other blocks, too
        lower_states(model, texts(), layers=2, folder=tmp_path)


def test_a_full_disk_is_told_before_anything_is_written(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=10_000))
    with pytest.raises(EarmarkError, match=r"lower blocks need 0\.0 GB in .*, 0\.0 GB are free\. Make room, or choose"):
        lower_states(SentenceEncoder(bert), texts(), layers=1, folder=tmp_path)
    assert not any(tmp_path.iterdir())
