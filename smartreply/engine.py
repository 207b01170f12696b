"""The model file, ready to run: LiteRT behind a lock, rows of bytes in, plain numbers out."""

from __future__ import annotations

import threading
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import ArtifactError
from projection.metadata import ModelFacts, model_bytes, read_facts
from projection.rows import encode as encode_row
from smartreply.outputs import SENSITIVE_TOPICS, Outputs, Settings
from smartreply.replies import ReplyEntry
from smartreply.reply_list import read_replies

__all__ = ["KIND", "SHIPPED", "LiteRtEngine", "check_kind"]

KIND = "smartreply"
"""What the model file says it is."""

SHIPPED = Path(__file__).parent / "pretrained" / "en" / "smartreply.tflite"
"""The English model that comes with earmark."""

_OUTPUTS = ("trigger", "sensitive", "topic", "english", "polar", "register", "logits", "query", "message")


class LiteRtEngine:
    """A smart reply model; may be called from several threads, which take turns.

    Args:
        data: the bytes of the `.tflite`.
        place: what to call it in messages.

    Raises:
        ArtifactError: another kind of model, damaged, without what smart reply needs, or LiteRT cannot run it.
    """

    def __init__(self, data: bytes, *, place: str = "(bytes)") -> None:
        from ai_edge_litert.interpreter import Interpreter

        facts = read_facts(data, place=place)
        check_kind(facts, place)
        self._settings = _settings(facts, place)
        self._replies = read_replies(data, place=place)
        self._data = data  # the interpreter reads from it as long as it lives
        self._lock = threading.Lock()
        try:
            # A message is too small a task for two threads; what several threads ask for is done one after the other.
            self._interpreter = Interpreter(model_content=data, num_threads=1)
            self._suggest = self._runner("suggest", place)
            self._encode = self._runner("encode", place)
            # It says the same as "suggest" without context, and sooner; a file may do without it.
            alone = "suggest_alone" in self._interpreter.get_signature_list()
            self._alone = self._runner("suggest_alone", place) if alone else None
            found = [self._read_rows("", context) for context in ("", " ")]
        except (RuntimeError, ValueError) as error:
            raise ArtifactError(f"LiteRT cannot run the model file {place}: {error}. Export it again.") from error
        for outputs in found:
            self._check(outputs, place)

    @classmethod
    def load(cls, path: str | Path | None = None) -> LiteRtEngine:
        """The engine of a file; None for the shipped English model.

        Raises:
            ArtifactError: it cannot be read, is damaged, or is another kind of model.
        """
        file = SHIPPED if path is None else Path(path)
        data, place = model_bytes(file)
        return cls(data, place=place)

    @property
    def settings(self) -> Settings:
        """Thresholds and weights."""
        return self._settings

    @property
    def replies(self) -> tuple[ReplyEntry, ...]:
        """The reply list, in the order of the logits."""
        return self._replies

    def read(self, text: str, context: str) -> Outputs:
        """What the model says about the last message and the turns before it (joined by line breaks)."""
        found = self._read_rows(text, context)

        def number(name: str) -> float:
            return float(found[name].reshape(-1)[0])

        return Outputs(
            logits=found["logits"][0],
            query=found["query"][0],
            message=found["message"][0],
            trigger=number("trigger"),
            sensitive=number("sensitive"),
            topic=min(max(int(number("topic")), 0), len(SENSITIVE_TOPICS) - 1),
            english=number("english"),
            polar=number("polar"),
            register=number("register"),
        )

    def encode(self, text: str) -> NDArray[np.float32]:
        """The vector of a reply, float32 [D], unit length."""
        row = encode_row(text, self._n_bytes)[None]
        with self._lock:
            vector: NDArray[np.float32] = self._encode(text=row)["vector"][0]
        return vector

    def _read_rows(self, text: str, context: str) -> dict[str, NDArray[Any]]:
        row = encode_row(text, self._n_bytes)[None]
        with self._lock:
            found: dict[str, NDArray[Any]]
            if context or self._alone is None:
                found = self._suggest(text=row, context=encode_row(context, self._n_bytes)[None])
            else:
                found = self._alone(text=row)
        return found

    def _check(self, found: dict[str, NDArray[Any]], place: str) -> None:
        missing = [name for name in _OUTPUTS if name not in found]
        if missing:
            raise ArtifactError(f"the model file {place} has no output {missing[0]!r}. Export it again.")
        if found["logits"].shape != (1, len(self._replies)):
            raise ArtifactError(
                f"the model file {place} lists {len(self._replies)} replies, but gives logits of the shape "
                f"{list(found['logits'].shape)}. Export it again."
            )

    def _runner(self, name: str, place: str) -> Any:
        if name not in self._interpreter.get_signature_list():
            raise ArtifactError(f"the model file {place} has no signature {name!r}. Export it again.")
        runner = self._interpreter.get_signature_runner(name)
        self._n_bytes = int(runner.get_input_details()["text"]["shape"][1])
        return runner


def check_kind(facts: ModelFacts, place: str) -> None:
    """Refuse a model of another kind.

    Raises:
        ArtifactError: it is no smart reply model.
    """
    if facts.kind != KIND:
        raise ArtifactError(f"the model file {place} must be a {KIND} model. Got {facts.kind!r}.")


def _settings(facts: ModelFacts, place: str) -> Settings:
    values: dict[str, float] = {}
    for field in fields(Settings):
        value = facts.settings.get(field.name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ArtifactError(
                f"the model file {place} must have a number as its setting {field.name!r}. Got {value!r}. "
                "Export it again."
            )
        values[field.name] = float(value)
    return Settings(**values)
