"""The gates of smart reply: is a message English, and does it touch a topic that wants a person, not a suggestion?

Both read the token values that the student's projection gives anyway (batch, words, bits) with their mask, and each is
a tiny network backed by a word list inside the graph (`LexiconMatch`). As layers they give logits to train on; their
`judge` says what the exported file says, word list included. `JointGates` says both at once, with one list and one
product for the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from models.lexicon_match import LexiconMatch
from projection import Projection

__all__ = [
    "ENGLISH_COLUMNS",
    "SENSITIVE_TOPICS",
    "EnglishGate",
    "JointGates",
    "LexiconMatch",
    "SensitiveGate",
    "gate_projection",
]

PACKAGE = "earmark"

SENSITIVE_TOPICS = ("self_harm", "medical", "violence", "abuse", "adult")
"""In the order of the gate's topics."""

ENGLISH_COLUMNS = ("english", "foreign", "neutral")
"""What the English gate's list says of a word, each 0 or 1: English chat uses it; other languages use it; it is no
word at all (marks and emoji)."""

HIDDEN = 32
"""Width of the sensitive gate's last layer but one."""

GATE_BITS = 256
"""Of a token's values the gates read the first ones; so many are enough, whatever the student reads."""

FORCED = 0.999
"""Probability that the word list gives by itself."""


def gate_projection(projection: Projection) -> Projection:
    """The projection with no more than the first `GATE_BITS` of a token's values: what gates are made with."""
    return replace(projection, bits=min(projection.bits, GATE_BITS))


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
        self.dense = keras.layers.Dense(width, activation="relu", name="dense")
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
        self.hidden = keras.layers.Dense(16, activation="relu", name="hidden")
        self.logit = keras.layers.Dense(1, dtype="float32", name="logit")

    def build(self, shape: Any) -> None:
        self.dense.build(shape)
        self.hidden.build((shape[0], 2 * self.width + len(ENGLISH_COLUMNS)))
        self.logit.build((shape[0], 16))
        self.built = True

    def call(self, values: Any, mask: Any, training: bool = False) -> Any:
        return self._network(self.dense(values), mask, self.lexicon(values), training)

    def judge(self, values: Any, mask: Any) -> Any:
        """P(English), float32 (batch, 1).

        1 for a message without words, at least 0.999 where the list knows every word as English.
        """
        if not self.built:
            self.build(values.shape)
        return self.judged(self.dense(values), mask, self.lexicon(values))

    def judged(self, tokens: Any, mask: Any, known: Any) -> Any:
        """As `judge`, from the components (batch, words, width) and the columns of every token."""
        share = ops.sigmoid(self._network(tokens, mask, known, False))
        words = ops.sum(mask * (1.0 - known[:, :, 2]), axis=1, keepdims=True)
        english = ops.sum(mask * known[:, :, 0], axis=1, keepdims=True)
        no_words = 1.0 - ops.minimum(words, 1.0)
        all_english = FORCED * (1.0 - ops.minimum(words - english, 1.0))
        return ops.maximum(share, ops.maximum(no_words, all_english))

    def _network(self, tokens: Any, mask: Any, known: Any, training: bool) -> Any:
        counted = mask * (1.0 - known[:, :, 2])
        x = tokens * ops.expand_dims(counted, 2)
        count = ops.sum(counted, axis=1, keepdims=True)
        mean = 1.0 / ops.maximum(count, 1.0)
        stated = ops.sum(known[:, :, :2] * ops.expand_dims(counted, 2), axis=1) * mean
        pooled = ops.concatenate([ops.sum(x, axis=1) * mean, ops.max(x, axis=1)], axis=1)
        pooled = self.drop(pooled, training=training)
        return self.logit(self.hidden(ops.concatenate([pooled, stated, mean], axis=1)))

    def compute_output_spec(self, values: Any, mask: Any, training: bool = False) -> Any:
        return keras.KerasTensor((values.shape[0], 1), "float32")


@keras.saving.register_keras_serializable(package=PACKAGE)
class SensitiveGate(_Gate):
    """Logits of "harmless" and the `SENSITIVE_TOPICS`: token values and mask -> (batch, 6).

    Every token becomes `width` components, a convolution of width 3 adds its neighbours', and the largest value and the
    mean of each decide.

    Args:
        entries: phrase of up to three tokens to five columns, 1 for the topic that it gives away by itself.
        projection: how tokens become values.
        width: components of a token.
        dropout: share of the pooled components that training drops.
    """

    def __init__(
        self,
        entries: Mapping[str, Sequence[int]],
        projection: Projection | Mapping[str, Any],
        *,
        width: int = 64,
        dropout: float = 0.3,
        **kwargs: Any,
    ) -> None:
        super().__init__(entries, projection, width=width, dropout=dropout, **kwargs)
        self.convolution = keras.layers.Conv1D(width, 3, padding="same", name="convolution")
        self.hidden = keras.layers.Dense(HIDDEN, activation="relu", name="hidden")
        self.logits = keras.layers.Dense(1 + len(SENSITIVE_TOPICS), dtype="float32", name="logits")

    def build(self, shape: Any) -> None:
        self.dense.build(shape)
        self.convolution.build((*shape[:-1], self.width))
        self.hidden.build((shape[0], 2 * self.width))
        self.logits.build((shape[0], HIDDEN))
        self.built = True

    def call(self, values: Any, mask: Any, training: bool = False) -> Any:
        return self._network(self.dense(values), mask, training)

    def judge(self, values: Any, mask: Any) -> tuple[Any, Any]:
        """P(sensitive), float32 (batch, 1), and the likeliest topic, int32 (batch,).

        A phrase of the list makes the first at least 0.999, and its topic the second.
        """
        if not self.built:
            self.build(values.shape)
        return self.judged(self.dense(values), mask, ops.max(self.lexicon(values), axis=1))

    def judged(self, tokens: Any, mask: Any, listed: Any) -> tuple[Any, Any]:
        """As `judge`, from the components (batch, words, width) and the topics (batch, 5) of the list's phrases."""
        shares = ops.softmax(self._network(tokens, mask, False), axis=-1)
        sensitive = 1.0 - shares[:, :1]
        forced = FORCED * ops.max(listed, axis=1, keepdims=True)
        topic = tf.math.argmax(shares[:, 1:] + listed, axis=1, output_type=tf.int32)
        return ops.maximum(sensitive, forced), topic

    def _network(self, tokens: Any, mask: Any, training: bool) -> Any:
        inside = ops.expand_dims(mask, 2)
        x = tokens * inside
        x = ops.relu(x + self.convolution(x)) * inside
        count = ops.maximum(ops.sum(mask, axis=1, keepdims=True), 1.0)
        pooled = ops.concatenate([ops.max(x, axis=1), ops.sum(x, axis=1) / count], axis=1)
        hidden = self.hidden(self.drop(pooled, training=training))
        return self.logits(self.drop(hidden, training=training))

    def compute_output_spec(self, values: Any, mask: Any, training: bool = False) -> Any:
        return keras.KerasTensor((values.shape[0], 1 + len(SENSITIVE_TOPICS)), "float32")


class JointGates:
    """Both gates' judgement at the price of little more than one: the lists are looked up together, and the components
    of a token come from one product.

    Args:
        english: an `EnglishGate`.
        sensitive: a `SensitiveGate` of the same projection.
    """

    def __init__(self, english: EnglishGate, sensitive: SensitiveGate) -> None:
        self.english, self.sensitive = english, sensitive
        first, second = english.lexicon, sensitive.lexicon
        phrases = dict.fromkeys((*first.entries, *second.entries))
        none = ((0,) * first.columns, (0,) * second.columns)
        entries = {
            phrase: (*first.entries.get(phrase, none[0]), *second.entries.get(phrase, none[1])) for phrase in phrases
        }
        self.lexicon = LexiconMatch(entries, first.projection, name="lexicon")

    def judge(self, values: Any, mask: Any) -> tuple[Any, Any, Any]:
        """P(English) and P(sensitive), float32 (batch, 1) each, and the topic, int32 (batch,); see the gates."""
        for gate in (self.english, self.sensitive):
            if not gate.built:
                gate.build(values.shape)
        denses = (self.english.dense, self.sensitive.dense)
        kernel = tf.concat([tf.convert_to_tensor(dense.kernel) for dense in denses], 1)
        bias = tf.concat([tf.convert_to_tensor(dense.bias) for dense in denses], 0)
        tokens = ops.relu(tf.matmul(tf.cast(values, tf.float32), kernel) + bias)
        known = self.lexicon(values)
        width, columns = self.english.width, self.english.lexicon.columns
        words = known.shape[1] // self.lexicon.lengths
        english = self.english.judged(tokens[:, :, :width], mask, known[:, :words, :columns])
        sensitive, topic = self.sensitive.judged(tokens[:, :, width:], mask, ops.max(known, axis=1)[:, columns:])
        return english, sensitive, topic
