"""Texts as rows of word pieces, kept flat: a few million numbers instead of a list per text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recorder.wordpiece import WordPiece

__all__ = ["LENGTH", "PieceRows", "length_batches"]

LENGTH = 128
"""Most pieces of a row, [CLS] and [SEP] included."""

POOL = 40
"""Batches whose texts are sorted by length together, so that little padding is computed."""


@dataclass(frozen=True, slots=True)
class PieceRows:
    """Rows of pieces.

    Attributes:
        flat: all rows one behind the other, int32, each [CLS] ... [SEP].
        starts: where each row begins, and the end of the last, int64 (rows + 1,).
    """

    flat: NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str], pieces: WordPiece) -> PieceRows:
        """Tokenise `texts`; the end of a long one is cut off."""
        first, last = pieces.id_of("[CLS]"), pieces.id_of("[SEP]")
        rows = [[first, *pieces.ids(text)[: LENGTH - 2], last] for text in texts]
        starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
        return cls(np.array([one for row in rows for one in row], np.int32), starts.astype(np.int64))

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Pieces of each row."""
        return np.diff(self.starts)

    def batch(self, rows: NDArray[np.integer]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Ids, int32 (rows, longest), 0 behind the end, and their mask, float32."""
        lengths = self.lengths[rows]
        mask = np.arange(int(lengths.max()))[None, :] < lengths[:, None]
        ids = np.zeros(mask.shape, np.int32)
        ids[mask] = np.concatenate([self.flat[self.starts[row] : self.starts[row + 1]] for row in rows])
        return ids, mask.astype(np.float32)


def length_batches(
    lengths: NDArray[np.int64], *, most_pieces: int, rows: tuple[int, int], chance: np.random.Generator
) -> Iterator[NDArray[np.intp]]:
    """All positions once, in batches of like length.

    Args:
        lengths: of every row.
        most_pieces: of a batch, padding included, as far as `rows` allows.
        rows: fewest and most rows of a batch; the last of a pool may have fewer.
        chance: decides the order.
    """
    order = chance.permutation(len(lengths))
    for start in range(0, len(order), POOL * rows[1]):
        pool = order[start : start + POOL * rows[1]]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        parts, at = [], len(pool)
        while at:  # from the longest, whose number of rows is the smallest
            size = int(np.clip(most_pieces // int(lengths[pool[at - 1]]), *rows))
            parts.append(pool[max(at - size, 0) : at])
            at = max(at - size, 0)
        for index in chance.permutation(len(parts)):
            yield parts[index]
