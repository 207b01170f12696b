"""What the keyword curve looks at: one row of numbers for every candidate of every section.

All of it is computed from the integer counts of the records and from frozen tables, so that the same records give the
same rows, however the recording arrived. Training and running use this one function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recorder.recording import Recording, SectionTable
from recorder.records import SectionRecord

__all__ = [
    "CAPITAL_FEATURES",
    "FEATURES",
    "LOCAL_FEATURES",
    "Specificity",
    "StemTables",
    "candidate_features",
    "global_features",
    "local_features",
]

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


class Specificity(Protocol):
    """The background table: `recorder.background.Background`, or anything of its shape."""

    n_sources: int

    def idf(self, stem: str) -> float:
        """Inverse document frequency, natural logarithm."""
        ...

    def breadth(self, stem: str) -> int:
        """In how many of the sources the stem occurs."""
        ...


LOCAL_FEATURES = tuple(name for name in FEATURES if name not in ("here", "sections", "log_total", "verbs"))
"""Columns that depend on one section alone; the others need the whole recording."""


@dataclass(frozen=True, slots=True)
class StemTables:
    """What is known of stems at large.

    Attributes:
        background: how common a stem is in conversation.
        title: log-odds that a stem said in a meeting's section stands in its title; 0 where missing.
        topic: the same for the titles of lectures and talks.
    """

    background: Specificity
    title: Mapping[str, float]
    topic: Mapping[str, float]


def candidate_features(sections: Sequence[SectionRecord], stems: StemTables) -> Floats:
    """The rows of all candidates, section after section, in the records' order; shape (candidates, features).

    Shares "of the recording" are over `sections`.
    """
    recording = Recording.of(sections)
    parts = [local_features(section, table, stems) for section, table in zip(recording, recording.tables, strict=True)]
    columns = dict(zip(LOCAL_FEATURES, np.concatenate(parts, axis=1) if parts else (), strict=False))
    if not len(recording.counts):
        return np.zeros((0, len(FEATURES)))
    columns |= global_features(recording)
    return np.stack([columns[name] for name in FEATURES], axis=1)


def global_features(recording: Recording) -> dict[str, Floats]:
    """The columns that need the whole recording, each of shape (candidates,)."""
    return {
        "here": recording.counts / recording.total,
        "sections": recording.present / len(recording),
        "log_total": np.log1p(recording.total),
        "verbs": recording.verb_share,
    }


def local_features(section: SectionRecord, table: SectionTable, stems: StemTables) -> Floats:
    """The columns `LOCAL_FEATURES` of one section's candidates; shape (features, candidates)."""
    if not len(table.candidates):
        return np.zeros((len(LOCAL_FEATURES), 0))
    count, utterances, capitalised, proper, nominal, whole, first, last = table.counts.T
    n_words = float(max(section.n_words, 1))
    known = _known_of_stems(section, stems)
    idf_mean, idf_max, idf_last = _over_stems(known[:, 0], table)
    title_mean, title_max, title_last = _over_stems(known[:, 1], table)
    topic_mean, topic_max, _ = _over_stems(known[:, 2], table)
    log_count = np.log1p(count)
    tfidf = log_count * idf_mean
    columns = {
        "log_count": log_count,
        "count_share": count / count.max(),
        "utterance_share": utterances / max(section.n_utterances, 1),
        "idf_mean": idf_mean,
        "idf_max": idf_max,
        "idf_last": idf_last,
        "tfidf": tfidf,
        "tfidf_share": tfidf / max(float(tfidf.max()), 1e-9),
        "first": first / n_words,
        "spread": (last - first) / n_words,
        "capitalised": capitalised / count,
        "proper": proper / count,
        "nominal": nominal / count,
        "whole": whole / count,
        "stems": table.lengths.astype(np.float64),
        "cohesion": count / np.maximum(table.rarest, count),
        "log_words": np.full(len(count), np.log1p(n_words)),
        "breadth": _over_stems(known[:, 3], table)[0],
        "title_mean": title_mean,
        "title_max": title_max,
        "title_last": title_last,
        "topic_mean": topic_mean,
        "topic_max": topic_max,
    }
    return np.stack([columns[name] for name in LOCAL_FEATURES])


def _known_of_stems(section: SectionRecord, stems: StemTables) -> Floats:
    """idf, title, topic and breadth of every candidate's stems, one after the other; shape (stems, 4)."""
    background = stems.background
    known = {
        stem: (
            background.idf(stem),
            stems.title.get(stem, 0.0),
            stems.topic.get(stem, 0.0),
            background.breadth(stem) / background.n_sources,
        )
        for stem in dict.fromkeys(stem for candidate in section.candidates for stem in candidate.stems)
    }
    return np.array([known[stem] for candidate in section.candidates for stem in candidate.stems])


def _over_stems(values: Floats, table: SectionTable) -> tuple[Floats, Floats, Floats]:
    """Mean, maximum and last value over each candidate's stems."""
    mean = np.add.reduceat(values, table.starts) / table.lengths
    return mean, np.maximum.reduceat(values, table.starts), values[table.starts + table.lengths - 1]
