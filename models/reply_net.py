"""ReplyNet: two towers over one token encoder; what was said becomes a query, what one may answer becomes a vector.

Every token of a row of bytes is a few hundred values of the projection, so nothing grows with the vocabulary. One
encoder (dense bottleneck, residual convolutions) reads the tokens of a message, of the turns before it and of a reply
alike. A conversation's query and a reply's vector have unit length and are compared by their product, so a reply that
was never trained on can be encoded and offered. The second tower reads the message too, to tell what would echo it.

Called with rows of bytes by name (``text`` and ``context``, uint8 (batch, n_bytes)) the network gives, float32:

- ``query`` (batch, dim), unit length: the message after its context.
- ``message`` (batch, dim), unit length: the message as a reply.
- ``embedding`` (batch, embedding): what distillation compares with a sentence encoder; it does not ship.
- ``trigger``, ``polar`` (batch, 1): logits that a short reply follows, and that a yes/no question was asked.
- ``register`` (batch, 1): -1 casual to 1 polite.

``core`` does the same behind the projection: ``text_values`` (batch, words, bits) in -1, 0, 1, ``text_mask``
(batch, words), ``context_values``, ``context_mask``; ``encode_core`` reads the first two and gives ``vector``
(batch, dim) and ``embedding``. A row without any token is fine: its mask is zero throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import keras
from keras import ops

from models.sequence_projection_net import Bottleneck, HeadPooling, MaskedConvolution
from projection import Projection
from projection.keras_layer import TokenProjection

__all__ = ["REPLY_SIZES", "ReplyNet", "ReplySize"]

PACKAGE = "earmark"
TINY = 1e-12
"""Least square of a length that is divided by."""

EMBEDDING = 384
"""Components of the sentence embeddings that the student is distilled on (all-MiniLM-L6-v2)."""


# === Layers ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class UnitLength(keras.layers.Layer):
    """Vectors (batch, dim) divided by their length; one of length 0 stays as it is, in LiteRT's operators too."""

    def call(self, x: Any) -> Any:
        return x * ops.rsqrt(ops.maximum(ops.sum(x * x, axis=-1, keepdims=True), TINY))

    def compute_output_spec(self, x: Any) -> Any:
        return keras.KerasTensor(x.shape, dtype=self.compute_dtype)


# === Functional Model ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class ReplyNet(keras.Model):
    """The student; see the module's docstring.

    Args:
        size: the widths, or the name of one of `REPLY_SIZES`.
        projection: how bytes become token values; by default `ReplyNet.default_projection()`.
        dim: components of a query and of a reply's vector.
        embedding: components of the embedding that it is distilled on.
    """

    def __init__(
        self,
        size: ReplySize | dict[str, Any] | str = "medium",
        projection: Projection | dict[str, Any] | None = None,
        *,
        dim: int = 104,
        embedding: int = EMBEDDING,
        **kwargs: Any,
    ) -> None:
        chosen = _size(size)
        if isinstance(projection, dict):
            projection = Projection.from_dict(projection)
        projection = projection or self.default_projection()
        reader = _reader(chosen)
        tokens = _tokens(chosen, projection.bits, reader)
        towers = _towers(chosen, dim)
        encoder = _encoder(chosen, dim, embedding)
        core = _core(tokens, towers, encoder, projection.bits)
        rows = {row: keras.Input((projection.n_bytes,), dtype="uint8", name=row) for row in ("text", "context")}
        project = TokenProjection(projection, name="projection")
        seen: dict[str, Any] = {}
        for row, data in rows.items():
            seen[f"{row}_values"], seen[f"{row}_mask"] = project(data)
        super().__init__(inputs=rows, outputs=core(seen), **kwargs)
        self.core = core
        self.encode_core = _encode_core(tokens, encoder, projection.bits)
        self.tokens, self.towers, self.encoder = tokens, towers, encoder
        self.bottleneck, self.reader = tokens.get_layer("bottleneck"), reader
        self.size, self.projection, self.dim, self.embedding = chosen, projection, dim, embedding

    @staticmethod
    def default_projection() -> Projection:
        """128 bytes, 32 tokens, 384 ternary values each from bigrams, trigrams and the token itself."""
        return Projection(n_bytes=128, words=32, bits=384, orders=(2, 3))

    # === Config ===

    def get_config(self) -> dict[str, Any]:
        return {
            "size": asdict(self.size),
            "projection": self.projection.to_dict(),
            "dim": self.dim,
            "embedding": self.embedding,
            "name": self.name,
        }


def _tokens(size: ReplySize, bits: int, reader: Any) -> Any:
    """Token values and mask to encoded tokens (batch, words, width), zeros where there is none."""
    values, mask = keras.Input((None, bits), name="values"), keras.Input((None,), name="mask")
    x = Bottleneck(size.width, size.hidden, name="bottleneck")(values, mask)
    return keras.Model([values, mask], reader([x, mask]), name="tokens")


def _reader(size: ReplySize) -> Any:
    """Tokens behind the bottleneck, each by itself, to tokens that have seen their neighbours."""
    inside, mask = keras.Input((None, size.width), name="inside"), keras.Input((None,), name="mask")
    x = keras.layers.SpatialDropout1D(size.dropout / 2, name="token_dropout")(inside)
    for index in range(size.blocks):
        x = MaskedConvolution(name=f"convolution_{index}")(x, mask)
    return keras.Model([inside, mask], x, name="reader")


def _towers(size: ReplySize, dim: int) -> Any:
    """Encoded tokens of message and context to everything that follows from both."""
    inputs, pooled = [], []
    for row in ("text", "context"):
        x, mask = keras.Input((None, size.width), name=f"{row}_tokens"), keras.Input((None,), name=f"{row}_mask")
        inputs += [x, mask]
        pooled.append(HeadPooling(size.heads, name=f"{row}_pooling")(x, mask))
    x = keras.layers.Concatenate(name="rows")(pooled)
    x = keras.layers.Dropout(size.dropout, name="query_dropout")(x)
    found = {
        "query": _unit(keras.layers.Dense(dim, name="query")(x), "query_unit"),
        "trigger": keras.layers.Dense(1, dtype="float32", name="trigger")(x),
        "polar": keras.layers.Dense(1, dtype="float32", name="polar")(x),
        "register": keras.layers.Dense(1, activation="tanh", dtype="float32", name="register")(x),
    }
    return keras.Model(inputs, found, name="towers")


def _encoder(size: ReplySize, dim: int, embedding: int) -> Any:
    """Encoded tokens of a reply, or of a message read as one, to its vector."""
    x, mask = keras.Input((None, size.width), name="tokens"), keras.Input((None,), name="mask")
    # Nothing narrow between the pooled tokens and what is compared: a hidden layer here learned three times slower.
    pooled = keras.layers.Dropout(size.dropout, name="reply_dropout")(HeadPooling(size.heads, name="pooling")(x, mask))
    found = {
        "vector": _unit(keras.layers.Dense(dim, name="vector")(pooled), "vector_unit"),
        "embedding": keras.layers.Dense(embedding, dtype="float32", name="embedding")(pooled),
    }
    return keras.Model([x, mask], found, name="encoder")


def _unit(x: Any, name: str) -> Any:
    return UnitLength(dtype="float32", name=name)(x)


def _core(tokens: Any, towers: Any, encoder: Any, bits: int) -> Any:
    inputs: dict[str, Any] = {}
    for row in ("text", "context"):
        inputs[f"{row}_values"] = keras.Input((None, bits), name=f"{row}_values")
        inputs[f"{row}_mask"] = keras.Input((None,), name=f"{row}_mask")
    text = tokens([inputs["text_values"], inputs["text_mask"]])
    context = tokens([inputs["context_values"], inputs["context_mask"]])
    found = towers([text, inputs["text_mask"], context, inputs["context_mask"]])
    encoded = encoder([text, inputs["text_mask"]])
    return keras.Model(inputs, {**found, "message": encoded["vector"], "embedding": encoded["embedding"]}, name="core")


def _encode_core(tokens: Any, encoder: Any, bits: int) -> Any:
    inputs = {"text_values": keras.Input((None, bits), name="text_values"),
              "text_mask": keras.Input((None,), name="text_mask")}  # fmt: skip
    mask = inputs["text_mask"]
    return keras.Model(inputs, encoder([tokens([inputs["text_values"], mask]), mask]), name="encode_core")


def _size(size: ReplySize | dict[str, Any] | str) -> ReplySize:
    if isinstance(size, str):
        if size not in REPLY_SIZES:
            raise ValueError(f"The 'size' parameter of ReplyNet must be one of {sorted(REPLY_SIZES)}, "
                             f"a ReplySize or its values. Got {size!r} instead.")  # fmt: skip
        return REPLY_SIZES[size]
    return ReplySize(**size) if isinstance(size, dict) else size


# === Config ===


@dataclass(frozen=True, slots=True)
class ReplySize:
    """Widths of a ReplyNet.

    Attributes:
        width: components of a token behind the bottleneck.
        hidden: units between a token's values and those; 0 for none.
        blocks: residual convolutions.
        heads: attention heads that pool the tokens.
        dropout: share of components that training drops.
    """

    width: int = 128
    hidden: int = 256
    blocks: int = 2
    heads: int = 4
    dropout: float = 0.1

    def __post_init__(self) -> None:
        for name, least in (("width", 1), ("hidden", 0), ("blocks", 1), ("heads", 1)):
            if getattr(self, name) < least:
                raise ValueError(
                    f"The '{name}' of a ReplySize must be {least} or more. Got {getattr(self, name)} instead."
                )
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"The 'dropout' of a ReplySize must be from 0 to below 1. Got {self.dropout} instead.")


REPLY_SIZES: Mapping[str, ReplySize] = MappingProxyType(
    {
        "small": ReplySize(width=64, hidden=128, heads=2, dropout=0.0),
        "medium": ReplySize(dropout=0.0),
        "large": ReplySize(width=192, hidden=384, heads=4, dropout=0.15),
    }
)
"""About 144,000, 436,000 and 752,000 parameters that ship."""
