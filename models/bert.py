"""BERT as a Keras graph: token ids in, a vector per token and one per sentence out.

The network of "BERT: Pre-training of Deep Bidirectional Transformers" (Devlin et al. 2019, section 3) in its
published form: post-layer-norm blocks, learned positions, exact-erf gelu. `models.bert_weights` fills it from a
Hugging Face folder; the numbers then equal the reference within 1e-5. It is a plain Keras model, so that a trainer
and its student can be optimised in one graph.

All inputs are int32 of shape (batch, length), by name: ``token_ids``; ``padding_mask``, 1 for a token and 0 for
padding (at the end); ``segment_ids``, 0 for the first text and 1 for the second.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import keras
from keras import ops

__all__ = ["ACTIVATIONS", "POOLINGS", "BertClassifier", "BertConfig", "BertEncoder"]

PACKAGE = "earmark"
MASKED = -1e9
"""Added to the attention score of padding: its weight underflows to 0 exactly."""

ACTIVATIONS = {
    "gelu": lambda x: ops.gelu(x, approximate=False),
    "gelu_new": lambda x: ops.gelu(x, approximate=True),
    "gelu_pytorch_tanh": lambda x: ops.gelu(x, approximate=True),
    "relu": ops.relu,
}
"""By the names that Hugging Face configurations use."""

POOLINGS = ("mean", "first", "pooler")


# === Layers ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class BertEmbedding(keras.layers.Layer):
    """Sum of word, position and segment vectors, normalised: (batch, length) ids -> (batch, length, hidden)."""

    def __init__(
        self,
        *,
        vocabulary_size: int,
        max_positions: int,
        num_segments: int,
        hidden_size: int,
        layer_norm_epsilon: float,
        dropout: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.arguments = {
            "vocabulary_size": vocabulary_size,
            "max_positions": max_positions,
            "num_segments": num_segments,
            "hidden_size": hidden_size,
            "layer_norm_epsilon": layer_norm_epsilon,
            "dropout": dropout,
        }
        policy = self.dtype_policy
        self.words = keras.layers.Embedding(vocabulary_size, hidden_size, dtype=policy, name="words")
        self.positions = keras.layers.Embedding(max_positions, hidden_size, dtype=policy, name="positions")
        self.segments = keras.layers.Embedding(num_segments, hidden_size, dtype=policy, name="segments")
        self.norm = keras.layers.LayerNormalization(epsilon=layer_norm_epsilon, dtype=policy, name="norm")
        self.dropout = keras.layers.Dropout(dropout, dtype=policy, name="dropout")

    def build(self, token_shape: Any) -> None:
        for table in (self.words, self.positions, self.segments):
            table.build(token_shape)
        self.norm.build((*token_shape, self.arguments["hidden_size"]))
        self.built = True

    def call(self, token_ids: Any, segment_ids: Any, training: bool | None = None) -> Any:
        places = ops.arange(ops.shape(token_ids)[1], dtype="int32")
        vectors = self.words(token_ids) + self.segments(segment_ids) + self.positions(places)[None, :, :]
        return self.dropout(self.norm(vectors), training=training)

    def compute_output_shape(self, token_shape: Any) -> Any:
        return (*token_shape, self.arguments["hidden_size"])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self.arguments}


@keras.saving.register_keras_serializable(package=PACKAGE)
class BertBlock(keras.layers.Layer):
    """Self-attention and a feed-forward net, each added to its input and normalised: (batch, length, hidden) kept."""

    def __init__(
        self,
        *,
        hidden_size: int,
        num_heads: int,
        intermediate_size: int,
        activation: str,
        layer_norm_epsilon: float,
        dropout: float,
        attention_dropout: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.arguments = {
            "hidden_size": hidden_size,
            "num_heads": num_heads,
            "intermediate_size": intermediate_size,
            "activation": activation,
            "layer_norm_epsilon": layer_norm_epsilon,
            "dropout": dropout,
            "attention_dropout": attention_dropout,
        }
        self.hidden_size, self.num_heads = hidden_size, num_heads
        policy = self.dtype_policy

        def dense(width: int, name: str) -> Any:
            return keras.layers.Dense(width, dtype=policy, name=name)

        def norm(name: str) -> Any:
            return keras.layers.LayerNormalization(epsilon=layer_norm_epsilon, dtype=policy, name=name)

        self.query, self.key = dense(hidden_size, "query"), dense(hidden_size, "key")
        self.value, self.mix = dense(hidden_size, "value"), dense(hidden_size, "mix")
        self.attention_norm, self.norm = norm("attention_norm"), norm("norm")
        self.widen, self.narrow = dense(intermediate_size, "widen"), dense(hidden_size, "narrow")
        self.activation = ACTIVATIONS[activation]
        self.dropout = keras.layers.Dropout(dropout, dtype=policy, name="dropout")
        self.attention_dropout = keras.layers.Dropout(attention_dropout, dtype=policy, name="attention_dropout")

    def build(self, shape: Any) -> None:
        for layer in (self.query, self.key, self.value, self.mix, self.attention_norm, self.widen, self.norm):
            layer.build(shape)
        self.narrow.build((*shape[:-1], self.arguments["intermediate_size"]))
        self.built = True

    def call(self, x: Any, padding_mask: Any, training: bool | None = None) -> Any:
        attended = self.mix(self._attend(x, padding_mask, training))
        x = self.attention_norm(x + self.dropout(attended, training=training))
        fed = self.narrow(self.activation(self.widen(x)))
        return self.norm(x + self.dropout(fed, training=training))

    def _attend(self, x: Any, padding_mask: Any, training: bool | None) -> Any:
        query, key, value = self._heads(self.query(x)), self._heads(self.key(x)), self._heads(self.value(x))
        width = self.hidden_size // self.num_heads
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) * float(width**-0.5)
        # In float32 whatever the policy: a half-precision softmax overflows at the masked scores.
        hidden = (1.0 - ops.cast(padding_mask, "float32"))[:, None, None, :] * MASKED
        weights = ops.cast(ops.softmax(ops.cast(scores, "float32") + hidden, axis=-1), self.compute_dtype)
        mixed = ops.matmul(self.attention_dropout(weights, training=training), value)
        length = ops.shape(x)[1]
        return ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (-1, length, self.hidden_size))

    def _heads(self, x: Any) -> Any:
        """(batch, length, hidden) -> (batch, heads, length, width)."""
        shape = (-1, ops.shape(x)[1], self.num_heads, self.hidden_size // self.num_heads)
        return ops.transpose(ops.reshape(x, shape), (0, 2, 1, 3))

    def compute_output_shape(self, shape: Any) -> Any:
        return shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self.arguments}


@keras.saving.register_keras_serializable(package=PACKAGE)
class SentencePooling(keras.layers.Layer):
    """One float32 vector per sentence: (batch, length, hidden), mask -> (batch, hidden).

    Args:
        pooling: "mean" of the token vectors, the "first" token's vector, or "pooler", tanh of a dense layer over it.
        normalize: divide by the Euclidean length, so that a dot product is the cosine.
    """

    def __init__(self, *, pooling: str, normalize: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if pooling not in POOLINGS:
            raise ValueError(f"The 'pooling' parameter of {type(self).__name__} must be one of {POOLINGS}. "
                             f"Got {pooling!r} instead.")  # fmt: skip
        self.pooling, self.normalize = pooling, normalize
        self.dense: Any = None

    def build(self, shape: Any) -> None:
        if self.pooling == "pooler":
            self.dense = keras.layers.Dense(shape[-1], activation="tanh", dtype=self.dtype_policy, name="dense")
            self.dense.build((None, shape[-1]))
        self.built = True

    def call(self, x: Any, padding_mask: Any) -> Any:
        if self.pooling == "mean":
            mask = ops.cast(padding_mask, "float32")[:, :, None]
            total = ops.sum(ops.cast(x, "float32") * mask, axis=1)
            sentence = total / ops.maximum(ops.sum(mask, axis=1), 1e-9)
        else:
            sentence = x[:, 0, :] if self.dense is None else self.dense(x[:, 0, :])
            sentence = ops.cast(sentence, "float32")
        if not self.normalize:
            return sentence
        return sentence / ops.sqrt(ops.maximum(ops.sum(ops.square(sentence), axis=-1, keepdims=True), 1e-24))

    def compute_output_spec(self, x: Any, padding_mask: Any) -> Any:
        return keras.KerasTensor((x.shape[0], x.shape[2]), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "pooling": self.pooling, "normalize": self.normalize}


# === Functional Model ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class BertEncoder(keras.Model):
    """The encoder: inputs as in the module's docstring.

    Returns (a dict): ``sequence``, (batch, length, hidden) in the compute dtype; ``sentence``, float32 (batch, hidden).

    Args:
        bert: the network's sizes.
        pooling: how ``sentence`` is made, one of `POOLINGS`.
        normalize: give ``sentence`` the length 1.
    """

    def __init__(
        self, bert: BertConfig | dict[str, Any], *, pooling: str = "mean", normalize: bool = False, **kwargs: Any
    ) -> None:
        config = BertConfig(**bert) if isinstance(bert, dict) else bert
        inputs = bert_inputs()
        embedding = BertEmbedding(
            vocabulary_size=config.vocabulary_size,
            max_positions=config.max_positions,
            num_segments=config.num_segments,
            hidden_size=config.hidden_size,
            layer_norm_epsilon=config.layer_norm_epsilon,
            dropout=config.dropout,
            name="embedding",
        )
        blocks = [_block(config, f"block_{index}") for index in range(config.num_layers)]
        pool = SentencePooling(pooling=pooling, normalize=normalize, name="sentence")
        x = embedding(inputs["token_ids"], inputs["segment_ids"])
        for block in blocks:
            x = block(x, inputs["padding_mask"])
        outputs = {"sequence": x, "sentence": pool(x, inputs["padding_mask"])}
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)
        self.embedding, self.blocks, self.pool = embedding, blocks, pool
        self.bert, self.pooling, self.normalize = config, pooling, normalize

    def get_config(self) -> dict[str, Any]:
        return {"bert": asdict(self.bert), "pooling": self.pooling, "normalize": self.normalize, "name": self.name}


@keras.saving.register_keras_serializable(package=PACKAGE)
class BertClassifier(keras.Model):
    """The BERT trainer: the encoder, dropout and one dense layer; returns float32 logits (batch, num_classes).

    Args:
        bert: the encoder's sizes.
        num_classes: at least 2.
        pooling: what the dense layer reads, one of `POOLINGS`.
        dropout: share of the sentence vector's components that training drops.
    """

    def __init__(
        self,
        bert: BertConfig | dict[str, Any],
        *,
        num_classes: int,
        pooling: str = "mean",
        dropout: float = 0.1,
        **kwargs: Any,
    ) -> None:
        inputs = bert_inputs()
        encoder = BertEncoder(bert, pooling=pooling, name="encoder")
        drop = keras.layers.Dropout(dropout, name="dropout")
        dense = keras.layers.Dense(num_classes, dtype="float32", name="logits")
        super().__init__(inputs=inputs, outputs=dense(drop(encoder(inputs)["sentence"])), **kwargs)
        self.encoder, self.num_classes, self.pooling, self.dropout = encoder, num_classes, pooling, dropout

    def get_config(self) -> dict[str, Any]:
        return {
            "bert": asdict(self.encoder.bert),
            "num_classes": self.num_classes,
            "pooling": self.pooling,
            "dropout": self.dropout,
            "name": self.name,
        }


def bert_inputs() -> dict[str, Any]:
    """The three symbolic inputs by name."""
    names = ("token_ids", "padding_mask", "segment_ids")
    return {name: keras.Input((None,), dtype="int32", name=name) for name in names}


def _block(config: BertConfig, name: str) -> BertBlock:
    return BertBlock(
        hidden_size=config.hidden_size,
        num_heads=config.num_heads,
        intermediate_size=config.intermediate_size,
        activation=config.activation,
        layer_norm_epsilon=config.layer_norm_epsilon,
        dropout=config.dropout,
        attention_dropout=config.attention_dropout,
        name=name,
    )


# === Config ===


@dataclass(frozen=True, slots=True)
class BertConfig:
    """Sizes of a BERT.

    Attributes:
        vocabulary_size: rows of the word table.
        num_layers: number of blocks.
        hidden_size: width of a token's vector; a multiple of `num_heads`.
        num_heads: attention heads of a block.
        intermediate_size: width inside the feed-forward net.
        max_positions: longest input in tokens.
        num_segments: rows of the segment table.
        activation: of the feed-forward net, one of `ACTIVATIONS`.
        layer_norm_epsilon: added to the variance.
        dropout: share of components that training drops after each sub-layer.
        attention_dropout: share of attention weights that training drops.
    """

    vocabulary_size: int
    num_layers: int
    hidden_size: int
    num_heads: int
    intermediate_size: int
    max_positions: int = 512
    num_segments: int = 2
    activation: str = "gelu"
    layer_norm_epsilon: float = 1e-12
    dropout: float = 0.1
    attention_dropout: float = 0.1

    def __post_init__(self) -> None:
        if self.hidden_size % self.num_heads:
            raise ValueError(
                f"The 'hidden_size' of a BertConfig must be a multiple of 'num_heads' ({self.num_heads}). "
                f"Got {self.hidden_size} instead."
            )
        if self.activation not in ACTIVATIONS:
            raise ValueError(
                f"The 'activation' of a BertConfig must be one of {sorted(ACTIVATIONS)}. "
                f"Got {self.activation!r} instead."
            )
