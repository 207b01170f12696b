"""SequenceProjectionNet: token bits, bottleneck, convolutions, attention pooling, logits; a student that ships.

After PRADO (Kaliamoorthi et al. 2019, section 3) and pQRNN (2020): every token is a few hundred values from a hash, so
nothing grows with the vocabulary. Here a dense bottleneck with layer normalisation, two residual convolutions of width
3, several attention heads that each average the tokens, and the largest value of each component.

The network reads raw bytes (`projection.encode_batch`), by name: ``text``, uint8 (batch, n_bytes), and with
``context=True`` also ``context``, the bytes of what was said before. It returns float32 logits (batch, num_classes).
Its part behind the projection, ``core``, can be called by itself with ``text_values`` (batch, words, bits) in -1, 0, 1
and ``text_mask`` (batch, words), so that several students trained together are projected once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

import keras
from keras import ops

from projection import Projection
from projection.keras_layer import TokenProjection

__all__ = [
    "SEQUENCE_SIZES",
    "HeadPooling",
    "MaskedConvolution",
    "SequenceProjectionNet",
    "SequenceSize",
    "sentence_core",
]

PACKAGE = "earmark"
MASKED = -1e9
EPSILON = 1e-5


# === Layers ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class Bottleneck(keras.layers.Layer):
    """Dense, layer normalisation, ReLU, zeros where there is no token: (batch, words, bits), mask -> (.., width).

    With `hidden` the values go through as many rectified units first. A token's values are a hash, of which a dense
    layer alone makes no more than a sum; two tell more tokens apart.
    """

    def __init__(self, width: int, hidden: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width, self.hidden = width, hidden
        self.first = (
            keras.layers.Dense(hidden, activation="relu", dtype=self.dtype_policy, name="hidden") if hidden else None
        )
        self.dense = keras.layers.Dense(width, dtype=self.dtype_policy, name="dense")
        self.norm = keras.layers.LayerNormalization(epsilon=EPSILON, dtype=self.dtype_policy, name="norm")

    def build(self, shape: Any) -> None:
        if self.first is not None:
            self.first.build(shape)
            shape = (*shape[:-1], self.hidden)
        self.dense.build(shape)
        self.norm.build((*shape[:-1], self.width))
        self.built = True

    def call(self, values: Any, mask: Any) -> Any:
        x = values if self.first is None else self.first(values)
        x = ops.relu(self.norm(self.dense(x)))
        return x * ops.expand_dims(ops.cast(mask, x.dtype), 2)

    def compute_output_spec(self, values: Any, mask: Any) -> Any:
        return keras.KerasTensor((*values.shape[:2], self.width), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "width": self.width, "hidden": self.hidden}


@keras.saving.register_keras_serializable(package=PACKAGE)
class MaskedConvolution(keras.layers.Layer):
    """ReLU of the normalised sum of x and its width-3 convolution, zeros where there is no token; shapes are kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.convolution: Any = None
        self.norm = keras.layers.LayerNormalization(epsilon=EPSILON, dtype=self.dtype_policy, name="norm")

    def build(self, shape: Any) -> None:
        self.convolution = keras.layers.Conv1D(
            shape[-1], 3, padding="same", dtype=self.dtype_policy, name="convolution"
        )
        self.convolution.build(shape)
        self.norm.build(shape)
        self.built = True

    def call(self, x: Any, mask: Any) -> Any:
        y = ops.relu(self.norm(x + self.convolution(x)))
        return y * ops.expand_dims(ops.cast(mask, y.dtype), 2)

    def compute_output_spec(self, x: Any, mask: Any) -> Any:
        return keras.KerasTensor(x.shape, dtype=self.compute_dtype)


@keras.saving.register_keras_serializable(package=PACKAGE)
class HeadPooling(keras.layers.Layer):
    """Each head's weighted mean over the tokens, and the maximum: (batch, words, width) -> (.., (heads + 1) * width).

    The input must be 0 where there is no token and never negative, as a `MaskedConvolution` makes it; a row without any
    token gives zeros.
    """

    def __init__(self, heads: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.heads = heads
        self.score = keras.layers.Dense(heads, use_bias=False, dtype=self.dtype_policy, name="score")

    def build(self, shape: Any) -> None:
        self.score.build(shape)
        self.built = True

    def call(self, x: Any, mask: Any) -> Any:
        outside = 1.0 - ops.expand_dims(ops.cast(mask, "float32"), 1)
        scores = ops.cast(ops.transpose(self.score(x), (0, 2, 1)), "float32") + outside * MASKED
        weights = ops.cast(ops.softmax(scores, axis=-1), x.dtype)
        means = ops.reshape(ops.matmul(weights, x), (-1, self.heads * x.shape[2]))
        return ops.concatenate([means, ops.max(x, axis=1)], axis=-1)

    def compute_output_spec(self, x: Any, mask: Any) -> Any:
        return keras.KerasTensor((x.shape[0], (self.heads + 1) * x.shape[2]), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads}


# === Functional Model ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class SequenceProjectionNet(keras.Model):
    """The student; see the module's docstring.

    Args:
        projection: how bytes become token bits; its `bits` are what `size` says, whatever stands there.
        size: the widths, or the name of one of `SEQUENCE_SIZES`.
        num_classes: at least 2.
        context: also read the utterances before, as a second row of bytes.
    """

    def __init__(
        self,
        projection: Projection | dict[str, Any],
        size: SequenceSize | dict[str, Any] | str = "medium",
        *,
        num_classes: int,
        context: bool = False,
        **kwargs: Any,
    ) -> None:
        chosen = _size(size)
        base = projection.to_dict() if isinstance(projection, Projection) else projection
        bits = Projection.from_dict({**base, "bits": chosen.bits})
        rows = ("text", "context") if context else ("text",)
        core = _core(chosen, rows, num_classes)
        inputs = {row: keras.Input((bits.n_bytes,), dtype="uint8", name=row) for row in rows}
        project = TokenProjection(bits, name="projection")
        seen: dict[str, Any] = {}
        for row in rows:
            seen[f"{row}_values"], seen[f"{row}_mask"] = project(inputs[row])
        super().__init__(inputs=inputs, outputs=core(seen), **kwargs)
        self.core = core
        self.projection, self.size, self.num_classes, self.context = bits, chosen, num_classes, context

    # === Config ===

    def get_config(self) -> dict[str, Any]:
        return {
            "projection": self.projection.to_dict(),
            "size": asdict(self.size),
            "num_classes": self.num_classes,
            "context": self.context,
            "name": self.name,
        }


def sentence_core(size: SequenceSize, embedding: int) -> Any:
    """Token values of one text to a sentence embedding, float32 (batch, `embedding`): what pre-training trains.

    Its layers bear the names that they have in the `core` of a `SequenceProjectionNet`, and there is no dropout.
    """
    inputs, (pooled,) = _pooled(replace(size, dropout=0.0), ("text",))
    return keras.Model(inputs, keras.layers.Dense(embedding, dtype="float32", name="embedding")(pooled), name="core")


def _core(size: SequenceSize, rows: tuple[str, ...], num_classes: int) -> Any:
    """Token values to logits."""
    inputs, pooled = _pooled(size, rows)
    x = keras.layers.Concatenate(name="rows")(pooled) if len(pooled) > 1 else pooled[0]
    x = keras.layers.Dropout(size.dropout, name="pooled_dropout")(x)
    x = keras.layers.Dense(size.hidden, activation="relu", name="hidden")(x)
    x = keras.layers.Dropout(size.dropout, name="hidden_dropout")(x)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(x)
    return keras.Model(inputs, logits, name="core")


def _pooled(size: SequenceSize, rows: tuple[str, ...]) -> tuple[dict[str, Any], list[Any]]:
    """Inputs, and each row's pooled tokens; the rows share every layer but the ones that pool them."""
    inputs: dict[str, Any] = {}
    for row in rows:
        inputs[f"{row}_values"] = keras.Input((None, size.bits), name=f"{row}_values")
        inputs[f"{row}_mask"] = keras.Input((None,), name=f"{row}_mask")
    bottleneck = Bottleneck(size.width, name="bottleneck")
    drop_tokens = keras.layers.SpatialDropout1D(size.dropout / 2, name="token_dropout")
    blocks = [MaskedConvolution(name=f"convolution_{index}") for index in range(size.blocks)]
    pooled = []
    for row in rows:
        mask = inputs[f"{row}_mask"]
        x = drop_tokens(bottleneck(inputs[f"{row}_values"], mask))
        for block in blocks:
            x = block(x, mask)
        pooled.append(HeadPooling(size.heads, name=f"{row}_pooling")(x, mask))
    return inputs, pooled


def _size(size: SequenceSize | dict[str, Any] | str) -> SequenceSize:
    if isinstance(size, str):
        if size not in SEQUENCE_SIZES:
            raise ValueError(f"The 'size' parameter of SequenceProjectionNet must be one of {sorted(SEQUENCE_SIZES)}, "
                             f"a SequenceSize or its values. Got {size!r} instead.")  # fmt: skip
        return SEQUENCE_SIZES[size]
    return SequenceSize(**size) if isinstance(size, dict) else size


# === Config ===


@dataclass(frozen=True, slots=True)
class SequenceSize:
    """Widths of a SequenceProjectionNet.

    Attributes:
        bits: values per token.
        width: components of a token behind the bottleneck.
        blocks: residual convolutions.
        heads: attention heads that pool the tokens.
        hidden: width of the dense layer before the logits.
        dropout: share of components that training drops.
    """

    bits: int = 512
    width: int = 96
    blocks: int = 2
    heads: int = 4
    hidden: int = 128
    dropout: float = 0.3

    def __post_init__(self) -> None:
        for name in ("bits", "width", "heads", "hidden"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"The '{name}' of a SequenceSize must be 1 or more. Got {getattr(self, name)} instead."
                )
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"The 'dropout' of a SequenceSize must be from 0 to below 1. Got {self.dropout} instead.")


SEQUENCE_SIZES: Mapping[str, SequenceSize] = MappingProxyType(
    {
        "small": SequenceSize(bits=256, width=48, heads=2, hidden=64, dropout=0.2),
        "medium": SequenceSize(),
        "large": SequenceSize(bits=768, width=192, heads=4, hidden=256, dropout=0.4),
    }
)
"""About 36,000, 170,000 and 620,000 parameters with few classes. Bits matter more than width: 256 instead of 512 cost
the medium size two points on CLINC150."""
