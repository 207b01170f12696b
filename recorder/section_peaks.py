"""From a probability at every place to cuts: peaks, each with a strength that a stronger neighbour lowers.

The neighbour's effect is built into the strength, so that choosing cuts by strength is a decision about one cut at a
time: no cut goes or moves because another one is shown.
"""

from __future__ import annotations

import math
from typing import Any

from recorder.cuts import Cut

__all__ = ["FINE_WORDS", "PEAK_WORDS", "PeakStream"]

FINE_WORDS = 40
"""Two cuts are never closer than this, in words, unless equally probable places stand further apart in segments."""
PEAK_WORDS = 350
"""A cut with a more probable one within so many words is weakened."""
_UNITS = 3  # within so many places (and PEAK_WORDS), only the best is a cut


class PeakStream:
    """Places with probabilities in, cuts out, `PEAK_WORDS` words later.

    Args:
        default: probability that becomes strength 0.5.
        damping: factor on the probability of a place that has a more probable one within `PEAK_WORDS`.
    """

    def __init__(self, default: float, damping: float) -> None:
        self._power = math.log(0.5) / math.log(default)
        self._damping = damping
        self._places: list[tuple[int, int, float]] = []  # (segment, position, probability)
        self._next = 0

    def push(self, segment: int, position: int, probability: float) -> list[Cut]:
        """Take the next place; return the cuts decided now."""
        self._places.append((segment, position, probability))
        cuts = self._decide(position)
        if self._next > 256:
            horizon = self._places[self._next][1] - PEAK_WORDS if self._next < len(self._places) else position
            drop = 0
            while drop < self._next - _UNITS and self._places[drop][1] < horizon:
                drop += 1
            del self._places[:drop]
            self._next -= drop
        return cuts

    def finish(self) -> list[Cut]:
        """No place follows: decide the rest."""
        return self._decide(None)

    def _decide(self, reached: int | None) -> list[Cut]:
        cuts = []
        while self._next < len(self._places):
            if reached is not None and reached - self._places[self._next][1] <= PEAK_WORDS:
                break
            cut = self._judge(self._next)
            if cut is not None:
                cuts.append(cut)
            self._next += 1
        return cuts

    def _judge(self, at: int) -> Cut | None:
        segment, position, probability = self._places[at]
        weakened = False
        for step in (-1, 1):
            other = at + step
            while 0 <= other < len(self._places):
                _, place, rival = self._places[other]
                distance = abs(place - position)
                if distance > PEAK_WORDS:
                    break
                if rival > probability or (rival == probability and step < 0):  # the first of equals wins
                    if distance <= FINE_WORDS or abs(other - at) <= _UNITS:
                        return None
                    weakened = True
                other += step
        if weakened:
            probability *= self._damping
        return Cut(segment, round(probability**self._power, 6))

    def to_dict(self) -> dict[str, Any]:
        """The complete state, ready for JSON."""
        return {"places": [list(place) for place in self._places], "next": self._next}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over the state that `to_dict` gave."""
        self._places = [(segment, position, probability) for segment, position, probability in state["places"]]
        self._next = state["next"]
