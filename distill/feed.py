"""Examples to batches: shuffled by the epoch's own seed, distorted anew each epoch, texts of like length together.

What an epoch shows depends on the seed and the epoch's number alone, so that a training that was stopped goes on as if
it had not been.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.classify_data import LabelledText
from distill.distortion import Distortion, distort_all
from distill.student_rows import StudentRows
from distill.trainers import Trainer

__all__ = ["CONTEXT_SEPARATOR", "Batch", "Examples", "Feed"]

CONTEXT_SEPARATOR = "\n"
"""Between the utterances of a context; white space to the projection and to every trainer."""

POOL = 32
"""Batches that are cut from one pool of examples, sorted by length."""

Batch = dict[str, Any]
"""What `distill.joint.JointStep` takes."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts and what is known of them.

    Attributes:
        texts: one string per example.
        contexts: what was said before, joined; None where the student does not read it.
        labels: int32, class numbers; -1 for a class unknown to training.
    """

    texts: tuple[str, ...]
    contexts: tuple[str, ...] | None
    labels: NDArray[np.int32]

    @classmethod
    def of(cls, rows: Sequence[LabelledText], numbers: Sequence[int], *, context: int) -> Examples:
        """Examples of read lines and their class numbers."""
        contexts = tuple(CONTEXT_SEPARATOR.join(row.context[-context:]) for row in rows) if context else None
        return cls(tuple(row.text for row in rows), contexts, np.asarray(numbers, np.int32))

    def __len__(self) -> int:
        return len(self.texts)


class Feed:
    """Batches of one set of examples.

    Args:
        examples: what to show.
        rows: encoder of the students; shared by every feed of a run.
        trainer: None where nobody reads the trainer's inputs.
        targets: what somebody else said of each example, (examples, columns), logits or an embedding; or None.
        batch_size: examples in a batch; the last one may have fewer.
        distortion: what happens to the students' texts while training; the trainer reads them as they are.
        share: share of the texts that it happens to, in each epoch others.
        seed: of everything random.
    """

    def __init__(
        self,
        examples: Examples,
        rows: StudentRows,
        *,
        trainer: Trainer | None = None,
        targets: NDArray[np.floating[Any]] | None = None,
        batch_size: int = 64,
        distortion: Distortion | None = None,
        share: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.examples, self.rows, self.trainer, self.targets = examples, rows, trainer, targets
        self.batch_size, self.distortion, self.share, self.seed = batch_size, distortion, share, seed
        self._text = rows.encode(examples.texts)
        self._context = None if examples.contexts is None else rows.encode(examples.contexts)

    @property
    def steps(self) -> int:
        """Batches of one epoch."""
        return -(-len(self.examples) // self.batch_size)

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of training epoch `number`, each example once."""
        chance = np.random.default_rng([self.seed, number])
        text = self._distorted(number, chance)
        order = chance.permutation(len(self.examples))
        lengths = self._lengths(text)
        for start in range(0, len(order), POOL * self.batch_size):
            pool = order[start : start + POOL * self.batch_size]
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            parts = [pool[at : at + self.batch_size] for at in range(0, len(pool), self.batch_size)]
            for part in chance.permutation(len(parts)):
                yield self._batch(text, parts[part])

    def in_order(self) -> Iterator[tuple[NDArray[np.intp], Batch]]:
        """Undistorted batches for measuring, with the positions of their examples; like lengths together."""
        order = np.argsort(self._lengths(self._text), kind="stable")
        for start in range(0, len(order), 4 * self.batch_size):
            part = order[start : start + 4 * self.batch_size]
            yield part, self._batch(self._text, part)

    def _distorted(self, number: int, chance: np.random.Generator) -> NDArray[np.generic]:
        if self.distortion is None or self.share == 0.0:
            return self._text
        chosen = np.nonzero(chance.random(len(self.examples)) < self.share)[0]
        seed = int(chance.integers(2**31))
        text = self._text.copy()
        texts = distort_all([self.examples.texts[index] for index in chosen], self.distortion, seed=seed)
        text[chosen] = self.rows.encode(texts)
        return text

    def _lengths(self, text: NDArray[np.generic]) -> NDArray[np.intp]:
        lengths = self.rows.lengths(text)
        return lengths if self._context is None else lengths + self.rows.lengths(self._context)

    def _batch(self, text: NDArray[np.generic], part: NDArray[np.intp]) -> Batch:
        batch: Batch = {"student": self.rows.batch(text[part], "text"), "labels": self.examples.labels[part]}
        if self._context is not None:
            batch["student"] |= self.rows.batch(self._context[part], "context")
        if self.trainer is not None:
            contexts = self.examples.contexts
            batch["trainer"] = self.trainer.batch(
                [self.examples.texts[index] for index in part],
                None if contexts is None else [contexts[index] for index in part],
            )
        if self.targets is not None:
            batch["targets"] = self.targets[part]
        return batch
