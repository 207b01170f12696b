"""The tokens that the projection sees, as text: for people, tests and the command line."""

from __future__ import annotations

import numpy as np

from projection.config import Projection
from projection.reference import slots, token_numbers
from projection.rows import encode

__all__ = ["spell", "tokenize"]


def tokenize(text: str | bytes, projection: Projection | None = None) -> list[str]:
    """The last `words` tokens of the text, folded as the projection folds them.

    tokenize("Hey, how's it going??") is ["hey", ",", "how's", "it", "going", "??"].
    """
    projection = projection or Projection()
    codes = slots(encode(text, projection.n_bytes)[None])
    numbers, count, _ = token_numbers(codes, projection.words)
    return [
        "".join(spell(int(code)) for code in codes[0][(numbers[0] == token) & (codes[0] != 0)])
        for token in range(int(count[0]))
    ]


def spell(code: int) -> str:
    """The character of a code (docs/projection.md, section 2); bytes that are not UTF-8 show as U+FFFD."""
    first = code & 0xFF
    length = int(np.searchsorted([0xC0, 0xE0, 0xF0], first, side="right"))
    more = [0x80 | (code >> (8 + 6 * k)) & 63 for k in range(length)]
    return bytes([first, *more]).decode("utf-8", errors="replace")
