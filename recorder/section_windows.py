"""Two windows of words, left and right of a moving place: how alike are they, and who speaks in them?

Every count is an integer, so a window that was moved word by word equals one counted afresh, exactly; that is what
lets a saved session continue with the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["Window", "divergence"]


class Window:
    """Weighted term counts and words per speaker, left and right of a place.

    Args:
        left: words on the left side.
        right: words on the right side.
    """

    __slots__ = ("_cross", "_left", "_left_square", "_right", "_right_square", "end", "left", "place", "right", "start")

    def __init__(self, left: int, right: int) -> None:
        self.left = left
        self.right = right
        self.start = self.place = self.end = 0  # word positions: [start, place) is left, [place, end) is right
        self._left: dict[str, int] = {}
        self._right: dict[str, int] = {}
        self._cross = self._left_square = self._right_square = 0

    def restart(self, position: int) -> None:
        """Become empty, with both sides at word `position`."""
        self.start = self.place = self.end = position
        self._left, self._right = {}, {}
        self._cross = self._left_square = self._right_square = 0

    def move(self, place: int, terms: Sequence[tuple[str, int] | None], base: int) -> None:
        """Move to word position `place`.

        Args:
            place: not before the present place.
            terms: (stem, squared weight) of each word from position `base` on; None for a word without content.
            base: position of the first of `terms`; nothing before it is needed any more.
        """
        end = min(place + self.right, base + len(terms))
        for position in range(self.end, end):
            self._enter(terms[position - base])
        for position in range(self.place, place):
            self._cross_over(terms[position - base])
        for position in range(self.start, place - self.left):
            self._leave(terms[position - base])
        self.start, self.place, self.end = max(self.start, place - self.left), place, max(self.end, end)

    def _enter(self, term: tuple[str, int] | None) -> None:
        if term is not None:
            stem, square = term
            count = self._right.get(stem, 0)
            self._right_square += (2 * count + 1) * square
            self._cross += self._left.get(stem, 0) * square
            self._right[stem] = count + 1

    def _cross_over(self, term: tuple[str, int] | None) -> None:
        if term is not None:
            stem, square = term
            right = self._right[stem] - 1
            left = self._left.get(stem, 0)
            self._right_square -= (2 * right + 1) * square
            self._left_square += (2 * left + 1) * square
            self._cross += (right - left) * square
            self._left[stem] = left + 1
            if right:
                self._right[stem] = right
            else:
                del self._right[stem]

    def _leave(self, term: tuple[str, int] | None) -> None:
        if term is not None:
            stem, square = term
            left = self._left[stem] - 1
            self._left_square -= (2 * left + 1) * square
            self._cross -= self._right.get(stem, 0) * square
            if left:
                self._left[stem] = left
            else:
                del self._left[stem]

    @property
    def cosine(self) -> float:
        """Cosine of the two sides' weighted counts, 0..1; 0 when a side has no content word."""
        if not self._left_square or not self._right_square:
            return 0.0
        return self._cross / math.sqrt(self._left_square * self._right_square)

    def knows(self, stem: str) -> bool:
        """Whether the left side has the stem."""
        return stem in self._left


def divergence(left: dict[str, int], right: dict[str, int]) -> float:
    """Jensen-Shannon divergence of two counts, in bits, 0..1: {"a": 2} and {"b": 5} -> 1. A side is not empty."""
    left_sum, right_sum = sum(left.values()), sum(right.values())
    total = 0.0
    for name in sorted(left.keys() | right.keys()):  # sorted: the order of additions must not depend on history
        p, q = left.get(name, 0) / left_sum, right.get(name, 0) / right_sum
        middle = (p + q) / 2
        if p:
            total += p / 2 * math.log2(p / middle)
        if q:
            total += q / 2 * math.log2(q / middle)
    return total
