"""Whatever gives a direction to a conversation and a vector to a reply: MiniLM as it comes, or a student's file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.reply_minilm import MiniLm
from projection.metadata import read_facts
from projection.rows import encode
from smartreply.replies import ReplyEntry
from smartreply.reply_list import read_replies

__all__ = ["MiniLmScorer", "Scorer", "Student"]

Floats = NDArray[np.float32]

CONTEXT_CHARS = 128
"""As much context as the students read."""


class Scorer(Protocol):
    """Two towers; a reply's score is the product of its vector and the query."""

    def queries(self, messages: Sequence[str], contexts: Sequence[str]) -> Floats:
        """One row a conversation; contexts are earlier turns joined by line breaks, "" for none."""

    def replies(self, texts: Sequence[str]) -> Floats:
        """One row a reply."""


class MiniLmScorer:
    """The cosine of message and reply, nothing trained; context stands before the message in one text."""

    def __init__(self, minilm: MiniLm) -> None:
        self._minilm = minilm

    def queries(self, messages: Sequence[str], contexts: Sequence[str]) -> Floats:
        """See `Scorer`."""
        return self._minilm(
            [
                f"{context[-CONTEXT_CHARS:]}\n{message}" if context else message
                for message, context in zip(messages, contexts, strict=True)
            ]
        )

    def replies(self, texts: Sequence[str]) -> Floats:
        """See `Scorer`."""
        return self._minilm(texts)


class Student:
    """An exported model, run straight through LiteRT with one thread.

    Attributes:
        entries: its reply list.
        size: bytes of the file.
    """

    def __init__(self, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._data = path.read_bytes()
        self.size = len(self._data)
        self.entries: tuple[ReplyEntry, ...] = read_replies(self._data, place=str(path))
        self._interpreter = Interpreter(model_content=self._data, num_threads=1)
        self._suggest = self._interpreter.get_signature_runner("suggest")
        alone = "suggest_alone" in self._interpreter.get_signature_list()  # a file may do without it
        self._alone = self._interpreter.get_signature_runner("suggest_alone") if alone else None
        self._encode = self._interpreter.get_signature_runner("encode")
        self._n_bytes = int(self._suggest.get_input_details()["text"]["shape"][1])

    def setting(self, name: str) -> float:
        """A number among the file's settings, such as "polar_threshold"."""
        return float(read_facts(self._data).settings[name])

    def read(self, message: str, context: str = "") -> dict[str, NDArray[Any]]:
        """Every output of the signature "suggest", or of "suggest_alone" where there is no context, by name."""
        row = encode(message, self._n_bytes)[None]
        found: dict[str, NDArray[Any]]
        if context or self._alone is None:
            found = self._suggest(text=row, context=encode(context, self._n_bytes)[None])
        else:
            found = self._alone(text=row)
        return found

    def queries(self, messages: Sequence[str], contexts: Sequence[str]) -> Floats:
        """See `Scorer`."""
        rows = zip(messages, contexts, strict=True)
        return np.stack([self.read(message, context)["query"][0] for message, context in rows])

    def replies(self, texts: Sequence[str]) -> Floats:
        """See `Scorer`."""
        return np.stack([self._encode(text=encode(text, self._n_bytes)[None])["vector"][0] for text in texts])
