"""What `earmark distill classify` leaves in its folder: files, card, recipe, figures, one table and two pictures.

::

    small.tflite medium.tflite large.tflite   the classifiers
    card.md                                   what they are, for people
    recipe.toml                               every setting
    metrics.json                              what each scored
    sizes.md sizes.png                        size against accuracy against time
    log.csv curves.png                        the training, epoch by epoch
    trainer.csv                               that of a trainer that learnt before the students
    tensorboard/                              the same as TensorBoard events, where they are asked for
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from distill.artefact import recipe_toml
from distill.checkpoint import alone
from distill.classify import ClassifyRecipe, Trained, clear_work, train_students
from distill.classify_card import card, draw_sizes, sizes_table
from distill.classify_data import ClassifyData
from distill.export import export_classifier
from distill.quality import Quality, accuracy_and_f1, measure
from distill.quiet import import_tensorflow
from distill.training_log import Row, draw_curves, write_events, write_log
from earmark.errors import require_extra
from projection import Classifier, encode
from projection.metadata import ModelFacts

__all__ = ["calibration_rows", "describe", "train_family"]

CALIBRATION = 200
"""Training texts that a full integer export is calibrated with."""


def train_family(
    data: ClassifyData,
    recipe: ClassifyRecipe,
    out: Path,
    say: Callable[[str], None] = lambda line: None,
    *,
    files: tuple[Path, Path] | None = None,
    tensorboard: bool = False,
) -> dict[str, Any]:
    """Train, export and measure every size of `recipe`; writes everything into `out` and returns the metrics.

    A run that was killed goes on from `out`/work when it is started again with the same data and recipe.

    Args:
        data: checked examples.
        recipe: how to train.
        out: folder to write into; made where it is missing.
        say: told in one line what happens.
        files: where the examples were read from; the card and the metrics name them.
        tensorboard: also write TensorBoard events.

    Raises:
        ArtifactError: `out` is no folder that can be written, another run is writing there, or `out`/work has the state
            of another training.
        MissingExtraError: the packages for training are not installed.
    """
    import_tensorflow("Training a classifier")
    for package in ("ai_edge_quantizer", "matplotlib"):  # missing ones are told before the work, not after it
        require_extra(package, extra="train", feature="Training a classifier")
    recipe = recipe.resolved(len(data.train))
    work = out / "work"
    with alone(work):
        metrics = _write_family(data, recipe, out, say, files=files, tensorboard=tensorboard)
    clear_work(work)
    return metrics


def _write_family(
    data: ClassifyData,
    recipe: ClassifyRecipe,
    out: Path,
    say: Callable[[str], None],
    *,
    files: tuple[Path, Path] | None,
    tensorboard: bool,
) -> dict[str, Any]:
    trained = train_students(data, recipe, out / "work", say)
    text = recipe_toml("classify", recipe)
    (out / "recipe.toml").write_text(text, encoding="utf-8")
    facts = ModelFacts(
        "classifier", data.labels, hashlib.sha256(text.encode()).hexdigest(), {"context": recipe.context}
    )
    figures: dict[str, dict[str, Any]] = {}
    for size in trained.students:
        say(f"exporting and measuring {size}")
        figures[size] = _exported(out / f"{size}.tflite", data, recipe, trained, size, facts)
    metrics = _metrics(data, recipe, trained, figures) | {"made_with": _versions()}
    if files is not None:
        metrics["files"] = {split: _file(path) for split, path in zip(("train", "valid"), files, strict=True)}
    body = json.dumps(metrics, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    (out / "metrics.json").write_text(body + "\n", encoding="utf-8")
    (out / "sizes.md").write_text(sizes_table(figures), encoding="utf-8")
    (out / "card.md").write_text(card(data, recipe, metrics), encoding="utf-8")
    rows = _epochs(trained)
    write_log(out / "log.csv", rows)
    if trained.trainer_course is not None:
        write_log(out / "trainer.csv", trained.trainer_course.rows)
    if tensorboard:
        write_events(out / "tensorboard", rows)
    draw_curves(out / "curves.png", rows, title=f"trainer: {recipe.trainer}")
    draw_sizes(out / "sizes.png", figures)
    return metrics


def _exported(
    path: Path, data: ClassifyData, recipe: ClassifyRecipe, trained: Trained, size: str, facts: ModelFacts
) -> dict[str, Any]:
    """Writes the file of one size and gives its figures; of two sets of weights the better file stays."""
    calibration = calibration_rows(data, recipe) if recipe.quantisation == "int8-full" else ()
    student = trained.students[size]

    def written() -> Quality:
        path.write_bytes(export_classifier(student, facts, quantisation=recipe.quantisation, calibration=calibration))
        return measure(path, data.valid)

    quality = written()
    before = trained.course.best[size][0]
    if trained.aware is None:
        return _figures(quality, trained, size, before)
    aware, file = quality, path.read_bytes()
    student.core.set_weights(trained.course.kept[size])
    plain = written()
    better = aware.accuracy > plain.accuracy
    if better:
        path.write_bytes(file)
        student.core.set_weights(trained.aware.kept[size])
        before = _float_accuracy(student, data, facts)  # these epochs were measured with rounded weights
    return _figures(aware if better else plain, trained, size, before) | {
        "accuracy_quantise_aware": aware.accuracy,
        "accuracy_not_quantise_aware": plain.accuracy,
        "quantise_aware_kept": better,
    }


def _float_accuracy(student: Any, data: ClassifyData, facts: ModelFacts) -> float:
    classifier = Classifier(export_classifier(student, facts, quantisation="float"))
    answers = classifier.predict([row.text for row in data.valid], [row.context for row in data.valid])
    return accuracy_and_f1([row.label for row in data.valid], answers)[0]


def _epochs(trained: Trained) -> list[Row]:
    """Every epoch in turn, the quantisation-aware ones behind the others."""
    rows = list(trained.course.rows)
    if trained.aware is not None:
        rows += [row | {"epoch": row["epoch"] + len(trained.course.rows)} for row in trained.aware.rows]
    return rows


def _file(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return {"name": path.name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _versions() -> dict[str, str]:
    names = ("earmark", "tensorflow", "keras", "ai-edge-quantizer", "ai-edge-litert")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def calibration_rows(data: ClassifyData, recipe: ClassifyRecipe) -> list[dict[str, Any]]:
    """Training texts as the inputs that a full integer export is calibrated with."""
    chosen = np.random.default_rng(recipe.seed).permutation(len(data.train))[:CALIBRATION]
    found = []
    for index in chosen:
        row = data.train[index]
        rows = {"text": encode(row.text, recipe.n_bytes)[None]}
        if recipe.context:
            rows["context"] = encode("\n".join(row.context), recipe.n_bytes)[None]
        found.append(rows)
    return found


def _figures(quality: Quality, trained: Trained, size: str, before: float) -> dict[str, Any]:
    """`before` is the accuracy of the float weights that the file was made from."""
    return {
        "accuracy": quality.accuracy,
        "accuracy_before_quantisation": before,
        "accuracy_lost": before - quality.accuracy,
        "macro_f1": quality.macro_f1,
        "kilobytes": round(quality.kilobytes, 1),
        "microseconds": round(quality.microseconds, 1),
        "parameters": trained.parameters[size],
    }


def _metrics(
    data: ClassifyData, recipe: ClassifyRecipe, trained: Trained, figures: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    rows = trained.course.rows
    truth = [row.label for row in data.valid]
    metrics: dict[str, Any] = {
        "classes": len(data.labels),
        "epochs": len(rows),
        "examples": {"train": len(data.train), "valid": len(data.valid)},
        "majority": max(map(truth.count, set(truth))) / len(truth),
        "sizes": figures,
        "warnings": list(data.warnings),
    }
    if recipe.trainer != "none":
        course = trained.trainer_course
        best = course.best["trainer"][0] if course else max(row["trainer accuracy"] for row in rows)
        metrics["trainer"] = {"name": recipe.trainer, "accuracy": best, "parameters": trained.parameters["trainer"]}
    return metrics


def describe(quality: Quality) -> dict[str, Any]:
    """A quality as JSON values."""
    return {**asdict(quality), "unknown_classes": list(quality.unknown_classes)}
