"""What `earmark distill classify` leaves in its folder: files, card, recipe, figures, one table and two pictures.

::

    small.tflite medium.tflite large.tflite   the classifiers
    card.md                                   what they are, for people
    recipe.toml                               every setting
    metrics.json                              what each scored
    sizes.md sizes.png                        size against accuracy against time
    log.csv curves.png                        the training, epoch by epoch
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from distill.artefact import recipe_toml
from distill.classify import ClassifyRecipe, Trained, clear_work, train_students
from distill.classify_data import ClassifyData
from distill.export import export_classifier
from distill.quality import Quality, measure
from distill.quiet import import_tensorflow
from distill.training_log import draw_curves, write_log
from earmark.errors import require_extra
from projection import encode
from projection.metadata import ModelFacts

__all__ = ["describe", "train_family"]

CALIBRATION = 200
"""Training texts that a full integer export is calibrated with."""


def train_family(
    data: ClassifyData, recipe: ClassifyRecipe, out: Path, say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Train, export and measure every size of `recipe`; writes everything into `out` and returns the metrics.

    A run that was killed goes on from `out`/work when it is started again with the same data and recipe.

    Raises:
        ArtifactError: `out`/work has the state of another training; the message says what to do.
        MissingExtraError: the packages for training are not installed.
    """
    import_tensorflow("Training a classifier")
    for package in ("ai_edge_quantizer", "matplotlib"):  # missing ones are told before the work, not after it
        require_extra(package, extra="train", feature="Training a classifier")
    out.mkdir(parents=True, exist_ok=True)
    work = out / "work"
    trained = train_students(data, recipe, work, say)
    text = recipe_toml("classify", recipe)
    (out / "recipe.toml").write_text(text, encoding="utf-8")
    facts = ModelFacts(
        "classifier", data.labels, hashlib.sha256(text.encode()).hexdigest(), {"context": recipe.context}
    )
    figures: dict[str, dict[str, Any]] = {}
    for size, student in trained.students.items():
        say(f"exporting and measuring {size}")
        path = out / f"{size}.tflite"
        calibration = _calibration(data, recipe) if recipe.quantisation == "int8-full" else ()
        path.write_bytes(export_classifier(student, facts, quantisation=recipe.quantisation, calibration=calibration))
        figures[size] = _figures(measure(path, data.valid), trained, size)
    metrics = _metrics(data, recipe, trained, figures)
    body = json.dumps(metrics, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    (out / "metrics.json").write_text(body + "\n", encoding="utf-8")
    (out / "sizes.md").write_text(_table(figures), encoding="utf-8")
    (out / "card.md").write_text(_card(data, recipe, metrics), encoding="utf-8")
    write_log(out / "log.csv", trained.course.rows)
    draw_curves(out / "curves.png", trained.course.rows, title=f"trainer: {recipe.trainer}")
    _draw_sizes(out / "sizes.png", figures)
    clear_work(work)
    return metrics


def _calibration(data: ClassifyData, recipe: ClassifyRecipe) -> list[dict[str, Any]]:
    chosen = np.random.default_rng(recipe.seed).permutation(len(data.train))[:CALIBRATION]
    found = []
    for index in chosen:
        row = data.train[index]
        rows = {"text": encode(row.text, recipe.n_bytes)[None]}
        if recipe.context:
            rows["context"] = encode("\n".join(row.context), recipe.n_bytes)[None]
        found.append(rows)
    return found


def _figures(quality: Quality, trained: Trained, size: str) -> dict[str, Any]:
    before = trained.course.best[size][0]
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


def _table(figures: dict[str, dict[str, Any]]) -> str:
    lines = [
        "| size | accuracy | lost by quantisation | macro F1 | KB | µs per message | parameters |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {size} | {100 * found['accuracy']:.2f} % | {100 * found['accuracy_lost']:+.2f} points | "
        f"{100 * found['macro_f1']:.2f} % | {found['kilobytes']:.0f} | {found['microseconds']:.0f} | "
        f"{found['parameters']:,} |"
        for size, found in figures.items()
    ]
    return "\n".join(lines) + "\n"


def _card(data: ClassifyData, recipe: ClassifyRecipe, metrics: dict[str, Any]) -> str:
    trainer = metrics.get("trainer")
    told = (
        f"Trained {'together with' if recipe.way == 'joint' else 'from the cached predictions of'} a trainer "
        f"({trainer['name']}, {trainer['parameters']:,} parameters, {100 * trainer['accuracy']:.2f} % on the "
        "validation file)."
        if trainer
        else "Trained from the labels alone."
    )
    reads = f"a text and up to {recipe.context} utterances before it" if recipe.context else "a text"
    names = ", ".join(f"`{label}`" for label in data.labels[:50]) + (", ..." if len(data.labels) > 50 else "")
    return f"""# Text classifiers

Each `.tflite` reads {reads} as raw UTF-8 bytes (the last {recipe.n_bytes} of each) and gives a score for each of
{len(data.labels)} classes. It needs LiteRT's built-in operators and nothing else.

    earmark classify {recipe.sizes[0]}.tflite "a text"

    from projection.classifier import Classifier
    Classifier.load("{recipe.sizes[0]}.tflite")(["a text"])

{_table(metrics["sizes"])}
Measured on the {metrics["examples"]["valid"]} examples of the validation file, which also chose the epoch: expect a
little less on new text. Always answering the most frequent class scores {100 * metrics["majority"]:.2f} %. Times are of
one message on one thread of the machine that trained.

{told} {metrics["examples"]["train"]} training examples, {metrics["epochs"]} epochs, seed {recipe.seed};
every setting is in `recipe.toml`.

Classes: {names}.

The scores are of these classes alone: a text that belongs to none of them still gets scores that add up to 1.
"""


def _draw_sizes(path: Path, figures: dict[str, dict[str, Any]]) -> None:
    from matplotlib.figure import Figure  # not pyplot: no window, no global state

    figure = Figure(figsize=(9, 4), layout="constrained")
    for axes, key, label in zip(
        figure.subplots(1, 2, sharey=True), ("kilobytes", "microseconds"), ("KB on disk", "µs per message"), strict=True
    ):
        for size, found in figures.items():
            axes.plot(found[key], 100 * found["accuracy"], "o")
            axes.annotate(size, (found[key], 100 * found["accuracy"]), (4, 4), textcoords="offset points")
        axes.set_xlabel(label)
        axes.grid(alpha=0.3)
        axes.margins(0.2)
    figure.axes[0].set_ylabel("accuracy, %")
    figure.savefig(path, dpi=120, metadata={"Software": None})


def describe(quality: Quality) -> dict[str, Any]:
    """A quality as JSON values."""
    return {**asdict(quality), "unknown_classes": list(quality.unknown_classes)}
