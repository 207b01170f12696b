"""The transformer as it ships: windows of word pieces in, logits and vectors out, through LiteRT on one thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from earmark.artifacts import open_interpreter
from recorder.encoder_windows import WINDOW

__all__ = ["ENCODER", "Encoder", "WindowReading"]

ENCODER = Path(__file__).parent / "pretrained" / "en" / "encoder.tflite"
"""The shipped English model."""

Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class WindowReading:
    """What the encoder says of n windows.

    Attributes:
        keyword: float32 (n, 128), the logit that a piece is part of a keyword.
        rating: float32 (n,), higher where people will ask.
        sentence: float32 (n, 384), unit length.
    """

    keyword: Floats32
    rating: Floats32
    sentence: Floats32
