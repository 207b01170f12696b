"""The numbers that a seed stands for: hash multipliers and one odd constant per pair of bits (docs/projection.md)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from projection.config import Projection

__all__ = [
    "HashNumbers",
    "count_thresholds",
    "hash_numbers",
    "lane_constants",
    "message_threshold",
    "stream",
    "token_thresholds",
]

_MASK = 0xFFFFFFFF
_INVERSE_OF_3 = 0xAAAB  # modulo 2**16

# A third of the values of a wide sum lie within 0.43073 standard deviations of zero; an int16 drawn evenly has the
# variance (2**32 - 1) / 12. This is the square of the one times the other.
DEAD_ZONE = 66_402_344


class HashNumbers(NamedTuple):
    """Three unsigned 32-bit numbers: `multiplier` (odd) and `start` of n-gram hashes, `pair` (odd) of token pairs."""

    multiplier: int
    start: int
    pair: int


def stream(seed: int, label: int) -> Iterator[int]:
    """Endless unsigned 32-bit numbers: SplitMix with a 32-bit state, begun at `seed + label * 0x85EBCA6B`."""
    state = (seed + label * 0x85EBCA6B) & _MASK
    while True:
        state = (state + 0x9E3779B9) & _MASK
        z = ((state ^ (state >> 16)) * 0x21F0AAAD) & _MASK
        z = ((z ^ (z >> 15)) * 0x735A2D97) & _MASK
        yield z ^ (z >> 15)


@cache
def hash_numbers(seed: int) -> HashNumbers:
    """The numbers of the n-gram, token and pair hashes."""
    numbers = stream(seed, 0)
    return HashNumbers(next(numbers) | 1, next(numbers), next(numbers) | 1)


@cache
def lane_constants(seed: int, bits: int, label: int) -> NDArray[np.uint32]:
    """Odd multipliers, uint32 [bits / 2, rounded up]; label 1 is the token level, 2 the message level.

    A candidate is skipped when its low 16 bits are a small multiple of those of one before it, because the low halves
    of the two products would then rise and fall together.
    """
    numbers = stream(seed, label)
    taken: set[int] = set()
    chosen: list[int] = []
    while len(chosen) < (bits + 1) // 2:
        constant = next(numbers) | 1
        low = constant & 0xFFFF
        if low in taken:
            continue
        chosen.append(constant)
        for near in (low, low + 0x8000, 3 * low, _INVERSE_OF_3 * low):
            taken |= {near & 0xFFFF, -near & 0xFFFF}
    array = np.asarray(chosen, np.uint32)
    array.setflags(write=False)
    return array


def _threshold(squared_weights: int) -> int:
    return math.isqrt(DEAD_ZONE * squared_weights)


@cache
def token_thresholds(projection: Projection) -> NDArray[np.int32]:
    """Half-width of the ternary rule's zero band for a token of 0, 1, 2 ... n_bytes characters; int32 [n_bytes + 1]."""
    word = projection.word_weight**2
    values = [0]
    for length in range(1, projection.n_bytes + 1):
        values.append(_threshold(word + sum(max(length + 3 - order, 0) for order in projection.orders)))
    array = np.asarray(values, np.int32)
    array.setflags(write=False)
    return array


def count_thresholds(projection: Projection, most: int) -> NDArray[np.int32]:
    """The same by how many n-grams the token has, 0 to `most`; int32 [most + 1]."""
    word = projection.word_weight**2
    return np.asarray([_threshold(word + count) for count in range(most + 1)], np.int32)


@cache
def message_threshold(projection: Projection) -> NDArray[np.int32]:
    """The same for a message by the sum of its squared weights, 0, 1, 2 ...; int32, one entry per possible sum."""
    most = len(projection.message_orders) * projection.n_bytes + projection.words * (
        projection.message_word_weight**2 + projection.skips + 1
    )
    array = np.asarray([_threshold(total) for total in range(most + 1)], np.int32)
    array.setflags(write=False)
    return array
