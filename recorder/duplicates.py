"""Choosing each section's keywords so that no keyword is said twice in the outline.

Two keywords are duplicates when the stems of one are all among the stems of the other ("remote", "remote controls",
"control of the remote"). The one that stands out most from its section stays there, and bars the others from every
section. Inside one section no two keywords share a stem at all, so that five keywords say five things.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from recorder.recording import Recording
from recorder.records import CandidateRecord, SectionRecord
from recorder.words_en import GENERIC_NOUNS

__all__ = ["SHORT_RECORDING", "ScoredKeyword", "display_form", "select_keywords"]

SHORT_RECORDING = 500
"""Words; in a recording of so many or more, a phrase said once needs reasons to be a keyword."""

_BEST = 3
"""Candidates of a section, the best ones, that tell how high its scores are."""


@dataclass(frozen=True, slots=True)
class ScoredKeyword:
    """A chosen keyword of one section.

    Attributes:
        candidate: its index among the section record's candidates.
        text: its written form.
        score: as given to `select_keywords`.
    """

    candidate: int
    text: str
    score: float


def select_keywords(
    sections: Sequence[SectionRecord],
    scores: Sequence[Sequence[float]],
    *,
    per_section: int = 5,
    speakers: frozenset[str] = frozenset(),
    least: float = 0.0,
) -> list[list[ScoredKeyword]]:
    """The best candidates of every section, best first, without duplicates inside or across sections.

    Candidates are taken from the strongest claim down over the whole recording. A claim is the score over the square
    root of the mean of the section's three best: halfway between the score itself, by which a section full of good
    keywords would take those of the others, and the score in comparison with the section's own. Ties go to the earlier
    section, then to the order of the stems.

    Args:
        sections: the records, in order.
        scores: one score per candidate of each section, 0..1; higher is better.
        per_section: most keywords of one section.
        speakers: lower-case words that name a speaker (`recorder.speaker_names`); no keyword holds one.
        least: no lower score is chosen.
    """
    recording = Recording.of(sections)
    bars = _Bars(recording, speakers)
    chosen: list[list[ScoredKeyword]] = [[] for _ in recording]
    taken = _Taken()
    used: list[set[str]] = [set() for _ in recording]

    def wanted(section: int) -> Iterator[tuple[float, int, int]]:
        """(-claim, section, candidate), best first, until the section has all its keywords."""
        for entry in _ranked(section, scores[section], least):
            if len(chosen[section]) >= per_section:
                return
            yield entry

    for _, section, index in heapq.merge(*map(wanted, range(len(recording)))):
        if len(chosen[section]) >= per_section:
            continue
        candidate = recording[section].candidates[index]
        stems = frozenset(candidate.stems)
        if not used[section].isdisjoint(stems) or stems in taken or bars(section, index):
            continue
        taken.add(stems)
        used[section] |= stems
        chosen[section].append(ScoredKeyword(index, display_form(candidate), scores[section][index]))
    return chosen


def _ranked(section: int, scores: Sequence[float], least: float) -> Iterator[tuple[float, int, int]]:
    """(-claim, section, candidate) of one section, best first, ties in the candidates' order."""
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    best = [scores[index] for index in order[:_BEST]]
    height = math.sqrt(sum(best) / len(best)) if best and best[0] > 0.0 else 1.0
    return ((-scores[index] / height, section, index) for index in order if scores[index] >= least)


def display_form(candidate: CandidateRecord) -> str:
    """The most frequent written form, the alphabetically first of equals."""
    return candidate.forms[0][0]


class _Bars:
    """Which candidates may be no keyword, whatever their score."""

    def __init__(self, recording: Recording, speakers: frozenset[str]) -> None:
        self._recording = recording
        self._speakers = speakers
        self._long = sum(section.n_words for section in recording) >= SHORT_RECORDING
        self._firsts = recording.sizes.cumsum() - recording.sizes

    def __call__(self, section: int, index: int) -> bool:
        """Whether candidate `index` of `section` is a bare generic noun, names a speaker, has a word that is mostly a
        verb, or is a phrase of words that met by chance.

        A phrase said once in a longer recording is kept when it is made of nouns and names that its section says at
        least twice each: "Wiener filter" is, "fancy website" is not.
        """
        recording, place = self._recording, self._firsts[section] + index
        if recording.verb_share[place] > 0.5:
            return True
        candidate = recording[section].candidates[index]
        words = [word.lower() for form, _ in candidate.forms for word in form.split(" ")]
        if any(word in self._speakers for word in words):
            return True
        if len(candidate.stems) == 1:
            return any(word in GENERIC_NOUNS for word in words)
        if not self._long or recording.total[place] > 1:
            return False
        return candidate.nominal < candidate.count or recording.tables[section].rarest[index] < 2


class _Taken:
    """The stem sets chosen so far: `stems in taken` when one holds them all, or is held by them."""

    def __init__(self) -> None:
        self._chosen: set[frozenset[str]] = set()
        self._parts: set[frozenset[str]] = set()

    def __contains__(self, stems: frozenset[str]) -> bool:
        return stems in self._parts or any(part in self._chosen for part in _parts(stems))

    def add(self, stems: frozenset[str]) -> None:
        self._chosen.add(stems)
        self._parts.update(_parts(stems))


def _parts(stems: frozenset[str]) -> list[frozenset[str]]:
    """Every non-empty subset; a keyword has at most three stems, so at most seven."""
    ordered = sorted(stems)
    return [frozenset(part) for size in range(1, len(ordered) + 1) for part in combinations(ordered, size)]
