"""The operating point: from which probability on a peak is a section by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distill.segmentation.metrics import boundary_match, pk, window_diff
from distill.segmentation.recordings import Recording
from recorder.cuts import Cut
from recorder.section_peaks import PeakStream

__all__ = ["DomainScore", "choose_default", "peaks_of", "score_domains"]

_CANDIDATES = tuple(round(0.04 + 0.01 * step, 2) for step in range(37))


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


def peaks_of(segments: Sequence[int], positions: Sequence[int], chances: Sequence[float], damping: float) -> list[Cut]:
    """Cuts whose strength is the (damped) probability itself."""
    stream = PeakStream(0.5, damping)
    cuts: list[Cut] = []
    for segment, position, chance in zip(segments, positions, chances, strict=True):
        cuts += stream.push(segment, position, float(chance))
    return cuts + stream.finish()


def choose_default(recordings: Sequence[Recording], peaks: Sequence[Sequence[Cut]]) -> tuple[float, dict[str, Any]]:
    """The probability with the best mean F1 over domains, where a Pk above cut-nothing costs twice its excess.

    Returns:
        the probability, and the scores there per domain.
    """
    best: tuple[float, float, dict[str, DomainScore]] | None = None
    for limit in _CANDIDATES:
        shown = [[cut.segment for cut in cuts if cut.strength >= limit] for cuts in peaks]
        scores = score_domains(recordings, shown)
        gain = sum((score.f1 + score.f1_pooled) / 2 for score in scores.values())
        gain -= sum(2 * max(0.0, score.pk - score.pk_nothing) for score in scores.values())
        if best is None or gain > best[0]:
            best = (gain, limit, scores)
    assert best is not None  # _CANDIDATES is not empty
    return best[1], {domain: score.to_dict() for domain, score in best[2].items()}
