"""The table of word pieces learns first, as if there were no blocks: a text is the mean of its pieces.

One epoch of this costs a thirtieth of one of the whole encoder, and most of the weights lie in the table. When the
blocks begin, they have only to add what the order of the words says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distill.checkpoint import keep_variables, restore_variables
from distill.optimizer import FlatAdamW
from distill.quiet import import_tensorflow
from distill.training_log import progress

if TYPE_CHECKING:
    from distill.encoder.pieces import PieceRows
    from distill.encoder.pretrain import SentenceStudent

__all__ = ["WordsRecipe", "learn_words"]


@dataclass(frozen=True, slots=True)
class WordsRecipe:
    """How the table is trained.

    Attributes:
        epochs: passes over the texts.
        batch: texts of a step.
        rate: highest learning rate.
        seed: of the order.
    """

    epochs: int = 5
    batch: int = 1024
    rate: float = 4e-3
    seed: int = 1


def learn_words(
    student: SentenceStudent,
    rows: PieceRows,
    targets: NDArray[np.float16],
    recipe: WordsRecipe,
    work: Path,
    *,
    digest: str,
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Train the table and the sentence head of `student` in place, or go on from the checkpoint in `work`.

    Args:
        student: fresh from `distill.encoder.start.start_from`, so that its blocks pass on what they are given.
        rows: the texts.
        targets: unit vectors, float16 (texts, 384).
        recipe: how.
        work: folder of the checkpoint.
        digest: of everything that decides what happens.
        say: told a line after each epoch.
    """
    tf = import_tensorflow("Training the encoder")
    table, head = student.encoder.embedding.word.embeddings, student.sentence
    variables = [table, head.kernel, head.bias]
    per_epoch = -(-len(rows) // recipe.batch)
    optimizer = FlatAdamW(variables, rate=recipe.rate, steps=recipe.epochs * per_epoch, weight_decay=0.0)
    state = [*variables, *optimizer.variables]
    path = work / "words.npz"
    done = restore_variables(path, state, digest=digest)
    width = student.encoder.size.embedding

    def step(pieces: Any, texts: Any, wanted: Any) -> Any:
        with tf.GradientTape() as tape:
            mean = tf.math.segment_mean(tf.gather(table.value, pieces), texts)
            unit = tf.math.l2_normalize(mean @ head.kernel.value[:width] + head.bias.value, axis=1)
            away = tf.reduce_mean(1.0 - tf.reduce_sum(unit * wanted, axis=1))
        slopes = tape.gradient(away, [variable.value for variable in variables])
        optimizer.apply([tf.convert_to_tensor(slope) for slope in slopes])
        return away

    traced = tf.function(
        step,
        input_signature=[tf.TensorSpec((None,), tf.int32), tf.TensorSpec((None,), tf.int32),
                         tf.TensorSpec((None, targets.shape[1]), tf.float32)],
        autograph=False,
    )  # fmt: skip
    with progress("words", total=recipe.epochs, done=done) as bar:
        for epoch in range(done, recipe.epochs):
            order = np.random.default_rng([recipe.seed, epoch]).permutation(len(rows))
            losses = []
            for start in bar.over(range(0, len(order), recipe.batch), per_epoch, f"words {epoch + 1}/{recipe.epochs}"):
                part = np.sort(order[start : start + recipe.batch])
                losses.append(float(traced(*_flat(rows, part), targets[part].astype(np.float32))))
            say(f"words {epoch + 1} of {recipe.epochs}: cosine {1.0 - np.mean(losses):.4f}")
            keep_variables(path, state, done=epoch + 1, digest=digest)


def _flat(rows: PieceRows, part: NDArray[np.integer]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The pieces of some texts one behind the other, and which of them each belongs to."""
    pieces = np.concatenate([rows.flat[rows.starts[row] : rows.starts[row + 1]] for row in part])
    return pieces, np.repeat(np.arange(len(part), dtype=np.int32), rows.lengths[part])
