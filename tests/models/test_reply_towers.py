"""Both towers at once say what they say one by one."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from models.reply_towers import JointTowers
from projection import encode_batch
from tests.models import small_reply
from tests.models.small_reply import SMALL


def test_both_towers_at_once_say_what_they_say_one_by_one() -> None:
    net = small_reply.net()
    for layer in ("trigger", "polar", "register"):  # each its own, so that none can stand for another
        net.towers.get_layer(layer).bias.assign([len(layer) / 10])
    for message, context in (("are you free tonight?", "hi\nlunch"), ("why", ""), ("", "thanks"), ("", "")):
        values, mask = net.get_layer("projection")(encode_batch([message, context], SMALL.n_bytes))
        tokens = net.tokens([values, mask], training=False)
        said = JointTowers(net).read(tokens, mask)
        apart = net.towers([tokens[:1], mask[:1], tokens[1:], mask[1:]], training=False)
        vector = net.encoder([tokens[:1], mask[:1]], training=False)["vector"]
        wanted = (
            np.concatenate([apart["query"], vector]), tf.sigmoid(apart["trigger"]), tf.sigmoid(apart["polar"]),
            apart["register"],
        )  # fmt: skip
        for found, one in zip(said, wanted, strict=True):
            assert np.allclose(found, one, rtol=0, atol=1e-6), (message, context)


def test_alone_is_with_a_context_of_no_token_and_no_other() -> None:
    net = small_reply.net()
    towers = JointTowers(net)
    for message in ("are you free tonight?", "why", ""):
        said = []
        for context in ("", " \n ", "hi"):
            values, mask = net.get_layer("projection")(encode_batch([message, context], SMALL.n_bytes))
            said.append(towers.read(net.tokens([values, mask], training=False), mask))
        values, mask = net.get_layer("projection")(encode_batch([message], SMALL.n_bytes))
        alone = towers.read_alone(net.tokens([values, mask], training=False), mask)
        for found, *wanted in zip(alone, *said[:2], strict=True):
            assert all(np.allclose(found, one, rtol=0, atol=1e-6) for one in wanted), message
        assert not np.allclose(alone.vectors[0], said[2].vectors[0], rtol=0, atol=1e-3), message
