"""Scoring keywords: what a scorer is, and the TF-IDF model, which needs nothing but counts.

The TF-IDF model compares a candidate's occurrences here with its use in conversation at large (`Background`) and in the
rest of the recording, adds how specific its stems are for titles, and turns all that into one score by a trained
function curve (`Curve`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from earmark.artifacts import load_table
from earmark.errors import ArtifactError
from recorder.background import Background
from recorder.curve import Curve
from recorder.features import FEATURES, LOCAL_FEATURES, Specificity, StemTables, global_features, local_features
from recorder.recording import Recording, SectionTable
from recorder.records import SectionRecord

__all__ = ["KEYWORDS_KIND", "KEYWORDS_VERSION", "KeywordScorer", "TfidfKeywords"]

KEYWORDS_KIND = "keywords"
KEYWORDS_VERSION = 1
_DEFAULT = Path(__file__).parent / "pretrained" / "en" / "keywords.json"


class KeywordScorer(Protocol):
    """Anything that rates candidates. A scorer that reads text comes with a `recorder.observers.Observer`."""

    @property
    def name(self) -> str:
        """Its key in `fuse` and in a record's evidence."""
        ...

    def score(self, sections: Sequence[SectionRecord]) -> list[list[float]]:
        """One finite score per candidate of each section, in the records' order; any range, higher is better."""
        ...

    def prepare(self, section: SectionRecord, table: SectionTable) -> None:
        """A section has been settled: work out, into `table.memo`, what depends on it alone (or do nothing)."""
        ...


class TfidfKeywords:
    """The counting model.

    >>> TfidfKeywords.load().name
    'tfidf'
    """

    name = "tfidf"

    def __init__(self, body: dict[str, Any], background: Specificity) -> None:
        """Compile the body of a keywords table.

        Raises:
            ArtifactError: the table was trained for other features than this release has.
        """
        self._curve = Curve.from_body(body["curve"], FEATURES)
        self._stems = StemTables(background, _log_odds(body["title"]), _log_odds(body["topic"]))

    @classmethod
    def load(cls, path: Path | None = None, background: Specificity | None = None) -> TfidfKeywords:
        """The model of `path`, or the shipped English one, which is read once and kept.

        Raises:
            ArtifactError: the file is missing, damaged or of another version.
        """
        if path is None and background is None:
            return _shipped()
        return cls(_read(path or _DEFAULT), background or Background.load())

    def score(self, sections: Sequence[SectionRecord]) -> list[list[float]]:
        """For each candidate the estimated chance, 0..1, that it would stand in a title somebody gave the section."""
        recording = Recording.of(sections)
        if not len(recording.counts):
            return [[] for _ in recording]
        parts = [self._local_bins(section, table) for section, table in zip(recording, recording.tables, strict=True)]
        bins = dict(zip(LOCAL_FEATURES, np.concatenate(parts, axis=1), strict=True))
        bins |= {name: self._curve.bin(name, values) for name, values in global_features(recording).items()}
        return recording.split(self._curve.score_bins([bins[name] for name in FEATURES]))

    def prepare(self, section: SectionRecord, table: SectionTable) -> None:
        """Work out what depends on one settled section alone, so that `score` need not."""
        self._local_bins(section, table)

    def _local_bins(self, section: SectionRecord, table: SectionTable) -> npt.NDArray[np.int64]:
        bins = table.memo.get(self)
        if bins is None:
            columns = local_features(section, table, self._stems)
            pairs = zip(LOCAL_FEATURES, columns, strict=True)
            bins = table.memo[self] = np.stack([self._curve.bin(name, values) for name, values in pairs])
        return bins


def _log_odds(table: Mapping[str, str]) -> dict[str, float]:
    """{"250": "remot control"} -> {"remot": 2.5, "control": 2.5}: stems by their log-odds in hundredths."""
    return {stem: int(value) / 100 for value, stems in table.items() for stem in stems.split(" ")}


def _read(path: Path) -> dict[str, Any]:
    body = load_table(path, kind=KEYWORDS_KIND, version=KEYWORDS_VERSION)
    missing = {"curve", "title", "topic"} - body.keys()
    if missing:
        raise ArtifactError(f"the keywords table {path} lacks {sorted(missing)}. Reinstall earmark, or train it anew.")
    return body


@lru_cache(maxsize=1)
def _shipped() -> TfidfKeywords:
    return TfidfKeywords(_read(_DEFAULT), Background.load())
