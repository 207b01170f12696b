"""What the keyword curve looks at: one row of numbers for every candidate of every section.

All of it is computed from the integer counts of the records and from frozen tables, so that the same records give the
same rows, however the recording arrived. Training and running use this one function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recorder.records import SectionRecord

__all__ = ["CAPITAL_FEATURES", "FEATURES", "Specificity", "candidate_features"]

FEATURES = (
    "log_count",
    "count_share",
    "utterance_share",
    "idf_mean",
    "idf_max",
    "idf_last",
    "tfidf",
    "tfidf_share",
    "first",
    "spread",
    "capitalised",
    "proper",
    "nominal",
    "whole",
    "here",
    "sections",
    "stems",
    "cohesion",
    "log_total",
    "verbs",
    "log_words",
    "breadth",
    "title_mean",
    "title_max",
    "title_last",
    "topic_mean",
    "topic_max",
)
"""The columns, in order. Shares lie in 0..1; `log_*` are natural logarithms of 1 + a count."""

CAPITAL_FEATURES = ("capitalised", "proper")
"""Columns that say nothing about lower-case text; training blanks them in part of its copies."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Specificity(Protocol):
    """The background table: `recorder.background.Background`, or anything of its shape."""

    n_sources: int

    def idf(self, stem: str) -> float:
        """Inverse document frequency, natural logarithm."""
        ...

    def breadth(self, stem: str) -> int:
        """In how many of the sources the stem occurs."""
        ...


def candidate_features(
    sections: Sequence[SectionRecord],
    background: Specificity,
    title: Mapping[str, float],
    topic: Mapping[str, float],
) -> Floats:
    """The rows of all candidates, section after section, in the records' order; shape (candidates, features).

    Args:
        sections: the recording's sections; shares "of the recording" are over these.
        background: how common a stem is in conversation at large.
        title: log-odds that a stem said in a meeting's section stands in its title; 0 where missing.
        topic: the same for the titles of lectures and talks.
    """
    rows = [candidate[1:9] for section in sections for candidate in section.candidates]
    if not rows:
        return np.zeros((0, len(FEATURES)))
    counts = np.array(rows, dtype=np.float64)
    count, utterances, capitalised, proper, nominal, whole, first, last = counts.T
    sizes = np.array([len(section.candidates) for section in sections])
    owner = np.repeat(np.arange(len(sections)), sizes)
    n_words = np.array([max(section.n_words, 1) for section in sections], dtype=np.float64)[owner]
    n_utterances = np.array([max(section.n_utterances, 1) for section in sections], dtype=np.float64)[owner]
    total, present = _recording_counts(sections, counts[:, 0])
    table = _StemTable(sections, background, title, topic)
    idf_mean, idf_max, idf_last = table.spread_of(0)
    title_mean, title_max, title_last = table.spread_of(1)
    topic_mean, topic_max, _ = table.spread_of(2)
    log_count = np.log1p(count)
    tfidf = log_count * idf_mean
    columns = {
        "log_count": log_count,
        "count_share": count / _section_max(count, sizes, owner),
        "utterance_share": utterances / n_utterances,
        "idf_mean": idf_mean,
        "idf_max": idf_max,
        "idf_last": idf_last,
        "tfidf": tfidf,
        "tfidf_share": tfidf / np.maximum(_section_max(tfidf, sizes, owner), 1e-9),
        "first": first / n_words,
        "spread": (last - first) / n_words,
        "capitalised": capitalised / count,
        "proper": proper / count,
        "nominal": nominal / count,
        "whole": whole / count,
        "here": count / total,
        "sections": present / len(sections),
        "stems": table.lengths.astype(np.float64),
        "cohesion": count / np.maximum(table.rarest(sections, owner), count),
        "log_total": np.log1p(total),
        "verbs": table.verb_share(sections),
        "log_words": np.log1p(n_words),
        "breadth": table.spread_of(3)[0],
        "title_mean": title_mean,
        "title_max": title_max,
        "title_last": title_last,
        "topic_mean": topic_mean,
        "topic_max": topic_max,
    }
    return np.stack([columns[name] for name in FEATURES], axis=1)


def _recording_counts(sections: Sequence[SectionRecord], count: Floats) -> tuple[Floats, Floats]:
    """Each candidate's occurrences in the recording and the number of sections that have it."""
    ids: dict[tuple[str, ...], int] = {}
    places = np.array(
        [ids.setdefault(candidate[0], len(ids)) for section in sections for candidate in section.candidates]
    )
    total = np.bincount(places, weights=count, minlength=len(ids))
    present = np.bincount(places, minlength=len(ids)).astype(np.float64)
    return total[places], present[places]


def _section_max(values: Floats, sizes: Ints, owner: Ints) -> Floats:
    """For each candidate the largest value among the candidates of its section."""
    filled = np.flatnonzero(sizes)
    starts = (np.cumsum(sizes) - sizes)[filled]
    best = np.zeros(len(sizes))
    best[filled] = np.maximum.reduceat(values, starts)
    return best[owner]


class _StemTable:
    """The stems of all candidates as numbers, and what the frozen tables say of each."""

    def __init__(
        self,
        sections: Sequence[SectionRecord],
        background: Specificity,
        title: Mapping[str, float],
        topic: Mapping[str, float],
    ) -> None:
        self._ids: dict[str, int] = {}
        flat = [
            self._ids.setdefault(stem, len(self._ids))
            for section in sections
            for candidate in section.candidates
            for stem in candidate[0]
        ]
        self.lengths: Ints = np.array([len(candidate[0]) for section in sections for candidate in section.candidates])
        self._flat: Ints = np.array(flat)
        self._starts: Ints = np.cumsum(self.lengths) - self.lengths
        self._ends: Ints = self._starts + self.lengths - 1
        self._values: Floats = np.array(
            [
                (background.idf(s), title.get(s, 0.0), topic.get(s, 0.0), background.breadth(s) / background.n_sources)
                for s in self._ids
            ]
        )

    def spread_of(self, column: int) -> tuple[Floats, Floats, Floats]:
        """Mean, maximum and last value over each candidate's stems."""
        values = self._values[self._flat, column]
        mean = np.add.reduceat(values, self._starts) / self.lengths
        return mean, np.maximum.reduceat(values, self._starts), values[self._ends]

    def verb_share(self, sections: Sequence[SectionRecord]) -> Floats:
        """The largest share of verbs among a candidate's stems, over the whole recording."""
        said = np.zeros((len(self._ids), 2))
        ids = self._ids
        for section in sections:
            for stem, count, verbs in section.words:
                place = ids.get(stem)
                if place is not None:
                    said[place, 0] += count
                    said[place, 1] += verbs
        share = said[:, 1] / np.maximum(said[:, 0], 1.0)
        return np.maximum.reduceat(share[self._flat], self._starts)

    def rarest(self, sections: Sequence[SectionRecord], owner: Ints) -> Floats:
        """How often the section says the rarest of a candidate's stems: equal to its count when they go together."""
        counts: list[int] = []
        for section in sections:
            said = {word[0]: word[1] for word in section.words}
            counts += [min(said[stem] for stem in candidate[0]) for candidate in section.candidates]
        return np.array(counts, dtype=np.float64)
