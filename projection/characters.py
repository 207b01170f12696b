"""Which bytes make which characters, and which characters make tokens (docs/projection.md, sections 2 to 4).

A character's class is found by walking a small table with its UTF-8 bytes, one look-up a byte; the same table serves
the numpy reference and the exported graph, so there is nothing to disagree about.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CLASS_RANGES", "CLASS_UNIT", "DROP", "EMOJI", "EXTEND", "FOLD_RANGES", "JOIN", "PUNCTUATION", "REGIONAL", "SPACE",
    "WORD", "CharacterTable", "character_table", "slot_table",
]  # fmt: skip

DROP, SPACE, WORD, PUNCTUATION, EMOJI, EXTEND, JOIN, REGIONAL = range(8)

CLASS_UNIT = 1 << 26  # the bytes of a character fill the 26 bits below its class

# (first code point, last code point, class); the first range that holds a code point decides, the rest are WORD.
CLASS_RANGES: tuple[tuple[int, int, int], ...] = (
    (0x00, 0x20, SPACE), (0x7F, 0xA0, SPACE), (0x1680, 0x1680, SPACE), (0x2000, 0x200B, SPACE),
    (0x2028, 0x2029, SPACE), (0x202F, 0x202F, SPACE), (0x205F, 0x205F, SPACE), (0x3000, 0x3000, SPACE),
    (0x27, 0x27, WORD), (0x21, 0x2F, PUNCTUATION), (0x3A, 0x40, PUNCTUATION), (0x5B, 0x60, PUNCTUATION),
    (0x7B, 0x7E, PUNCTUATION),
    (0xAA, 0xAA, WORD), (0xAD, 0xAD, DROP), (0xB2, 0xB3, WORD), (0xB5, 0xB5, WORD), (0xB9, 0xBA, WORD),
    (0xBC, 0xBE, WORD), (0xA1, 0xBF, PUNCTUATION), (0xD7, 0xD7, PUNCTUATION), (0xF7, 0xF7, PUNCTUATION),
    (0x60C, 0x60C, PUNCTUATION), (0x61B, 0x61B, PUNCTUATION), (0x61F, 0x61F, PUNCTUATION),
    (0x964, 0x965, PUNCTUATION),
    (0x200C, 0x200C, DROP), (0x200D, 0x200D, JOIN), (0x200E, 0x200F, DROP), (0x2019, 0x2019, WORD),
    (0x2010, 0x2027, PUNCTUATION), (0x202A, 0x202E, DROP), (0x2030, 0x205E, PUNCTUATION), (0x2060, 0x206F, DROP),
    (0x20E3, 0x20E3, EXTEND), (0x2190, 0x2BFF, EMOJI),
    (0x3001, 0x3003, PUNCTUATION), (0x3008, 0x3011, PUNCTUATION), (0x3014, 0x301F, PUNCTUATION),
    (0x3030, 0x3030, EMOJI), (0x303D, 0x303D, EMOJI), (0x30FB, 0x30FB, PUNCTUATION),
    (0x3297, 0x3297, EMOJI), (0x3299, 0x3299, EMOJI),
    (0xFE00, 0xFE0F, DROP), (0xFEFF, 0xFEFF, DROP),
    (0xFF01, 0xFF0F, PUNCTUATION), (0xFF1A, 0xFF20, PUNCTUATION), (0xFF3B, 0xFF40, PUNCTUATION),
    (0xFF5B, 0xFF65, PUNCTUATION),
    (0x1F1E6, 0x1F1FF, REGIONAL), (0x1F3FB, 0x1F3FF, EXTEND), (0x1F000, 0x1FFFF, EMOJI),
    (0xE0020, 0xE007F, EXTEND),
)  # fmt: skip

# (first code point, last code point, what is added to the character's code); see `character code` in the spec.
_UPPER_ASCII, _UPPER_LATIN = 0x20, 0x20 << 8
_APOSTROPHE = 0x27 - (0xE2 + ((0x99 & 63) << 14))
FOLD_RANGES: tuple[tuple[int, int, int], ...] = (
    (0x41, 0x5A, _UPPER_ASCII), (0xC0, 0xD6, _UPPER_LATIN), (0xD8, 0xDE, _UPPER_LATIN), (0x2019, 0x2019, _APOSTROPHE),
)  # fmt: skip


class CharacterTable(NamedTuple):
    """A walk from bytes to class and fold: `state = first[b0]`, then `state = rest[64 * state + (b & 63)]` three times.

    `first` uint8 [256], `rest` uint8 [64 * states], `extra` int32 [states]: what the character's class and case add to
    its code, `class * CLASS_UNIT` + fold.
    """

    first: NDArray[np.uint8]
    rest: NDArray[np.uint8]
    extra: NDArray[np.int32]


@cache
def character_table() -> CharacterTable:
    """The table of `CLASS_RANGES` and `FOLD_RANGES`, built once (2 ms)."""
    return _Builder().build()


@cache
def slot_table() -> NDArray[np.int32]:
    """How many slots a character takes: 0 (none), 1, or 2 when it starts a token.

    int32 [128], indexed by 16 * its class + 2 * the class of the character before + (the two are equal).
    """
    table = np.zeros((8, 8, 2), np.int32)
    for before in range(8):
        outside = before in (DROP, SPACE)
        table[WORD, before] = before not in (WORD, JOIN)
        table[PUNCTUATION, before] = (1, before != PUNCTUATION)
        table[EMOJI, before] = before != JOIN
        table[REGIONAL, before] = before not in (REGIONAL, JOIN)
        table[EXTEND, before] = table[JOIN, before] = outside
    table[WORD:] += 1
    flat = table.reshape(-1)
    flat.setflags(write=False)
    return flat


class _Builder:
    """Numbers one state per distinct (class, fold), and one per run of bytes that does not decide alone."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self.classes: list[int] = []
        self.folds: list[int] = []
        self.leaves: dict[tuple[int, int], int] = {}
        self.edges = sorted({edge for low, high, _ in (*CLASS_RANGES, *FOLD_RANGES) for edge in (low, high + 1)})

    def build(self) -> CharacterTable:
        first = np.asarray([self.lead(byte) for byte in range(256)], np.uint8)
        rest = np.asarray([state for row in self.rows for state in row], np.uint8)
        extra = [CLASS_UNIT * kind + fold for kind, fold in zip(self.classes, self.folds, strict=True)]
        table = CharacterTable(first, rest, np.asarray(extra, np.int32))
        for array in table:
            array.setflags(write=False)
        return table

    def state(self, kind: int, fold: int) -> int:
        self.rows.append([len(self.rows)] * 64)
        self.classes.append(kind)
        self.folds.append(fold)
        return len(self.rows) - 1

    def leaf(self, kind: int, fold: int) -> int:
        if (kind, fold) not in self.leaves:
            self.leaves[kind, fold] = self.state(kind, fold)
        return self.leaves[kind, fold]

    def lead(self, byte: int) -> int:
        if byte < 0x80:
            return self.node(byte, 0, 0)
        if byte < 0xC0:
            return self.leaf(DROP, 0)  # a continuation byte begins no character
        if 0xC2 <= byte < 0xE0:
            return self.node((byte & 31) << 6, 1, 0x80)
        if 0xE0 <= byte < 0xF0:
            return self.node((byte & 15) << 12, 2, 0x800)
        if 0xF0 <= byte < 0xF5:
            return self.node((byte & 7) << 18, 3, 0x10000)
        return self.leaf(WORD, 0)

    def node(self, base: int, left: int, shortest: int) -> int:
        """The state after bytes that leave the code points `base` to `base + 64**left - 1` possible."""
        end = base + 64**left
        if end <= shortest or base > 0x10FFFF:
            return self.leaf(WORD, 0)  # longer than it need be, or beyond Unicode: not UTF-8
        if left == 0 or not any(base < edge < end for edge in (*self.edges, shortest)):
            return self.leaf(_find(CLASS_RANGES, base, WORD), _find(FOLD_RANGES, base, 0))
        state = self.state(WORD, 0)
        self.rows[state] = [self.node(base + (child << 6 * (left - 1)), left - 1, shortest) for child in range(64)]
        return state


def _find(ranges: tuple[tuple[int, int, int], ...], point: int, default: int) -> int:
    for low, high, value in ranges:
        if low <= point <= high:
            return value
    return default
