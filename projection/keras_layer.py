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

from projection.characters import DROP, character_table, start_table
from projection.config import Projection
from projection.constants import hash_numbers, lane_constants, message_threshold, token_thresholds
from projection.errors import ProjectionError

__all__ = ["MessageProjection", "TokenProjection"]

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
        sums = tf.matmul(seen.membership, total)
        if config.word_weight:
            sums += _lanes(seen.words, constants) * float(config.word_weight)
        threshold = tf.gather(token_thresholds(config).astype(np.float32), seen.lengths)
        values = _decide(sums, threshold[:, :, None], config.rule)
        if config.rule == "sign":
            values *= seen.mask[:, :, None]
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
        hashes = [_ngrams(seen.codes, order, config.seed) * inside for order in config.message_orders]
        present = [_is_ngram(seen.codes, order) * inside for order in config.message_orders]
        weights = [1.0] * (config.n_bytes * len(hashes)) + [float(config.message_word_weight)] * config.words
        hashes.append(seen.words)
        there = tf.cast(seen.mask, tf.int32)
        present.append(there * config.message_word_weight**2)
        for gap in range(1, min(config.skips + 2, config.words)):
            pairs = _finish(seen.words[:, :-gap] * _signed(hash_numbers(config.seed).pair) + seen.words[:, gap:])
            hashes.append(pairs * there[:, gap:])
            present.append(there[:, gap:])
            weights += [1.0] * (config.words - gap)
        lanes = _lanes(tf.concat(hashes, 1), constants)
        row = tf.constant(weights, tf.float32)[None, None, :]
        sums = tf.matmul(tf.tile(row, [tf.shape(lanes)[0], 1, 1]) if lanes.shape[0] != 1 else row, lanes)[:, 0]
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

    __slots__ = ("codes", "lengths", "mask", "membership", "ngrams", "numbers", "words")

    codes: Tensor  # int32 [batch, slots]
    numbers: Tensor  # int32 [batch, slots], the slot's token, negative for none
    membership: Tensor  # float32 [batch, words, slots], 1 where the slot belongs to the token
    ngrams: list[Tensor]  # per order int32 [batch, slots], 0 where there is no n-gram
    words: Tensor  # int32 [batch, words], the token's hash
    lengths: Tensor  # int32 [batch, words], characters
    mask: Tensor  # float32 [batch, words]


def _tokens(inputs: Tensor, config: Projection) -> _Seen:
    seen = _Seen()
    seen.codes = _slots(tf.cast(inputs, tf.int32))
    zero = tf.cast(tf.equal(seen.codes, 0), tf.int32)
    opens = zero * _ahead(1 - zero, 1)
    running = tf.cumsum(opens, axis=1)
    total = running[:, -1:]
    number = running - 1 - tf.maximum(total - config.words, 0)
    live = 1 - zero + opens
    seen.numbers = (number + 1) * live - 1  # -1, or below, where the slot belongs to no token
    positions = tf.constant(np.arange(config.words, dtype=np.int32)[None])
    seen.membership = tf.cast(tf.equal(seen.numbers[:, None, :], positions[:, :, None]), tf.float32)
    seen.mask = tf.cast(tf.less(positions, total), tf.float32)
    seen.ngrams = [_ngrams(seen.codes, order, config.seed) for order in config.orders]
    summed = seen.ngrams[0]
    for hashes in seen.ngrams[1:]:
        summed = summed + hashes
    per_token = _sum_by_token(tf.stack([summed, 1 - zero], axis=-1), seen.numbers, config.words)
    seen.words = _finish(per_token[:, :, 0])
    seen.lengths = per_token[:, :, 1]
    return seen


def _sum_by_token(values: Tensor, numbers: Tensor, words: int) -> Tensor:
    """int32 [batch, slots, k] summed (modulo 2**32) by token to [batch, words, k]; negative numbers fall away."""
    place = tf.maximum(numbers, -1) + 1  # row 0 is thrown away
    flat = tf.reshape(place + _row_offsets(numbers, words + 1), [-1, 1])
    rows = _rows(numbers)
    sums = tf.scatter_nd(flat, tf.reshape(values, [-1, values.shape[-1]]), [rows * (words + 1), values.shape[-1]])
    return tf.reshape(sums, [-1, words + 1, values.shape[-1]])[:, 1:]


def _rows(tensor: Tensor) -> Any:
    return tensor.shape[0] if tensor.shape[0] is not None else tf.shape(tensor)[0]


def _row_offsets(tensor: Tensor, size: int) -> Tensor:
    rows = _rows(tensor)
    if isinstance(rows, int):
        return tf.constant(np.arange(rows, dtype=np.int32)[:, None] * size)
    return (tf.range(rows) * size)[:, None]


def _slots(data: Tensor) -> Tensor:
    """Folded character codes with a 0 before each token; int32 [batch, n_bytes] to the same shape."""
    codes, kinds = _characters(data)
    before = _back(kinds, 1)
    for reach in (1, 2, 4):
        before = tf.where(tf.equal(before, DROP), _back(before, reach), before)
    same = tf.cast(tf.equal(data, _back(data, 1)), tf.int32)
    starts = tf.gather(start_table(), 16 * kinds + 2 * before + same)
    keep = tf.gather(np.asarray([0, 0, 1, 1, 1, 1, 1, 1], np.int32), kinds)
    width = data.shape[1]
    place = tf.cumsum(keep + starts, axis=1)
    place -= tf.maximum(place[:, -1:], width) - width  # 1 is the first slot
    place = tf.maximum(place, 0) * keep  # slot 0 is thrown away
    flat = tf.reshape(place + _row_offsets(data, width + 1), [-1, 1])
    result = tf.scatter_nd(flat, tf.reshape(codes, [-1]), [_rows(data) * (width + 1)])
    return tf.reshape(result, [-1, width + 1])[:, 1:]


def _characters(data: Tensor) -> tuple[Tensor, Tensor]:
    table = character_table()
    more = tf.cast(tf.equal(tf.bitwise.right_shift(data, 6), 2), tf.int32)
    six = (data - 128) * more
    next_more = _ahead(more, 1)
    first = _ahead(six, 1)
    second = _ahead(six, 2) * next_more
    third = _ahead(six, 3) * next_more * _ahead(more, 2)
    state = tf.gather(table.first, data)
    for step in (first, second, third):
        state = tf.gather(table.rest, 64 * state + step)
    codes = data + 256 * (first + 64 * (second + 64 * third)) + tf.gather(table.folds, state)
    return codes, tf.gather(table.classes, state)


def _ahead(values: Tensor, by: int) -> Tensor:
    """Value at i becomes the one at i + by; zeros come in at the end."""
    return tf.pad(values, [[0, 0], [0, by]])[:, by:]


def _back(values: Tensor, by: int) -> Tensor:
    return tf.pad(values, [[0, 0], [by, 0]])[:, :-by]


def _signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number


def _is_ngram(codes: Tensor, order: int) -> Tensor:
    filled = 1 - tf.cast(tf.equal(codes, 0), tf.int32)
    if order == 2:
        return tf.maximum(filled, _ahead(filled, 1))
    valid = _ahead(filled, 1)
    for step in range(2, order - 1):
        valid *= _ahead(filled, step)
    return valid


def _ngrams(codes: Tensor, order: int, seed: int) -> Tensor:
    numbers = hash_numbers(seed)
    multiplier = _signed(numbers.multiplier)
    value = (codes + _signed(numbers.start)) * multiplier
    for step in range(1, order):
        value = (value + _ahead(codes, step)) * multiplier
    return _fold_down(value, 15) * _is_ngram(codes, order)


def _fold_down(value: Tensor, by: int) -> Tensor:
    """value ^ (value >>> by) on int32; the shift must bring in zeros, so it is done unsigned."""
    unsigned = tf.bitcast(value, tf.uint32)
    shifted = tf.bitcast(tf.bitwise.right_shift(unsigned, tf.constant(by, tf.uint32)), tf.int32)
    return tf.bitwise.bitwise_xor(value, shifted)


def _finish(value: Tensor) -> Tensor:
    return _fold_down(_fold_down(value, 16) * 0x21F0AAAD, 15)


def _lanes(hashes: Tensor, constants: NDArray[np.uint32]) -> Tensor:
    """int32 [batch, n] to float32 [batch, n, 2 * constants]: the int16 halves of hash * constant, low half first."""
    products = hashes[:, :, None] * tf.constant(constants.view(np.int32))
    halves = tf.cast(tf.bitcast(products, tf.int16), tf.float32)
    return tf.reshape(halves, [-1, hashes.shape[1], 2 * len(constants)])


def _decide(sums: Tensor, threshold: Tensor, rule: str) -> Tensor:
    """Whole numbers to -1, 0, 1; clamping to [-1, 1] is the sign of a whole number, and one operator."""
    if rule == "sign":
        return tf.maximum(tf.minimum(sums + sums + 1.0, 1.0), -1.0)
    beyond = sums - tf.minimum(tf.maximum(sums, -threshold), threshold)
    return tf.maximum(tf.minimum(beyond, 1.0), -1.0)
