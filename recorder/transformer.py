"""The transformer's side of smart scrolling: it reads every block as it closes, and rates candidates and sections.

What it says of a block is kept as whole numbers in the block's record, so that nothing has to be read again when
blocks are joined and an outline is asked for: per candidate the best and the summed logit of its occurrences, for the
block its summed rating and its vector. The scorers work on those numbers alone.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earmark.artifacts import load_table
from earmark.errors import ArtifactError
from recorder.encoder import Encoder
from recorder.encoder_windows import candidate_places, pool_candidates, read_block
from recorder.importance import Keywords
from recorder.recording import Recording, SectionTable
from recorder.records import CandidateRecord, SectionRecord
from recorder.utterance import Utterance
from recorder.wordpiece import WordPiece

__all__ = [
    "KEYWORD_FEATURES",
    "NAME",
    "RATING_FEATURES",
    "TRANSFORMER_KIND",
    "TRANSFORMER_VERSION",
    "TransformerKeywords",
    "TransformerRating",
    "TransformerReader",
    "TransformerTable",
    "keyword_features",
    "rating_features",
]

NAME = "transformer"
"""The key of the evidence, and of both scorers in the fusion."""

TRANSFORMER_KIND = "transformer"
TRANSFORMER_VERSION = 1
_DEFAULT = Path(__file__).parent / "pretrained" / "en" / "transformer.json"

STEP = 256
"""Logits are kept in steps of 1/256."""

UNREAD = -8.0
"""The logit of a candidate that was never read: a journal of a release without the transformer."""

KEYWORD_FEATURES = ("best", "mean", "log_count", "below_best")
"""Of a candidate: the best and the mean logit of its occurrences, log(1 + occurrences), and how far its mean is below
the section's best mean."""

RATING_FEATURES = ("rating", "unique", "log_words")
"""Of a section: its mean rating, how far its vector is from the recording's, and log(1 + words)."""

Floats = npt.NDArray[np.float64]


# === What is kept of a block ===


class TransformerReader:
    """Reads blocks as they close (`recorder.records.Observer`).

    Args:
        encoder: the model.
        cutter: its word pieces.
    """

    name = NAME

    def __init__(self, encoder: Encoder, cutter: WordPiece) -> None:
        self._encoder, self._cutter = encoder, cutter

    def observe(self, utterances: Sequence[Utterance], candidates: Sequence[CandidateRecord]) -> dict[str, Any]:
        """The block's evidence: ``keywords`` {stems: [best, sum, occurrences]}, ``rating`` [sum over pieces, pieces],
        ``vector`` (384 signed bytes as base64)."""
        windows = read_block([each.segment.text for each in utterances], [each.tokens for each in utterances],
                             self._cutter)  # fmt: skip
        if not len(windows):
            return {"keywords": {}, "rating": [0, 0], "vector": ""}
        reading = self._encoder.read(windows.ids)
        numbers = {candidate.stems: number for number, candidate in enumerate(candidates)}
        said = [[spoken.occurrence for spoken in each.candidates] for each in utterances]
        places = candidate_places(windows, said, numbers)
        best, mean = pool_candidates(reading.keyword, places, len(numbers))
        counts = np.bincount(places.candidates, minlength=len(numbers))
        pieces = windows.lengths.astype(np.float64)
        vector = pieces @ reading.sentence
        length = math.sqrt(float(vector @ vector)) or 1.0
        return {
            "keywords": {
                " ".join(stems): [_steps(best[number]), _steps(mean[number] * counts[number]), int(counts[number])]
                for stems, number in numbers.items()
                if counts[number]
            },
            "rating": [_steps(float(pieces @ reading.rating)), int(windows.lengths.sum())],
            "vector": base64.b64encode(np.rint(127 * vector / length).astype(np.int8).tobytes()).decode(),
        }


def _steps(value: float) -> int:
    return round(float(value) * STEP)


# === Features ===


def keyword_features(section: SectionRecord) -> Floats:
    """Of each of the section's candidates, float64 (candidates, 4); the columns are `KEYWORD_FEATURES`."""
    joined: dict[str, list[int]] = {}
    for block in _evidence(section):
        for stems, (best, total, count) in block["keywords"].items():
            known = joined.setdefault(stems, [best, 0, 0])
            known[0] = max(known[0], best)
            known[1] += total
            known[2] += count
    rows = np.empty((len(section.candidates), len(KEYWORD_FEATURES)))
    for row, candidate in zip(rows, section.candidates, strict=True):
        found = joined.get(" ".join(candidate.stems))
        best, mean = (UNREAD, UNREAD) if found is None else (found[0] / STEP, found[1] / (found[2] * STEP))
        row[:3] = best, mean, math.log1p(candidate.count)
    rows[:, 3] = rows[:, 1] - rows[:, 1].max(initial=UNREAD)
    return rows


def rating_features(sections: Sequence[SectionRecord]) -> list[list[float]]:
    """Of each section of one recording; the columns are `RATING_FEATURES`."""
    vectors = [_vector(section) for section in sections]
    whole = _unit(_sum([section.n_words * vector for section, vector in zip(sections, vectors, strict=True)]))
    rows = []
    for section, vector in zip(sections, vectors, strict=True):
        ratings = [block["rating"] for block in _evidence(section)]
        pieces = sum(count for _, count in ratings)
        rating = sum(total for total, _ in ratings) / (STEP * pieces) if pieces else 0.0
        rows.append([rating, 1.0 - float(vector @ whole), math.log1p(section.n_words)])
    return rows


def _evidence(section: SectionRecord) -> Sequence[Mapping[str, Any]]:
    return next((values for name, values in section.evidence if name == NAME), ())


def _vector(section: SectionRecord) -> Floats:
    """Unit vector of a section: the sum of its blocks' by their pieces."""
    parts = [
        block["rating"][1] * np.frombuffer(base64.b64decode(block["vector"]), np.int8).astype(np.float64)
        for block in _evidence(section)
        if block["vector"]
    ]
    return _unit(_sum(parts))


def _sum(parts: Sequence[Floats]) -> Floats:
    """Added one after the other: always in the same order."""
    total: Floats = np.zeros(384)
    for part in parts:
        total = total + part
    return total


def _unit(vector: Floats) -> Floats:
    length = math.sqrt(math.fsum((vector * vector).tolist()))
    return vector / length if length else vector


# === Scorers ===


@dataclass(frozen=True, slots=True)
class TransformerTable:
    """What turns the encoder's numbers into scores, trained for one encoder.

    Attributes:
        encoder_sha256: of the `.tflite` that the rest belongs to.
        keyword_weights: one per `KEYWORD_FEATURES`, and the bias.
        rating_weights: one per `RATING_FEATURES`.
        keyword_fusion: weights of the keyword scorers side by side.
        section_fusion: weights of the section scorers side by side.
    """

    encoder_sha256: str
    keyword_weights: tuple[float, ...]
    rating_weights: tuple[float, ...]
    keyword_fusion: Mapping[str, float]
    section_fusion: Mapping[str, float]

    @classmethod
    def load(cls, path: Path | None = None) -> TransformerTable:
        """The table of `path`, or the shipped English one.

        Raises:
            ArtifactError: the file is missing, damaged or of another version.
        """
        body = load_table(path or _DEFAULT, kind=TRANSFORMER_KIND, version=TRANSFORMER_VERSION)
        try:
            return cls(
                body["encoder_sha256"],
                tuple(body["keyword_weights"]),
                tuple(body["rating_weights"]),
                body["keyword_fusion"],
                body["section_fusion"],
            )
        except KeyError as error:
            raise ArtifactError(
                f"the transformer table {path or _DEFAULT} lacks {error}. Reinstall earmark, or train it anew."
            ) from error

    def check(self, encoder: Encoder) -> None:
        """Refuse an encoder that the table was not trained for.

        Raises:
            ArtifactError: their digests differ.
        """
        if encoder.digest != self.encoder_sha256:
            raise ArtifactError(
                f"the transformer table belongs to an encoder with the SHA-256 {self.encoder_sha256}. "
                f"Got one with {encoder.digest}. Reinstall earmark, or train both anew."
            )


class TransformerKeywords:
    """Rates candidates by what the encoder said of their occurrences."""

    name = NAME

    def __init__(self, table: TransformerTable) -> None:
        self._weights = np.array(table.keyword_weights[:-1])
        self._bias = table.keyword_weights[-1]

    def score(self, sections: Sequence[SectionRecord]) -> list[list[float]]:
        """For each candidate the estimated chance, 0..1, that people would call it a keyword of its section."""
        recording = Recording.of(sections)
        return [self._of(section, table) for section, table in zip(recording, recording.tables, strict=True)]

    def prepare(self, section: SectionRecord, table: SectionTable) -> None:
        """Work out what depends on one settled section alone, which is everything."""
        self._of(section, table)

    def _of(self, section: SectionRecord, table: SectionTable) -> list[float]:
        scores: list[float] | None = table.memo.get(self)
        if scores is None:
            logits = keyword_features(section) @ self._weights + self._bias
            scores = table.memo[self] = (1.0 / (1.0 + np.exp(-logits))).tolist()
        return scores


class TransformerRating:
    """Rates sections by what the encoder said of their windows, relative to the recording's other sections."""

    name = NAME

    def __init__(self, table: TransformerTable) -> None:
        self._weights = table.rating_weights

    def score(self, sections: Sequence[SectionRecord], keywords: Keywords) -> list[float]:
        """Log-odds (up to a constant of the recording) that people ask about the section."""
        return [
            math.fsum(weight * value for weight, value in zip(self._weights, row, strict=True))
            for row in rating_features(sections)
        ]

    def prepare(self, section: SectionRecord, table: SectionTable) -> None:
        """Nothing: it looks at the whole recording."""
