"""Labelled text in, a family of one-file classifiers out: the whole training behind `earmark distill classify`.

Three ways to train the students, so that they can be compared: *joint*, with a trainer that learns in the same graph;
*plain*, from the cached predictions of a trainer that was trained before; and without any trainer. Every size is
trained in the same run and hears the same trainer, whose work is done once. A run that was stopped goes on where it
was when it is started again with the same settings.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from distill.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from distill.classify_data import ClassifyData
from distill.distortion import Distortion
from distill.feed import Examples, Feed
from distill.joint import JointStep, LossWeights
from distill.learn import Course, learn, logits_of
from distill.minilm import minilm_installed
from distill.quantise_aware import QuantiseAware
from distill.quiet import import_tensorflow
from distill.student_rows import MessageRows, StudentRows, TokenRows
from distill.tokens.start import PRETRAINED, start_students
from distill.trainers import TRAINERS, Trainer, build_trainer
from earmark.errors import EarmarkError
from projection import Projection

__all__ = ["ClassifyRecipe", "RecipeError", "Trained", "clear_work", "train_students"]

WAYS = ("joint", "plain")
NETWORKS = ("sequence", "message")

AUTO_TEXTS = 60_000
"""Most training texts with which "auto" takes a BERT: beyond, it takes hours and the labels teach nearly as much."""

SHOWN, TRAINER_SHOWN = 600_000, 45_000
"""Texts that students and trainer see in all when their epochs are automatic; few texts are seen 40 and 6 times, many
10 times and once."""

AWARE_RATE = 0.1
"""Share of the learning rate that quantisation-aware epochs begin with."""


class RecipeError(EarmarkError):
    """A setting of the training is out of its range."""


@dataclass(frozen=True, slots=True)
class ClassifyRecipe:
    """Everything that decides how a family is trained, data aside.

    Attributes:
        trainer: one of `distill.trainers.TRAINERS`, or "auto": "bert" where MiniLM is installed and the texts are at
            most `AUTO_TEXTS`, otherwise "none".
        source: for the trainer "bert" a folder or hub name; "" for MiniLM from PyPI.
        way: "joint" or "plain", of no meaning without a trainer; "auto": "joint" with the trainer "lstm", else "plain".
        network: "sequence" (`SequenceProjectionNet`) or "message" (`ProjectionNet`).
        sizes: names of that network's sizes.
        start: of the students: "pretrained" for the token encoders that ship (English chat), "none" for random weights,
            or a file of `earmark distill tokens`; "auto": "pretrained" for the network "sequence", else "none".
        epochs: of the students, at most; 0 for as many as the amount of data asks for.
        trainer_epochs: of the trainer before the students, at most, 0 likewise; way "plain" alone.
        patience: epochs without progress after which training stops.
        batch_size: examples per step; 0 likewise.
        rate: the students' highest learning rate.
        average: decay of the running average of the students' weights per step; 0 for none.
        loss: weights of the three terms.
        distortion: what happens to the students' texts.
        distorted: share of the texts that it happens to, in every epoch others.
        context: how many previous utterances the student reads; 0 for none.
        n_bytes: longest text in bytes; the end of a longer one is read.
        words: most tokens of a text.
        quantisation: of the files, one of `distill.export.QUANTISATIONS`.
        quantise_aware: epochs behind the others in which the students' weights are rounded to 8 bits; 0 for none.
        seed: of everything random.
    """

    trainer: str = "auto"
    source: str = ""
    way: str = "auto"
    network: str = "sequence"
    sizes: tuple[str, ...] = ("small", "medium", "large")
    start: str = "auto"
    epochs: int = 0
    trainer_epochs: int = 0
    patience: int = 10
    batch_size: int = 0
    rate: float = 3e-3
    average: float = 0.99
    loss: LossWeights = field(default_factory=LossWeights)
    distortion: Distortion = field(default_factory=Distortion)
    distorted: float = 0.5
    context: int = 0
    n_bytes: int = 128
    words: int = 32
    quantisation: str = "int8"
    quantise_aware: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        from distill.export import QUANTISATIONS

        _one_of("trainer", self.trainer, ("auto", *TRAINERS))
        _one_of("way", self.way, ("auto", *WAYS))
        _one_of("network", self.network, NETWORKS)
        _one_of("quantisation", self.quantisation, QUANTISATIONS)
        for name, least in (("epochs", 0), ("trainer_epochs", 0), ("patience", 1), ("batch_size", 0)):
            if getattr(self, name) < least:
                raise RecipeError(f"The '{name}' of the training must be {least} or more. Got {getattr(self, name)}.")
        if self.context < 0:
            raise RecipeError(f"The number of utterances of context must be 0 or more. Got {self.context}.")
        if self.quantise_aware < 0:
            raise RecipeError(f"The number of quantisation-aware epochs must be 0 or more. Got {self.quantise_aware}.")
        if self.quantise_aware and self.quantisation == "float":
            raise RecipeError("Quantisation-aware training is for the quantisations int8 and int8-full. Got 'float'.")
        if not 0.0 <= self.distorted <= 1.0:
            raise RecipeError(f"The share of distorted texts must lie between 0 and 1. Got {self.distorted}.")
        if not 0.0 <= self.average < 1.0:
            raise RecipeError(f"The 'average' of the training must be from 0 to below 1. Got {self.average}.")
        if not 0.0 < self.rate <= 1.0:
            raise RecipeError(f"The learning rate must lie above 0 and be at most 1. Got {self.rate}.")
        if not self.sizes or len(set(self.sizes)) != len(self.sizes):
            raise RecipeError(f"The sizes must be one or more different names. Got {', '.join(self.sizes) or 'none'}.")
        for size in self.sizes:
            _one_of("size", size, ("small", "medium", "large"))
        if not self.start:
            raise RecipeError("The start of the training must be auto, pretrained, none or a file. Got ''.")
        if self.network == "message" and self.start not in ("auto", "none"):
            raise RecipeError(
                f"Only the network 'sequence' has token encoders to start from, so the network 'message' takes the "
                f"start 'none'. Got {self.start!r}."
            )

    def resolved(self, texts: int) -> ClassifyRecipe:
        """The recipe for so many training texts: nothing in it is "auto" or 0 for automatic any more."""
        trainer, way = self.trainer, self.way
        if trainer == "auto":
            trainer = "bert" if self.source or (texts <= AUTO_TEXTS and minilm_installed()) else "none"
        if way == "auto":
            way = "joint" if trainer == "lstm" else "plain"
        epochs = self.epochs or _between(10, SHOWN // max(texts, 1), 40)
        start = self.start
        if start == "auto":
            start = "pretrained" if self.network == "sequence" else "none"
        return replace(
            self,
            start=start,
            trainer=trainer,
            way=way,
            epochs=epochs,
            # A BERT knows the language already; an LSTM starts from nothing, as the students do.
            trainer_epochs=self.trainer_epochs
            or (_between(1, TRAINER_SHOWN // max(texts, 1), 6) if trainer == "bert" else epochs),
            batch_size=self.batch_size or (64 if texts <= 20_000 else 128 if texts <= 60_000 else 256),
        )


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training made.

    Attributes:
        students: whole networks, bytes to logits, by size; their best weights are in them.
        course: of the students, and in the way "joint" of the trainer with them.
        trainer_course: of a trainer that was trained before them; None otherwise.
        parameters: trained parameters by network, the trainer's as "trainer".
        trainer: who taught, as it was at the end (way "joint") or in its best epoch (way "plain"); None without one.
        aware: of the quantisation-aware epochs, None without them. The students then have the weights of the best of
            those, and `course.kept` has what they had before.
    """

    students: dict[str, Any]
    course: Course
    trainer_course: Course | None
    parameters: dict[str, int]
    trainer: Trainer | None = None
    aware: Course | None = None


def train_students(data: ClassifyData, recipe: ClassifyRecipe, work: Path, say: Callable[[str], None]) -> Trained:
    """Train every size, or go on from what `work` has.

    Args:
        data: checked examples.
        recipe: how.
        work: folder of the state; `clear_work` removes it when its use is over.
        say: told in one line what happens.

    Raises:
        ArtifactError: `work` has the state of another training, or the trainer's model or the token encoders to start
            from cannot be loaded.
        MissingExtraError: the packages for training are not installed.
    """
    import_tensorflow("Training a classifier")
    import keras

    recipe = recipe.resolved(len(data.train))
    work.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(recipe.seed)
    students = _students(recipe, num_classes=len(data.labels))
    digest = _digest(data, recipe, students)
    if (start := _start(recipe)) is not None:
        start_students(start, students)
    keras.utils.set_random_seed(recipe.seed)  # once more: a trainer is the same whichever students listen
    trainer = build_trainer(recipe.trainer, data.train, num_classes=len(data.labels), source=recipe.source)
    parameters = {name: int(student.count_params()) for name, student in students.items()}
    if trainer is not None:
        parameters["trainer"] = int(trainer.model.count_params())
    say(f"{len(data.train)} texts of {len(data.labels)} classes; parameters: "
        + ", ".join(f"{name} {count:,}" for name, count in parameters.items()))  # fmt: skip
    rows = _rows(recipe, students)
    train = Examples.of(data.train, data.class_numbers(data.train), context=recipe.context)
    valid = Examples.of(data.valid, data.class_numbers(data.valid), context=recipe.context)
    feeds = _Feeds(recipe, rows, train, valid)
    targets, before = None, None
    beside = trainer if recipe.way == "joint" else None  # the trainer that learns together with the students
    if trainer is not None and beside is None:
        targets, before = _train_before(trainer, feeds, work, _trainer_digest(data, recipe), say)
    shown, measured = feeds.pair(beside, targets=targets, distorted=True)
    step = JointStep(
        {name: student.core for name, student in students.items()},
        None if beside is None else beside.model,
        recipe.loss,
        steps=recipe.epochs * shown.steps,
        student_rate=recipe.rate,
        trainer_rate=0.0 if beside is None else beside.rate,
        average=recipe.average,
    )
    course = learn(
        step, shown, measured,
        keep=recipe.sizes, epochs=recipe.epochs, patience=recipe.patience, work=work, name="students", digest=digest,
        say=say,
    )  # fmt: skip
    aware = None
    if recipe.quantise_aware:
        if beside is not None:
            targets = logits_of(step, shown, "trainer")
        aware = _train_aware(students, feeds, targets, work, digest, say)
    return Trained(students, course, before, parameters, trainer, aware)


def clear_work(work: Path) -> None:
    """Remove the state of a finished training."""
    shutil.rmtree(work)


@dataclass(frozen=True, slots=True)
class _Feeds:
    recipe: ClassifyRecipe
    rows: StudentRows
    train: Examples
    valid: Examples

    def pair(self, trainer: Trainer | None, *, targets: Any = None, distorted: bool) -> tuple[Feed, Feed]:
        recipe = self.recipe
        shown = Feed(
            self.train, self.rows, trainer=trainer, targets=targets, batch_size=recipe.batch_size,
            distortion=recipe.distortion, share=recipe.distorted if distorted else 0.0, seed=recipe.seed,
        )  # fmt: skip
        return shown, Feed(self.valid, self.rows, trainer=trainer, batch_size=recipe.batch_size)


def _train_before(
    trainer: Trainer, feeds: _Feeds, work: Path, digest: str, say: Callable[[str], None]
) -> tuple[Any, Course]:
    """Train the trainer by itself; its predictions for every training text, and its course."""
    recipe = feeds.recipe
    shown, measured = feeds.pair(trainer, distorted=False)
    step = JointStep(
        {}, trainer.model, recipe.loss,
        steps=recipe.trainer_epochs * shown.steps, student_rate=recipe.rate, trainer_rate=trainer.rate,
    )  # fmt: skip
    course = learn(
        step, shown, measured,
        keep=["trainer"], epochs=recipe.trainer_epochs, patience=recipe.patience, work=work, name="trainer",
        digest=digest, say=say,
    )  # fmt: skip
    saved = read_checkpoint(work / "targets.npz", digest=digest)
    if saved is None:
        saved = Checkpoint(digest, {}, {"targets": logits_of(step, shown, "trainer")})
        write_checkpoint(work / "targets.npz", saved)
    return saved.arrays["targets"], course


def _train_aware(
    students: dict[str, Any], feeds: _Feeds, targets: Any, work: Path, digest: str, say: Callable[[str], None]
) -> Course:
    """Epochs with rounded weights and a low rate, from the students' best weights on."""
    recipe = feeds.recipe
    shown, measured = feeds.pair(None, targets=targets, distorted=True)
    step = JointStep(
        {name: QuantiseAware(student.core) for name, student in students.items()}, None, recipe.loss,
        steps=recipe.quantise_aware * shown.steps, student_rate=AWARE_RATE * recipe.rate, trainer_rate=0.0,
    )  # fmt: skip
    return learn(
        step, shown, measured,
        keep=recipe.sizes, epochs=recipe.quantise_aware, patience=recipe.quantise_aware, work=work,
        name="quantise-aware", digest=digest, say=say,
    )  # fmt: skip


def _students(recipe: ClassifyRecipe, *, num_classes: int) -> dict[str, Any]:
    from models.projection_net import ProjectionNet
    from models.sequence_projection_net import SequenceProjectionNet

    network = SequenceProjectionNet if recipe.network == "sequence" else ProjectionNet
    projection = Projection(n_bytes=recipe.n_bytes, words=recipe.words)
    return {
        size: network(projection, size, num_classes=num_classes, context=recipe.context > 0, name=size)
        for size in recipe.sizes
    }


def _start(recipe: ClassifyRecipe) -> Path | None:
    """The file of token encoders that a resolved recipe names."""
    return {"none": None, "pretrained": PRETRAINED}.get(recipe.start, Path(recipe.start))


def _rows(recipe: ClassifyRecipe, students: dict[str, Any]) -> StudentRows:
    """For the widest of the students; the others read the first of its bits."""
    if recipe.network == "sequence":
        return TokenRows(max((student.projection for student in students.values()), key=lambda one: one.bits))
    return MessageRows(max((student.projection for student in students.values()), key=lambda one: one.message_bits))


def _digest(data: ClassifyData, recipe: ClassifyRecipe, students: dict[str, Any]) -> str:
    """Of everything that decides what a training does."""
    networks = [student.get_config() for student in students.values()]
    start = _start(recipe)
    weights = "" if start is None or not start.exists() else hashlib.sha256(start.read_bytes()).hexdigest()
    return _digest_of([asdict(recipe), networks, weights], data)


def _trainer_digest(data: ClassifyData, recipe: ClassifyRecipe) -> str:
    """Of everything that decides what a trainer learns before the students: whatever students may share it."""
    names = ("trainer", "source", "trainer_epochs", "batch_size", "patience", "context", "seed")
    return _digest_of([*(getattr(recipe, name) for name in names), recipe.loss.trainer], data)


def _digest_of(settings: list[Any], data: ClassifyData) -> str:
    sha = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for rows in (data.train, data.valid):
        for row in rows:
            sha.update(json.dumps([row.text, row.label, row.context]).encode())
        sha.update(b"\n")
    return sha.hexdigest()


def _between(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise RecipeError(f"The {name} must be one of {', '.join(allowed)}. Got {value!r}.")
