"""Scores per domain, and the runtime's decoder over probabilities that training computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from distill.segmentation.metrics import boundary_match, pk, window_diff
from distill.segmentation.recordings import Recording
from recorder.cuts import Cut, select_cuts
from recorder.section_path import PathSettings, PathStream

__all__ = ["DomainScore", "divide", "score_domains"]


@dataclass(frozen=True, slots=True)
class DomainScore:
    """Scores of one domain: means over its recordings, except `f1_pooled`, which counts all boundaries together."""

    f1: float
    f1_pooled: float
    pk: float
    window_diff: float
    pk_nothing: float
    sections: float

    def to_dict(self) -> dict[str, float]:
        """A JSON-ready dict, rounded to 4 decimals."""
        return {name: round(getattr(self, name), 4) for name in self.__slots__}


def score_domains(recordings: Sequence[Recording], predicted: Sequence[Sequence[int]]) -> dict[str, DomainScore]:
    """Score predicted first segments against the gold ones, per domain."""
    values: dict[str, list[tuple[float, ...]]] = {}
    for recording, cuts in zip(recordings, predicted, strict=True):
        size = len(recording.segments)
        matched, ours, theirs = boundary_match(cuts, recording.gold)
        values.setdefault(recording.domain, []).append(
            (
                2 * matched / (ours + theirs) if ours + theirs else 1.0,
                matched,
                ours,
                theirs,
                pk(cuts, recording.gold, size),
                window_diff(cuts, recording.gold, size),
                pk([], recording.gold, size),
            )
        )
    scores = {}
    for domain, rows in values.items():
        mean = np.mean(np.array(rows), axis=0)
        pooled = 2 * mean[1] / (mean[2] + mean[3]) if mean[2] + mean[3] else 1.0
        scores[domain] = DomainScore(*map(float, (mean[0], pooled, mean[4], mean[5], mean[6], mean[2] + 1)))
    return scores


def divide(
    segments: Sequence[int], positions: Sequence[int], chances: Sequence[float], settings: PathSettings
) -> list[int]:
    """First segments of the sections that the runtime's decoder finds by these probabilities."""
    stream = PathStream(settings)
    cuts: list[Cut] = []
    for segment, position, chance in zip(segments, positions, chances, strict=True):
        cuts += stream.push(segment, position, float(chance))
    cuts += stream.finish(positions[-1] + 1 if len(positions) else 0)
    return [cut.segment for cut in select_cuts(cuts)]
