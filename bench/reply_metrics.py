"""Figures of merit for suggested replies. Vectors are rows of length 1; a trio is three replies to one message."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CLOSE",
    "calibration_error",
    "coverage_precision",
    "echoes",
    "plain",
    "ranked_first",
    "self_similarity",
    "weighted_rouge",
]

Floats = NDArray[np.float32]

CLOSE = 0.7
"""MiniLM cosine from which two texts count as saying the same."""

ECHO = 0.8
"""MiniLM cosine between message and reply from which the reply counts as an echo."""

_NOT_WORD = re.compile(r"[^\w\s]+")


def plain(text: str) -> str:
    """Letters and digits alone, lower case, single blanks: "I'm sick!" is "im sick"; emoji alone stay as they are."""
    words = _NOT_WORD.sub("", text.casefold().replace("’", "'")).split()
    return " ".join(words) if words else text.strip()


def ranked_first(scores: NDArray[np.floating]) -> float:
    """Share of rows [n, candidates] whose first column is the largest; a tie of m counts 1/m.

    ranked_first([[2, 1], [1, 2], [1, 1]]) is 0.5.
    """
    best = scores.max(axis=1, keepdims=True)
    return float(np.mean(np.where(scores[:, 0] == best[:, 0], 1.0 / (scores == best).sum(axis=1), 0.0)))


def self_similarity(trio: Floats) -> float:
    """Mean cosine of the pairs in a trio, [3, d]; 1 is three times the same."""
    cosines = trio @ trio.T
    return float(cosines[np.triu_indices(len(trio), 1)].mean())


def echoes(message: str, replies: Sequence[str], cosines: Floats, allowed: Sequence[bool]) -> bool:
    """Whether a reply repeats the message: the same words, or a MiniLM cosine of `ECHO` or more, and not `allowed` to.

    Args:
        message: the last turn.
        replies: the trio.
        cosines: of each reply to the message.
        allowed: for each reply whether it may ("Good night" to "good night").
    """
    said = plain(message)
    return any(
        not may and (plain(reply) == said or cosine >= ECHO)
        for reply, cosine, may in zip(replies, cosines, allowed, strict=True)
    )


def coverage_precision(
    scores: NDArray[np.floating], right: NDArray[np.bool_], coverages: Sequence[float]
) -> list[tuple[float, float]]:
    """For each coverage the threshold that shows this share of the messages, and the share of those that are right.

    coverage_precision([.9, .1], [True, False], [0.5]) is [(0.9, 1.0)].
    """
    order = np.argsort(-scores, kind="stable")
    found = []
    for coverage in coverages:
        shown = order[: max(1, round(coverage * len(order)))]
        found.append((float(scores[shown[-1]]), float(right[shown].mean())))
    return found


def calibration_error(probabilities: NDArray[np.floating], right: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error over bins of equal width: mean of |accuracy - confidence|, weighted by size."""
    place = np.minimum((np.asarray(probabilities, np.float64) * bins).astype(int), bins - 1)
    gaps = 0.0
    for k in range(bins):
        inside = place == k
        if inside.any():
            gaps += inside.sum() * abs(float(right[inside].mean()) - float(probabilities[inside].mean()))
    return gaps / len(place)


def weighted_rouge(trio: Sequence[str], references: Sequence[str]) -> float:
    """R1/6 + R2/3 + R3/2 of the best pair of a reply and a reference; each R is the F1 of n-grams of plain words."""
    return max(_rouge(plain(reply).split(), plain(reference).split()) for reply in trio for reference in references)


def _rouge(found: list[str], true: list[str]) -> float:
    return sum(weight * _f1(found, true, n) for n, weight in ((1, 1 / 6), (2, 1 / 3), (3, 1 / 2)))


def _f1(found: list[str], true: list[str], n: int) -> float:
    left = Counter(tuple(found[i : i + n]) for i in range(len(found) - n + 1))
    right = Counter(tuple(true[i : i + n]) for i in range(len(true) - n + 1))
    common = (left & right).total()
    return 2 * common / (left.total() + right.total()) if common else 0.0
