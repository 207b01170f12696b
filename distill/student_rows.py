"""Texts to what the students' cores read, so that several students trained together are projected once.

A token's values depend on nothing but its characters, so each distinct one is kept once in a `TokenTable` and a text
becomes a row of numbers into it; a batch is then one look-up. Narrower students read the first bits of the widest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from projection import Projection, encode_batch, project_messages, project_tokens
from projection.reference import slots, token_numbers

__all__ = ["Arrays", "MessageRows", "StudentRows", "TokenRows", "TokenTable"]

Arrays = dict[str, NDArray[np.generic]]

CHUNK = 1024
"""Texts that are projected at a time; bounds the memory."""


class StudentRows(Protocol):
    """Encodes texts once (`encode`), then makes batches of the rows it is given (`batch`)."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.generic]:
        """One row per text; rows of several calls may be mixed."""

    def batch(self, rows: NDArray[np.generic], row: str) -> Arrays:
        """What a student's core reads of these rows; `row` is "text" or "context"."""

    def lengths(self, rows: NDArray[np.generic]) -> NDArray[np.intp]:
        """How much there is to compute in each row; rows of like length share a batch."""


class TokenTable:
    """The values of every token met so far; number 0 is "no token" with the value 0 throughout.

    Args:
        projection: of the widest student.
    """

    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        self._numbers: dict[int, int] = {}
        self._values = np.zeros((256, projection.bits), np.int8)

    def __len__(self) -> int:
        return len(self._numbers) + 1

    @property
    def values(self) -> NDArray[np.int8]:
        """int8 (tokens, bits), in -1, 0, 1."""
        return self._values[: len(self)]

    def numbers(self, texts: Sequence[str]) -> NDArray[np.int32]:
        """The tokens of each text, int32 (texts, words), 0 where there is none (at the end)."""
        found = np.zeros((len(texts), self.projection.words), np.int32)
        for start in range(0, len(texts), CHUNK):
            rows = encode_batch(texts[start : start + CHUNK], self.projection.n_bytes)
            keys, mask = _token_keys(rows, self.projection.words)
            if not mask.any():
                continue
            distinct, first, which = np.unique(keys[mask], return_index=True, return_inverse=True)
            known = [self._numbers.get(key, 0) for key in distinct.tolist()]
            fresh = [index for index, number in enumerate(known) if not number]
            if fresh:  # only the texts with a token never met before are projected
                place, column = (part[first[fresh]] for part in np.nonzero(mask))
                wanted, row = np.unique(place, return_inverse=True)
                values = project_tokens(rows[wanted], self.projection).values[row.reshape(-1), column]
                for index, value in zip(fresh, values, strict=True):
                    known[index] = self._add(int(distinct[index]), value)
            found[start : start + CHUNK][mask] = np.asarray(known, np.int32)[which.reshape(-1)]
        return found

    def _add(self, key: int, values: NDArray[np.int8]) -> int:
        number = self._numbers[key] = len(self)
        if number >= len(self._values):
            self._values = np.concatenate([self._values, np.zeros_like(self._values)])
        self._values[number] = values
        return number


class TokenRows:
    """For `SequenceProjectionNet`: "<row>_values" int8 (batch, longest, bits), "<row>_mask" float32."""

    def __init__(self, projection: Projection) -> None:
        self.table = TokenTable(projection)

    def encode(self, texts: Sequence[str]) -> NDArray[np.generic]:
        """See `StudentRows`; int32 (texts, words)."""
        return self.table.numbers(texts)

    def batch(self, rows: NDArray[np.generic], row: str) -> Arrays:
        """See `StudentRows`; columns that no text of the batch needs are left out."""
        longest = max(int(self.lengths(rows).max(initial=0)), 1)
        numbers = rows[:, :longest].astype(np.intp)
        return {f"{row}_values": self.table.values[numbers], f"{row}_mask": (numbers > 0).astype(np.float32)}

    def lengths(self, rows: NDArray[np.generic]) -> NDArray[np.intp]:
        """See `StudentRows`: tokens."""
        lengths: NDArray[np.intp] = np.count_nonzero(rows, axis=1)
        return lengths


class MessageRows:
    """For `ProjectionNet`: "<row>_bits" int8 (batch, functions * function_bits)."""

    def __init__(self, projection: Projection) -> None:
        self.projection = projection

    def encode(self, texts: Sequence[str]) -> NDArray[np.generic]:
        """See `StudentRows`; int8 (texts, message_bits)."""
        parts = [
            project_messages(encode_batch(texts[start : start + CHUNK], self.projection.n_bytes), self.projection)
            for start in range(0, len(texts), CHUNK)
        ]
        return np.concatenate([np.zeros((0, self.projection.message_bits), np.int8), *parts])

    def batch(self, rows: NDArray[np.generic], row: str) -> Arrays:
        """See `StudentRows`."""
        return {f"{row}_bits": rows}

    def lengths(self, rows: NDArray[np.generic]) -> NDArray[np.intp]:
        """See `StudentRows`: all alike."""
        return np.ones(len(rows), np.intp)


def _token_keys(rows: NDArray[np.uint8], words: int) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """A number per token that another one has with a chance of 2**-60, uint64 (texts, words), and where tokens are."""
    codes = slots(rows)
    tokens, count, lengths = token_numbers(codes, words)
    mask = np.arange(words) < count[:, None]
    text, slot = np.nonzero((codes != 0) & (tokens >= 0))
    ends = np.cumsum(lengths[mask])
    begins = ends - lengths[mask]  # the characters of one token are neighbours, in order
    keys = np.zeros(mask.shape, np.uint64)
    if len(ends):
        positions = np.arange(len(text)) - np.repeat(begins, lengths[mask])
        mixed = codes[text, slot].astype(np.uint64) * _MIXERS[0, positions] + _MIXERS[1, positions]
        mixed ^= mixed >> np.uint64(32)
        keys[mask] = np.add.reduceat(mixed * _MIXERS[2, positions], begins)
    return keys, mask


_MIXERS = np.random.default_rng(20170801).integers(2**64, size=(3, 512), dtype=np.uint64) | np.uint64(1)
"""Three odd numbers for every position in a token."""
