"""The transformer as it ships: windows of word pieces in, logits and vectors out, through LiteRT on one thread."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from earmark.errors import ArtifactError
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


class Encoder:
    """The model file, ready to run; may be called from several threads, which take turns.

    Args:
        data: the bytes of the `.tflite`.
        place: what to call it in messages.

    Raises:
        ArtifactError: LiteRT cannot run it, or it is no such encoder.
    """

    def __init__(self, data: bytes, *, place: str = "(bytes)") -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._data = data  # the interpreter reads from it as long as it lives
        self._lock = Lock()
        try:
            self._interpreter = Interpreter(model_content=data, num_threads=1)
            self._run = self._interpreter.get_signature_runner()
            found = self._run(ids=np.zeros((1, WINDOW), np.int32))
        except (RuntimeError, ValueError) as error:
            raise ArtifactError(f"LiteRT cannot run the encoder {place}: {error}. Reinstall earmark.") from error
        missing = {field.name for field in fields(WindowReading)} - found.keys()
        if missing:
            raise ArtifactError(f"the encoder {place} lacks the outputs {sorted(missing)}. Reinstall earmark.")
        self.digest = hashlib.sha256(data).hexdigest()
        self._width = int(found["sentence"].shape[1])

    @classmethod
    def load(cls, path: Path | None = None) -> Encoder:
        """The encoder of `path`, or the shipped English one, which is read once and kept.

        Raises:
            ArtifactError: the file cannot be read or run.
        """
        return _shipped() if path is None else cls(_read(path), place=str(path))

    def read(self, ids: npt.NDArray[np.int32]) -> WindowReading:
        """Read windows one by one, so that what is said of one never depends on its neighbours.

        Args:
            ids: int32 (n, 128), 0 for padding (`recorder.encoder_windows.read_block`).
        """
        n = len(ids)
        found = WindowReading(
            np.zeros((n, WINDOW), np.float32), np.zeros(n, np.float32), np.zeros((n, self._width), np.float32)
        )
        for row in range(n):
            with self._lock:
                outputs = self._run(ids=ids[row : row + 1])
            found.keyword[row] = outputs["keyword"][0]
            found.rating[row] = outputs["rating"][0]
            found.sentence[row] = outputs["sentence"][0]
        return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"cannot read the encoder {path}: {error.strerror}. Reinstall earmark.") from error


@lru_cache(maxsize=1)
def _shipped() -> Encoder:
    return Encoder(_read(ENCODER), place=str(ENCODER))
