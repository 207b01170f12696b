"""Our own rows of the classifier bench: families and their trainer, ways of training, bits, and the T x d sweep."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.classify_peers import BERT_TOKENS, bert_file, time_bert
from bench.classify_sets import BenchSet, score
from distill.classify import ClassifyRecipe, Trained, train_students
from distill.classify_data import LabelledText
from distill.classify_family import calibration_rows
from distill.distortion import Distortion
from distill.export import QUANTISATIONS, export_classifier
from distill.feed import Examples, Feed
from distill.joint import JointStep, LossWeights
from distill.learn import learn
from distill.quality import measure
from distill.quiet import import_tensorflow
from distill.student_rows import MessageRows, TokenRows
from distill.trainers import Trainer
from projection import Classifier, Projection
from projection.metadata import ModelFacts

__all__ = ["aware", "bert", "family", "rules", "sweep", "ways"]

Figures = dict[str, Any]


def family(bench: BenchSet, recipe: ClassifyRecipe, work: Path) -> Figures:
    """Every size of one run and its trainer, measured on the test lines."""
    start = time.perf_counter()
    trained = train_students(bench.data, replace(recipe, context=bench.context), work, _say)
    seconds = time.perf_counter() - start
    found: Figures = {
        "recipe": asdict(recipe) | {"context": bench.context},
        "epochs": len(trained.course.rows),
        "minutes": seconds / 60,
        "sizes": {size: _file(bench, trained, size, recipe.quantisation) for size in recipe.sizes},
    }
    if trained.trainer is not None:
        found["trainer"] = _trainer(bench, trained.trainer) | {"parameters": trained.parameters["trainer"]}
    return found


def bert(bench: BenchSet, recipe: ClassifyRecipe, work: Path, *, most: int) -> Figures:
    """The BERT trainer after one epoch over at most so many of the training lines, measured on the test lines."""
    chosen = np.random.default_rng(recipe.seed).permutation(len(bench.data.train))[:most]
    data = replace(bench.data, train=tuple(bench.data.train[index] for index in sorted(chosen)))
    # One epoch of one small student costs next to nothing beside it.
    alone = replace(recipe, trainer="bert", way="plain", trainer_epochs=1, sizes=("small",), epochs=1, batch_size=64)
    trained = train_students(data, replace(alone, context=bench.context), work, _say)
    if trained.trainer is None:
        raise ValueError("the recipe of this row must have a trainer.")
    note = f"one epoch over {len(chosen):,} of the {len(bench.data.train):,} lines"
    found = _trainer(bench, trained.trainer)
    return found | {"note": f"{note}; {found['note']}", "parameters": trained.parameters["trainer"]}


def ways(bench: BenchSet, recipe: ClassifyRecipe, work: Path) -> Figures:
    """The last size of `recipe` alone, trained in one way with one seed: accuracy before and after quantisation."""
    trained = train_students(bench.data, replace(recipe, context=bench.context), work, _say)
    size = recipe.sizes[-1]
    found: Figures = {"size": size, "epochs": len(trained.course.rows), **_file(bench, trained, size, "int8")}
    if trained.trainer is not None:
        found["trainer"] = _trainer(bench, trained.trainer)["accuracy"]
    return found


def aware(bench: BenchSet, recipe: ClassifyRecipe, work: Path) -> Figures:
    """Every size of `recipe`: right answers of each kind of file, without and with quantisation-aware epochs."""
    trained = train_students(bench.data, replace(recipe, context=bench.context), work, _say)
    if trained.aware is None:
        raise ValueError("the recipe of this row must have quantisation-aware epochs.")
    facts = ModelFacts("classifier", bench.data.labels, "", {"context": bench.context})
    calibration = calibration_rows(bench.data, recipe)
    found: Figures = {}
    for size, student in trained.students.items():
        for weights, course in (("without", trained.course), ("with", trained.aware)):
            student.core.set_weights(course.kept[size])
            for kind in QUANTISATIONS:
                file = export_classifier(student, facts, quantisation=kind, calibration=calibration)
                answers = Classifier(file).predict([row.text for row in bench.test])
                right = np.mean([row.label == answer for row, answer in zip(bench.test, answers, strict=True)])
                found.setdefault(size, {}).setdefault(kind, {})[weights] = float(right)
    return {"sizes": found, "epochs": len(trained.course.rows), "aware_epochs": len(trained.aware.rows)}


def rules(bench: BenchSet, recipe: ClassifyRecipe, work: Path, *, rule: str, network: str) -> Figures:
    """A medium network whose bits are made by `rule`, trained from the labels alone."""
    from models.projection_net import ProjectionNet
    from models.sequence_projection_net import SequenceProjectionNet

    _seed(recipe)
    projection = Projection(rule=rule, message_rule=rule)
    made = SequenceProjectionNet if network == "sequence" else ProjectionNet
    net = made(projection, "medium", num_classes=len(bench.data.labels), name="medium")
    kind = TokenRows if network == "sequence" else MessageRows
    found: Figures = _train_alone(bench, recipe, {"medium": net}, kind(net.projection), work)["medium"]
    return found


def sweep(
    bench: BenchSet, recipe: ClassifyRecipe, work: Path, *, functions: Sequence[int], bits: Sequence[int]
) -> Figures:
    """ProjectionNets of T projection functions of d bits, all in one run, from the labels alone."""
    from models.projection_net import MessageSize, ProjectionNet

    _seed(recipe)
    nets = {
        f"{t} x {d}": ProjectionNet(Projection(), MessageSize(functions=t, function_bits=d),
                                    num_classes=len(bench.data.labels), name=f"net_{t}_{d}")
        for t in functions for d in bits
    }  # fmt: skip
    widest = max((net.projection for net in nets.values()), key=lambda one: one.message_bits)
    return _train_alone(bench, recipe, nets, MessageRows(widest), work)


def _train_alone(
    bench: BenchSet, recipe: ClassifyRecipe, nets: dict[str, Any], rows: TokenRows | MessageRows, work: Path
) -> Figures:
    work.mkdir(parents=True, exist_ok=True)
    data = bench.data
    train = Examples.of(data.train, data.class_numbers(data.train), context=0)
    valid = Examples.of(data.valid, data.class_numbers(data.valid), context=0)
    shown = Feed(train, rows, batch_size=recipe.batch_size, distortion=Distortion(), share=recipe.distorted,
                 seed=recipe.seed)  # fmt: skip
    step = JointStep({name: net.core for name, net in nets.items()}, None, LossWeights(),
                     steps=recipe.epochs * shown.steps, student_rate=recipe.rate, trainer_rate=0.0,
                     average=recipe.average)  # fmt: skip
    projection = rows.projection if isinstance(rows, MessageRows) else rows.table.projection
    digest = f"{bench.name} {recipe} {projection} {sorted(nets)}"
    course = learn(step, shown, Feed(valid, rows, batch_size=recipe.batch_size), keep=list(nets), epochs=recipe.epochs,
                   patience=recipe.patience, work=work, name="alone", digest=digest)  # fmt: skip
    return {
        name: {"epochs": len(course.rows), "parameters": int(net.count_params()), **_measured(bench, net, "int8")}
        for name, net in nets.items()
    }


def _seed(recipe: ClassifyRecipe) -> None:
    import_tensorflow("Training")
    import keras

    keras.utils.set_random_seed(recipe.seed)


def _file(bench: BenchSet, trained: Trained, size: str, quantisation: str) -> Figures:
    return {
        "parameters": trained.parameters[size],
        "valid_accuracy": trained.course.best[size][0],
        **_measured(bench, trained.students[size], quantisation),
    }


def _measured(bench: BenchSet, net: Any, quantisation: str) -> Figures:
    """Figures of the exported file; the float file's accuracy beside it."""
    facts = ModelFacts("classifier", bench.data.labels, "", {"context": bench.context})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(export_classifier(net, facts, quantisation="float"))
        floating = measure(path, bench.test)
        path.write_bytes(export_classifier(net, facts, quantisation=quantisation))
        quality = measure(path, bench.test)
        classifier = Classifier.load(path)

        def predict(rows: Sequence[LabelledText]) -> list[str]:
            return classifier.predict([row.text for row in rows], [row.context for row in rows])

        return score(predict, bench.test) | {
            "kilobytes": quality.kilobytes,
            "microseconds": quality.microseconds,
            "float_accuracy": floating.accuracy,
        }


def _trainer(bench: BenchSet, trainer: Trainer) -> Figures:
    """The trainer itself; a BERT's size and time are those of its file in 8 bits."""
    labels = bench.data.labels

    def predict(rows: Sequence[LabelledText]) -> list[str]:
        examples = Examples.of(rows, [0] * len(rows), context=bench.context)
        answers = np.zeros(len(rows), np.intp)
        order = np.argsort([len(text) for text in examples.texts], kind="stable")
        for start in range(0, len(order), 128):
            part = order[start : start + 128]
            contexts = None if examples.contexts is None else [examples.contexts[at] for at in part]
            batch = trainer.batch([examples.texts[at] for at in part], contexts)
            answers[part] = np.asarray(trainer.model(batch, training=False)).argmax(axis=1)
        return [labels[answer] for answer in answers]

    found = score(predict, bench.test)
    if trainer.name != "bert":
        return found | {"name": trainer.name}
    file = bert_file(lambda inputs: trainer.model(inputs, training=False))
    return found | {
        "name": trainer.name,
        "kilobytes": len(file) / 1024,
        "microseconds": time_bert(file, trainer.tokens, bench.test),
        "note": f"size and time at {BERT_TOKENS} tokens",
    }


def _say(line: str) -> None:
    print(f"    {line}", flush=True)
