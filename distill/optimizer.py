"""AdamW over all variables of a small network at once, with the running average of the weights beside it.

A student has some twenty variables of a few thousand numbers each. Updating them one by one costs more in calls than in
arithmetic; as one vector they take a tenth of the time. The rule is that of Loshchilov and Hutter (2019, algorithm 2):
gradients clipped to a norm of 1 together, a rate that rises over the first 5 % of the steps and falls to 0 as a cosine,
no decay of biases and normalisations. The average (Polyak and Juditsky 1992) follows the weights exponentially; it is
what gets measured and kept, as it is steadier than any single step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from distill.quiet import import_tensorflow

__all__ = ["FlatAdamW"]

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
CLIP = 1.0
WARM_SHARE = 20
NOT_DECAYED = ("bias", "gamma", "beta")


class FlatAdamW:
    """The optimiser of one network.

    Args:
        variables: float32, the network's trainable variables.
        rate: the highest learning rate.
        steps: how many steps there will be.
        weight_decay: how strongly weights are pulled to 0, as a share of the rate.
        average: decay of the running average per step, 0 (the weights themselves) to below 1. In the first steps it is
            smaller, (1 + n) / (10 + n), so that the random start is forgotten.
    """

    def __init__(
        self, variables: Sequence[Any], *, rate: float, steps: int, weight_decay: float, average: float = 0.0
    ) -> None:
        tf = import_tensorflow("Training")
        self._tf, self._targets = tf, list(variables)
        self._rate, self._steps, self._average = rate, steps, average
        self._shapes = [[int(size) for size in variable.shape] for variable in self._targets]
        self._sizes = [math.prod(shape) for shape in self._shapes]
        pull = [0.0 if variable.name in NOT_DECAYED else weight_decay for variable in self._targets]
        self._pull = tf.repeat(tf.constant(pull, tf.float32), self._sizes)
        self._count = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._first, self._second = (tf.Variable(tf.zeros(sum(self._sizes)), trainable=False) for _ in range(2))
        self._smooth = tf.Variable(self._flat(self._targets), trainable=False)

    @property
    def variables(self) -> list[Any]:
        """Its own state, in a fixed order."""
        return [self._count, self._first, self._second, self._smooth]

    @property
    def averages(self) -> list[Any]:
        """The averaged weights, one tensor per variable."""
        return self._split(self._smooth)

    def apply(self, slopes: Sequence[Any]) -> None:
        """One step; `slopes` are the gradients, in the order of the variables."""
        tf = self._tf
        count = tf.cast(self._count.assign_add(1), tf.float32)
        slope = self._flat(slopes)
        slope *= CLIP / tf.maximum(tf.norm(slope), CLIP)
        first = self._first.assign(self._first + (slope - self._first) * (1.0 - BETA_1))
        second = self._second.assign(self._second + (slope * slope - self._second) * (1.0 - BETA_2))
        rate = self._rate_at(count - 1.0)
        scale = rate * tf.sqrt(1.0 - BETA_2**count) / (1.0 - BETA_1**count)
        weights = self._flat(self._targets)
        weights -= weights * self._pull * rate + first * scale / (tf.sqrt(second) + EPSILON)
        for variable, value in zip(self._targets, self._split(weights), strict=True):
            variable.assign(value)
        decay = tf.minimum(self._average, (1.0 + count) / (10.0 + count))
        self._smooth.assign(weights + (self._smooth - weights) * decay)

    def _rate_at(self, step: Any) -> Any:
        tf = self._tf
        warm = max(self._steps // WARM_SHARE, 1)
        done = tf.clip_by_value((step - warm) / max(self._steps - warm, 1), 0.0, 1.0)
        return self._rate * tf.minimum(step / warm, 0.5 * (1.0 + tf.cos(math.pi * done)))

    def _flat(self, parts: Sequence[Any]) -> Any:
        tf = self._tf
        return tf.concat([tf.reshape(tf.convert_to_tensor(part), [-1]) for part in parts], 0)

    def _split(self, flat: Any) -> list[Any]:
        tf = self._tf
        parts = zip(tf.split(flat, self._sizes), self._shapes, strict=True)
        return [tf.reshape(part, shape) for part, shape in parts]
