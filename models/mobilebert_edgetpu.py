"""MobileBERT-EdgeTPU: a bidirectional transformer made for phones, without layer normalisation.

After tensorflow/models `official/projects/edgetpu/nlp` and MobileBERT (Sun et al. 2020). Every block is 512 wide
outside and narrow inside: a bottleneck, attention whose queries and keys share one projection and whose values come
straight from the wide input, then several feed-forward networks on top of each other. "no_norm" stands where others
normalise: a factor and an offset per channel. The mask is added as -120, which 8-bit softmax can still tell apart.

The size "earmark", which ships, has two blocks that are as wide inside as outside, so without a bottleneck, and that do
normalise: they begin as the two lower blocks of MiniLM, which `distill.encoder.start_blocks` copies into them.

Called with ``ids``, int32 (batch, tokens), and ``mask``, 1 where there is a token (batch, tokens), it gives float32
states (batch, tokens, hidden). There is no pooler: a text's vector is the first state or the mean of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import keras
from keras import ops

__all__ = ["MOBILEBERT_SIZES", "Affine", "EdgeTpuBlock", "LookupEmbedding", "MobileBertEdgeTpu", "MobileBertSize"]

PACKAGE = "earmark"

MASKED = -120.0
"""Added to the attention logits of what is masked: the published warning is that -10000 breaks 8-bit softmax."""

RANGE = 0.02
"""Standard deviation of fresh weights."""

NORMS = ("affine", "layer")


# === Layers ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class Affine(keras.layers.Layer):
    """ "no_norm": a factor and an offset per channel."""

    def build(self, shape: Any) -> None:
        self.gamma = self.add_weight(shape=(shape[-1],), initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=(shape[-1],), initializer="zeros", name="beta")
        self.built = True

    def call(self, x: Any) -> Any:
        return x * ops.cast(self.gamma, x.dtype) + ops.cast(self.beta, x.dtype)

    def compute_output_spec(self, x: Any) -> Any:
        return keras.KerasTensor(x.shape, dtype=self.compute_dtype)


@keras.saving.register_keras_serializable(package=PACKAGE)
class LookupEmbedding(keras.layers.Embedding):
    """An embedding that LiteRT stores in 8 bits: with `fuse` set, an export gives EMBEDDING_LOOKUP instead of GATHER.

    Quantisers leave a GATHER's table in float. The converter knows the pattern by the name of a function, which it
    must see with one dimension of ids.

    With `bits` set, rows are rounded as a table of so many bits would have them, each in steps of its largest value;
    gradients pass through. What learns with it loses nothing when the file is written.
    """

    fuse = False
    bits: int | None = None

    def call(self, inputs: Any) -> Any:
        if not self.fuse:
            rows = super().call(inputs)
            return rows if self.bits is None else rows + ops.stop_gradient(_rounded(rows, self.bits) - rows)
        import tensorflow as tf

        @tf.function(experimental_implements="embedding_matmul")
        def look_up(table: Any, ids: Any) -> Any:
            return tf.gather(table, ids)

        rows = look_up(tf.convert_to_tensor(self.embeddings), tf.reshape(inputs, [-1]))
        return tf.reshape(rows, [*inputs.shape, self.output_dim])


@keras.saving.register_keras_serializable(package=PACKAGE)
class EdgeTpuEmbedding(keras.layers.Layer):
    """Token, its right and its left neighbour -> hidden; plus place and type: ids (batch, tokens) -> (.., hidden)."""

    def __init__(self, size: MobileBertSize | dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = size = _size(size)
        normal = keras.initializers.TruncatedNormal(stddev=RANGE)
        # In float32 whatever the policy: a half-precision table would be cast as a whole, and rounded twice.
        self.word = LookupEmbedding(
            size.vocabulary, size.embedding, embeddings_initializer=normal, dtype="float32", name="word"
        )
        self.project = keras.layers.Dense(size.hidden, kernel_initializer=normal, name="project")
        self.norm = _norm(size, "norm")

    def build(self, shape: Any) -> None:
        size = self.size
        normal = keras.initializers.TruncatedNormal(stddev=RANGE)
        self.word.build(shape)
        self.project.build((None, None, 3 * size.embedding))
        self.norm.build((None, None, size.hidden))
        self.position = self.add_weight(shape=(size.positions, size.hidden), initializer=normal, name="position")
        self.type = self.add_weight(shape=(size.types, size.hidden), initializer=normal, name="type")
        self.built = True

    def call(self, ids: Any) -> Any:
        word = ops.cast(self.word(ids), self.compute_dtype)
        after = ops.pad(word[:, 1:], ((0, 0), (0, 1), (0, 0)))
        before = ops.pad(word[:, :-1], ((0, 0), (1, 0), (0, 0)))
        x = self.project(ops.concatenate([after, word, before], axis=-1))
        # All text is of the first type here; the second is kept for checkpoints.
        x = x + ops.cast(self.position[: ops.shape(ids)[1]], x.dtype) + ops.cast(self.type[0], x.dtype)
        return self.norm(x)

    def compute_output_spec(self, ids: Any) -> Any:
        return keras.KerasTensor((*ids.shape, self.size.hidden), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": asdict(self.size)}


@keras.saving.register_keras_serializable(package=PACKAGE)
class EdgeTpuBlock(keras.layers.Layer):
    """One transformer block: x (batch, tokens, hidden), mask (batch, tokens) -> the same shape as x."""

    def __init__(self, size: MobileBertSize | dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = size = _size(size)
        narrow = size.bottleneck
        if size.narrows:
            self.bottleneck_input, self.bottleneck_input_norm = _dense(size, narrow, "bottleneck_input")
            self.shared, self.shared_norm = _dense(size, narrow, "kq_shared_bottleneck")
            self.bottleneck_output, self.bottleneck_output_norm = _dense(size, size.hidden, "bottleneck_output")
        self.query, self.key, self.value, self.output_dense = (
            keras.layers.Dense(narrow, kernel_initializer=_normal(), name=name)
            for name in ("query", "key", "value", "output_dense")
        )
        self.attention_norm = _norm(size, "attention_norm")
        self.rise = [
            keras.layers.Dense(size.ffn_width, activation="relu", kernel_initializer=_normal(), name=f"ffn_{i}_rise")
            for i in range(size.ffns)
        ]
        falls = [_dense(size, narrow, f"ffn_{i}_fall") for i in range(size.ffns)]
        self.fall, self.fall_norm = [dense for dense, _ in falls], [norm for _, norm in falls]

    def build(self, shape: Any) -> None:
        size, ends = self.size, tuple(shape[:-1])
        wide, narrow, middle = (*ends, size.hidden), (*ends, size.bottleneck), (*ends, size.ffn_width)
        if size.narrows:
            for layer in (self.bottleneck_input, self.shared, self.bottleneck_output_norm):
                layer.build(wide)
            for layer in (self.bottleneck_input_norm, self.shared_norm, self.bottleneck_output):
                layer.build(narrow)
        self.value.build(wide)
        for layer in (self.query, self.key, self.output_dense, self.attention_norm, *self.rise, *self.fall_norm):
            layer.build(narrow)
        for layer in self.fall:
            layer.build(middle)
        self.built = True

    def call(self, x: Any, mask: Any) -> Any:
        narrow = shared = x
        if self.size.narrows:
            narrow = self.bottleneck_input_norm(self.bottleneck_input(x))
            shared = self.shared_norm(self.shared(x))
        h = self.attention_norm(self.output_dense(self._attend(shared, x, mask)) + narrow)
        for rise, fall, norm in zip(self.rise, self.fall, self.fall_norm, strict=True):
            h = norm(fall(rise(h)) + h)
        return self.bottleneck_output_norm(self.bottleneck_output(h) + x) if self.size.narrows else h

    def _attend(self, shared: Any, x: Any, mask: Any) -> Any:
        query, key, value = (self._heads(each) for each in (self.query(shared), self.key(shared), self.value(x)))
        logits = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) * self.size.head**-0.5
        logits = ops.cast(logits, "float32") + (1.0 - ops.cast(mask, "float32"))[:, None, None, :] * MASKED
        mixed = ops.matmul(ops.cast(ops.softmax(logits, axis=-1), value.dtype), value)
        return ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (-1, ops.shape(x)[1], self.size.bottleneck))

    def _heads(self, x: Any) -> Any:
        split = ops.reshape(x, (-1, ops.shape(x)[1], self.size.heads, self.size.head))
        return ops.transpose(split, (0, 2, 1, 3))

    def compute_output_spec(self, x: Any, mask: Any) -> Any:
        return keras.KerasTensor(x.shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": asdict(self.size)}


# === Functional Model ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class MobileBertEdgeTpu(keras.Model):
    """The encoder; see the module's docstring.

    Args:
        size: the widths, or the name of one of `MOBILEBERT_SIZES`.
    """

    def __init__(self, size: MobileBertSize | dict[str, Any] | str = "earmark", **kwargs: Any) -> None:
        chosen = _size(size)
        ids = keras.Input((None,), dtype="int32", name="ids")
        mask = keras.Input((None,), dtype="float32", name="mask")
        embedding = EdgeTpuEmbedding(chosen, name="embedding")
        blocks = [EdgeTpuBlock(chosen, name=f"block_{i}") for i in range(chosen.blocks)]
        x = embedding(ids)
        for block in blocks:
            x = block(x, mask)
        super().__init__(inputs={"ids": ids, "mask": mask}, outputs=x, **kwargs)
        self.size, self.embedding, self.blocks = chosen, embedding, blocks

    # === Config ===

    def get_config(self) -> dict[str, Any]:
        return {"size": asdict(self.size), "name": self.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Any = None) -> MobileBertEdgeTpu:
        return cls(**config)


def _rounded(rows: Any, bits: int) -> Any:
    """Each row in whole steps of its largest value: from -7 to 7 of them for 4 bits."""
    step = ops.maximum(ops.max(ops.abs(rows), axis=-1, keepdims=True) / (2 ** (bits - 1) - 1), 1e-12)
    return ops.round(rows / step) * step


def _normal() -> Any:
    return keras.initializers.TruncatedNormal(stddev=RANGE)


def _dense(size: MobileBertSize, units: int, name: str) -> tuple[Any, Any]:
    """A dense layer and what stands behind it."""
    return keras.layers.Dense(units, kernel_initializer=_normal(), name=name), _norm(size, f"{name}_norm")


def _norm(size: MobileBertSize, name: str) -> Any:
    return Affine(name=name) if size.norm == "affine" else keras.layers.LayerNormalization(epsilon=1e-12, name=name)


def _size(size: MobileBertSize | dict[str, Any] | str) -> MobileBertSize:
    if isinstance(size, str):
        if size not in MOBILEBERT_SIZES:
            raise ValueError(f"The 'size' parameter of MobileBertEdgeTpu must be one of {sorted(MOBILEBERT_SIZES)}, "
                             f"a MobileBertSize or its values. Got {size!r} instead.")  # fmt: skip
        return MOBILEBERT_SIZES[size]
    return MobileBertSize(**size) if isinstance(size, dict) else size


# === Config ===


@dataclass(frozen=True, slots=True)
class MobileBertSize:
    """Widths of a MobileBERT-EdgeTPU.

    Attributes:
        blocks: transformer blocks.
        bottleneck: width inside a block; blocks that are as wide inside as outside have no bottleneck.
        ffns: feed-forward networks of a block.
        ffn_width: their inner width.
        heads: of attention; they share the bottleneck's width.
        hidden: width between the blocks.
        embedding: of a word piece, before its neighbours are looked at.
        vocabulary: word pieces.
        positions: most tokens.
        types: of text; published checkpoints have two.
        norm: "affine", as published ("no_norm"), or "layer" for layer normalisation.
    """

    blocks: int
    bottleneck: int = 128
    ffns: int = 2
    ffn_width: int = 1024
    heads: int = 4
    hidden: int = 512
    embedding: int = 128
    vocabulary: int = 30522
    positions: int = 512
    types: int = 2
    norm: str = "affine"

    def __post_init__(self) -> None:
        if self.norm not in NORMS:
            raise ValueError(f"The 'norm' of a MobileBertSize must be one of {', '.join(NORMS)}. Got {self.norm!r}.")
        for name in self.__dataclass_fields__:
            if name != "norm" and getattr(self, name) < 1:
                raise ValueError(f"The '{name}' of a MobileBertSize must be 1 or more. Got {getattr(self, name)}.")
        if self.bottleneck % self.heads:
            raise ValueError(
                f"The 'bottleneck' of a MobileBertSize must be a multiple of its {self.heads} heads. "
                f"Got {self.bottleneck}."
            )

    @property
    def head(self) -> int:
        """Width of one attention head."""
        return self.bottleneck // self.heads

    @property
    def narrows(self) -> bool:
        """Whether blocks have bottlenecks."""
        return self.bottleneck != self.hidden


MOBILEBERT_SIZES: Mapping[str, MobileBertSize] = MappingProxyType(
    {
        "earmark": MobileBertSize(
            blocks=2, bottleneck=384, ffns=1, heads=12, hidden=384, embedding=384, positions=128, norm="layer"
        ),
        "xxs": MobileBertSize(blocks=6),
        "xs": MobileBertSize(blocks=8, bottleneck=256, ffns=4),
        "s": MobileBertSize(blocks=12, bottleneck=256, ffns=4),
        "m": MobileBertSize(blocks=12, bottleneck=256, ffns=6),
    }
)
"""The published sizes (9.4, 27.0, 38.3 and 51.0 million parameters), and ours of 15.0 million, 11.7 million of them the
table of word pieces: 10 MB with that table in 4 bits and the rest in 8. Its blocks have no bottleneck because it begins
as a part of its teacher instead of from nothing, so that one CPU core can distil it in an evening."""
