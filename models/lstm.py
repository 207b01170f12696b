"""The LSTM trainer: embedding, bidirectional LSTM, pooling over the words, logits.

The trainer of "ProjectionNet" (Ravi 2017, section 3.1) for text: large beside its student and made to be optimised
together with it, so it is a plain Keras graph. Its token ids come from its own vocabulary (`models.lstm_vocabulary`),
which its configuration carries.

Inputs are int32 of shape (batch, length), by name: ``token_ids``; ``padding_mask``, 1 for a token and 0 for padding
(at the end).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from models.lstm_vocabulary import Vocabulary

__all__ = ["POOLINGS", "AttentionPooling", "LstmClassifier", "MaxPooling"]

PACKAGE = "earmark"
MASKED = -1e9

POOLINGS = ("attention", "max")


# === Layers ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class AttentionPooling(keras.layers.Layer):
    """Weighted mean over the tokens (Bahdanau-style scores): (batch, length, width), mask -> float32 (batch, width).

    Padding has the weight 0; a row without any token gives zeros.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True  # it is told the mask itself; the LSTM's ends here
        self.bend: Any = None
        self.score = keras.layers.Dense(1, use_bias=False, dtype=self.dtype_policy, name="score")

    def build(self, shape: Any) -> None:
        self.bend = keras.layers.Dense(shape[-1], activation="tanh", dtype=self.dtype_policy, name="bend")
        self.bend.build(shape)
        self.score.build(shape)
        self.built = True

    def call(self, x: Any, padding_mask: Any) -> Any:
        mask = ops.cast(padding_mask, "float32")[:, :, None]
        scores = ops.cast(self.score(self.bend(x)), "float32") + (1.0 - mask) * MASKED
        weights = ops.softmax(scores, axis=1) * mask
        return ops.sum(ops.cast(x, "float32") * weights, axis=1)

    def compute_mask(self, x: Any, previous_mask: Any = None) -> None:
        return None

    def compute_output_spec(self, x: Any, padding_mask: Any) -> Any:
        return keras.KerasTensor((x.shape[0], x.shape[2]), dtype="float32")


@keras.saving.register_keras_serializable(package=PACKAGE)
class MaxPooling(keras.layers.Layer):
    """Largest value of each component over the tokens: (batch, length, width), mask -> float32 (batch, width).

    Values lie between -1 and 1 (they come from an LSTM); a row without any token gives -1.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x: Any, padding_mask: Any) -> Any:
        mask = ops.cast(padding_mask, "float32")[:, :, None]
        return ops.max(ops.cast(x, "float32") * mask - (1.0 - mask), axis=1)

    def compute_mask(self, x: Any, previous_mask: Any = None) -> None:
        return None

    def compute_output_spec(self, x: Any, padding_mask: Any) -> Any:
        return keras.KerasTensor((x.shape[0], x.shape[2]), dtype="float32")


# === Functional Model ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class LstmClassifier(keras.Model):
    """The trainer; returns float32 logits (batch, num_classes).

    Args:
        vocabulary: names of the token ids.
        num_classes: at least 2.
        embedding_size: width of a token's vector.
        hidden_size: width of the LSTM in each direction.
        pooling: "attention" or "max".
        dropout: share of components that training drops after the embedding and before the logits.
        unroll: a fixed number of steps instead of a loop. Only for export: it needs `length`.
        length: fixed number of tokens; None for any.
    """

    def __init__(
        self,
        vocabulary: Vocabulary | dict[str, Any],
        *,
        num_classes: int,
        embedding_size: int = 128,
        hidden_size: int = 128,
        pooling: str = "attention",
        dropout: float = 0.3,
        unroll: bool = False,
        length: int | None = None,
        **kwargs: Any,
    ) -> None:
        if pooling not in POOLINGS:
            raise ValueError(f"The 'pooling' parameter of {type(self).__name__} must be one of {POOLINGS}. "
                             f"Got {pooling!r} instead.")  # fmt: skip
        words = Vocabulary.from_dict(vocabulary) if isinstance(vocabulary, dict) else vocabulary
        inputs = {name: keras.Input((length,), dtype="int32", name=name) for name in ("token_ids", "padding_mask")}
        mask = inputs["padding_mask"]
        x = keras.layers.Embedding(len(words), embedding_size, name="embedding")(inputs["token_ids"])
        x = keras.layers.SpatialDropout1D(dropout, name="embedding_dropout")(x)
        lstm = keras.layers.LSTM(hidden_size, return_sequences=True, unroll=unroll, name="steps")
        x = keras.layers.Bidirectional(lstm, name="lstm")(x, mask=ops.cast(mask, "bool"))
        pool = AttentionPooling(name="pooling") if pooling == "attention" else MaxPooling(name="pooling")
        x = keras.layers.Dropout(dropout, name="dropout")(pool(x, mask))
        logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(x)
        super().__init__(inputs=inputs, outputs=logits, **kwargs)
        self.vocabulary = words
        self.arguments = {
            "num_classes": num_classes,
            "embedding_size": embedding_size,
            "hidden_size": hidden_size,
            "pooling": pooling,
            "dropout": dropout,
            "unroll": unroll,
            "length": length,
        }

    # === Config ===

    def get_config(self) -> dict[str, Any]:
        return {"vocabulary": self.vocabulary.to_dict(), **self.arguments, "name": self.name}
