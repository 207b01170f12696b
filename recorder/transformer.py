"""The transformer's side of smart scrolling: it reads what is said as it is said, and rates candidates and sections.

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
from recorder.candidates import Occurrence
from recorder.encoder import Encoder, WindowReading
from recorder.encoder_windows import PIECES, BlockWindows, candidate_places, pool_candidates
from recorder.importance import Keywords
from recorder.piece_stream import PieceStream
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
    "TransformerListener",
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
Ints = npt.NDArray[np.int32]


# === What is kept of a block ===


class TransformerReader:
    """Makes listeners that read a recording through the encoder (`recorder.observers.Observer`).

    Args:
        encoder: the model.
        cutter: its word pieces.
    """

    name = NAME

    def __init__(self, encoder: Encoder, cutter: WordPiece) -> None:
        self._encoder, self._cutter = encoder, cutter

    def begin(self, state: Mapping[str, Any] | None = None) -> TransformerListener:
        """A listener at the beginning of a recording, or where `TransformerListener.to_dict` was called."""
        return TransformerListener(self._encoder, PieceStream(self._cutter, state))


class TransformerListener:
    """Reads a recording while it is said: each window once, as soon as it is full (`recorder.observers.Listener`).

    The window of the last 126 pieces, which is another after each segment, is read only when a block needs it: at the
    end, and for an outline in between. It keeps the readings of the open block.
    """

    name = NAME

    def __init__(self, encoder: Encoder, stream: PieceStream) -> None:
        self._encoder, self._stream = encoder, stream
        self._said: list[list[Occurrence]] = []  # of each segment of the open block
        self._full: dict[int, WindowReading] = {}  # by the number of the window's first piece
        self._last: tuple[tuple[int, int], WindowReading] | None = None  # by first piece and pieces heard

    def hear(self, utterance: Utterance) -> None:
        """The next segment."""
        self._stream.hear(utterance.segment.text, utterance.tokens)
        self._said.append([spoken.occurrence for spoken in utterance.candidates])
        for start in self._stream.full():
            if start not in self._full:
                self._full[start] = self._encoder.read(self._stream.window(start)[None])

    def evidence(self, n: int, candidates: Sequence[CandidateRecord]) -> dict[str, Any]:
        """Of a block: ``keywords`` {stems: [best, sum, occurrences]}, ``rating`` [sum over pieces, pieces], ``vector``
        (384 signed bytes as base64)."""
        windows = self._stream.block(n)
        if not len(windows):
            return {"keywords": {}, "rating": [0, 0], "vector": ""}
        reading = self._reading(windows)
        numbers = {candidate.stems: number for number, candidate in enumerate(candidates)}
        places = candidate_places(windows, self._said[:n], numbers)
        best, mean = pool_candidates(reading.keyword, places, len(numbers))
        counts = np.bincount(places.candidates, minlength=len(numbers))
        pieces = np.bincount(windows.owners(), minlength=len(windows)).astype(np.float64)
        vector = pieces @ reading.sentence
        length = math.sqrt(float(vector @ vector)) or 1.0
        return {
            "keywords": {
                " ".join(stems): [_steps(best[number]), _steps(mean[number] * counts[number]), int(counts[number])]
                for stems, number in numbers.items()
                if counts[number]
            },
            "rating": [_steps(float(pieces @ reading.rating)), len(windows.tokens)],
            "vector": base64.b64encode(np.rint(127 * vector / length).astype(np.int8).tobytes()).decode(),
        }

    def drop(self, n: int) -> None:
        """A block of so many segments has been closed for good."""
        self._stream.drop(n)
        del self._said[:n]
        kept = self._stream.begin - PIECES
        self._full = {start: reading for start, reading in self._full.items() if start > kept}

    def to_dict(self) -> dict[str, Any]:
        """The pieces before the open block that its first window holds, and how many were heard before it."""
        return self._stream.to_dict()

    def _reading(self, windows: BlockWindows) -> WindowReading:
        rows = [
            self._window(self._stream.begin + start, ids)
            for start, ids in zip(windows.starts.tolist(), windows.ids, strict=True)
        ]
        return WindowReading(
            np.concatenate([row.keyword for row in rows]),
            np.concatenate([row.rating for row in rows]),
            np.concatenate([row.sentence for row in rows]),
        )

    def _window(self, start: int, ids: Ints) -> WindowReading:
        known = self._full.get(start)
        if known is not None:
            return known
        key = (start, self._stream.end)
        if self._last is None or self._last[0] != key:
            self._last = (key, self._encoder.read(ids[None]))
        return self._last[1]


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
