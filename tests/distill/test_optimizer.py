"""The optimiser over one vector against Keras's own, variable by variable."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from distill.optimizer import FlatAdamW

STEPS, RATE, DECAY = 60, 0.05, 0.1


def variables() -> list[keras.Variable]:
    chance = np.random.default_rng(3)
    return [
        keras.Variable(chance.normal(size=(3, 4)).astype(np.float32), name="kernel"),
        keras.Variable(chance.normal(size=(4,)).astype(np.float32), name="bias"),
    ]


def slopes(step: int) -> list[tf.Tensor]:
    chance = np.random.default_rng([7, step])
    return [tf.constant(0.1 * chance.normal(size=shape).astype(np.float32)) for shape in ((3, 4), (4,))]


def test_it_steps_as_the_optimiser_of_keras_does() -> None:
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 57, warmup_target=RATE, warmup_steps=3)
    theirs, ours = variables(), variables()
    reference = keras.optimizers.AdamW(schedule, weight_decay=DECAY, global_clipnorm=1.0)
    reference.exclude_from_weight_decay(var_names=["bias"])
    optimizer = FlatAdamW(ours, rate=RATE, steps=STEPS, weight_decay=DECAY)
    for step in range(STEPS):
        scale = 20.0 if step == 5 else 1.0  # once beyond the clipping
        parts = [scale * part for part in slopes(step)]
        reference.apply_gradients(zip(parts, theirs, strict=True))
        optimizer.apply(parts)
    for one, two in zip(theirs, ours, strict=True):
        assert np.abs(one.numpy() - two.numpy()).max() < 2e-5
    assert np.abs(ours[0].numpy() - variables()[0].numpy()).max() > 0.1


def test_the_rate_rises_then_falls_to_nothing() -> None:
    optimizer = FlatAdamW(variables(), rate=0.5, steps=100, weight_decay=0.0)
    rates = [float(optimizer._rate_at(tf.constant(float(step)))) for step in (0, 1, 5, 50, 100, 200)]
    assert rates == pytest.approx([0.0, 0.1, 0.5, 0.2705, 0.0, 0.0], abs=0.001)


def test_the_average_of_decay_0_is_the_weights() -> None:
    weights = variables()
    optimizer = FlatAdamW(weights, rate=RATE, steps=STEPS, weight_decay=DECAY)
    optimizer.apply(slopes(0))
    optimizer.apply(slopes(1))
    for average, weight in zip(optimizer.averages, weights, strict=True):
        assert np.array_equal(average.numpy(), weight.numpy())
