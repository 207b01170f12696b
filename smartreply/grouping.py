"""Replies that say about the same, found from their vectors: average-linkage clustering in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["central", "group"]


def group(vectors: NDArray[np.float32], polarity: NDArray[np.int8], *, threshold: float) -> list[list[int]]:
    """Groups of rows whose mean cosine with each other group's rows is below `threshold`.

    Merges the two groups of the highest mean cosine as long as that is at least `threshold` (of equal ones the first
    rows go first); a yes and a no are never put together. Time N^2 and 4 N^2 bytes.

    Args:
        vectors: float32 [N, D], unit length.
        polarity: int8 [N], 1 yes, -1 no, 0 neither.
        threshold: cosine, -1 to 1.

    Returns:
        Row numbers, rising within a group; groups in the order of their first rows.
    """
    n = len(vectors)
    if n == 0:
        return []
    likeness = (vectors @ vectors.T).astype(np.float32)
    likeness[np.outer(polarity, polarity) < 0] = -np.inf
    np.fill_diagonal(likeness, -np.inf)
    groups: dict[int, list[int]] = {row: [row] for row in range(n)}
    best = likeness.argmax(axis=1)
    best_value = likeness[np.arange(n), best]
    while len(groups) > 1:
        one = int(best_value.argmax())
        if not best_value[one] >= threshold:
            break
        other = int(best[one])
        one, other = min(one, other), max(one, other)
        share = np.float32(len(groups[one]) / (len(groups[one]) + len(groups[other])))
        merged = share * likeness[one] + (1 - share) * likeness[other]
        merged[[one, other]] = -np.inf
        likeness[one], likeness[:, one] = merged, merged
        likeness[other], likeness[:, other] = -np.inf, -np.inf
        groups[one] += groups.pop(other)
        best_value[other] = -np.inf
        # A mean never exceeds the greater of the two it is made of, so every other row keeps its best.
        stale = np.flatnonzero(np.isin(best, (one, other)) | (np.arange(n) == one))
        best[stale] = likeness[stale].argmax(axis=1)
        best_value[stale] = likeness[stale, best[stale]]
    return sorted(sorted(rows) for rows in groups.values())


def central(vectors: NDArray[np.float32], rows: list[int]) -> int:
    """The row of a group that is most like the others; the first of equals."""
    inside = vectors[rows]
    return rows[int((inside @ inside.T).sum(axis=1).argmax())]
