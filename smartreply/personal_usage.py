"""What the user answers with a reply of their own: a shift of its vector, towards the messages it was sent after.

When a reply is said is not in its words, so what the reply tower makes of them is only where a text of the user's own
begins. From then on its vector learns as the weights of `smartreply.personal_learning` do, one step of online logistic
regression a choice:

    shift += rate * (1 if it was sent else 0 - p) * query

The vector is that of its words plus the shift, brought back to unit length. Another model has other vectors: a shift is
kept with the vector of the words that it was learnt beside, and counts only as long as the model still says the same.
Pure functions of numbers: no clock, no file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_USAGE_BYTES", "Usage", "used", "used_again"]

Floats = NDArray[np.float32]

SAME = 0.99
"""Cosine from which on two vectors of one text are taken to be of the same model."""

MAX_USAGE_BYTES = 4096
"""Of a `Usage`: two vectors of 1,024 components."""


@dataclass(frozen=True, slots=True)
class Usage:
    """A learnt shift.

    Attributes:
        data: float16, little-endian: the vector of the words, then the shift, D components each.

    Raises:
        ValueError: no two vectors of one size, or not finite.
    """

    data: bytes

    def __post_init__(self) -> None:
        if not 0 < len(self.data) <= MAX_USAGE_BYTES or len(self.data) % 4 or not np.isfinite(self._halves()).all():
            raise ValueError("a usage must be two finite vectors of one size, in float16")

    @classmethod
    def of(cls, words: Floats, shift: Floats) -> Usage:
        """From both vectors."""
        return cls(np.concatenate([words, shift]).astype("<f2").tobytes())

    @property
    def words(self) -> Floats:
        """The vector of the words, float32 [D]."""
        words: Floats = self._halves()[0]
        return words

    @property
    def shift(self) -> Floats:
        """What is added to it, float32 [D]."""
        shift: Floats = self._halves()[1]
        return shift

    def fits(self, words: Floats) -> bool:
        """Whether it was learnt with the model that gives `words`, float32 [D], for the same text."""
        mine = self.words
        return mine.shape == words.shape and float(mine @ words) >= SAME * float(np.linalg.norm(mine))

    def _halves(self) -> Floats:
        return np.frombuffer(self.data, "<f2").astype(np.float32).reshape(2, -1)


def used(words: Floats, usage: Usage | None) -> Floats:
    """The vector of a text with what was learnt, float32 [D], unit length; that of its words where nothing was."""
    if usage is None or not usage.fits(words):
        return words
    moved = words + usage.shift
    return moved / np.float32(max(float(np.linalg.norm(moved)), 1e-6))


def used_again(usage: Usage | None, words: Floats, query: Floats, step: float, bound: float) -> Usage:
    """After a message with `query`, float32 [D], unit length; the shift stays within `bound`."""
    shift = usage.shift if usage is not None and usage.fits(words) else np.zeros_like(words)
    shift = shift + np.float32(step) * query
    length = float(np.linalg.norm(shift))
    if length > bound:
        shift = shift * np.float32(bound / length)
    return Usage.of(words, shift)
