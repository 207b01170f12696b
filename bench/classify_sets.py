"""The sets of the classifier bench: which lines are learnt from, which choose, which are measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from distill.classify_corpora import read_classify_corpus
from distill.classify_data import ClassifyData, LabelledText, hold_out
from distill.distortion import misspell_all
from distill.quality import accuracy_and_f1

__all__ = ["SETS", "BenchSet", "Predict", "load_set", "score"]

Predict = Callable[[Sequence[LabelledText]], Sequence[str]]

ATTACK_SEED = 7


@dataclass(frozen=True, slots=True)
class BenchSet:
    """One set.

    Attributes:
        name: as in `SETS`.
        data: examples to learn from and to choose the epoch and the settings on.
        test: examples that are measured on and seen by nothing before.
        rule: where the lines come from and which were left out, for the table.
    """

    name: str
    data: ClassifyData
    test: tuple[LabelledText, ...]
    rule: str

    @property
    def context(self) -> int:
        """Utterances before each text that are read."""
        return CONTEXT.get(self.name, 0)


SETS = ("atis", "clinc150", "banking77", "swda", "swda-context")

CONTEXT = {"swda-context": 3}

RULES = {
    "atis": "atis.{train,valid,test}; a label joined by # is a class of its own",
    "clinc150": "clinc150.{train,valid,test}; the 150 intents, lines marked out of scope left out",
    "banking77": "banking77.{train,test}; a tenth of each class of train, chosen by SHA-256 of the text, is valid",
    "swda": "swda.{train,valid,test}, 1,115/21/19 conversations; 41 tags: non-verbal (x) lines left out, + lines "
    "joined to what they continue; one utterance at a time",
    "swda-context": "as swda, with the 3 utterances before, either speaker's, without their tags",
}


def load_set(data: Path, name: str) -> BenchSet:
    """The set called `name` from the corpora's folder.

    Raises:
        CorpusError: a file is missing.
    """
    corpus, context = name.removesuffix("-context"), CONTEXT.get(name, 0)

    def read(split: str) -> tuple[LabelledText, ...]:
        return read_classify_corpus(data, corpus, split, context=context, out_of_scope=corpus != "clinc150")

    train = read("train")
    train, valid = hold_out(train) if corpus == "banking77" else (train, read("valid"))
    labels = tuple(sorted({row.label for row in train}))
    return BenchSet(name, ClassifyData(train, valid, labels), read("test"), RULES[name])


def score(predict: Predict, test: Sequence[LabelledText]) -> dict[str, Any]:
    """Accuracy and macro F1 (0 to 1), and the accuracy when a third of the words has one or two slips."""
    truth = [row.label for row in test]
    accuracy, macro_f1 = accuracy_and_f1(truth, list(predict(test)))
    found: dict[str, Any] = {"accuracy": accuracy, "macro_f1": macro_f1}
    for edits, key in ((1, "one_slip"), (2, "two_slips")):
        texts = misspell_all([row.text for row in test], edits=edits, seed=ATTACK_SEED)
        attacked = [replace(row, text=text) for row, text in zip(test, texts, strict=True)]
        found[key] = accuracy_and_f1(truth, list(predict(attacked)))[0]
    return found
