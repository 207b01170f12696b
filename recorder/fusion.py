"""Several scorers, one score: each scorer's values are brought to 0..1 over the recording, then averaged by weight."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

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
    fused = np.zeros(sum(shape))
    for name in names:
        fused += weights[name] / total * _normalised(np.array([value for row in scores[name] for value in row], float))
    ends = np.cumsum(shape)
    return [fused[end - size : end].tolist() for end, size in zip(ends, shape, strict=True)]


def _normalised(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """0..1 as it is, anything else stretched to 0..1, equal values outside of it to 0.5."""
    if not values.size:
        return values
    low, high = values.min(), values.max()
    if low >= 0.0 and high <= 1.0:
        return values
    return (values - low) / (high - low) if high > low else np.full(values.shape, 0.5)


def _check(name: str, rows: Sequence[Sequence[float]], shape: Sequence[int], weight: float | None) -> None:
    if weight is None or not (math.isfinite(weight) and weight > 0):
        raise OptionError(f"the weight of the scorer {name!r} must be a positive number, got {weight!r}.")
    if [len(row) for row in rows] != list(shape):
        raise OptionError(
            f"all scorers must rate the same candidates: {name!r} gave rows of {[len(row) for row in rows]}, "
            f"expected {list(shape)}."
        )
    if not all(map(math.isfinite, (value for row in rows for value in row))):
        raise OptionError(f"the scores of {name!r} must be finite numbers.")
