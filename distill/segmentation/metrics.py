"""How well predicted boundaries match the gold ones: Pk, WindowDiff, boundary F1 within a tolerance.

A boundary is the index from 1 of the first unit of a section; `size` is the number of units.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Match", "boundary_match", "half_mean_length", "pk", "window_diff"]

Match = tuple[int, int, int]
"""(matched, predicted, gold) counts of boundaries."""


def half_mean_length(gold: Sequence[int], size: int) -> int:
    """Half the mean length of the gold sections, rounded, at least 1: what Pk and WindowDiff use as window k."""
    return max(1, round(size / (len(gold) + 1) / 2))


def _prefix(boundaries: Sequence[int], size: int) -> list[int]:
    marks = [0] * (size + 1)
    for boundary in boundaries:
        marks[boundary] = 1
    total, counts = 0, []
    for mark in marks:
        total += mark
        counts.append(total)
    return counts  # counts[i]: boundaries at or before unit i


def pk(predicted: Sequence[int], gold: Sequence[int], size: int, k: int | None = None) -> float:
    """Share of unit pairs k apart on which the two disagree whether a boundary lies between them.

    Beeferman et al. 1999. 0 is perfect. Example: size 4, gold [2], predicted [], k 1 -> 1/3.
    """
    return _windows(predicted, gold, size, k, exact=False)


def window_diff(predicted: Sequence[int], gold: Sequence[int], size: int, k: int | None = None) -> float:
    """Share of unit pairs k apart between which the NUMBER of boundaries differs (Pevzner and Hearst 2002)."""
    return _windows(predicted, gold, size, k, exact=True)


def _windows(predicted: Sequence[int], gold: Sequence[int], size: int, k: int | None, *, exact: bool) -> float:
    k = half_mean_length(gold, size) if k is None else k
    if size <= k:
        return 0.0
    ours, theirs = _prefix(predicted, size), _prefix(gold, size)
    wrong = 0
    for first in range(size - k):
        a, b = ours[first + k] - ours[first], theirs[first + k] - theirs[first]
        wrong += a != b if exact else bool(a) != bool(b)
    return wrong / (size - k)


def boundary_match(predicted: Sequence[int], gold: Sequence[int], tolerance: int = 2) -> Match:
    """Largest number of one-to-one pairs at most `tolerance` units apart, with both totals."""
    matched = at = 0
    ordered = sorted(predicted)
    for boundary in sorted(gold):
        while at < len(ordered) and ordered[at] < boundary - tolerance:
            at += 1
        if at < len(ordered) and ordered[at] <= boundary + tolerance:
            matched += 1
            at += 1
    return matched, len(ordered), len(gold)
