"""Muon with convolution kernels: steps of one size in every direction, and AdamW for the rest."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from distill.reply.muon import FlatKernelMuon

RATE = 0.01


def step(shapes: dict[str, tuple[int, ...]], *, matrices: tuple[str, ...]) -> dict[str, np.ndarray]:
    """How one step changes weights of zeros, by name."""
    weights = {name: keras.Variable(np.zeros(shape, np.float32), name=name) for name, shape in shapes.items()}
    optimizer = FlatKernelMuon(RATE, [weights[name] for name in matrices], weight_decay=0.0)
    optimizer.build([*weights.values()])
    chance = np.random.default_rng(1)
    slopes = [chance.normal(size=(np.prod(shape[:-1]), shape[-1])).astype(np.float32) for shape in shapes.values()]
    slopes[0][:, 0] *= 20.0  # one direction is much steeper
    optimizer.apply([keras.ops.reshape(one, shape) for one, shape in zip(slopes, shapes.values(), strict=True)])
    return {name: np.asarray(weight) for name, weight in weights.items()}


def test_a_kernel_is_stepped_as_the_matrix_it_is() -> None:
    kernel = step({"kernel": (3, 16, 8)}, matrices=("kernel",))["kernel"]
    flat = step({"flat": (48, 8)}, matrices=("flat",))["flat"]
    assert np.allclose(kernel.reshape(48, 8), flat, atol=1e-6)
    sizes = np.linalg.svd(flat, compute_uv=False) / (RATE * 0.2 * np.sqrt(48))
    assert sizes.min() > 0.5
    assert sizes.max() < 1.4


def test_what_is_not_named_is_left_to_adamw() -> None:
    found = step({"matrix": (48, 8), "rows": (48, 8), "bias": (8, 1)}, matrices=("matrix",))
    assert np.allclose(np.abs(found["rows"]), RATE, rtol=0.02)  # Adam's first step: the rate, whatever the slope
    assert np.abs(found["matrix"]).std() > 0.1 * RATE  # Muon's entries are of every size
