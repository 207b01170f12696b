"""The distinct tokens of a batch are looked up, and go through the bottleneck, once, however often they stand in it.

What a token becomes there depends on nothing around it, and most tokens of a batch are repetitions ("i", "you", "?"):
the student's widest layers are then a small part of a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["BatchTokens", "with_distinct"]

ROWS = ("message", "context", "reply", "own", "own_context", "text")
"""What may hold rows of token numbers in a batch; 0 is no token."""

DISTINCT = "distinct"


def with_distinct(batch: Mapping[str, Any]) -> dict[str, Any]:
    """The batch with "distinct", the token numbers in it from 0 on, and with rows of places among those."""
    rows = {name: batch[name] for name in ROWS if name in batch}
    flat = np.concatenate([np.zeros(1, np.int32), *(row.reshape(-1) for row in rows.values())])
    distinct, places = np.unique(flat, return_inverse=True)
    found = {**batch, DISTINCT: distinct}
    at = 1
    for name, row in rows.items():
        found[name] = places[at : at + row.size].reshape(row.shape).astype(np.int32)
        at += row.size
    return found


class BatchTokens:
    """Encoded tokens of the rows of one batch; made and called inside a graph.

    Args:
        net: a `models.reply_net.ReplyNet`.
        table: the values of every token, int8 (tokens, bits).
        batch: from `with_distinct`.
        training: with dropout.
    """

    def __init__(self, net: Any, table: Any, batch: Mapping[str, Any], *, training: bool) -> None:
        import tensorflow as tf

        self._net, self._batch, self._training = net, batch, training
        values = tf.cast(tf.gather(table, batch[DISTINCT]), tf.float32)[None]
        known = tf.cast(batch[DISTINCT] > 0, tf.float32)[None]
        self._narrow = net.bottleneck(values, known)[0]

    def __call__(self, name: str) -> list[Any]:
        """Encoded tokens (rows, words, width) and their mask (rows, words), as the net's towers and encoder read."""
        import tensorflow as tf

        places = self._batch[name]
        mask = tf.cast(places > 0, tf.float32)
        return [self._net.reader([tf.gather(self._narrow, places), mask], training=self._training), mask]
