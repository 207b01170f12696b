"""A trained text classifier, run from its one file; needs numpy and ai-edge-litert only.

classifier = Classifier.load("medium.tflite")
scores = classifier(["where is my card?"])           # float32 (1, classes), rows add up to 1
classifier.labels[scores[0].argmax()]                # "card_arrival"
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.errors import ArtifactError
from projection.errors import ProjectionError
from projection.metadata import ModelFacts, model_bytes, read_facts
from projection.rows import encode

__all__ = ["Classifier"]


class Classifier:
    """Made by `Classifier.load`; may be called from several threads.

    Attributes:
        facts: what the file says about itself.
        labels: class names, in the order of the scores.
        context: how many previous utterances it was trained to read; 0 for none.
    """

    def __init__(self, data: bytes, *, place: str = "(bytes)") -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.facts: ModelFacts = read_facts(data, place=place)
        if self.facts.kind != "classifier":
            raise ArtifactError(f"the model file {place} must be a classifier. Got {self.facts.kind!r}.")
        self.labels: tuple[str, ...] = self.facts.labels
        self.context = int(self.facts.settings.get("context", 0))
        self._data = data  # the interpreter reads from it as long as it lives
        self._lock = threading.Lock()
        try:
            # A text is too small a task for two threads; what several threads ask for is done one after the other.
            self._interpreter = Interpreter(model_content=data, num_threads=1)
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ArtifactError(f"LiteRT cannot run the model file {place}: {error}. Export it again.") from error
        signature = self._interpreter.get_signature_list()["serving_default"]
        runner = self._interpreter.get_signature_runner("serving_default")
        self._inputs = {name: detail["index"] for name, detail in runner.get_input_details().items()}
        self._n_bytes = int(runner.get_input_details()["text"]["shape"][1])
        self._scores = runner.get_output_details()["scores"]["index"]
        if len(self.labels) != int(runner.get_output_details()["scores"]["shape"][1]):
            raise ArtifactError(f"the model file {place} names {len(self.labels)} classes, but has another number of "
                                f"scores ({signature}). Export it again.")  # fmt: skip

    @classmethod
    def load(cls, path: str | Path) -> Classifier:
        """The classifier of a `.tflite` that `earmark distill classify` wrote.

        Raises:
            ArtifactError: it cannot be read, is damaged, or is another kind of model.
        """
        data, place = model_bytes(Path(path))
        return cls(data, place=place)

    def __call__(
        self, texts: Sequence[str | bytes], context: Sequence[Sequence[str]] | None = None
    ) -> NDArray[np.float32]:
        """Scores of each text, float32 (texts, classes); every row adds up to 1.

        Args:
            texts: what was said.
            context: for each text the utterances before it, oldest first; only the last `self.context` are read, and
                a classifier that was trained without context reads none.

        Raises:
            ProjectionError: one text where a list belongs, or a context for another number of texts.
        """
        if isinstance(texts, str | bytes):
            raise ProjectionError("expected a list of texts, got one text. Put it in a list: [text].")
        if context is not None and len(context) != len(texts):
            raise ProjectionError(f"expected a context for each of the {len(texts)} texts, got {len(context)}.")
        scores = np.zeros((len(texts), len(self.labels)), np.float32)
        for index, text in enumerate(texts):
            rows = {"text": encode(text, self._n_bytes)}
            if self.context:
                before = [] if context is None else [one for one in context[index] if one.strip()]
                rows["context"] = encode("\n".join(before[-self.context :]), self._n_bytes)
            scores[index] = self._run(rows)
        return scores

    def predict(self, texts: Sequence[str | bytes], context: Sequence[Sequence[str]] | None = None) -> list[str]:
        """The best class's name for each text; arguments and errors as in a call."""
        return [self.labels[best] for best in self(texts, context).argmax(axis=1)]

    def _run(self, rows: dict[str, NDArray[np.uint8]]) -> NDArray[np.float32]:
        with self._lock:
            for name, number in self._inputs.items():
                self._interpreter.set_tensor(number, rows[name][None])
            self._interpreter.invoke()
            scores: NDArray[np.float32] = self._interpreter.get_tensor(self._scores)[0]
        return scores
