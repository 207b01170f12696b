"""Packed bits and Hamming distances, in numpy alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from projection.errors import ProjectionError

__all__ = ["hamming_distance", "hamming_matrix", "pack_bits", "unpack_bits"]


def pack_bits(values: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Projected values to packed bits: [..., n] of -1, 0, 1 becomes uint8 [..., ceil(n / 8)].

    A bit is set where the value is above zero; bit k is bit k % 8 (from the lowest) of byte k // 8.
    pack_bits([1, -1, 1, -1, -1, -1, -1, -1, 1]) is [5, 1].
    """
    return np.packbits(np.asarray(values) > 0, axis=-1, bitorder="little")


def unpack_bits(packed: NDArray[np.uint8], n: int) -> NDArray[np.int8]:
    """The reverse of `pack_bits` for the sign rule: int8 [..., n] of -1 and 1."""
    if not 0 <= n <= 8 * packed.shape[-1]:
        raise ProjectionError(f"{packed.shape[-1]} bytes hold at most {8 * packed.shape[-1]} bits; got n={n}.")
    bits = np.unpackbits(packed, axis=-1, count=n, bitorder="little")
    return (2 * bits.astype(np.int8) - 1).astype(np.int8)


def hamming_distance(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many bits differ between packed rows; shapes broadcast, the last axis is the bytes."""
    if first.dtype != np.uint8 or second.dtype != np.uint8 or first.shape[-1:] != second.shape[-1:]:
        raise ProjectionError(
            "Hamming distance needs packed bits of one length (uint8, from pack_bits); "
            f"got {first.dtype} {list(first.shape)} and {second.dtype} {list(second.shape)}."
        )
    return np.asarray(_POPCOUNT[first ^ second].sum(axis=-1, dtype=np.int64))


def hamming_matrix(packed: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Every pair's distance: packed uint8 [n, bytes] to [n, n], zeros on the diagonal."""
    if packed.ndim != 2:
        raise ProjectionError(f"the Hamming matrix needs packed rows [n, bytes]; got shape {list(packed.shape)}.")
    matrix = np.zeros((len(packed), len(packed)), np.int64)
    for index, row in enumerate(packed):  # row by row: n * n * bytes at once would not fit for large n
        matrix[index] = hamming_distance(packed, row)
    return matrix


# numpy.bitwise_count came with numpy 2; a table serves 1.26 as well.
_POPCOUNT = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1).astype(np.uint8)
