"""The reply table without TensorFlow: columns, eight bits, and what cannot be put into a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from earmark.errors import ArtifactError
from earmark.tflite_buffers import read_tree
from projection.metadata import read_facts
from smartreply.engine import LiteRtEngine
from smartreply.errors import ReplyError
from smartreply.replies import ReplyEntry
from smartreply.reply_list import read_replies
from smartreply.reply_table import put_columns, quantised, read_vectors, replace_replies, reply_columns
from tests.smartreply.tiny_replies import TINY

pytestmark = pytest.mark.runtime

MODEL = Path(__file__).parent / "data" / "small.tflite"
"""Written by tests/smartreply/make_small_model.py: an untrained student in 8 bits."""


def vectors_of(engine: LiteRtEngine, replies: tuple[ReplyEntry, ...]) -> np.ndarray:
    return np.stack([engine.encode(one.text) for one in replies])


@pytest.mark.parametrize("count", [3, 24, 48, 128, 300])
def test_lists_of_any_length(count: int) -> None:
    """Also of lengths that other dimensions of the network have."""
    data = MODEL.read_bytes()
    chance = np.random.default_rng(count)
    replies = tuple(
        ReplyEntry(text=f"{'reply ' * int(chance.integers(1, 6))}{row}", intent=f"intent_{row % 5}",
                   family=f"family_{row % 4}", polarity=int(chance.integers(-1, 2)), prior=float(chance.normal()))
        for row in range(count)
    )  # fmt: skip
    vectors = vectors_of(LiteRtEngine(data), replies)
    other = replace_replies(data, replies, vectors)
    assert read_replies(other, place="test") == replies
    assert read_facts(other).labels == tuple(f"intent_{row}" for row in range(min(count, 5)))
    engine = LiteRtEngine(other)
    found = engine.read("see you soon?", "hi")
    settings = engine.settings
    wanted = settings.scale * (vectors @ found.query) + np.array([one.prior for one in replies])
    wanted[vectors @ found.message >= settings.echo_threshold] = -1e4
    assert found.logits.shape == (count,)
    assert np.abs(found.logits - wanted).max() < 0.02 * settings.scale
    raw = engine._read_rows("see you soon?", "hi")
    assert [bytes(row).rstrip(b"\0").decode() for row in raw["replies"]] == [
        replies[row].text for row in raw["indices"]
    ]
    assert len({replies[row].family for row in raw["indices"]}) == 3
    assert np.array_equal(engine.encode("see you"), LiteRtEngine(data).encode("see you"))
    assert replace_replies(other, replies, vectors) == other
    assert np.abs(read_vectors(other) - vectors).max() <= np.abs(vectors).max() / 127


def test_columns() -> None:
    vectors = np.eye(len(TINY), dtype=np.float32)
    columns = reply_columns(TINY, vectors)
    assert columns["texts"].shape == (len(TINY), max(len(one.text.encode()) for one in TINY))
    assert bytes(columns["texts"][6]).rstrip(b"\0").decode() == "😂"
    assert columns["polarity"].tolist() == [[one.polarity for one in TINY]]
    assert columns["form"][0, [0, 6, 8]].tolist() == [0, -1, 1]
    assert columns["family"][0, :6].tolist() == [0, 0, 1, 2, 3, 3]
    assert columns["intent"][0, :6].tolist() == [0, 1, 2, 3, 4, 4]
    assert columns["echo_ok"].tolist() == [[int(one.echo_ok) for one in TINY]]
    assert {name: str(values.dtype) for name, values in columns.items()} == {
        "vectors": "float32", "prior": "float32", "register": "int8", "polarity": "int8", "form": "int8",
        "family": "int16", "echo_ok": "int8", "intent": "int16", "texts": "uint8",
    }  # fmt: skip


def test_eight_bits() -> None:
    vectors = np.array([[0.5, -1.0, 0.25], [0.0, 0.0, 0.0], [2.0, 1.0, -4.0]], np.float32)
    whole, scales = quantised(vectors)
    assert whole.tolist() == [[16, -32, 8], [0, 0, 0], [64, 32, -127]]
    assert scales.tolist() == [np.float32(4.0) / np.float32(127)]
    assert np.abs(whole * scales - vectors).max() <= scales[0] / 2
    assert quantised(np.zeros((2, 3), np.float32))[1].tolist() == [1.0]


def test_what_does_not_fit_is_refused() -> None:
    data = MODEL.read_bytes()
    engine = LiteRtEngine(data)
    vectors = vectors_of(engine, TINY)
    with pytest.raises(ReplyError, match=r"at least 3 families, so that three suggestions differ\. Got 1 in 12"):
        replace_replies(data, tuple(replace(one, family="one") for one in TINY), vectors)
    with pytest.raises(
        ReplyError, match=r"vectors must be finite and one a reply, \[12, D\]\. Got the shape \[11, 24\]"
    ):
        replace_replies(data, TINY, vectors[:11])
    with pytest.raises(ReplyError, match=r"vectors must be finite"):
        replace_replies(data, TINY, vectors * np.float32("nan"))
    with pytest.raises(ReplyError, match=r"reply table has vectors of the shape \[12, 24\]\. Got \[12, 23\]"):
        replace_replies(data, TINY, np.ascontiguousarray(vectors[:, :23]))
    with pytest.raises(ArtifactError, match=r"is not a \.tflite"):
        replace_replies(b"not a model at all", TINY, vectors)
    for number in (0, 2):  # the graphs of "suggest" and "suggest_alone"
        tree = read_tree(data, place="it")
        for tensor in tree.subgraphs[number].tensors:
            if tensor.name and b"prior" in bytes(tensor.name):
                tensor.name = None
        with pytest.raises(ArtifactError, match=r"the model file it has no tensor replies\.prior\. Export it again"):
            put_columns(tree, reply_columns(TINY, vectors), place="it")
