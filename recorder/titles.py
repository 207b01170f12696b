"""Title suggestions for a whole recording: its most telling nouns and names, by frequency and uniqueness."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["N_TITLES", "TitleCandidate", "suggest_titles"]

N_TITLES = 3
"""How many titles are suggested at most."""

_PHRASE_BONUS = 1.25  # "Remote control" says more than "Remote": a phrase wins when it is nearly as good


@dataclass(frozen=True, slots=True)
class TitleCandidate:
    """A chosen keyword as a title sees it.

    Attributes:
        text: its written form.
        stems: its stems.
        score: its keyword score in its section, 0..1: how specific it is.
        count: occurrences in the whole recording.
    """

    text: str
    stems: tuple[str, ...]
    score: float
    count: int


def suggest_titles(candidates: Sequence[TitleCandidate]) -> tuple[str, ...]:
    """Up to three titles, best first, no two sharing a stem.

    A candidate is worth its score (uniqueness) times log(1 + occurrences) (frequency). A lower-case beginning is
    capitalised: "bottom bracket" -> "Bottom bracket", but "iPhone repair" stays.
    """
    ranked = sorted(candidates, key=lambda candidate: (-_worth(candidate), candidate.text))
    titles: list[str] = []
    used: set[str] = set()
    for candidate in ranked:
        if len(titles) == N_TITLES:
            break
        if used.isdisjoint(candidate.stems):
            used.update(candidate.stems)
            titles.append(_capitalised(candidate.text))
    return tuple(titles)


def _worth(candidate: TitleCandidate) -> float:
    bonus = _PHRASE_BONUS if len(candidate.stems) > 1 else 1.0
    return bonus * candidate.score * math.log1p(candidate.count)


def _capitalised(text: str) -> str:
    first, _, _ = text.partition(" ")
    return text[0].upper() + text[1:] if first.islower() else text
