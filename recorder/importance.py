"""How important each section is: two models side by side.

`KeywordMass` is the TF-IDF side: the sum of a section's keyword scores times their occurrences, corrected for length.
`SectionRating` is trained: which sections of meetings people ask about, from how the section is spoken (features,
looked at relative to the recording's other sections, so that there is nothing to gain from being in a long recording)
and from what it is about (a small lexicon of stems). Both run over finished records, in order, in plain arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from earmark.artifacts import load_table
from recorder.background import Background
from recorder.duplicates import ScoredKeyword
from recorder.recording import Recording, SectionTable
from recorder.records import SectionRecord

__all__ = [
    "IMPORTANCE_KIND",
    "IMPORTANCE_VERSION",
    "SECTION_FEATURES",
    "KeywordMass",
    "SectionRating",
    "SectionScorer",
    "lexicon_vector",
    "relative",
    "section_features",
]

IMPORTANCE_KIND = "importance"
IMPORTANCE_VERSION = 1
_DEFAULT = Path(__file__).parent / "pretrained" / "en" / "importance.json"

Keywords = Sequence[Sequence[ScoredKeyword]]


class SectionScorer(Protocol):
    """Rates the sections of one recording; any range, higher is more important, never NaN."""

    @property
    def name(self) -> str:
        """The key of its weight in the fusion."""
        ...

    def score(self, sections: Sequence[SectionRecord], keywords: Keywords) -> list[float]:
        """One figure per section, given the records and each section's chosen keywords."""
        ...

    def prepare(self, section: SectionRecord, table: SectionTable) -> None:
        """A section has been settled: work out, into `table.memo`, what depends on it alone (or do nothing)."""
        ...


class KeywordMass:
    """Sum of keyword score x occurrences, divided by words to the power of `exponent` (0 none, 1 per word)."""

    name = "tfidf"

    def __init__(self, exponent: float) -> None:
        self._exponent = exponent

    def score(self, sections: Sequence[SectionRecord], keywords: Keywords) -> list[float]:
        """One figure per section, 0 without keywords."""
        masses = []
        for section, chosen in zip(sections, keywords, strict=True):
            mass = math.fsum(keyword.score * section.candidates[keyword.candidate].count for keyword in chosen)
            masses.append(mass / max(section.n_words, 1) ** self._exponent)
        return masses

    def prepare(self, section: SectionRecord, table: SectionTable) -> None:
        """Nothing: keywords are chosen over the whole recording."""


SECTION_FEATURES = (
    "log_words",
    "share",
    "begin",
    "end",
    "first",
    "last",
    "content",
    "own",
    "idf",
    "speaker_entropy",
    "main_speaker",
    "questions",
    "utterance_length",
    "variety",
    "verbs",
    "proper",
    "keyword_best",
    "keyword_mean",
)
"""The columns of `section_features`, in order."""


def section_features(
    sections: Sequence[SectionRecord], keywords: Keywords, background: Background
) -> list[list[float]]:
    """One row per section: its length and place, who speaks, how dense and how much its own its words are."""
    recording = Recording.of(sections)
    n_words = sum(section.n_words for section in recording) + 1
    rows, before = [], 0
    for place, (section, chosen) in enumerate(zip(recording, keywords, strict=True)):
        words, content = section.n_words + 1, section.n_content + 1
        local = _local_features(section, recording.tables[place], background)
        scores = [keyword.score for keyword in chosen]
        rows.append(
            [
                math.log(words),
                words / n_words,
                before / n_words,
                (before + words) / n_words,
                float(place == 0),
                float(place == len(recording) - 1),
                content / words,
                recording.own_share[place],
                *local,
                max(scores, default=0.0),
                math.fsum(scores) / max(len(scores), 1),
            ]
        )
        before += words
    return rows


def _local_features(section: SectionRecord, table: SectionTable, background: Background) -> list[float]:
    """The columns from "idf" to "proper": they depend on one section alone."""
    row: list[float] | None = table.memo.get(_local_features)
    if row is None:
        words, content = section.n_words + 1, section.n_content + 1
        entropy, main = _speaker_spread(section)
        row = table.memo[_local_features] = [
            math.fsum(word.count * background.idf(word.stem) for word in section.words) / content,
            entropy,
            main,
            100 * section.n_questions / words,
            words / max(section.n_utterances, 1),
            len(section.words) / content,
            sum(word.verbs for word in section.words) / content,
            sum(candidate.proper > 0 for candidate in section.candidates) / (len(section.candidates) + 1),
        ]
    return row


def _speaker_spread(section: SectionRecord) -> tuple[float, float]:
    """Entropy (nats) of who speaks how much, and the main speaker's share; (0, 1) without labels."""
    said = sum(count for _, count in section.speakers)
    if not said:
        return 0.0, 1.0
    shares = [count / said for _, count in section.speakers if count]
    return -math.fsum(share * math.log(share) for share in shares), max(shares)


def relative(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """Every column minus its mean over the recording's sections."""
    means = [math.fsum(column) / len(rows) for column in zip(*rows, strict=True)]
    return [[value - mean for value, mean in zip(row, means, strict=True)] for row in rows]


def lexicon_vector(section: SectionRecord) -> dict[str, float]:
    """log(1 + count) of every content stem, scaled to length 1; its dot product with the lexicon is the rating."""
    logs = {word.stem: math.log1p(word.count) for word in section.words}
    norm = math.sqrt(math.fsum(value * value for value in logs.values()))
    return {stem: value / norm for stem, value in logs.items()} if norm else {}


class SectionRating:
    """The trained rating: a linear model over relative features plus a lexicon of stems."""

    name = "rating"

    def __init__(self, body: dict[str, Any], background: Background) -> None:
        self._weights: list[float] = body["weights"]
        scale = body["lexicon_scale"]
        self._lexicon = {
            stem: weight / scale
            for stem, weight in zip(body["lexicon"].split(" "), body["lexicon_weights"], strict=True)
        }
        self._background = background
        self.mass_exponent: float = body["mass_exponent"]
        self.fusion: dict[str, float] = body["fusion"]

    @classmethod
    def load(cls, path: Path | None = None) -> SectionRating:
        """The rating of `path`, or the shipped English one.

        Raises:
            ArtifactError: the file is missing, damaged or of another version.
        """
        body = load_table(path or _DEFAULT, kind=IMPORTANCE_KIND, version=IMPORTANCE_VERSION)
        return cls(body, Background.load())

    def score(self, sections: Sequence[SectionRecord], keywords: Keywords) -> list[float]:
        """Log-odds (up to a constant of the recording) that people ask about the section."""
        recording = Recording.of(sections)
        rows = relative(section_features(recording, keywords, self._background))
        return [
            math.fsum(weight * value for weight, value in zip(self._weights, row, strict=True))
            + self._aboutness(section, table)
            for row, section, table in zip(rows, recording, recording.tables, strict=True)
        ]

    def prepare(self, section: SectionRecord, table: SectionTable) -> None:
        """Work out what depends on one settled section alone, so that `score` need not."""
        _local_features(section, table, self._background)
        self._aboutness(section, table)

    def _aboutness(self, section: SectionRecord, table: SectionTable) -> float:
        """The lexicon's log-odds for what the section is about."""
        value: float | None = table.memo.get(self)
        if value is None:
            vector = lexicon_vector(section)
            value = math.fsum(self._lexicon.get(stem, 0.0) * part for stem, part in vector.items())
            table.memo[self] = value
        return value
