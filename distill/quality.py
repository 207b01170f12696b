"""What a classifier's file is worth: accuracy, macro F1, size and time, measured in LiteRT as its users run it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from distill.classify_data import ClassifyDataError, LabelledText
from earmark.quiet import quiet
from projection.classifier import Classifier

__all__ = ["Quality", "accuracy_and_f1", "measure"]

TIMED = 500
"""Texts that are timed, each on its own."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of one file on one set of examples.

    Attributes:
        examples: how many.
        accuracy: share of right answers, 0 to 1; a class unknown to the file counts as wrong.
        macro_f1: mean over the classes of the examples of the harmonic mean of precision and recall, 0 to 1.
        majority: accuracy of always answering the examples' most frequent class.
        unknown_classes: classes of the examples that the file does not have.
        kilobytes: size on disk, 1 KB = 1024 bytes.
        microseconds: median time of one message from text to scores, one thread.
    """

    examples: int
    accuracy: float
    macro_f1: float
    majority: float
    unknown_classes: tuple[str, ...]
    kilobytes: float
    microseconds: float


def measure(path: Path, rows: Sequence[LabelledText]) -> Quality:
    """Run the file at `path` over `rows`.

    Raises:
        ArtifactError: not a classifier that LiteRT can run.
        ClassifyDataError: no example.
    """
    if not rows:
        raise ClassifyDataError(f"there is no example to measure {path} on; give a file with at least one line.")
    with quiet():
        classifier = Classifier.load(path)
    answers = classifier.predict([row.text for row in rows], [row.context for row in rows])
    truth = [row.label for row in rows]
    accuracy, macro_f1 = accuracy_and_f1(truth, answers)
    counts = {label: truth.count(label) for label in sorted(set(truth))}
    return Quality(
        examples=len(rows),
        accuracy=accuracy,
        macro_f1=macro_f1,
        majority=max(counts.values()) / len(rows),
        unknown_classes=tuple(sorted(set(truth) - set(classifier.labels))),
        kilobytes=path.stat().st_size / 1024,
        microseconds=_microseconds(classifier, rows),
    )


def accuracy_and_f1(truth: Sequence[str], answers: Sequence[str]) -> tuple[float, float]:
    """Share of right answers, and F1 averaged over the classes of `truth`.

    accuracy_and_f1(["a", "a", "b"], ["a", "b", "b"]) is (2/3, 2/3).
    """
    names = sorted(set(truth) | set(answers))
    number = {name: index for index, name in enumerate(names)}
    right = np.asarray([number[name] for name in truth])
    said = np.asarray([number[name] for name in answers])
    hits = np.bincount(right[right == said], minlength=len(names))
    wanted = np.bincount(right, minlength=len(names))
    given = np.bincount(said, minlength=len(names))
    f1: NDArray[np.float64] = 2 * hits / np.maximum(wanted + given, 1)
    return float(np.mean(right == said)), float(f1[wanted > 0].mean())


def _microseconds(classifier: Classifier, rows: Sequence[LabelledText]) -> float:
    times = []
    for row in rows[:TIMED]:
        start = time.perf_counter()
        classifier([row.text], [row.context])
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e6
