"""LexiconMatch: which tokens, and which runs of two or three, stand in a word list; looked up, not multiplied.

A token's projection values are the only thing that a network sees of it. Two sums of some of them with whole-number
weights are a fingerprint of the token; a run of tokens mixes theirs. A displacement hash (Belazzougui, Botelho and
Dietzfelbinger 2009, "Hash, displace, and compress") finds the fingerprint's place in a table without collisions, and
16 bits kept there tell whether it is the same. So thousands of words cost three small look-ups a token, and no
matrix grows with the list. All numbers are whole and below 2**24 where they are floats: quantised weights elsewhere
in the graph change nothing here, and a token that is not in the list is taken for one that is in 1 of 65,536 cases.
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
_PLACES = 64  # values in a fingerprint
_WEIGHT = 2**18 - 1  # 64 of them stay below 2**24, where float32 is exact
_TRIES = 200  # tables of growing size
_STEP = 256  # displacements tried at a time

Ints = NDArray[np.int32]


class _Numbers(NamedTuple):
    """`weights` int64 [2, places] of the two fingerprints; int32 [3, 3] multipliers by length and place, and salts."""

    weights: NDArray[np.int64]
    multipliers: Ints
    salts: Ints


class _Tables(NamedTuple):
    """The displacement hash: `displacement` int16 [buckets]; `check` int16, `row` uint8 [slots]."""

    displacement: NDArray[np.int16]
    check: NDArray[np.int16]
    row: NDArray[np.uint8]


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
        distinct = sorted({(0,) * self.columns, *self.entries.values()})
        if len(distinct) > 256:
            raise ValueError(
                f"The 'entries' of a LexiconMatch must have at most 256 different rows. Got {len(distinct)}."
            )
        self.rows = np.asarray(distinct, np.uint8)  # the first is all zeros
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
        codes = [self._runs(values, which) for which in (0, 1)]
        table = self.tables
        moved = tf.gather(table.displacement, tf.math.floormod(codes[1], len(table.displacement)))
        slot = tf.math.floormod(codes[0] + tf.cast(moved, tf.int32), len(table.check))
        same = tf.equal(tf.cast(tf.gather(table.check, slot), tf.int32), _fold(codes[1]))
        row = tf.cast(tf.gather(table.row, slot), tf.int32) * tf.cast(same, tf.int32)
        return tf.cast(tf.gather(self.rows, row), tf.float32)

    def _runs(self, values: Any, which: int) -> Any:
        """int32 (batch, lengths * words): the codes of every run, by one of the two fingerprints."""
        weights = self.numbers.weights[which]
        begin = which * len(weights)
        single = tf.cast(
            tf.reduce_sum(tf.cast(values[:, :, begin : begin + len(weights)], tf.float32) * weights, axis=2), tf.int32
        )
        width = single.shape[1] if single.shape[1] is not None else tf.shape(single)[1]
        padded = tf.pad(single, [[0, 0], [0, self.lengths - 1]]) if self.lengths > 1 else single
        parts = []
        for length in range(self.lengths):
            code = single * self.numbers.multipliers[length, 0] + self.numbers.salts[length]
            for step in range(1, length + 1):
                code += padded[:, step : step + width] * self.numbers.multipliers[length, step]
            parts.append(code)
        return tf.concat(parts, 1) if len(parts) > 1 else parts[0]

    def compute_output_spec(self, values: Any) -> Any:
        words = values.shape[1]
        return keras.KerasTensor(
            (values.shape[0], None if words is None else self.lengths * words, self.columns), "float32"
        )

    def get_config(self) -> dict[str, Any]:
        entries = {phrase: list(columns) for phrase, columns in self.entries.items()}
        return {**super().get_config(), "entries": entries, "projection": self.projection.to_dict()}


def _fold(code: Any) -> Any:
    """32 bits to the number from -32768 to 32767 that is kept."""
    return tf.math.floormod(code, 65536) - 32768


def _numbers(projection: Projection) -> _Numbers:
    numbers = stream(projection.seed, _LABEL)
    places = min(_PLACES, projection.bits // 2)
    drawn = np.asarray(list(islice(numbers, 2 * places)), np.int64).reshape(2, places)
    weights = (drawn % _WEIGHT | 1) * np.where(drawn >> 31, -1, 1)
    rest = np.asarray(list(islice(numbers, LONGEST * LONGEST + LONGEST)), np.uint32)
    multipliers = (rest[: LONGEST * LONGEST] | 1).view(np.int32).reshape(LONGEST, LONGEST)
    return _Numbers(weights, multipliers, rest[LONGEST * LONGEST :].view(np.int32))


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
    values = seen.values[:, :LONGEST].astype(np.int64)
    places = numbers.weights.shape[1]
    codes = np.zeros((2, len(phrases)), np.int64)
    length = np.asarray([len(words) for words in phrases]) - 1
    for which in (0, 1):
        part = values[:, :, which * places : (which + 1) * places] @ numbers.weights[which]
        factors = numbers.multipliers[length].astype(np.int64)  # tokens behind the phrase are 0
        width = part.shape[1]
        codes[which] = (part * factors[:, :width]).sum(1) + numbers.salts[length]
    return (codes & 0xFFFFFFFF).astype(np.uint32).view(np.int32)


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


def _place(codes: Ints, buckets: int, slots: int) -> NDArray[np.int16] | None:
    """A displacement for every bucket, the fullest first; None where two codes of one bucket always meet."""
    bucket = np.mod(codes[1], buckets)
    home = np.mod(codes[0], slots)
    taken = np.zeros(slots, np.bool_)
    displacement = np.zeros(buckets, np.int16)
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


def _filled(displacement: NDArray[np.int16], codes: Ints, rows: Iterable[int], buckets: int, slots: int) -> _Tables:
    # int32 throughout, and wrapping as in the graph
    slot = np.mod(codes[0] + displacement[np.mod(codes[1], buckets)].astype(np.int32), slots)
    check = np.zeros(slots, np.int16)
    row = np.zeros(slots, np.uint8)
    check[slot] = np.mod(codes[1], 65536) - 32768
    row[slot] = list(rows)
    return _Tables(displacement, check, row)
