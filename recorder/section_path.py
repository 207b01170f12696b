"""From a probability at every place to cuts: the best way to divide the recording, with a bounded look-ahead.

A division is worth the log-odds of its cuts plus what its sections' lengths are worth (Weibull: very short sections are
rare, and the longer a section has been going, the likelier its end). The best division is kept up by dynamic
programming over the places of the last `PATH_WORDS` words; a place that leaves them is decided for good: a cut of the
section level when it lies on the best path, otherwise at most a fine cut. A segmental hidden Markov model, decoded
with a fixed lag.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from recorder.cuts import Cut

__all__ = ["FINE_WORDS", "PATH_WORDS", "PathSettings", "PathStream"]

PATH_WORDS = 350
"""A place is decided when so many words follow it."""
FINE_WORDS = 100
"""A fine cut is never closer than this to the cut before it, to the beginning or to the end, in words."""
_SHORTEST = 15  # words; shorter sections are as unlikely as these
_LAST = 400  # words; the last section may be as short as it likes below this
_POWER = 0.3  # a fine cut's strength grows with probability ** _POWER, which spreads small probabilities out
_SURE = 0.2  # a fine cut of this probability is as strong as one off the path can be


@dataclass(frozen=True, slots=True)
class PathSettings:
    """What a section's length is worth, and how much evidence a cut needs.

    Attributes:
        enough: words; shorter sections are unlikely.
        short: weight of log(length / enough) for those.
        overdue: words; the worth of a section falls with (length / overdue) ** 2.
        bias: added to every place's log-odds.
    """

    enough: float
    short: float
    overdue: float
    bias: float


class PathStream:
    """Places with probabilities in, cuts out, `PATH_WORDS` words later.

    Strengths of at least 0.5 are on the best path; more probable cuts are stronger within either half.
    """

    def __init__(self, settings: PathSettings) -> None:
        self.settings = settings  # may be changed between places
        self._segments: list[int] = []  # the undecided places, and what is known of each:
        self._positions: list[int] = []  # words before it
        self._probabilities: list[float] = []
        self._log_odds: list[float] = []
        self._best: list[float] = []  # worth of the best division that ends with a cut here
        self._root: list[int] = []  # segment of that division's first undecided cut
        self._from = 0  # position of the last decided cut of the path
        self._fine = (0, 0.0)  # position of the last cut that was handed out (or the beginning), and its strength

    def push(self, segment: int, position: int, probability: float) -> list[Cut]:
        """Take the next place; return the cuts decided now. No section begins before the first word.

        Args:
            segment: index of the segment that would begin a section.
            position: words before it.
            probability: that it does, 0..1.
        """
        if not position:
            return []
        chance = min(max(probability, 1e-4), 1 - 1e-4)
        self._segments.append(segment)
        self._positions.append(position)
        self._probabilities.append(chance)
        self._log_odds.append(math.log(chance / (1 - chance)) + self.settings.bias)
        self._best.append(0.0)
        self._root.append(0)
        self._reach(len(self._segments) - 1)
        cuts: list[Cut] = []
        while self._positions and position - self._positions[0] > PATH_WORDS:
            cuts += self._decide(self._first_cut(position, last=False))
        return cuts

    def finish(self, position: int) -> list[Cut]:
        """The recording has ended after `position` words: decide the rest."""
        cuts: list[Cut] = []
        while self._positions:
            near_end = position - self._positions[0] < FINE_WORDS
            cuts += self._decide(self._first_cut(position, last=True), fine_allowed=not near_end)
        return cuts

    def _length(self, words: Any) -> Any:
        """What a section of so many words is worth (a number or an array)."""
        settings = self.settings
        scaled = np.clip(words, _SHORTEST, settings.enough) / settings.enough
        return settings.short * np.log(scaled) - (words / settings.overdue) ** 2

    def _reach(self, at: int) -> None:
        """Work out the best division that ends with a cut at place `at`."""
        here = self._positions[at]
        best, root = float(self._length(here - self._from)), self._segments[at]
        if at:
            worth = np.array(self._best[:at]) + self._length(here - np.array(self._positions[:at]))
            before = int(np.argmax(worth))
            if worth[before] > best:
                best, root = float(worth[before]), self._root[before]
        self._best[at] = best + self._log_odds[at]
        self._root[at] = root

    def _first_cut(self, reached: int, *, last: bool) -> int | None:
        """Segment of the first undecided cut of the best division up to `reached`, or None when it has none."""
        settings = self.settings
        starts = np.array([self._from, *self._positions])
        words = np.maximum(reached - starts, 1)
        worth = np.array([0.0, *self._best]) - (words / settings.overdue) ** 2
        if last:
            worth += settings.short * np.log(np.clip(words, _SHORTEST, _LAST) / _LAST)
        at = int(np.argmax(worth))
        return self._root[at - 1] if at else None

    def _decide(self, chosen: int | None, *, fine_allowed: bool = True) -> list[Cut]:
        """Decide the oldest place: a cut of the path, a fine cut, or nothing."""
        segment, position, chance = self._segments[0], self._positions[0], self._probabilities[0]
        on_path = segment == chosen
        fine = fine_allowed and not on_path and self._is_fine_peak()
        for values in (
            self._segments, self._positions, self._probabilities, self._log_odds, self._best, self._root,
        ):  # fmt: skip
            del values[0]
        if on_path:
            self._from = position
            for at in range(len(self._segments)):
                self._reach(at)
        else:
            for at, root in enumerate(self._root):
                if root == segment:
                    self._reach(at)
        if not on_path and not fine:
            return []
        strength = round(0.5 + math.sqrt(chance) / 2 if on_path else min((chance / _SURE) ** _POWER / 2, 0.499999), 6)
        self._fine = (position, strength)
        return [Cut(segment, strength)]

    def _is_fine_peak(self) -> bool:
        """Whether no likelier undecided place is near the oldest one, nor a cut that was handed out."""
        position, chance = self._positions[0], self._probabilities[0]
        if position - self._fine[0] < FINE_WORDS:
            return False
        for place, rival in zip(self._positions[1:], self._probabilities[1:], strict=True):
            if place - position >= FINE_WORDS:
                return True
            if rival > chance:
                return False
        return True

    def to_dict(self) -> dict[str, Any]:
        """The complete state, ready for JSON; it holds at most the places of `PATH_WORDS` words."""
        places = zip(
            self._segments, self._positions, self._probabilities, self._log_odds, self._best, self._root, strict=True
        )
        return {
            "places": [list(place) for place in places],
            "from": self._from,
            "fine": list(self._fine),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over the state that `to_dict` gave."""
        columns = [list(column) for column in zip(*state["places"], strict=True)] or [[] for _ in range(6)]
        self._segments, self._positions, self._probabilities, self._log_odds, self._best, self._root = columns
        self._from = state["from"]
        position, strength = state["fine"]
        self._fine = (position, strength)
