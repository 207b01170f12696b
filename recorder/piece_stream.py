"""A recording as the encoder reads it: windows of word pieces at fixed places, whatever blocks it is divided into.

Windows begin every 110 pieces of the recording and hold 126, so that each is full, and can be read, while the speaker
goes on; only at the end (or where a block has to be closed at once) there is one more, of the last 126 pieces heard. A
block takes from each window the pieces that belong to it, read together with what was said before and after them.
Only what was said is read: no speakers, no times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from recorder.encoder_windows import CLS, OVERLAP, PIECES, SEP, WINDOW, BlockWindows, window_of
from recorder.text import Token

__all__ = ["PieceCutter", "PieceStream", "read_block", "window_starts"]

_STEP = PIECES - OVERLAP
_BEFORE = PIECES - 1  # pieces that a window over a block's first piece may hold before it

Ints = npt.NDArray[np.int32]


class PieceCutter(Protocol):
    """`recorder.wordpiece.WordPiece`, or anything of its shape."""

    def pieces(self, text: str) -> Sequence[tuple[int, int, int]]:
        """(id, first character, character after the last) of every word piece, in order."""
        ...


class PieceStream:
    """Segments in, windows out; keeps the pieces of the open block and the 125 before it.

    Args:
        cutter: cuts text into word pieces.
        state: what `to_dict` gave; None at the beginning of a recording.
    """

    def __init__(self, cutter: PieceCutter, state: Mapping[str, Any] | None = None) -> None:
        self._cutter = cutter
        self.begin: int = 0 if state is None else state["begin"]
        self._ids: list[int] = [] if state is None else list(state["before"])
        self._first = self.begin - len(self._ids)  # number in the recording of _ids[0]
        self._tokens: list[Ints] = []  # of each segment of the open block, the token of each piece

    @property
    def end(self) -> int:
        """Pieces heard; `begin` of them before the open block."""
        return self._first + len(self._ids)

    def hear(self, text: str, tokens: Sequence[Token]) -> None:
        """The next segment, with its `recorder.text.tokenize`."""
        pieces = _pieces(text, self._cutter)
        self._ids += [piece for piece, _ in pieces]
        offsets = np.array([token.offset for token in tokens], np.int64)
        begins = np.array([begin for _, begin in pieces], np.int64)
        self._tokens.append((np.searchsorted(offsets, begins, side="right") - 1).astype(np.int32))

    def drop(self, n: int) -> None:
        """The first `n` segments of the open block are closed for good."""
        self.begin += sum(map(len, self._tokens[:n]))
        del self._tokens[:n]
        kept = max(self._first, self.begin - _BEFORE)
        del self._ids[: kept - self._first]
        self._first = kept

    def full(self) -> list[int]:
        """First pieces of the windows that are full, will stay, and to which pieces of the open block belong."""
        mine = PIECES - OVERLAP // 2  # from there on a piece belongs to the next window
        first = max(0, (self.begin - mine) // _STEP + 1)
        return list(range(first * _STEP, self.end - PIECES + 1, _STEP))

    def window(self, start: int) -> Ints:
        """int32 (128,): [CLS], up to 126 pieces from number `start` on, [SEP], zeros."""
        row = np.zeros(WINDOW, np.int32)
        part = self._ids[start - self._first : start - self._first + PIECES]
        row[: len(part) + 2] = [CLS, *part, SEP]
        return row

    def block(self, n: int) -> BlockWindows:
        """The windows to which the pieces of the open block's first `n` segments belong."""
        tokens = np.concatenate([np.zeros(0, np.int32), *self._tokens[:n]])
        segments = np.repeat(np.arange(n, dtype=np.int32), [len(row) for row in self._tokens[:n]])
        starts = window_starts(self.end)
        starts = starts[starts > self.begin - PIECES] - self.begin
        owners = window_of(starts, np.arange(len(tokens)))
        starts = starts[owners[0] : owners[-1] + 1] if len(owners) else starts[:0]
        ids = np.zeros((len(starts), WINDOW), np.int32)
        for row, start in zip(ids, starts.tolist(), strict=True):
            row[:] = self.window(self.begin + start)
        lengths = np.minimum(self.end - self.begin - starts, PIECES) + 2
        return BlockWindows(ids, lengths.astype(np.int32), starts, segments, tokens)

    def to_dict(self) -> dict[str, Any]:
        """What is needed to go on at the beginning of the open block."""
        at = self.begin - self._first
        return {"begin": self.begin, "before": self._ids[max(0, at - _BEFORE) : at]}


def window_starts(n_pieces: int) -> Ints:
    """First pieces of the windows of `n_pieces`: 126 give [0], 127 give [0, 1], 300 give [0, 110, 174]."""
    if n_pieces <= PIECES:
        return np.zeros(min(n_pieces, 1), np.int32)
    return np.array([*range(0, n_pieces - PIECES, _STEP), n_pieces - PIECES], np.int32)


def read_block(texts: Sequence[str], tokens: Sequence[Sequence[Token]], cutter: PieceCutter) -> BlockWindows:
    """The windows of a block by itself, as if nothing were said before or after it; none where nothing was said.

    Args:
        texts: the block's segments' texts.
        tokens: `recorder.text.tokenize` of each.
        cutter: cuts text into word pieces.
    """
    stream = PieceStream(cutter)
    for text, row in zip(texts, tokens, strict=True):
        stream.hear(text, row)
    return stream.block(len(texts))


def _pieces(text: str, cutter: PieceCutter) -> list[tuple[int, int]]:
    """(id, first character) of every piece; the underscores of spelled letters ("D_V_D_") are not read."""
    if "_" not in text:
        return [(piece, begin) for piece, begin, _ in cutter.pieces(text)]
    kept = [place for place, character in enumerate(text) if character != "_"]
    return [(piece, kept[begin]) for piece, begin, _ in cutter.pieces(text.replace("_", ""))]
