"""Two towers over one bidirectional LSTM: what was said and what may be answered as unit vectors to compare.

The LSTM trainer of smart reply, made to be optimised together with its student (`distill.reply.lstm_trainer`). Query
and reply share the token vectors and the LSTM; each has its own pooling and dense layer. Token ids come from the
network's own vocabulary (`models.lstm_vocabulary`), which its configuration carries.

Inputs are int32 of shape (batch, length), by name: ``query_ids`` and ``reply_ids``; ``query_mask`` and ``reply_mask``,
1 for a token and 0 for padding (at the end). Outputs are float32, by name: ``query`` and ``reply`` (batch, dim), of
length 1; ``logits`` (batch, batch), every query with every reply.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from models.lstm import POOLINGS, AttentionPooling, MaxPooling
from models.lstm_vocabulary import Vocabulary

__all__ = ["Likeness", "LstmTowers"]

PACKAGE = "earmark"


# === Layers ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class Likeness(keras.layers.Layer):
    """Product of every query with every reply times a learned scale: (n, dim), (m, dim) -> float32 (n, m).

    Args:
        scale: at first; its logarithm is learned.
    """

    def __init__(self, *, scale: float, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        self.first_scale = scale
        self.log_scale: Any = None

    def build(self, query_shape: Any, reply_shape: Any) -> None:
        start = keras.initializers.Constant(math.log(self.first_scale))
        self.log_scale = self.add_weight(shape=(), initializer=start, name="scale")
        self.built = True

    def call(self, query: Any, reply: Any) -> Any:
        return ops.exp(self.log_scale) * ops.matmul(query, ops.transpose(reply))

    def compute_output_spec(self, query: Any, reply: Any) -> Any:
        return keras.KerasTensor((query.shape[0], reply.shape[0]), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.first_scale}


# === Functional Model ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class LstmTowers(keras.Model):
    """The trainer; see the module's docstring.

    `query_tower` and `reply_tower` are the halves: called with [ids, mask] they give the vector alone.

    Args:
        vocabulary: names of the token ids.
        dim: components of a query and of a reply's vector.
        embedding_size: width of a token's vector.
        hidden_size: width of the LSTM in each direction.
        pooling: "attention" or "max".
        dropout: share of components that training drops after the embedding and before the dense layers.
        scale: of a query's product with a reply, at first.
        max_length: most tokens that its texts are cut to (`Vocabulary.encode`); the graph takes any number.
    """

    def __init__(
        self,
        vocabulary: Vocabulary | dict[str, Any],
        *,
        dim: int = 128,
        embedding_size: int = 128,
        hidden_size: int = 128,
        pooling: str = "max",
        dropout: float = 0.2,
        scale: float = 15.0,
        max_length: int = 32,
        **kwargs: Any,
    ) -> None:
        if pooling not in POOLINGS:
            raise ValueError(f"The 'pooling' parameter of {type(self).__name__} must be one of {POOLINGS}. "
                             f"Got {pooling!r} instead.")  # fmt: skip
        words = Vocabulary.from_dict(vocabulary) if isinstance(vocabulary, dict) else vocabulary
        reader = _reader(len(words), embedding_size, hidden_size, dropout)
        towers = {name: _tower(name, reader, dim, pooling, dropout) for name in ("query", "reply")}
        inputs: dict[str, Any] = {}
        vectors: dict[str, Any] = {}
        for name, tower in towers.items():
            rows = [keras.Input((None,), dtype="int32", name=f"{name}_{part}") for part in ("ids", "mask")]
            inputs |= {row.name: row for row in rows}
            vectors[name] = tower(rows)
        likeness = Likeness(scale=scale, name="likeness")
        logits = likeness(vectors["query"], vectors["reply"])
        super().__init__(inputs=inputs, outputs={**vectors, "logits": logits}, **kwargs)
        self.vocabulary, self.likeness = words, likeness
        self.query_tower, self.reply_tower = towers["query"], towers["reply"]
        self.dim, self.max_length = dim, max_length
        self.arguments = {
            "dim": dim,
            "embedding_size": embedding_size,
            "hidden_size": hidden_size,
            "pooling": pooling,
            "dropout": dropout,
            "scale": scale,
            "max_length": max_length,
        }

    # === Config ===

    def get_config(self) -> dict[str, Any]:
        return {"vocabulary": self.vocabulary.to_dict(), **self.arguments, "name": self.name}


def _reader(words: int, embedding_size: int, hidden_size: int, dropout: float) -> Any:
    """Ids and mask to the LSTM's states in both directions, (batch, length, 2 * hidden_size)."""
    ids, mask = keras.Input((None,), dtype="int32", name="ids"), keras.Input((None,), dtype="int32", name="mask")
    x = keras.layers.Embedding(words, embedding_size, name="embedding")(ids)
    x = keras.layers.SpatialDropout1D(dropout, name="embedding_dropout")(x)
    lstm = keras.layers.LSTM(hidden_size, return_sequences=True, name="steps")
    x = keras.layers.Bidirectional(lstm, name="lstm")(x, mask=ops.cast(mask, "bool"))
    return keras.Model([ids, mask], x, name="reader")


def _tower(name: str, reader: Any, dim: int, pooling: str, dropout: float) -> Any:
    """Ids and mask to a vector of length 1."""
    ids, mask = keras.Input((None,), dtype="int32", name="ids"), keras.Input((None,), dtype="int32", name="mask")
    pool = AttentionPooling(name="pooling") if pooling == "attention" else MaxPooling(name="pooling")
    x = keras.layers.Dropout(dropout, name="dropout")(pool(reader([ids, mask]), mask))
    x = keras.layers.Dense(dim, dtype="float32", name="vector")(x)
    return keras.Model([ids, mask], keras.layers.UnitNormalization(dtype="float32", name="unit")(x), name=name)
