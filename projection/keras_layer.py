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

from typing import Any

import keras  # noqa: TID253 - a layer is a subclass; only training imports this module
import numpy as np
import tensorflow as tf  # noqa: TID253
from numpy.typing import NDArray

from projection.characters import CLASS_UNIT, character_table, slot_table
from projection.config import Projection
from projection.constants import hash_numbers, lane_constants, message_threshold, token_thresholds
from projection.errors import ProjectionError

__all__ = ["MessageProjection", "TokenProjection"]

_BLOCK = 280  # constants, two bits each

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
        constants = lane_constants(config.seed, config.bits, 1)
        total = None
        for hashes in seen.ngrams:
            lanes = _lanes(hashes, constants)
            total = lanes if total is None else total + lanes
        sums = _sum_by_token(total, seen.numbers, config.words)
        if config.word_weight:
            sums += _lanes(seen.words, constants) * float(config.word_weight)
        threshold = tf.gather(token_thresholds(config).astype(np.float32), seen.lengths)
        if config.bits % 2:
            sums = sums[:, :, : config.bits]
        values = _decide(sums, tf.expand_dims(threshold, 2), config.rule)
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
        inside = tf.cast(seen.numbers >= 0, tf.int32)
        hashes = [_ngrams(seen, order, config.seed) * inside for order in config.message_orders]
        present = [_is_ngram(seen, order) * inside for order in config.message_orders]
        there = tf.cast(seen.mask, tf.int32)
        present.append(there * config.message_word_weight**2)
        for gap in range(1, min(config.skips + 2, config.words)):
            pairs = _finish(seen.words[:, :-gap] * _signed(hash_numbers(config.seed).pair) + seen.words[:, gap:])
            hashes.append(pairs * there[:, gap:])
            present.append(there[:, gap:])
        sums = _sum_of_lanes(tf.concat(hashes, 1), constants)
        sums += _sum_of_lanes(seen.words, constants) * float(config.message_word_weight)
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


class _Seen:
    """What both levels need of a text; slots and tokens as in projection.reference."""

    __slots__ = ("ahead", "codes", "filled", "lengths", "mask", "ngrams", "numbers", "words")

    codes: Tensor  # int32 [batch, slots]
    ahead: list[Tensor]  # the codes 0, 1, 2 ... slots on
    filled: list[Tensor]  # the same as int32 1 where there is a character
    numbers: Tensor  # int32 [batch, slots], the slot's token, negative for none
    ngrams: list[Tensor]  # per order int32 [batch, slots], 0 where there is no n-gram
    words: Tensor  # int32 [batch, words], the token's hash
    lengths: Tensor  # int32 [batch, words], characters
    mask: Tensor  # float32 [batch, words]


def _tokens(inputs: Tensor, config: Projection) -> _Seen:
    seen = _Seen()
    seen.codes = _slots(tf.cast(inputs, tf.int32))
    ahead = _ahead(seen.codes, max(*config.orders, *config.message_orders, 2) - 1)
    seen.ahead = ahead
    seen.filled = [tf.minimum(codes, 1) for codes in ahead]
    running = tf.cumsum(tf.maximum(seen.filled[1] - seen.filled[0], 0), axis=1)
    total = running[:, -1:]
    # The slots before the first token get a negative number, and so do the tokens that are too many.
    seen.numbers = running - (tf.maximum(total - config.words, 0) + 1)
    positions = np.arange(config.words, dtype=np.int32)
    seen.mask = tf.minimum(tf.cast(tf.maximum(total - positions, 0), tf.float32), 1.0)
    seen.ngrams = [_ngrams(seen, order, config.seed) for order in config.orders]
    summed = seen.ngrams[0]
    for hashes in seen.ngrams[1:]:
        summed = summed + hashes
    per_token = _sum_by_token(tf.stack([summed, seen.filled[0]], axis=-1), seen.numbers, config.words)
    seen.words = _finish(per_token[:, :, 0])
    seen.lengths = per_token[:, :, 1]
    return seen


def _sum_by_token(values: Tensor, numbers: Tensor, words: int) -> Tensor:
    """[batch, slots, k] summed (int32: modulo 2**32) by token to [batch, words, k]; negative numbers fall away."""
    place = tf.maximum(numbers, -1) + 1  # row 0 is thrown away
    return _scatter(values, place, words + 1)[:, 1:]


def _scatter(values: Tensor, place: Tensor, size: int) -> Tensor:
    """Adds values [batch, n, ...] up at their places [batch, n] of [batch, size, ...]."""
    rows = values.shape[0] if values.shape[0] is not None else tf.shape(values)[0]
    if not isinstance(rows, int) or rows != 1:
        place += tf.expand_dims(tf.range(rows) * size, 1)
    inner = list(values.shape[2:])
    flat = tf.scatter_nd(tf.reshape(place, [-1, 1]), tf.reshape(values, [-1, *inner]), [rows * size, *inner])
    return tf.reshape(flat, [-1, size, *inner])


def _slots(data: Tensor) -> Tensor:
    """Folded character codes with a 0 before each token, right-aligned; int32 [batch, n_bytes] to the same shape."""
    codes = _characters(data)
    kept = tf.minimum(_kinds(codes), 1)
    running = tf.cumsum(kept, axis=1)
    place = (running + (data.shape[1] - running[:, -1:])) * kept
    codes = _scatter(codes, place, data.shape[1] + 1)[:, 1:]  # what is left out went to place 0
    kinds = _kinds(codes)
    before = tf.pad(codes, [[0, 0], [1, 0]])[:, :-1]
    same = tf.cast(tf.equal(codes, before), tf.int32)
    sizes = tf.gather(slot_table(), 16 * kinds + 2 * _kinds(before) + same)
    running = tf.cumsum(sizes, axis=1)
    place = tf.maximum(running + (data.shape[1] - 1 - running[:, -1:]), 0) * tf.minimum(sizes, 1)
    return _scatter(codes * tf.minimum(place, 1), place, data.shape[1])  # place 0 stays 0, whatever is left out


def _kinds(codes: Tensor) -> Tensor:
    return tf.bitwise.right_shift(codes, CLASS_UNIT.bit_length() - 1)


def _characters(data: Tensor) -> Tensor:
    """At each character's first byte its folded code, with its class in the highest bits; elsewhere class DROP."""
    table = character_table()
    more = tf.cast(tf.equal(tf.bitwise.right_shift(data, 6), 2), tf.int32)
    _, next_more, second_more = _ahead(more, 2)
    _, first, second, third = _ahead((data - 128) * more, 3)
    second *= next_more
    third *= next_more * second_more
    state = tf.cast(tf.gather(table.first, data), tf.int32)
    for step in (first, second, third):
        state = tf.cast(tf.gather(table.rest, 64 * state + step), tf.int32)
    return data + 256 * (first + 64 * (second + 64 * third)) + tf.gather(table.extra, state)


def _ahead(values: Tensor, most: int) -> list[Tensor]:
    """The values, those one place on, ... and those `most` places on; zeros come in at the end."""
    width = values.shape[1]
    padded = tf.pad(values, [[0, 0], [0, most]])
    return [values] + [padded[:, by : by + width] for by in range(1, most + 1)]


def _signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number


def _is_ngram(seen: _Seen, order: int) -> Tensor:
    filled = seen.filled
    if order == 2:
        return tf.maximum(filled[0], filled[1])
    valid = filled[1]
    for step in range(2, order - 1):
        valid *= filled[step]
    return valid


def _ngrams(seen: _Seen, order: int, seed: int) -> Tensor:
    numbers = hash_numbers(seed)
    multiplier = _signed(numbers.multiplier)
    value = (seen.codes + _signed(numbers.start)) * multiplier
    for step in range(1, order):
        value = (value + seen.ahead[step]) * multiplier
    return _fold_down(value, 15) * _is_ngram(seen, order)


def _fold_down(value: Tensor, by: int) -> Tensor:
    """value ^ (value >>> by) on int32; the shift must bring in zeros, so it is done unsigned."""
    unsigned = tf.bitcast(value, tf.uint32)
    shifted = tf.bitcast(tf.bitwise.right_shift(unsigned, tf.constant(by, tf.uint32)), tf.int32)
    return tf.bitwise.bitwise_xor(value, shifted)


def _finish(value: Tensor) -> Tensor:
    return _fold_down(value * 0x21F0AAAD, 15)


def _lanes(hashes: Tensor, constants: NDArray[np.uint32]) -> Tensor:
    """int32 [batch, n] to float32 [batch, n, 2 * constants]: the int16 halves of hash * constant, low half first."""
    products = tf.expand_dims(hashes, 2) * tf.constant(constants.view(np.int32))
    halves = tf.cast(tf.bitcast(products, tf.int16), tf.float32)
    return tf.reshape(halves, [-1, hashes.shape[1], 2 * len(constants)])


def _sum_of_lanes(hashes: Tensor, constants: NDArray[np.uint32]) -> Tensor:
    """The lanes added up over all hashes, float32 [batch, 2 * constants]."""
    parts = range(0, len(constants), _BLOCK)  # in blocks, so that the numbers stay in the processor's cache
    return tf.concat([tf.reduce_sum(_lanes(hashes, constants[at : at + _BLOCK]), 1) for at in parts], -1)


def _decide(sums: Tensor, threshold: Tensor, rule: str) -> Tensor:
    """Whole numbers to -1, 0, 1; clamping to [-1, 1] is the sign of a whole number, and one operator."""
    if rule == "sign":
        return tf.maximum(tf.minimum(sums + sums + 1.0, 1.0), -1.0)
    beyond = sums - tf.minimum(tf.maximum(sums, -threshold), threshold)
    return tf.maximum(tf.minimum(beyond, 1.0), -1.0)
