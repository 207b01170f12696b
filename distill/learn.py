"""The epochs of a training: learn, measure, keep the best of each network, save the state, stop early."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from distill.feed import Batch, Feed
from distill.joint import JointStep
from distill.student_rows import Arrays
from distill.training_log import Row, progress, write_log

__all__ = ["Course", "learn", "logits_of"]


@dataclass(slots=True)
class Course:
    """What happened so far.

    Attributes:
        rows: one per epoch.
        best: by network the best (validation accuracy, minus the loss there); larger is better.
        kept: by network its weights at that epoch.
        stale: epochs since any network got better.
    """

    rows: list[Row] = field(default_factory=list)
    best: dict[str, tuple[float, float]] = field(default_factory=dict)
    kept: dict[str, list[NDArray[np.generic]]] = field(default_factory=dict)
    stale: int = 0


def learn(
    step: JointStep,
    train: Feed,
    valid: Feed,
    *,
    keep: Sequence[str],
    epochs: int,
    patience: int,
    work: Path,
    name: str,
    digest: str,
    say: Callable[[str], None] = lambda line: None,
) -> Course:
    """Train to the end, or on from the checkpoint `<name>.npz` in `work`; the networks get their best weights.

    Args:
        step: networks and loss.
        train: what is shown.
        valid: what is measured on after every epoch.
        keep: networks whose best epoch counts and whose best weights are kept: sizes, or "trainer".
        epochs: at most so many.
        patience: stop after so many epochs in which no kept network got better.
        work: folder of the checkpoint and the log `<name>.csv`.
        name: of this training.
        digest: of everything that decides what happens.
        say: told where a run that was stopped goes on.

    Raises:
        ArtifactError: the checkpoint there belongs to another training or is damaged.
    """
    path = work / f"{name}.npz"
    course = _resume(step, path, digest)
    if course.rows:
        say(f"{name}: going on after epoch {len(course.rows)}")
    with progress(name, total=epochs, done=len(course.rows)) as bar:
        while len(course.rows) < epochs and course.stale < patience:
            number = len(course.rows) + 1
            row: Row = {"epoch": float(number)}
            row |= _train_epoch(step, bar.over(train.epoch(number), train.steps, f"{name} {number}/{epochs}"))
            row |= _measure(step, valid)
            course.rows.append(row)
            _keep_best(step, course, row, keep)
            write_checkpoint(path, _checkpoint(step, course, digest))
            write_log(work / f"{name}.csv", course.rows)
    for network in keep:
        if network in course.kept:
            _network(step, network).set_weights(course.kept[network])
    return course


def logits_of(step: JointStep, feed: Feed, network: str) -> NDArray[np.float32]:
    """What one network says of every example of `feed`, in their order; float32 (examples, classes)."""
    found: NDArray[np.float32] | None = None
    for part, batch in feed.in_order():
        logits = step.predict(batch)[network]
        if found is None:
            found = np.zeros((len(feed.examples), logits.shape[1]), np.float32)
        found[part] = logits
    return np.zeros((0, 0), np.float32) if found is None else found


def _train_epoch(step: JointStep, batches: Iterable[Batch]) -> Row:
    sums: Row = {}
    count = 0
    for batch in batches:
        size = len(batch["labels"])
        for name, value in step.train(batch).items():
            sums[name] = sums.get(name, 0.0) + size * value
        count += size
    return {f"{name} loss": total / max(count, 1) for name, total in sums.items() if name != "loss"}


def _measure(step: JointStep, valid: Feed) -> Row:
    """Accuracy and cross-entropy of every network; a class unknown to training counts as wrong, and not in the loss."""
    right: Row = {}
    loss: Row = {}
    known = 0
    for part, batch in valid.in_order():
        labels = valid.examples.labels[part]
        there = np.nonzero(labels >= 0)[0]
        known += len(there)
        for name, logits in step.predict(batch).items():
            right[name] = right.get(name, 0.0) + float(np.sum(np.argmax(logits, axis=1) == labels))
            shifted = logits - logits.max(axis=1, keepdims=True)
            log_share = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
            loss[name] = loss.get(name, 0.0) - float(log_share[there, labels[there]].sum())
    row: Row = {}
    for name in right:
        row[f"{name} accuracy"] = right[name] / max(len(valid.examples), 1)
        row[f"{name} valid loss"] = loss[name] / max(known, 1)
    return row


def _keep_best(step: JointStep, course: Course, row: Row, keep: Sequence[str]) -> None:
    better = False
    for name in keep:
        score = (row[f"{name} accuracy"], -row[f"{name} valid loss"])
        if name not in course.best or score > course.best[name]:
            course.best[name] = score
            course.kept[name] = step.weights_of(name)
            better = True
    course.stale = 0 if better else course.stale + 1


def _network(step: JointStep, name: str) -> Any:
    return step.trainer if name == "trainer" else step.students[name]


def _checkpoint(step: JointStep, course: Course, digest: str) -> Checkpoint:
    arrays: Arrays = {f"state_{index}": variable.numpy() for index, variable in enumerate(step.variables)}
    for name, weights in course.kept.items():
        arrays |= {f"best_{name}_{index}": weight for index, weight in enumerate(weights)}
    about = {
        "rows": course.rows,
        "best": {name: list(score) for name, score in course.best.items()},
        "stale": course.stale,
    }
    return Checkpoint(digest, about, arrays)


def _resume(step: JointStep, path: Path, digest: str) -> Course:
    saved = read_checkpoint(path, digest=digest)
    if saved is None:
        return Course()
    for index, variable in enumerate(step.variables):
        variable.assign(saved.arrays[f"state_{index}"])
    kept = {}
    for name in saved.about["best"]:
        count = sum(key.startswith(f"best_{name}_") for key in saved.arrays)
        kept[name] = [saved.arrays[f"best_{name}_{index}"] for index in range(count)]
    best = {name: (score[0], score[1]) for name, score in saved.about["best"].items()}
    return Course(list(saved.about["rows"]), best, kept, saved.about["stale"])
