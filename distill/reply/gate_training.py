"""One training loop for both gates: weighted soft targets in, the gate with its last weights out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.quiet import import_tensorflow
from distill.student_rows import TokenRows
from earmark.errors import EarmarkError
from projection import Projection

__all__ = ["Examples", "GateCourse", "GateReader", "Say", "fit_gate", "silent"]

Say = Callable[[str], None]
Floats = NDArray[np.float32]


def silent(line: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class GateCourse:
    """How a gate is trained.

    Attributes:
        epochs: passes through the examples.
        batch: examples at a time.
        rate: the optimiser's (AdamW) highest learning rate; it falls to 0 along a cosine.
        decay: weight decay.
        seed: of weights, order and drop-out.
    """

    epochs: int = 6
    batch: int = 256
    rate: float = 3e-3
    decay: float = 1e-3
    seed: int = 17

    def __post_init__(self) -> None:
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise EarmarkError(f"The '{name}' of a GateCourse must be 1 or more. Got {getattr(self, name)}.")
        if not 0.0 < self.rate < 1.0:
            raise EarmarkError(f"The 'rate' of a GateCourse must lie between 0 and 1. Got {self.rate}.")


@dataclass(frozen=True, slots=True)
class Examples:
    """`texts`, their soft targets float32 (texts, classes; one column: P(yes)) and their weights float32 (texts,)."""

    texts: Sequence[str]
    targets: Floats
    weights: Floats


class GateReader:
    """Texts to what a gate reads; the tokens of all texts share one table.

    Args:
        projection: how tokens become values.
    """

    def __init__(self, projection: Projection) -> None:
        self.rows = TokenRows(projection)

    def encode(self, texts: Sequence[str]) -> NDArray[np.generic]:
        """int32 (texts, words)."""
        return self.rows.encode(texts)

    def inputs(self, rows: NDArray[np.generic]) -> tuple[Floats, Floats]:
        """Values (batch, longest, bits) and mask (batch, longest); `longest` is one of few lengths."""
        count = int(self.rows.lengths(rows).max(initial=1))
        longest = next((length for length in (4, 8, 16, 24) if length >= count), rows.shape[1])
        numbers = rows[:, : min(longest, rows.shape[1])].astype(np.intp)
        return self.rows.table.values[numbers].astype(np.float32), (numbers > 0).astype(np.float32)

    def judge(self, gate: Any, texts: Sequence[str], *, batch: int = 512) -> tuple[Floats, NDArray[np.int32]]:
        """What `gate.judge` says of each text: probabilities (texts,) and topics (texts,; 0 where it has none)."""
        shares, topics = np.zeros(len(texts), np.float32), np.zeros(len(texts), np.int32)
        for part, values, mask in self._parts(texts, batch):
            found = gate.judge(values, mask)
            share, topic = found if isinstance(found, tuple) else (found, None)
            shares[part] = np.asarray(share)[:, 0]
            if topic is not None:
                topics[part] = np.asarray(topic)
        return shares, topics

    def listed(self, lexicon: Any, texts: Sequence[str], *, batch: int = 512) -> NDArray[np.bool_]:
        """Whether a phrase of a `LexiconMatch` occurs in each text."""
        found = np.zeros(len(texts), np.bool_)
        for part, values, _ in self._parts(texts, batch):
            found[part] = np.asarray(lexicon(values)).max(axis=(1, 2)) > 0
        return found

    def _parts(self, texts: Sequence[str], batch: int) -> Iterator[tuple[NDArray[np.intp], Floats, Floats]]:
        """Places of texts of like length, their values and their mask."""
        rows = self.encode(texts)
        order = np.argsort(self.rows.lengths(rows), kind="stable")
        for start in range(0, len(order), batch):
            part = order[start : start + batch]
            yield (part, *self.inputs(rows[part]))


def fit_gate(gate: Any, examples: Examples, reader: GateReader, course: GateCourse, say: Say = silent) -> None:
    """Train `gate` (a layer of values and mask) on cross-entropy with soft targets; the same seed, the same weights."""
    tf = import_tensorflow("Training a gate")
    import keras

    rows = reader.encode(examples.texts)
    lengths = reader.rows.lengths(rows)
    steps = course.epochs * max(1, -(-len(rows) // course.batch))
    schedule = keras.optimizers.schedules.CosineDecay(0.0, steps, warmup_target=course.rate, warmup_steps=steps // 10)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=course.decay, clipnorm=1.0)
    gate(*reader.inputs(rows[:1]))
    optimizer.build(gate.trainable_variables)

    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def step(values: Any, mask: Any, targets: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = gate(values, mask, training=True)
            if targets.shape[1] == 1:
                losses = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)[:, 0]
            else:
                losses = tf.nn.softmax_cross_entropy_with_logits(targets, logits)
            loss = tf.reduce_sum(losses * weights) / tf.reduce_sum(weights)
        optimizer.apply(tape.gradient(loss, gate.trainable_variables), gate.trainable_variables)
        return loss

    for epoch in range(course.epochs):
        total = 0.0
        parts = list(_batches(lengths, course.batch, course.seed + epoch))
        for part in parts:
            values, mask = reader.inputs(rows[part])
            total += float(step(values, mask, examples.targets[part], examples.weights[part]))
        say(f"  epoch {epoch + 1} of {course.epochs}: loss {total / len(parts):.4f}")


def _batches(lengths: NDArray[np.intp], size: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """Texts of like length together, otherwise in any order; the last batch of an epoch may be small."""
    rng = np.random.default_rng(seed)
    order = np.argsort(lengths + rng.random(len(lengths)) * 4.0, kind="stable")
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    for number in rng.permutation(len(parts)):
        yield parts[number]
