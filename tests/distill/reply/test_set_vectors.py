"""Where the replies of the set stand: shifts at right angles, no false echoes, and the way into the file."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from distill.reply.set_vectors import ECHO, false_echo_loss, shifted


def units(rows: int, *, seed: int) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(rows, 8)).astype(np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def test_a_shift_leaves_the_product_with_the_reply_itself() -> None:
    vectors, shifts = units(5, seed=1), 0.7 * units(5, seed=2)
    moved = np.asarray(shifted(vectors, shifts))
    assert np.allclose((vectors * moved).sum(axis=1), 1.0, atol=1e-6)
    assert (np.linalg.norm(moved, axis=1) > 1.05).all()
    assert np.allclose(shifted(vectors, 0.3 * vectors), vectors, atol=1e-6)


def test_only_what_looks_like_an_echo_and_is_none_costs() -> None:
    vectors = np.eye(8, dtype=np.float32)[:2]
    other = np.eye(8, dtype=np.float32)[2:3]
    assert float(false_echo_loss(other, vectors, vectors)) == 0.0
    moved = np.asarray(shifted(vectors, np.concatenate([other, 0.0 * other])))
    assert float(false_echo_loss(other, vectors, moved)) == pytest.approx((1.0 - ECHO) ** 2, rel=1e-4)
    again = 0.9 * vectors[:1] + np.sqrt(1 - 0.9**2) * other
    assert float(false_echo_loss(again, vectors, moved)) == 0.0  # an echo it is
