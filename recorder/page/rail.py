"""Which keywords have room along the scrollbar, for every height a window may have.

A section's keywords stand under each other at its place, a fraction of the rail's height; a long recording has more
of them than fit. Here it is settled once, for some heights, which ones are shown; the style sheet picks the step that
the window has room for, so nothing overlaps with or without a script, and a resized window needs no work.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["HEIGHTS", "ROW", "Mark", "steps_of"]

ROW = 21
"""Pixels that one keyword takes; page.css has the same number."""

HEIGHTS = (300, 420, 540, 660, 780, 900, 1100, 1400)
"""Rail heights in pixels from which on one more step of keywords is shown; page.css has the same numbers."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A section on the rail.

    Attributes:
        at: where it begins, from 0 (top) to 1.
        importance: 0..1; of two that want the same place, the more important one gets it.
        highlighted: highlighted ones go first.
        rows: how many keywords it would like to show.
    """

    at: float
    importance: float
    highlighted: bool
    rows: int


def steps_of(marks: Sequence[Mark]) -> tuple[tuple[int, ...], ...]:
    """For each mark the steps (indexes into `HEIGHTS`) from which on its rows are shown; rows never shown are left out.

    First keywords come before second ones, highlighted sections before others, important ones before the rest; second
    and third ones end before the next section begins. A row that is shown at one height is shown at every greater one:
    places move apart, rows keep their size. The marks come in order.
    """
    steps: list[list[int]] = [[] for _ in marks]
    wishes = [
        (row, not mark.highlighted, -mark.importance, place)
        for place, mark in enumerate(marks)
        for row in range(mark.rows)
    ]
    wishes.sort()
    for step, height in enumerate(HEIGHTS):
        taken = sorted(
            _top(mark, row, height) for mark, rows in zip(marks, steps, strict=True) for row in range(len(rows))
        )
        for row, _, _, place in wishes:
            top = _top(marks[place], row, height)
            end = height if row == 0 or place + 1 == len(marks) else marks[place + 1].at * height
            if len(steps[place]) == row and top + ROW <= end + 0.5 and _free(taken, top):
                steps[place].append(step)
                insort(taken, top)
    return tuple(map(tuple, steps))


def _top(mark: Mark, row: int, height: int) -> float:
    # A mark at the very end moves up, so that its first row is still on the rail (page.css does the same).
    return min(mark.at * height, height - ROW) + row * ROW


def _free(taken: list[float], top: float) -> bool:
    place = bisect_left(taken, top)
    above_is_free = place == 0 or top - taken[place - 1] >= ROW
    return above_is_free and (place == len(taken) or taken[place] - top >= ROW)
