"""The projection as Keras 3 layers, made only of operators that LiteRT has built in.

Only training and export import this module (extra `train`); it runs on the TensorFlow backend, since a `.tflite` file
is made by TensorFlow's converter.

- ``TokenProjection(projection)``: uint8 or int32 [batch, n_bytes] (from `projection.encode_batch`) to a pair
  ``(values, mask)``: float32 [batch, words, bits] in -1, 0, 1, and float32 [batch, words], 1 where there is a token.
- ``MessageProjection(projection)``: the same input to float32 [batch, functions * function_bits] in -1, 0, 1.

Both equal the numpy reference bit for bit, have no weights, and give no gradient to their input. Every sum is of
whole numbers below 2**24, where float32 is exact, so neither the order of addition nor the hardware matters.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras  # noqa: TID253 - a layer is a subclass; only training imports this module
import numpy as np
import tensorflow as tf  # noqa: TID253
from numpy.typing import NDArray

from projection.characters import CLASS_UNIT, character_table, slot_table
from projection.config import Projection
from projection.constants import count_thresholds, hash_numbers, lane_constants, message_threshold
from projection.errors import ProjectionError

__all__ = ["MessageProjection", "TokenProjection"]

_BLOCK, _WIDE_BLOCK = 32, 280
"""Constants, two bits each, that are worked on at a time, so that the numbers stay in the processor's cache: with a sum
for each token, and with one for the whole text."""

Tensor = Any  # tf.Tensor inside, keras.KerasTensor while a functional model is built


class _ProjectionLayer(keras.layers.Layer):  # type: ignore[misc]
    def __init__(self, projection: Projection | dict[str, Any] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("dtype", "float32")
        kwargs["trainable"] = False
        super().__init__(**kwargs)
        if keras.backend.backend() != "tensorflow":
            raise ProjectionError(
                f"the projection layers need the TensorFlow backend of Keras; the backend is "
                f"'{keras.backend.backend()}'. Set KERAS_BACKEND=tensorflow."
            )
        self.projection = (
            Projection.from_dict(projection) if isinstance(projection, dict) else projection or Projection()
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) != 2 or input_shape[1] != self.projection.n_bytes:
            raise ProjectionError(
                f"{type(self).__name__} reads [batch, {self.projection.n_bytes}] bytes; got shape {list(input_shape)}. "
                "Encode with projection.encode_batch(texts, projection.n_bytes)."
            )
        self.built = True

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "projection": self.projection.to_dict()}


@keras.saving.register_keras_serializable(package="earmark")
class TokenProjection(_ProjectionLayer):
    """The token level: bytes [batch, n_bytes] to (values [batch, words, bits], mask [batch, words]), both float32."""

    def call(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        config = self.projection
        seen = _tokens(inputs, config)
        sums = _token_sums(seen, config)
        if config.bits % 2:
            sums = sums[:, : config.bits]
        values = _decide(sums, _token_band(seen, config), config.rule)
        values = tf.reshape(values, [-1, config.words, config.bits])
        if config.rule == "sign":
            values *= tf.expand_dims(seen.mask, 2)
        return values, seen.mask

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[tuple[int | None, ...], ...]:
        """See the class."""
        config = self.projection
        return (input_shape[0], config.words, config.bits), (input_shape[0], config.words)

    def compute_output_spec(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        return tuple(keras.KerasTensor(shape, "float32") for shape in self.compute_output_shape(inputs.shape))


@keras.saving.register_keras_serializable(package="earmark")
class MessageProjection(_ProjectionLayer):
    """The message level: bytes [batch, n_bytes] to float32 [batch, functions * function_bits]."""

    def call(self, inputs: Tensor) -> Tensor:
        """See the class."""
        config = self.projection
        seen = _tokens(inputs, config)
        constants = lane_constants(config.seed, config.message_bits, 2)
        words = tf.reshape(seen.words, [-1, config.words])
        there = tf.cast(seen.mask, tf.int32)
        hashes, present = [], [there * config.message_word_weight**2]
        if config.message_orders:
            ngrams = _ngrams(seen.slots, config.message_orders, config.seed)
            hashes.append(ngrams.hashes)
            present.append(ngrams.present)
        for gap in range(1, min(config.skips + 2, config.words)):
            pairs = _finish(words[:, :-gap] * _signed(hash_numbers(config.seed).pair) + words[:, gap:])
            hashes.append(pairs * there[:, gap:])
            present.append(there[:, gap:])
        sums = _sum_of_lanes(tf.concat(hashes, 1), constants)
        sums += _sum_of_lanes(words, constants) * float(config.message_word_weight)
        if config.message_bits % 2:
            sums = sums[:, : config.message_bits]
        squares = tf.reduce_sum(tf.concat(present, 1), 1)
        values = _decide(
            sums, tf.gather(message_threshold(config).astype(np.float32), squares)[:, None], config.message_rule
        )
        return values * seen.mask[:, :1]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """See the class."""
        return input_shape[0], self.projection.message_bits

    def compute_output_spec(self, inputs: Tensor) -> Tensor:
        """See the class."""
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), "float32")


# === Tokens ===


class _Ngrams(NamedTuple):
    """The n-grams of some orders, those of one order after those of the other: int32 [batch, orders * slots] each."""

    hashes: Tensor  # 0 where there is none
    present: Tensor  # 1 or 0


class _Slots(NamedTuple):
    """The slots of `projection.reference`; int32 [batch, slots] each."""

    ahead: list[Tensor]  # the codes 0, 1, 2 ... slots on
    filled: list[Tensor]  # 1 where there is a character, 0 and 1 slots on
    inside: Tensor  # 1 where the slot belongs to a token that counts


class _Seen(NamedTuple):
    """What both levels need of a text. A place is row * words + token."""

    slots: _Slots
    mask: Tensor  # float32 [batch, words]
    ngrams: _Ngrams  # of the token level's orders
    places: Tensor  # int32 [n, 1], of these n-grams
    words: Tensor  # int32 [batch * words, 1], the token's hash
    counts: Tensor  # int32 [batch * words, 1], its n-grams


def _tokens(inputs: Tensor, config: Projection) -> _Seen:
    words = config.words
    ahead = _ahead(_slots(tf.cast(inputs, tf.int32)), max(*config.orders, *config.message_orders, 2) - 1)
    filled = [tf.minimum(codes, 1) for codes in ahead[:2]]
    running = tf.cumsum(tf.maximum(filled[1] - filled[0], 0), axis=1)
    total = _part(running, inputs.shape[1] - 1, 1)
    mask = tf.minimum(tf.cast(tf.maximum(total - np.arange(words, dtype=np.int32), 0), tf.float32), 1.0)
    # From 1 for the first token that counts; of a slot before it there is nothing to add up, so it may have any place.
    numbers = running - tf.maximum(total - words, 0)
    inside = tf.minimum(tf.maximum(numbers, 0), 1)
    slots = _Slots(ahead, filled, inside)
    ngrams = _ngrams(slots, config.orders, config.seed)
    places = tf.maximum(numbers, 1) + (_first_places(running, words) - 1)
    places = tf.reshape(tf.concat([places] * len(config.orders), 1), [-1, 1])
    both = tf.reshape(tf.stack([ngrams.hashes, ngrams.present], axis=-1), [-1, 2])
    per_token = tf.scatter_nd(places, both, [_rows(mask) * words, 2])
    return _Seen(slots, mask, ngrams, places, _finish(_part(per_token, 0, 1)), _part(per_token, 1, 1))


def _token_sums(seen: _Seen, config: Projection) -> Tensor:
    """The lanes of all features of each token added up, float32 [batch * words, 2 * constants]."""
    size = _rows(seen.mask) * config.words
    hashes, places = tf.reshape(seen.ngrams.hashes, [-1, 1]), seen.places
    if config.word_weight == 1:
        hashes = tf.concat([hashes, seen.words], 0)
        places = tf.concat([places, tf.expand_dims(tf.range(size), 1)], 0)
    constants = lane_constants(config.seed, config.bits, 1)
    parts = [
        tf.scatter_nd(places, _lanes(hashes, part), [size, 2 * len(part)])
        for part in np.split(constants, range(_BLOCK, len(constants), _BLOCK))
    ]
    sums = tf.concat(parts, 1) if len(parts) > 1 else parts[0]
    if config.word_weight > 1:
        sums += _lanes(seen.words, constants) * float(config.word_weight)
    return sums


def _token_band(seen: _Seen, config: Projection) -> Tensor:
    """Half-width of the ternary rule's zero band, float32 [batch * words, 1]."""
    most = len(config.orders) * config.n_bytes
    return tf.gather(count_thresholds(config, most).astype(np.float32), seen.counts)


def _rows(values: Tensor) -> Tensor:
    return tf.shape(values)[0] if values.shape[0] is None else values.shape[0]


def _first_places(values: Tensor, size: int) -> Tensor:
    """Where the places of each row begin: [batch, 1], or 0 for a single row."""
    rows = _rows(values)
    return 0 if isinstance(rows, int) and rows == 1 else tf.expand_dims(tf.range(rows) * size, 1)


def _scatter(values: Tensor, place: Tensor, size: int) -> Tensor:
    """Adds int32 values [batch, n] up at their places [batch, n] of [batch, size]."""
    place = tf.reshape(place + _first_places(place, size), [-1, 1])
    return tf.reshape(tf.scatter_nd(place, tf.reshape(values, [-1]), [_rows(values) * size]), [-1, size])


def _part(values: Tensor, begin: int, width: int) -> Tensor:
    """Columns of [batch, n]. SLICE copies whole rows where STRIDED_SLICE goes number by number."""
    return tf.slice(values, [0, begin], [-1, width])


# === Characters ===


def _slots(data: Tensor) -> Tensor:
    """Folded character codes with a 0 before each token, right-aligned; int32 [batch, n_bytes] to the same shape."""
    width = data.shape[1]
    codes = _characters(data)
    kept = tf.minimum(_kinds(codes), 1)
    # What is left out adds 0 to the place of the one before it; place 0 stays 0.
    padded = _scatter(codes * kept, tf.cumsum(kept, axis=1), width + 1)
    codes, before = _part(padded, 1, width), _part(padded, 0, width)
    same = tf.cast(tf.equal(codes, before), tf.int32)
    sizes = tf.gather(slot_table(), 16 * _kinds(codes) + 2 * _kinds(before) + same)
    place = tf.maximum(width - 1 - tf.cumsum(sizes, axis=1, exclusive=True, reverse=True), 0)
    return _scatter(codes * tf.minimum(tf.minimum(place, sizes), 1), place, width)


def _kinds(codes: Tensor) -> Tensor:
    return tf.bitwise.right_shift(codes, CLASS_UNIT.bit_length() - 1)


def _characters(data: Tensor) -> Tensor:
    """At each character's first byte its folded code, with its class in the highest bits; elsewhere class DROP."""
    table = character_table()
    _, next_more, second_more = _ahead(tf.gather(_MORE, data), 2)
    _, first, second, third = _ahead(tf.gather(_SIX, data), 3)
    second *= next_more
    third *= next_more * second_more
    state = tf.gather(64 * table.first.astype(np.int32), data)
    for step in (first, second):
        state = tf.cast(tf.gather(table.rest, state + step), tf.int32) * 64
    state = tf.cast(tf.gather(table.rest, state + third), tf.int32)
    return data + 256 * (first + 64 * (second + 64 * third)) + tf.gather(table.extra, state)


_BYTES = np.arange(256, dtype=np.int32)
_MORE = (_BYTES >> 6 == 2).astype(np.int32)  # bytes that continue a character
_SIX = (_BYTES & 63) * _MORE  # what they say


def _ahead(values: Tensor, most: int) -> list[Tensor]:
    """The values, those one place on, ... and those `most` places on; zeros come in at the end."""
    padded = tf.pad(values, [[0, 0], [0, most]])
    return [values] + [_part(padded, by, values.shape[1]) for by in range(1, most + 1)]


# === Hashes and lanes ===


def _signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number


def _ngrams(slots: _Slots, orders: tuple[int, ...], seed: int) -> _Ngrams:
    numbers = hash_numbers(seed)
    multiplier = _signed(numbers.multiplier)
    ahead, filled, inside = slots
    value = (ahead[0] + _signed(numbers.start)) * multiplier
    valid = filled[1] * inside
    hashes, present = {}, {2: tf.maximum(filled[0], filled[1]) * inside}
    for order in range(2, max(orders) + 1):
        value = (value + ahead[order - 1]) * multiplier
        if order > 3:
            valid *= tf.minimum(ahead[order - 2], 1)
        hashes[order] = value
        present.setdefault(order, valid)
    there = tf.concat([present[order] for order in orders], 1)
    return _Ngrams(_fold_down(tf.concat([hashes[order] for order in orders], 1), 15) * there, there)


def _fold_down(value: Tensor, by: int) -> Tensor:
    """value ^ (value >>> by) on int32; the shift must bring in zeros, so it is done unsigned."""
    unsigned = tf.bitcast(value, tf.uint32)
    shifted = tf.bitcast(tf.bitwise.right_shift(unsigned, tf.constant(by, tf.uint32)), tf.int32)
    return tf.bitwise.bitwise_xor(value, shifted)


def _finish(value: Tensor) -> Tensor:
    return _fold_down(value * 0x21F0AAAD, 15)


def _lanes(hashes: Tensor, constants: NDArray[np.uint32]) -> Tensor:
    """int32 [n, 1] to float32 [n, 2 * constants]: the int16 halves of hash * constant, low half first."""
    halves = tf.bitcast(hashes * tf.constant(constants.view(np.int32)), tf.int16)
    return tf.cast(tf.reshape(halves, [-1, 2 * len(constants)]), tf.float32)  # reshaped while it costs no copy


def _sum_of_lanes(hashes: Tensor, constants: NDArray[np.uint32]) -> Tensor:
    """The lanes of int32 [batch, n] added up, float32 [batch, 2 * constants]."""
    flat = tf.reshape(hashes, [-1, 1])
    sums = []
    for part in np.split(constants, range(_WIDE_BLOCK, len(constants), _WIDE_BLOCK)):
        lanes = _lanes(flat, part)
        sums.append(tf.reduce_sum(tf.reshape(lanes, [-1, hashes.shape[1], lanes.shape[1]]), 1))
    return tf.concat(sums, -1)


def _decide(sums: Tensor, threshold: Tensor, rule: str) -> Tensor:
    """Whole numbers to -1, 0, 1; clamping to [-1, 1] is the sign of a whole number, and one operator."""
    if rule == "sign":
        return tf.maximum(tf.minimum(sums + sums + 1.0, 1.0), -1.0)
    beyond = sums - tf.minimum(tf.maximum(sums, -threshold), threshold)
    return tf.maximum(tf.minimum(beyond, 1.0), -1.0)
