"""The encoder learns to say in a third of the time what MiniLM says of a text.

Two losses per batch of texts of like length: how far each sentence vector points from MiniLM's, and how far the
similarities within the batch differ (relation distillation, Park et al. 2019). MiniLM's vectors are computed once and
kept on disk (`distill.reply.embeddings`), so a step costs the student alone, and that in bfloat16. A run that was
stopped goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.checkpoint import keep_variables, restore_variables
from distill.encoder.pieces import PieceRows, length_batches
from distill.half import in_half
from distill.optimizer import FlatAdamW
from distill.quiet import import_tensorflow
from distill.training_log import progress

__all__ = ["PretrainRecipe", "SentenceStudent", "half_of", "pretrain", "sentence_losses"]

KEEP_EVERY = 500
"""Steps between two checkpoints."""


@dataclass(frozen=True, slots=True)
class PretrainRecipe:
    """How the encoder is distilled.

    Attributes:
        epochs: passes over the texts; a part of one is allowed.
        pieces: most pieces of a batch.
        rows: fewest and most texts of a batch.
        rate: highest learning rate.
        weight_decay: as in `FlatAdamW`.
        average: of the weights, as in `FlatAdamW`.
        relation: weight of the similarities within a batch.
        seed: of the order.
    """

    epochs: float = 4.0
    pieces: int = 4096
    rows: tuple[int, int] = (32, 256)
    rate: float = 1e-3
    weight_decay: float = 0.01
    average: float = 0.998
    relation: float = 0.5
    seed: int = 1


class SentenceStudent:
    """An encoder with its sentence head: ids and mask (batch, tokens) -> unit vectors (batch, 384).

    Args:
        encoder: a `MobileBertEdgeTpu`.
        width: of the teacher's vectors.
    """

    def __init__(self, encoder: Any, *, width: int = 384) -> None:
        import keras

        self.encoder = encoder
        self.sentence = keras.layers.Dense(width, dtype="float32", name="sentence")
        self.sentence.build((None, encoder.size.hidden))

    @property
    def variables(self) -> list[Any]:
        """What is trained."""
        return [*self.encoder.trainable_variables, *self.sentence.trainable_variables]

    def __call__(self, ids: Any, mask: Any) -> Any:
        return self.vector(self.encoder({"ids": ids, "mask": mask}), mask)

    def vector(self, states: Any, mask: Any) -> Any:
        """Unit vectors of texts whose states are known."""
        import tensorflow as tf

        states = tf.cast(states, tf.float32)
        mean = tf.reduce_sum(states * mask[:, :, None], axis=1) / tf.reduce_sum(mask, axis=1, keepdims=True)
        return tf.math.l2_normalize(self.sentence(mean), axis=1)

    def encode(self, rows: PieceRows, *, pieces: int = 8192) -> NDArray[np.float32]:
        """Vectors of all rows, in their order."""
        import tensorflow as tf

        call = tf.function(
            self.__call__,
            input_signature=[tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, None), tf.float32)],
            autograph=False,
        )
        vectors = np.zeros((len(rows), self.sentence.units), np.float32)
        same = np.random.default_rng(0)
        for part in length_batches(rows.lengths, most_pieces=pieces, rows=(16, 512), chance=same):
            vectors[part] = call(*rows.batch(part)).numpy()
        return vectors


def pretrain(
    student: SentenceStudent,
    rows: PieceRows,
    targets: NDArray[np.float16],
    recipe: PretrainRecipe,
    work: Path,
    *,
    digest: str,
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Train `student` in place, or go on from the checkpoint in `work`; it ends with the averaged weights.

    Args:
        student: what learns.
        rows: the texts.
        targets: unit vectors, float16 (texts, 384).
        recipe: how.
        work: folder of the checkpoint.
        digest: of everything that decides what happens.
        say: told a line at times.
    """
    tf = import_tensorflow("Training the encoder")
    batches = _plan(rows, recipe)
    half = half_of(student)
    optimizer = FlatAdamW(
        half.variables, rate=recipe.rate, steps=len(batches), weight_decay=recipe.weight_decay,
        average=recipe.average,
    )  # fmt: skip
    state = [*half.variables, *optimizer.variables]
    path = work / "encoder.npz"
    done = restore_variables(path, state, digest=digest)

    def step(ids: Any, mask: Any, wanted: Any) -> Any:
        with tf.GradientTape() as tape:
            away, relation = sentence_losses(half(ids, mask), wanted)
            loss = away + recipe.relation * relation
        variables = [variable.value for variable in half.variables]
        optimizer.apply([tf.convert_to_tensor(slope) for slope in tape.gradient(
            loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)])  # fmt: skip
        return away, relation

    traced = tf.function(
        step,
        input_signature=[tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, None), tf.float32),
                         tf.TensorSpec((None, targets.shape[1]), tf.float32)],
        autograph=False,
    )  # fmt: skip
    losses: list[tuple[float, float]] = []
    with progress("encoder", total=len(batches), done=done) as bar:
        for number in bar.over(range(done, len(batches)), len(batches) - done, "steps"):
            part = batches[number]
            away, relation = traced(*rows.batch(part), targets[part].astype(np.float32))
            losses.append((float(away), float(relation)))
            if (number + 1) % KEEP_EVERY == 0 or number + 1 == len(batches):
                mean = np.mean(losses, axis=0)
                losses.clear()
                say(f"step {number + 1:,} of {len(batches):,}: cosine {1.0 - mean[0]:.4f}, relation {mean[1]:.5f}")
                keep_variables(path, state, done=number + 1, digest=digest)
    for variable, value in zip(student.variables, optimizer.averages, strict=True):
        variable.assign(value)


def sentence_losses(unit: Any, wanted: Any) -> tuple[Any, Any]:
    """How far unit vectors, (texts, width), point from those that are wanted, and how far their similarities differ."""
    import tensorflow as tf

    away = tf.reduce_mean(1.0 - tf.reduce_sum(unit * wanted, axis=1))
    like = tf.matmul(unit, unit, transpose_b=True) - tf.matmul(wanted, wanted, transpose_b=True)
    return away, tf.reduce_mean(tf.square(like))


def half_of(student: SentenceStudent) -> SentenceStudent:
    """A copy that computes in bfloat16."""
    with in_half():
        copy = SentenceStudent(type(student.encoder)(student.encoder.size), width=student.sentence.units)
    copy.encoder.embedding.word.bits = student.encoder.embedding.word.bits
    for ours, theirs in zip(copy.variables, student.variables, strict=True):
        ours.assign(theirs)
    return copy


def _plan(rows: PieceRows, recipe: PretrainRecipe) -> list[NDArray[np.intp]]:
    """All batches of the training, in order."""
    batches: list[NDArray[np.intp]] = []
    whole, rest = divmod(recipe.epochs, 1.0)
    for epoch in range(int(whole) + (rest > 0)):
        chance = np.random.default_rng([recipe.seed, epoch])
        some = [*length_batches(rows.lengths, most_pieces=recipe.pieces, rows=recipe.rows, chance=chance)]
        batches += some if epoch < whole else some[: int(rest * len(some))]
    return batches
