"""LexiconMatch: which tokens, and which runs of two or three, stand in a word list; looked up, not multiplied.

A token's projection values are the only thing that a network sees of it. Two sums of some of them with whole-number
weights are two fingerprints of the token; a run of tokens mixes theirs. A displacement hash (Belazzougui, Botelho and
Dietzfelbinger 2009, "Hash, displace, and compress") finds the fingerprint's place in a table without collisions, and
the number kept there tells whether it is the same, and if so which row it has: one exclusive or leaves the row's
number, or a number that no row has. So thousands of words cost three small look-ups a token, and no matrix grows with
the list. All numbers are whole and below 2**24 where they are floats: quantised weights elsewhere in the graph change
nothing here, and a run that is not in the list is taken for one that is in less than 1 of 10,000,000 cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from projection import Projection, project_tokens
from projection.constants import stream

__all__ = ["LONGEST", "LexiconMatch"]

PACKAGE = "earmark"
LONGEST = 3
"""Tokens of the longest phrase."""

_LABEL = 11  # of the stream of numbers; 0 to 2 are the projection's
_PLACES = 32  # values in a fingerprint
_WEIGHT = 2**19 - 1  # 32 of them stay below 2**24, where float32 is exact
_TRIES = 200  # tables of growing size
_STEP = 256  # displacements tried at a time

Ints = NDArray[np.int32]


class _Numbers(NamedTuple):
    """`weights` int64 [2, places] of the two fingerprints; odd `factors` int32 [2] that mix those of a run."""

    weights: NDArray[np.int64]
    factors: Ints


class _Tables(NamedTuple):
    """The displacement hash: `displacement` int32 [buckets]; `kept` int32 [slots], second code xor (row + 1)."""

    displacement: Ints
    kept: Ints


@keras.saving.register_keras_serializable(package=PACKAGE)
class LexiconMatch(keras.layers.Layer):
    """Token values (batch, words, bits) to float32 (batch, lengths * words, columns): what the list says at each place.

    Place `length * words + i` is the run of `length + 1` tokens that begins at token i; runs that are not in the list
    have zeros. `lengths` is the longest phrase of the list (1 to 3).

    Args:
        entries: phrase (its tokens separated by blanks) to its columns, whole numbers from 0 to 255; all alike long.
        projection: how tokens become values.
    """

    def __init__(
        self, entries: Mapping[str, Sequence[int]], projection: Projection | Mapping[str, Any], **kwargs: Any
    ) -> None:
        kwargs |= {"trainable": False, "dtype": "float32"}
        super().__init__(**kwargs)
        self.projection = projection if isinstance(projection, Projection) else Projection.from_dict(projection)
        self.entries = {phrase: tuple(columns) for phrase, columns in entries.items()}
        self._check_columns()
        self.columns = len(next(iter(self.entries.values())))
        distinct = sorted(set(self.entries.values()))
        if len(distinct) > 255:
            raise ValueError(
                f"The 'entries' of a LexiconMatch must have at most 255 different rows. Got {len(distinct)}."
            )
        nothing = (0,) * self.columns
        self.rows = np.asarray([nothing, *distinct, nothing], np.float32)
        self.numbers = _numbers(self.projection)
        phrases = [phrase.split() for phrase in self.entries]
        self.lengths = max(map(len, phrases))
        codes = _codes_of(phrases, self.projection, self.numbers)
        number = {row: index for index, row in enumerate(distinct)}
        self.tables = _displace(codes, [number[row] for row in self.entries.values()])

    def _check_columns(self) -> None:
        if not self.entries:
            raise ValueError("The 'entries' of a LexiconMatch must not be empty.")
        if len({len(columns) for columns in self.entries.values()}) != 1:
            raise ValueError("The 'entries' of a LexiconMatch must all have the same number of columns.")

    def build(self, shape: Any) -> None:
        self.built = True

    def call(self, values: Any) -> Any:
        first, second = self._runs(values)
        moved = tf.gather(self.tables.displacement, tf.math.floormod(second, len(self.tables.displacement)))
        kept = tf.gather(self.tables.kept, tf.math.floormod(first + moved, len(self.tables.kept)))
        row = tf.bitwise.bitwise_xor(kept, second)
        return tf.gather(self.rows, tf.minimum(tf.maximum(row, 0), len(self.rows) - 1))

    def _runs(self, values: Any) -> Any:
        """Both codes of every run, int32 (batch, lengths * words) each."""
        weights, factors = self.numbers
        words = values.shape[1] if values.shape[1] is not None else tf.shape(values)[1]
        places = tf.reshape(tf.cast(values[:, :, : weights.size], tf.float32), [-1, words, *weights.shape])
        code = tf.cast(tf.reduce_sum(places * weights.astype(np.float32), axis=3), tf.int32)
        further = self.lengths - 1
        padded = tf.pad(code, [[0, 0], [0, further], [0, 0]]) if further else code
        parts = [code]
        for step in range(1, self.lengths):
            # SLICE copies whole rows where STRIDED_SLICE goes number by number.
            code = code * factors + tf.slice(padded, [0, step, 0], [-1, words, -1])
            parts.append(code)
        return tf.unstack(tf.concat(parts, 1) if further else code, axis=2)

    def compute_output_spec(self, values: Any) -> Any:
        words = values.shape[1]
        return keras.KerasTensor(
            (values.shape[0], None if words is None else self.lengths * words, self.columns), "float32"
        )

    def get_config(self) -> dict[str, Any]:
        entries = {phrase: list(columns) for phrase, columns in self.entries.items()}
        return {**super().get_config(), "entries": entries, "projection": self.projection.to_dict()}


def _numbers(projection: Projection) -> _Numbers:
    numbers = stream(projection.seed, _LABEL)
    places = min(_PLACES, projection.bits // 2)
    drawn = np.asarray(list(islice(numbers, 2 * places)), np.int64).reshape(2, places)
    weights = (drawn % _WEIGHT | 1) * np.where(drawn >> 31, -1, 1)
    factors = (np.asarray(list(islice(numbers, 2)), np.uint32) | 1).view(np.int32)
    return _Numbers(weights, factors)


def _codes_of(phrases: Sequence[Sequence[str]], projection: Projection, numbers: _Numbers) -> Ints:
    """int32 [2, phrases], as the layer computes them (modulo 2**32)."""
    seen = project_tokens([" ".join(words) for words in phrases], projection)
    wrong = [
        " ".join(words)
        for words, count in zip(phrases, seen.mask.sum(1), strict=True)
        if not 1 <= len(words) <= LONGEST or count != len(words)
    ]
    if wrong:
        raise ValueError(
            f"The 'entries' of a LexiconMatch must be 1 to {LONGEST} tokens of the projection, separated by blanks. "
            f"Got {wrong[:5]} instead."
        )
    weights, factors = numbers
    part = np.einsum("twfp,fp->twf", seen.values[:, :LONGEST, : weights.size].astype(np.int64).reshape(
        len(phrases), -1, *weights.shape), weights)  # fmt: skip
    length = np.asarray([len(words) for words in phrases])
    codes = part[:, 0]
    for step in range(1, LONGEST):
        further = _wrapped(codes * factors + part[:, step])
        codes = np.where((length > step)[:, None], further, codes)
    return np.ascontiguousarray(_wrapped(codes).T.astype(np.int32))


def _wrapped(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """As 32 bits hold them."""
    return (numbers & 0xFFFFFFFF).astype(np.uint32).view(np.int32).astype(np.int64)


def _displace(codes: Ints, rows: Sequence[int]) -> _Tables:
    """Tables in which every code has a slot of its own.

    Raises:
        ValueError: two phrases look alike to the projection, so no table can tell them apart.
    """
    count = codes.shape[1]
    if len({(int(first), int(second)) for first, second in codes.T}) < count:
        raise ValueError("The 'entries' of a LexiconMatch must be told apart by the projection; use more bits.")
    buckets = max(1, count // 2)
    for slots in range(count + count // 4 + 1, count + count // 4 + 1 + _TRIES):
        found = _place(codes, buckets, slots)
        if found is not None:
            return _filled(found, codes, rows, buckets, slots)
    raise ValueError(f"The 'entries' of a LexiconMatch found no place in {_TRIES} tables; use another seed.")


def _place(codes: Ints, buckets: int, slots: int) -> Ints | None:
    """A displacement for every bucket, the fullest first; None where two codes of one bucket always meet."""
    bucket = np.mod(codes[1], buckets)
    home = np.mod(codes[0], slots)
    taken = np.zeros(slots, np.bool_)
    displacement = np.zeros(buckets, np.int32)
    order = np.argsort(bucket, kind="stable")
    parts = np.split(order, np.searchsorted(bucket[order], np.arange(1, buckets)))
    for number in sorted(range(buckets), key=lambda number: (-len(parts[number]), number)):
        if not len(parts[number]):
            continue
        found = _first_free(home[parts[number]], taken)
        if found is None:
            return None
        displacement[number] = found
        taken[(home[parts[number]] + found) % slots] = True
    return displacement


def _first_free(home: Ints, taken: NDArray[np.bool_]) -> int | None:
    """The smallest displacement that brings every code of a bucket to a free slot."""
    if len(set(home.tolist())) < len(home):
        return None
    most = min(len(taken), 2**15)
    for start in range(0, most, _STEP):
        shift = np.arange(start, min(start + _STEP, most))
        free = ~taken[(home[:, None].astype(np.int64) + shift) % len(taken)].any(axis=0)
        if free.any():
            return start + int(np.argmax(free))
    return None


def _filled(displacement: Ints, codes: Ints, rows: Iterable[int], buckets: int, slots: int) -> _Tables:
    # int32 throughout, and wrapping as in the graph
    slot = np.mod(codes[0] + displacement[np.mod(codes[1], buckets)], slots)
    kept = np.zeros(slots, np.int32)
    kept[slot] = codes[1] ^ (np.asarray(list(rows), np.int32) + 1)
    return _Tables(displacement, kept)
