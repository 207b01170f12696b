"""Both towers of a trained `ReplyNet` at once, for one conversation: what an exported graph runs.

The towers read the same tokens in the same way and differ in their weights. Side by side in one product each, their
heads and last layers cost little more than those of one, and say the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf
from keras import ops

from models.sequence_projection_net import MASKED

__all__ = ["JointTowers", "Said"]

Tensor = Any


class Said(NamedTuple):
    """What the network says of a conversation; float32.

    Attributes:
        vectors: (2, dim), unit length: the query, and the message as a reply.
        trigger, polar: (1, 1), probabilities.
        register: (1, 1), -1 to 1.
    """

    vectors: Tensor
    trigger: Tensor
    polar: Tensor
    register: Tensor


class JointTowers:
    """See the module's docstring.

    Args:
        net: a `ReplyNet`.
    """

    def __init__(self, net: Any) -> None:
        self._net = net
        self._part = net.size.heads * net.size.width
        self._poolings = (net.towers.get_layer("text_pooling"), net.encoder.get_layer("pooling"),
                          net.towers.get_layer("context_pooling"))  # fmt: skip

    def read(self, tokens: Tensor, mask: Tensor) -> Said:
        """Encoded tokens (2, words, width) of the message and of its context, with their mask (2, words)."""
        means, most = self._pooled(tokens, mask, self._poolings)
        part = self._part
        query = [means[:1, :part], most[:1], means[1:, 2 * part :], most[1:]]
        return self._say(query, [means[:1, part : 2 * part], most[:1]])

    def read_alone(self, tokens: Tensor, mask: Tensor) -> Said:
        """Encoded tokens (1, words, width) of a message, as `read` with a context of no token: its pools are zeros."""
        means, most = self._pooled(tokens, mask, self._poolings[:2])
        part = self._part
        query = [means[:, :part], most, tf.zeros((1, part + self._net.size.width))]
        return self._say(query, [means[:, part:], most])

    def _pooled(self, tokens: Tensor, mask: Tensor, layers: Sequence[Any]) -> tuple[Tensor, Tensor]:
        """The means of all heads of these layers, side by side, and the largest values; a row for each text."""
        kernel = tf.concat([tf.convert_to_tensor(layer.score.kernel) for layer in layers], 1)
        scores = tf.transpose(tf.matmul(tokens, kernel), (0, 2, 1))
        outside = ops.expand_dims(1.0 - mask, 1)
        means = tf.matmul(tf.nn.softmax(scores + outside * MASKED), tokens)
        return tf.reshape(means, [tokens.shape[0], -1]), tf.reduce_max(tokens, axis=1)

    def _say(self, query: list[Tensor], encoded: list[Tensor]) -> Said:
        """The last layers, from the parts of what the query's read and of what the reply's do, (1, ..) each."""
        towers, encoder, dim = self._net.towers, self._net.encoder, self._net.dim
        last = [towers.get_layer(name) for name in ("query", "trigger", "polar", "register")]
        kernel = tf.concat([tf.convert_to_tensor(layer.kernel) for layer in last], 1)
        bias = tf.concat([tf.convert_to_tensor(layer.bias) for layer in last], 0)
        found = tf.matmul(tf.concat(query, 1), kernel) + bias
        vector = encoder.get_layer("vector")(tf.concat(encoded, 1))
        shares = tf.sigmoid(found[:, dim : dim + 2])
        return Said(
            vectors=encoder.get_layer("vector_unit")(tf.concat([found[:, :dim], vector], 0)),
            trigger=shares[:, :1],
            polar=shares[:, 1:],
            register=tf.tanh(found[:, dim + 2 :]),
        )
