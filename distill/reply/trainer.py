"""The trainer: two heads on MiniLM's embeddings, one for what was said and one for what is answered.

The encoder stays frozen and its embeddings are cached, so an epoch takes seconds. The query is made of the message and
of the turn before it, and each head adds to its input's own embedding, so that an untrained head is MiniLM's cosine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.corpora import CorpusError
from distill.quiet import import_tensorflow
from distill.reply.corpus import NOTHING, ReplyCorpus
from distill.reply.embeddings import WIDTH

__all__ = ["TrainerHeads", "TrainerRecipe", "train_heads"]


@dataclass(frozen=True, slots=True)
class TrainerRecipe:
    """How the heads are trained.

    Attributes:
        hidden: width of each head's hidden layer.
        epochs: over the pairs with short replies.
        batch_size: pairs a step; every other reply of the batch is a negative.
        rate: highest learning rate.
        dropout: of the hidden layers.
        no_context: share of the steps in which the turn before is hidden.
        scale: of the cosine before the softmax, at first; it is learned.
        seed: of everything random.
    """

    hidden: int = 1024
    epochs: int = 8
    batch_size: int = 1024
    rate: float = 1e-3
    dropout: float = 0.2
    no_context: float = 0.5
    scale: float = 20.0
    seed: int = 1


class TrainerHeads:
    """Trained heads in numpy: `queries` and `replies` give unit vectors from MiniLM's embeddings.

    Args:
        weights: by name, as `save` writes them.
    """

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self.weights = weights

    def queries(self, messages: NDArray[np.float32], before: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Of messages and the turns before them, float32 (n, 384) each; zeros or None where there was none."""
        before = np.zeros_like(messages) if before is None else before
        return self._head("query", np.concatenate([messages, before], axis=1), messages)

    def replies(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of replies' embeddings, float32 (n, 384)."""
        return self._head("reply", vectors, vectors)

    @property
    def scale(self) -> float:
        """What the product of a query and a reply is multiplied with before the softmax."""
        return float(self.weights["scale"])

    def save(self, path: Path) -> None:
        """Write the weights as `.npz`."""
        np.savez(path, **self.weights)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> TrainerHeads:
        """Back from `save`."""
        with np.load(path, allow_pickle=False) as found:
            return cls({name: found[name] for name in found.files})

    def _head(self, name: str, inputs: NDArray[np.float32], base: NDArray[np.float32]) -> NDArray[np.float32]:
        weights = self.weights
        hidden = np.maximum(inputs @ weights[f"{name}_in"] + weights[f"{name}_bias"], 0.0)
        found = base + hidden @ weights[f"{name}_out"]
        unit: NDArray[np.float32] = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        return unit


def train_heads(
    corpus: ReplyCorpus, recipe: TrainerRecipe, say: Callable[[str], None] = lambda line: None
) -> TrainerHeads:
    """Train on the corpus's pairs with short replies by in-batch negatives."""
    tf = import_tensorflow("Training smart reply")
    import keras

    keras.utils.set_random_seed(recipe.seed)
    variables = head_variables(recipe.hidden, recipe.scale)
    usable = np.nonzero(corpus.reply != NOTHING)[0]
    if len(usable) < 2:
        raise CorpusError(f"the trainer needs two or more pairs with a short reply. Got {len(usable)} in the corpora.")
    size = min(recipe.batch_size, len(usable))
    steps = recipe.epochs * (len(usable) // size)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(steps, 1), warmup_target=recipe.rate, warmup_steps=min(200, max(steps // 10, 1))
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.01)
    watched = list(variables.values())
    optimizer.build(watched)

    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def step(message: Any, before: Any, reply: Any, number: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(in_batch_loss(head_logits(variables, message, before, reply, recipe.dropout), number))
        optimizer.apply_gradients(zip(tape.gradient(loss, watched), watched, strict=True))
        return loss

    chance = np.random.default_rng(recipe.seed)
    for epoch in range(recipe.epochs):
        order = chance.permutation(usable)
        losses = []
        for start in range(0, len(order) - size + 1, size):
            part = order[start : start + size]
            before = np.where(chance.random(len(part)) < recipe.no_context, NOTHING, corpus.before[part])
            losses.append(step(
                corpus.vectors_of(corpus.message[part]), corpus.vectors_of(before.astype(np.int32)),
                corpus.vectors_of(corpus.reply[part]), corpus.reply[part],
            ))  # fmt: skip
        say(f"trainer heads, epoch {epoch + 1}: loss {float(np.mean([float(loss) for loss in losses])):.4f}")
    return trained_heads(variables)


def head_variables(hidden: int, scale: float, *, width: int = WIDTH) -> dict[str, Any]:
    """Of untrained heads over vectors of `width`: what they add is 0; the scale is a logarithm."""
    import tensorflow as tf

    variables = {
        f"{name}_{part}": tf.Variable(value)
        for name, inputs in (("query", 2 * width), ("reply", width))
        for part, value in (
            ("in", tf.random.normal((inputs, hidden), stddev=inputs**-0.5)),
            ("bias", tf.zeros(hidden)),
            ("out", tf.zeros((hidden, width))),
        )
    }
    variables["scale"] = tf.Variable(np.float32(np.log(scale)))
    return variables


def head_logits(variables: dict[str, Any], message: Any, before: Any, reply: Any, dropout: float) -> Any:
    """Of every message with every reply in training, float32 (batch, batch)."""
    import tensorflow as tf

    def head(name: str, inputs: Any, base: Any) -> Any:
        hidden = tf.nn.relu(inputs @ variables[f"{name}_in"] + variables[f"{name}_bias"])
        hidden = tf.nn.dropout(hidden, dropout)
        return tf.math.l2_normalize(base + hidden @ variables[f"{name}_out"], axis=1)

    query = head("query", tf.concat([message, before], 1), message)
    return tf.exp(variables["scale"]) * tf.matmul(query, head("reply", reply, reply), transpose_b=True)


def trained_heads(variables: dict[str, Any]) -> TrainerHeads:
    """What was trained, in numpy."""
    weights = {name: np.asarray(variable, np.float32) for name, variable in variables.items()}
    weights["scale"] = np.exp(weights["scale"])
    return TrainerHeads(weights)


def in_batch_loss(logits: Any, number: Any) -> Any:
    """Cross-entropy of each row's own column and of each column's own row, equal replies counting as right.

    Args:
        logits: float32 (batch, batch), queries by replies.
        number: int32 (batch,), which text a reply is.
    """
    import tensorflow as tf

    same = tf.cast(tf.equal(number[:, None], number[None, :]), tf.float32)
    target = same / tf.reduce_sum(same, axis=1, keepdims=True)
    rows = tf.nn.softmax_cross_entropy_with_logits(target, logits)
    columns = tf.nn.softmax_cross_entropy_with_logits(target, tf.transpose(logits))
    return 0.5 * (rows + columns)
