"""The gates of smart reply: is a message English, and does it touch a topic that wants a person, not a suggestion?

Both read the token values that the student's projection gives anyway (batch, words, bits) with their mask, and each is
a tiny network backed by a word list inside the graph (`LexiconMatch`). As layers they give logits to train on; their
`judge` says what the exported file says, word list included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from models.lexicon_match import LexiconMatch
from models.sequence_projection_net import Bottleneck, HeadPooling, MaskedConvolution
from projection import Projection

__all__ = ["ENGLISH_COLUMNS", "SENSITIVE_TOPICS", "EnglishGate", "LexiconMatch", "SensitiveGate"]

PACKAGE = "earmark"

SENSITIVE_TOPICS = ("self_harm", "medical", "violence", "abuse", "adult")
"""In the order of the gate's topics."""

ENGLISH_COLUMNS = ("english", "foreign", "neutral")
"""What the English gate's list says of a word, each 0 or 1: English chat uses it; other languages use it; it is no
word at all (marks and emoji)."""

FORCED = 0.999
"""Probability that the word list gives by itself."""


class _Gate(keras.layers.Layer):
    def __init__(
        self,
        entries: Mapping[str, Sequence[int]],
        projection: Projection | Mapping[str, Any],
        *,
        width: int,
        dropout: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.lexicon = LexiconMatch(entries, projection, name="lexicon")
        self.width, self.dropout = width, dropout
        self.drop = keras.layers.Dropout(dropout, name="drop")

    def get_config(self) -> dict[str, Any]:
        inside = self.lexicon.get_config()
        return {
            **super().get_config(),
            "entries": inside["entries"],
            "projection": inside["projection"],
            "width": self.width,
            "dropout": self.dropout,
        }


@keras.saving.register_keras_serializable(package=PACKAGE)
class EnglishGate(_Gate):
    """The logit of "this is English": token values (batch, words, bits) and mask (batch, words) -> (batch, 1).

    Every token becomes `width` components beside its columns of the list; their mean over the tokens that are not
    neutral, their largest values and how many there are decide.

    Args:
        entries: token to its three `ENGLISH_COLUMNS`.
        projection: how tokens become values.
        width: components of a token.
        dropout: share of the pooled components that training drops.
    """

    def __init__(
        self,
        entries: Mapping[str, Sequence[int]],
        projection: Projection | Mapping[str, Any],
        *,
        width: int = 24,
        dropout: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(entries, projection, width=width, dropout=dropout, **kwargs)
        self.dense = keras.layers.Dense(width, activation="relu", name="dense")
        self.hidden = keras.layers.Dense(16, activation="relu", name="hidden")
        self.logit = keras.layers.Dense(1, dtype="float32", name="logit")

    def build(self, shape: Any) -> None:
        self.dense.build(shape)
        self.hidden.build((shape[0], 2 * self.width + len(ENGLISH_COLUMNS)))
        self.logit.build((shape[0], 16))
        self.built = True

    def call(self, values: Any, mask: Any, training: bool = False) -> Any:
        return self._network(values, mask, self.lexicon(values), training)

    def judge(self, values: Any, mask: Any) -> Any:
        """P(English), float32 (batch, 1).

        1 for a message without words, at least 0.999 where the list knows every word as English.
        """
        if not self.built:
            self.build(values.shape)
        known = self.lexicon(values)
        share = ops.sigmoid(self._network(values, mask, known, False))
        words = ops.sum(mask * (1.0 - known[:, :, 2]), axis=1, keepdims=True)
        english = ops.sum(mask * known[:, :, 0], axis=1, keepdims=True)
        no_words = 1.0 - ops.minimum(words, 1.0)
        all_english = FORCED * (1.0 - ops.minimum(words - english, 1.0))
        return ops.maximum(share, ops.maximum(no_words, all_english))

    def _network(self, values: Any, mask: Any, known: Any, training: bool) -> Any:
        counted = mask * (1.0 - known[:, :, 2])
        x = self.dense(values) * counted[:, :, None]
        count = ops.sum(counted, axis=1, keepdims=True)
        mean = 1.0 / ops.maximum(count, 1.0)
        stated = ops.sum(known[:, :, :2] * counted[:, :, None], axis=1) * mean
        pooled = ops.concatenate([ops.sum(x, axis=1) * mean, ops.max(x, axis=1)], axis=1)
        pooled = self.drop(pooled, training=training)
        return self.logit(self.hidden(ops.concatenate([pooled, stated, mean], axis=1)))

    def compute_output_spec(self, values: Any, mask: Any, training: bool = False) -> Any:
        return keras.KerasTensor((values.shape[0], 1), "float32")


@keras.saving.register_keras_serializable(package=PACKAGE)
class SensitiveGate(_Gate):
    """Logits of "harmless" and the `SENSITIVE_TOPICS`: token values and mask -> (batch, 6).

    Args:
        entries: phrase of up to three tokens to five columns, 1 for the topic that it gives away by itself.
        projection: how tokens become values.
        width: components of a token.
        heads: attention heads that pool the tokens.
        dropout: share of the components that training drops.
    """

    def __init__(
        self,
        entries: Mapping[str, Sequence[int]],
        projection: Projection | Mapping[str, Any],
        *,
        width: int = 48,
        heads: int = 2,
        dropout: float = 0.3,
        **kwargs: Any,
    ) -> None:
        super().__init__(entries, projection, width=width, dropout=dropout, **kwargs)
        self.heads = heads
        self.bottleneck = Bottleneck(width, name="bottleneck")
        self.convolution = MaskedConvolution(name="convolution")
        self.pooling = HeadPooling(heads, name="pooling")
        self.logits = keras.layers.Dense(1 + len(SENSITIVE_TOPICS), dtype="float32", name="logits")

    def build(self, shape: Any) -> None:
        inner = (*shape[:-1], self.width)
        self.bottleneck.build(shape)
        self.convolution.build(inner)
        self.pooling.build(inner)
        self.logits.build((shape[0], (self.heads + 1) * self.width))
        self.built = True

    def call(self, values: Any, mask: Any, training: bool = False) -> Any:
        x = self.convolution(self.bottleneck(values, mask), mask)
        return self.logits(self.drop(self.pooling(x, mask), training=training))

    def judge(self, values: Any, mask: Any) -> tuple[Any, Any]:
        """P(sensitive), float32 (batch, 1), and the likeliest topic, int32 (batch,).

        A phrase of the list makes the first at least 0.999, and its topic the second.
        """
        shares = ops.softmax(self(values, mask, training=False), axis=-1)
        listed = ops.max(self.lexicon(values), axis=1)
        sensitive = 1.0 - shares[:, :1]
        forced = FORCED * ops.max(listed, axis=1, keepdims=True)
        topic = tf.math.argmax(shares[:, 1:] + listed, axis=1, output_type=tf.int32)
        return ops.maximum(sensitive, forced), topic

    def compute_output_spec(self, values: Any, mask: Any, training: bool = False) -> Any:
        return keras.KerasTensor((values.shape[0], 1 + len(SENSITIVE_TOPICS)), "float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads}
