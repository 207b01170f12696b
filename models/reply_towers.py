"""Both towers of a trained `ReplyNet` at once, for one conversation: what an exported graph runs.

The towers read the same tokens in the same way and differ in their weights. Side by side in one product each, their
heads and last layers cost little more than those of one, and say the same to the last bit.
"""

from __future__ import annotations

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

    def read(self, tokens: Tensor, mask: Tensor) -> Said:
        """Encoded tokens (2, words, width) of the message and of its context, with their mask (2, words)."""
        towers, encoder, dim = self._net.towers, self._net.encoder, self._net.dim
        read, encoded = self._pooled(tokens, mask)
        last = [towers.get_layer(name) for name in ("query", "trigger", "polar", "register")]
        kernel = tf.concat([tf.convert_to_tensor(layer.kernel) for layer in last], 1)
        bias = tf.concat([tf.convert_to_tensor(layer.bias) for layer in last], 0)
        found = tf.matmul(read, kernel) + bias
        vector = encoder.get_layer("vector")(encoded)
        shares = tf.sigmoid(found[:, dim : dim + 2])
        return Said(
            vectors=encoder.get_layer("vector_unit")(tf.concat([found[:, :dim], vector], 0)),
            trigger=shares[:, :1],
            polar=shares[:, 1:],
            register=tf.tanh(found[:, dim + 2 :]),
        )

    def _pooled(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What the query's layers read, and what the reply's do."""
        towers, size = self._net.towers, self._net.size
        layers = (towers.get_layer("text_pooling"), self._net.encoder.get_layer("pooling"),
                  towers.get_layer("context_pooling"))  # fmt: skip
        kernel = tf.concat([tf.convert_to_tensor(layer.score.kernel) for layer in layers], 1)
        scores = tf.transpose(tf.matmul(tokens, kernel), (0, 2, 1))
        outside = ops.expand_dims(1.0 - mask, 1)
        means = tf.matmul(tf.nn.softmax(scores + outside * MASKED), tokens)
        means = tf.reshape(means, [2, -1])
        part = size.heads * size.width
        most = tf.reduce_max(tokens, axis=1)
        query = [means[:1, :part], most[:1], means[1:, 2 * part :], most[1:]]
        return tf.concat(query, 1), tf.concat([means[:1, part : 2 * part], most[:1]], 1)
