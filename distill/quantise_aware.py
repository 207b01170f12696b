"""Quantisation-aware training: the last epochs of a student with its weights rounded as the file will round them.

A weight matrix is rounded to whole multiples of a step that each output channel has to itself, the largest magnitude of
the channel over 127: the grid that the 8-bit export finds again. The loss sees the rounded weights, and the slopes go
straight through the rounding to the float ones (Bengio et al. 2013; Jacob et al. 2018, section 3). Biases and
normalisations stay as they are, and so do activations: those are rounded by what is seen at run time or calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEVELS", "QuantiseAware", "rounded"]

LEVELS = 127
"""Steps on either side of 0 in 8 bits."""


def rounded(weight: Any, levels: int = LEVELS) -> Any:
    """The weight on the grid of its output channels (the last axis), with the slope of the weight itself.

    rounded([[1.0, 10.0], [0.3, 3.0]], levels=2) is [[1.0, 10.0], [0.5, 5.0]]: the steps are 0.5 and 5.
    """
    import tensorflow as tf

    weight = tf.convert_to_tensor(weight)
    step = tf.reduce_max(tf.abs(weight), axis=list(range(len(weight.shape) - 1)), keepdims=True) / levels
    step = tf.where(step > 0, step, tf.ones_like(step))  # a channel of zeros stays one
    return weight + tf.stop_gradient(tf.round(weight / step) * step - weight)


class QuantiseAware:
    """Stands for a student in a `distill.joint.JointStep`; computes with rounded weights, and trains the float ones.

    Args:
        core: a student's network behind the projection. It keeps the float weights.
    """

    def __init__(self, core: Any) -> None:
        self.core = core

    def __call__(self, arrays: Mapping[str, Any], *, training: bool) -> Any:
        """Logits from the rounded weights."""
        weights = [rounded(one.value) if len(one.shape) > 1 else one.value for one in self.core.trainable_variables]
        state = self.core.non_trainable_variables
        logits, moved = self.core.stateless_call(weights, [one.value for one in state], arrays, training=training)
        if training:
            for variable, value in zip(state, moved, strict=True):
                variable.assign(value)
        return logits

    @property
    def inputs(self) -> Any:
        """As the core's."""
        return self.core.inputs

    @property
    def variables(self) -> list[Any]:
        """As the core's."""
        return list(self.core.variables)

    @property
    def trainable_variables(self) -> list[Any]:
        """As the core's."""
        return list(self.core.trainable_variables)

    def get_weights(self) -> list[NDArray[np.generic]]:
        """The float weights."""
        return list(self.core.get_weights())

    def set_weights(self, weights: list[NDArray[np.generic]]) -> None:
        """Replace the float weights."""
        self.core.set_weights(weights)
