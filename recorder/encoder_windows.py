"""A block of segments as the encoder reads it: windows of 128 word pieces, and where the candidates lie in them.

Neighbouring windows overlap by 16 pieces or more. In the overlap a piece belongs to the window in which it lies farther
from the edge. How a recording is cut into windows is `recorder.piece_stream`'s business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.candidates import Occurrence

__all__ = [
    "CLS",
    "OVERLAP",
    "PIECES",
    "SEP",
    "WINDOW",
    "BlockWindows",
    "CandidatePlaces",
    "candidate_places",
    "pool_candidates",
    "window_of",
]

WINDOW = 128
"""Positions of a window, [CLS] and [SEP] counted."""

PIECES = WINDOW - 2
"""Most word pieces of a window."""

OVERLAP = 16
"""Pieces that neighbouring windows share at least."""

CLS, SEP = 101, 102
"""Ids of [CLS] and [SEP] in BERT's uncased vocabulary; padding is 0."""

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BlockWindows:
    """The windows of one block; n windows, p word pieces.

    Attributes:
        ids: int32, shape (n, 128): [CLS], word pieces, [SEP], zeros.
        lengths: int32, shape (n,): positions in use, [CLS] and [SEP] counted.
        starts: int32, shape (n,): number in the block of each window's first piece; negative where the window begins
            before the block.
        segments: int32, shape (p,): the segment of each piece, from 0 in the block.
        tokens: int32, shape (p,): the token (`recorder.text.tokenize`) of each piece in its segment, -1 before the
            first token.
    """

    ids: Ints
    lengths: Ints
    starts: Ints
    segments: Ints
    tokens: Ints

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """Shape (n, 128): positions in use."""
        return np.arange(WINDOW) < self.lengths[:, None]

    def owners(self) -> Ints:
        """Shape (p,): the window to which each piece belongs: of two, the one where it is farther from the edge."""
        return window_of(self.starts, np.arange(len(self.tokens)))


@dataclass(frozen=True, slots=True, eq=False)
class CandidatePlaces:
    """Where candidates are said, in windows; m occurrences, in the order of what was said.

    Attributes:
        candidates: int32, shape (m,): the candidate's number.
        windows: int32, shape (m,): the window to which the occurrence belongs.
        firsts: int32, shape (m,): position of its first piece in the window, [CLS] being 0.
        lasts: int32, shape (m,): position of its last piece, inclusive.
    """

    candidates: Ints
    windows: Ints
    firsts: Ints
    lasts: Ints


def window_of(starts: Ints, pieces: npt.NDArray[np.integer[Any]]) -> Ints:
    """The window to which each of `pieces` belongs, of the windows with these first pieces (ascending)."""
    seams = (starts[1:] + starts[:-1] + PIECES) // 2
    return np.searchsorted(seams, pieces, side="right").astype(np.int32)


def candidate_places(
    windows: BlockWindows, occurrences: Sequence[Sequence[Occurrence]], numbers: Mapping[tuple[str, ...], int]
) -> CandidatePlaces:
    """Where a block's candidates are said.

    Args:
        windows: the block.
        occurrences: of each segment of the block (`recorder.candidates.find_candidates`).
        numbers: each wanted candidate's number by its stems; occurrences of others are left out.

    An occurrence belongs to the window of its first piece, and is cut off where that window ends.
    """
    keys = windows.segments.astype(np.int64) << 32 | (windows.tokens.astype(np.int64) + 1)
    spans = [
        (number, (segment << 32) + each.token + 1, len(each.stems))
        for segment, row in enumerate(occurrences)
        for each in row
        if (number := numbers.get(each.stems)) is not None
    ]
    table = np.array(spans, np.int64).reshape(-1, 3)
    begins = np.searchsorted(keys, table[:, 1], side="left")
    ends = np.searchsorted(keys, table[:, 1] + table[:, 2], side="left")
    said = ends > begins  # a token of signs that the vocabulary drops has no piece
    begins, ends, chosen = begins[said], ends[said], table[said, 0]
    owners = windows.owners()[begins] if len(begins) else np.zeros(0, np.int32)
    firsts = begins - windows.starts[owners] + 1
    lasts = np.minimum(ends - windows.starts[owners], windows.lengths[owners] - 2)
    return CandidatePlaces(*(column.astype(np.int32) for column in (chosen, owners, firsts, lasts)))


def pool_candidates(
    scores: npt.NDArray[np.floating], places: CandidatePlaces, n_candidates: int
) -> tuple[Floats, Floats]:
    """Scores of pieces as scores of candidates: mean over an occurrence's pieces, then over its occurrences.

    Args:
        scores: shape (windows, 128), one per position.
        places: where the candidates are said.
        n_candidates: how many there are.

    Returns:
        The maximum and the mean over occurrences, float64 of shape (n_candidates,); 0 for a candidate never said.
    """
    sums = np.zeros((len(scores), WINDOW + 1))
    np.cumsum(scores, axis=1, dtype=np.float64, out=sums[:, 1:])
    width = places.lasts - places.firsts + 1
    each = (sums[places.windows, places.lasts + 1] - sums[places.windows, places.firsts]) / width
    counts = np.bincount(places.candidates, minlength=n_candidates)
    means = np.bincount(places.candidates, weights=each, minlength=n_candidates) / np.maximum(counts, 1)
    best = np.full(n_candidates, -np.inf)
    np.maximum.at(best, places.candidates, each)
    return np.where(counts > 0, best, 0.0), means
