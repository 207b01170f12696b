"""The two towers: the contract, rows without tokens, and that a message is encoded as a reply would be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from models.reply_net import REPLY_SIZES, ReplyNet, ReplySize
from projection import Projection, encode_batch, project_tokens
from tests.models import contract

# Keras reads its variables with numpy's old protocol while saving.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

BYTES = Projection(n_bytes=24, words=6, bits=10)
ROWS = {
    "text": encode_batch(["Where is my card?", "thanks", "", "né 🙂 a b c d e f g"], BYTES.n_bytes),
    "context": encode_batch(["hi", "", "the bus\nis late", ""], BYTES.n_bytes),
}
TINY = ReplySize(width=6, hidden=5, heads=2)
OUTPUTS = {"query", "message", "embedding", "trigger", "polar", "register"}


def build() -> ReplyNet:
    return ReplyNet(TINY, BYTES, dim=7, embedding=9)


def core_inputs() -> dict[str, np.ndarray]:
    seen: dict[str, np.ndarray] = {}
    for row, rows in ROWS.items():
        values, mask = project_tokens(rows, BYTES)
        seen |= {f"{row}_values": values.astype(np.float32), f"{row}_mask": mask.astype(np.float32)}
    return seen


def test_contract(tmp_path: Path) -> None:
    model = build()
    contract.check_config_round_trip(model, ROWS)
    contract.check_saving(model, ROWS, tmp_path)
    contract.check_dtypes(build, ROWS, float32=OUTPUTS, within=0.1)


def test_export_parity(tmp_path: Path) -> None:
    contract.check_export_parity(build(), {name: rows[:1] for name, rows in ROWS.items()}, tmp_path, within=1e-5)


def test_outputs_by_name_and_shape() -> None:
    found = contract.outputs_of(build(), ROWS)
    shapes = {name: array.shape for name, array in found.items()}
    wide = {"query": (4, 7), "message": (4, 7), "embedding": (4, 9)}
    assert shapes == {**wide, "trigger": (4, 1), "polar": (4, 1), "register": (4, 1)}
    for name in ("query", "message"):
        assert np.abs(np.linalg.norm(found[name], axis=1) - np.array([1, 1, found[name][2].any(), 1])).max() < 1e-5
    assert np.abs(found["register"]).max() <= 1


def test_core_reads_what_numpy_projects() -> None:
    model = build()
    contract.assert_same(contract.outputs_of(model.core, core_inputs()), contract.outputs_of(model, ROWS), within=1e-6)


def test_a_message_is_encoded_like_a_reply() -> None:
    model, inputs = build(), core_inputs()
    whole = contract.outputs_of(model.core, inputs)
    alone = contract.outputs_of(model.encode_core, {name: inputs[name] for name in ("text_values", "text_mask")})
    assert set(alone) == {"vector", "embedding"}
    assert np.array_equal(alone["vector"], whole["message"])
    assert np.array_equal(alone["embedding"], whole["embedding"])
    assert {id(weight) for weight in model.encode_core.weights} < {id(weight) for weight in model.weights}


def test_padding_says_nothing_and_no_context_is_finite() -> None:
    model, inputs = build(), core_inputs()
    inputs["context_mask"] = np.zeros_like(inputs["context_mask"])
    before = contract.outputs_of(model.core, inputs)
    assert all(np.isfinite(array).all() for array in before.values())
    # Whatever stands behind the mask, and however long it is, is not read.
    inputs["context_values"] = np.ones((4, 3, 10), np.float32)
    inputs["context_mask"] = np.zeros((4, 3), np.float32)
    contract.assert_same(before, contract.outputs_of(model.core, inputs), within=1e-6)
    inputs["text_values"] = np.concatenate([inputs["text_values"], np.ones((4, 2, 10), np.float32)], 1)
    inputs["text_mask"] = np.pad(inputs["text_mask"], ((0, 0), (0, 2)))
    contract.assert_same(before, contract.outputs_of(model.core, inputs), within=1e-6)


def test_dropout_follows_the_size() -> None:
    def random_outputs(dropout: float) -> list[Any]:
        model = ReplyNet(ReplySize(width=6, hidden=5, heads=2, dropout=dropout), BYTES, dim=7, embedding=9)
        return [np.asarray(model.core(core_inputs(), training=True)["query"]) for _ in range(2)]

    still, moving = random_outputs(0.0), random_outputs(0.5)
    assert np.array_equal(*still)
    assert not np.array_equal(*moving)


def test_named_sizes_grow() -> None:
    counts = []
    for name in REPLY_SIZES:
        model = ReplyNet(name)
        counts.append(model.count_params() - model.encoder.get_layer("embedding").count_params())
    assert list(REPLY_SIZES) == ["small", "medium", "large"]
    assert counts[0] < 150_000 < counts[1] < 450_000 < counts[2] < 1_100_000, counts


def test_a_hidden_layer_may_be_left_out() -> None:
    with_it, without = (ReplyNet(ReplySize(width=6, hidden=hidden, heads=2), BYTES, dim=7) for hidden in (5, 0))
    bits = BYTES.bits
    assert with_it.count_params() - without.count_params() == (bits + 1) * 5 + (5 + 1) * 6 - (bits + 1) * 6
    with pytest.raises(ValueError, match=r"The 'hidden' of a ReplySize must be 0 or more\. Got -1 instead"):
        ReplySize(hidden=-1)


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'size' parameter of ReplyNet must be one of .* Got 'tiny'"):
        ReplyNet("tiny")
    with pytest.raises(ValueError, match=r"The 'width' of a ReplySize must be 1 or more\. Got 0 instead"):
        ReplySize(width=0)
    with pytest.raises(ValueError, match=r"The 'dropout' of a ReplySize must be from 0 to below 1\. Got 1\.0"):
        ReplySize(dropout=1.0)
