"""Several scorers, one score: each scorer's values are brought to 0..1 over the recording, then averaged by weight."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from recorder.errors import OptionError

__all__ = ["fuse"]


def fuse(scores: Mapping[str, Sequence[Sequence[float]]], weights: Mapping[str, float]) -> list[list[float]]:
    """The weighted average of normalised scores, one value in 0..1 per candidate of each section.

    A scorer whose values all lie in 0..1 is taken as it is; any other is stretched so that its smallest value over
    the recording becomes 0 and its largest 1 (all 0.5 when they are equal). A scorer alone keeps its ranking.

    Args:
        scores: for each scorer by name its values, one row per section; all of one shape.
        weights: a positive weight for every scorer in `scores`; other names are not looked at.

    Raises:
        OptionError: no scorer, a weight that is missing or not positive, rows of different lengths, or a value that
            is not finite.

    Worked: a = [[0.2, 0.8]], b = [[10, 0]], weights a 3, b 1: b becomes [[1, 0]], the average [[0.4, 0.6]].
    """
    if not scores:
        raise OptionError("fuse needs the scores of at least one scorer, got none.")
    names = sorted(scores)
    shape = [len(row) for row in scores[names[0]]]
    for name in names:
        _check(name, scores[name], shape, weights.get(name))
    total = sum(weights[name] for name in names)
    fused = [[0.0] * size for size in shape]
    for name in names:
        share = weights[name] / total
        low, span = _range(scores[name])
        for target, row in zip(fused, scores[name], strict=True):
            for index, value in enumerate(row):
                target[index] += share * ((value - low) / span if span else 0.5)
    return fused


def _range(rows: Sequence[Sequence[float]]) -> tuple[float, float]:
    """What to subtract and to divide by; a span of 0 means that all values are equal."""
    low = min((value for row in rows for value in row), default=0.0)
    high = max((value for row in rows for value in row), default=1.0)
    return (0.0, 1.0) if low >= 0.0 and high <= 1.0 else (low, high - low)


def _check(name: str, rows: Sequence[Sequence[float]], shape: Sequence[int], weight: float | None) -> None:
    if weight is None or not (math.isfinite(weight) and weight > 0):
        raise OptionError(f"the weight of the scorer {name!r} must be a positive number, got {weight!r}.")
    if [len(row) for row in rows] != list(shape):
        raise OptionError(
            f"all scorers must rate the same candidates: {name!r} gave rows of {[len(row) for row in rows]}, "
            f"expected {list(shape)}."
        )
    if not all(math.isfinite(value) for row in rows for value in row):
        raise OptionError(f"the scores of {name!r} must be finite numbers.")
