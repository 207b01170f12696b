"""Training in bfloat16: half the time on a processor that has it, the same result on one that has not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["HALF", "in_half"]

HALF = "mixed_bfloat16"
"""Keras' name for it: layers compute in bfloat16, weights stay float32."""


@contextmanager
def in_half() -> Iterator[None]:
    """Layers that are made meanwhile compute in bfloat16, unless they say otherwise."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(HALF)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
