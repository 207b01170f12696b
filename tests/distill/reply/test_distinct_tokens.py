"""A batch whose distinct tokens are computed once says what the network says of every row by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distill.reply.corpus import ReplyCorpus
from distill.reply.distinct_tokens import BatchTokens, with_distinct
from tests.distill.reply.tiny_corpus import corpus, tiny_net


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ReplyCorpus:
    return corpus(tmp_path_factory.mktemp("cache"))


def batch_of(tiny: ReplyCorpus) -> dict[str, Any]:
    return {"message": tiny.rows[:7, :6], "context": np.zeros((7, 2), np.int32), "reply": tiny.rows[3:9], "other": 1.5}


def test_rows_become_places_among_the_distinct(tiny: ReplyCorpus) -> None:
    batch = batch_of(tiny)
    found = with_distinct(batch)
    assert found["other"] == 1.5
    assert found["distinct"][0] == 0
    assert len(set(found["distinct"].tolist())) == len(found["distinct"])
    for name in ("message", "context", "reply"):
        assert found[name].dtype == np.int32
        assert np.array_equal(found["distinct"][found[name]], batch[name])
        assert np.array_equal(found[name] == 0, batch[name] == 0)


def test_tokens_are_what_the_network_makes_of_each_row(tiny: ReplyCorpus) -> None:
    net, batch = tiny_net(), batch_of(tiny)
    tokens = BatchTokens(net, tiny.table.values, with_distinct(batch), training=False)
    for name in ("message", "context", "reply"):
        rows = batch[name]
        mask = (rows > 0).astype(np.float32)
        wanted = net.tokens([tiny.table.values[rows].astype(np.float32), mask], training=False)
        encoded, seen = tokens(name)
        assert np.array_equal(np.asarray(seen), mask)
        assert np.abs(np.asarray(encoded) - np.asarray(wanted)).max() < 1e-5
    assert np.abs(np.asarray(tokens("message")[0])).max() > 0.1


def test_the_bottleneck_learns_from_every_place(tiny: ReplyCorpus) -> None:
    """The slope of a token's weights is the sum over where it stands."""
    import tensorflow as tf

    net, batch = tiny_net(), batch_of(tiny)
    weights = net.bottleneck.trainable_variables
    values = tiny.table.values[batch["message"]].astype(np.float32)
    mask = (batch["message"] > 0).astype(np.float32)
    slopes = []
    for distinct in (True, False):
        with tf.GradientTape() as tape:
            if distinct:
                found = BatchTokens(net, tiny.table.values, with_distinct(batch), training=False)("message")[0]
            else:
                found = net.tokens([values, mask], training=False)
            total = tf.reduce_sum(found * np.arange(found.shape[-1], dtype=np.float32))
        slopes.append([np.asarray(slope) for slope in tape.gradient(total, weights)])
    for first, second in zip(*slopes, strict=True):
        assert np.abs(first - second).max() < 1e-3 * max(1.0, np.abs(second).max())
