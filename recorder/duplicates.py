"""Choosing each section's keywords so that no keyword is said twice in the outline.

Two keywords are duplicates when the stems of one are all among the stems of the other ("remote", "remote controls",
"control of the remote"). The best-scored one stays, in its own section, and bars the others from every section. Inside
one section no two keywords share a stem at all, so that five keywords say five things.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from recorder.records import CandidateRecord, SectionRecord
from recorder.words_en import GENERIC_NOUNS

__all__ = ["SHORT_RECORDING", "ScoredKeyword", "display_form", "select_keywords"]

SHORT_RECORDING = 500
"""Words; in a recording of so many or more, a phrase said once needs reasons to be a keyword."""


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

    Candidates are taken from the best score down over the whole recording, so a duplicate goes to the section where it
    scores best; ties go to the earlier section, then to the order of the stems.

    Args:
        sections: the records, in order.
        scores: one score per candidate of each section; higher is better.
        per_section: most keywords of one section.
        speakers: lower-case words that name a speaker (`recorder.speaker_names`); no keyword holds one.
        least: no lower score is chosen.
    """
    pairs = sorted(
        (-score, section, candidate)
        for section, row in enumerate(scores)
        for candidate, score in enumerate(row)
        if score >= least
    )
    chosen: list[list[ScoredKeyword]] = [[] for _ in sections]
    taken = _Taken()
    used: list[set[str]] = [set() for _ in sections]
    recording = _Recording(sections)
    said = [{word[0]: word[1] for word in section.words} for section in sections]
    for negative, section, index in pairs:
        if len(chosen[section]) >= per_section:
            continue
        candidate = sections[section].candidates[index]
        stems = frozenset(candidate.stems)
        if not used[section].isdisjoint(stems) or stems in taken:
            continue
        if _is_barred(candidate, speakers) or recording.bars(candidate, said[section]):
            continue
        taken.add(stems)
        used[section] |= stems
        chosen[section].append(ScoredKeyword(index, display_form(candidate), -negative))
    return chosen


def display_form(candidate: CandidateRecord) -> str:
    """The most frequent written form, the alphabetically first of equals."""
    return candidate.forms[0][0]


class _Recording:
    """What decides over the whole recording whether a candidate may be a keyword at all."""

    def __init__(self, sections: Sequence[SectionRecord]) -> None:
        self._long = sum(section.n_words for section in sections) >= SHORT_RECORDING
        self._phrases: Counter[tuple[str, ...]] = Counter()
        self._said: Counter[str] = Counter()
        self._verbs: Counter[str] = Counter()
        for section in sections:
            for candidate in section.candidates:
                if len(candidate.stems) > 1:
                    self._phrases[candidate.stems] += candidate.count
            for stem, count, verbs in section.words:
                self._said[stem] += count
                if verbs:
                    self._verbs[stem] += verbs

    def bars(self, candidate: CandidateRecord, said: Mapping[str, int]) -> bool:
        """Whether it is a phrase of words that met by chance, or has a word that is mostly a verb.

        `said` is how often the candidate's section says each stem. A phrase said once is kept when it is made of
        nouns and names that the section says at least twice each: "Wiener filter" is, "fancy website" is not.
        """
        stems = candidate.stems
        if any(2 * self._verbs[stem] > self._said[stem] for stem in stems):
            return True
        if len(stems) == 1 or not self._long or self._phrases[stems] > 1:
            return False
        return candidate.nominal < candidate.count or any(said.get(stem, 0) < 2 for stem in stems)


def _is_barred(candidate: CandidateRecord, speakers: frozenset[str]) -> bool:
    words = [word.lower() for form, _ in candidate.forms for word in form.split(" ")]
    if len(candidate.stems) == 1 and any(word in GENERIC_NOUNS for word in words):
        return True
    return any(word in speakers for word in words)


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
