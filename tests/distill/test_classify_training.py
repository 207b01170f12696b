"""Families trained with a trainer: together with it, from its cached predictions, with context, in full integers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from distill.checkpoint import alone, read_checkpoint
from distill.classify import ClassifyRecipe, RecipeError, train_students
from distill.classify_family import train_family
from distill.export import export_classifier, label_rows
from distill.joint import LossWeights
from distill.quality import accuracy_and_f1, measure
from distill.tflite_operators import foreign_operators
from distill.trainers import TrainerError, build_trainer
from earmark.errors import ArtifactError, EarmarkError
from projection import Classifier, encode_batch
from projection.metadata import ModelFacts
from tests.distill.requests import data, requests

SMALL = ClassifyRecipe(
    trainer="lstm", sizes=("small",), batch_size=8, patience=40, loss=LossWeights(labels=1.0), n_bytes=64, words=12
)


def test_joint_training_with_context_as_a_full_integer_file(tmp_path: Path) -> None:
    made = data(requests(90, seed=1, context=True), held=20)
    recipe = replace(SMALL, epochs=9, context=2, quantisation="int8-full")
    told: list[str] = []
    metrics = train_family(made, recipe, tmp_path / "out", told.append)
    assert told[0].startswith("70 texts of 3 classes; parameters: small ")
    assert told[1:] == ["exporting and measuring small"]
    assert metrics["trainer"]["name"] == "lstm"
    assert metrics["trainer"]["accuracy"] >= 0.9
    path = tmp_path / "out" / "small.tflite"
    assert metrics["sizes"]["small"]["accuracy"] >= 0.9  # the text itself is always "yes please"
    assert foreign_operators(path) == ()
    assert Classifier.load(path).context == 2
    assert not (tmp_path / "out" / "work").exists()
    assert "Trained together with a trainer (lstm, " in (tmp_path / "out" / "card.md").read_text(encoding="utf-8")
    blind = tuple(replace(row, context=()) for row in made.valid)
    assert measure(path, blind).accuracy < 0.7


def test_plain_distillation_of_the_message_network(tmp_path: Path) -> None:
    made = data(requests(90, seed=1), held=20)
    recipe = replace(SMALL, way="plain", network="message", trainer_epochs=9, epochs=15)
    trained = train_students(made, recipe, tmp_path / "work", lambda line: None)
    assert trained.trainer_course is not None
    assert trained.trainer_course.best["trainer"][0] >= 0.9
    assert trained.course.best["small"][0] >= 0.9
    assert "trainer loss" not in trained.course.rows[0]
    saved = list((tmp_path / "work").glob("*.npz"))
    assert sorted(path.name for path in saved) == ["students.npz", "targets.npz", "trainer.npz"]
    targets = np.load(tmp_path / "work" / "targets.npz", allow_pickle=False)["targets"]
    assert float(np.mean(targets.argmax(axis=1) == made.class_numbers(made.train))) >= 0.95

    student = trained.students["small"]
    text = export_classifier(student, ModelFacts("classifier", made.labels), quantisation="float")
    rows = [row.text for row in made.valid]
    logits = np.asarray(student({"text": encode_batch(rows, 64)}), np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.abs(Classifier(text)(rows) - shares).max() < 1e-5
    with pytest.raises(EarmarkError, match=r"The quantisation must be one of int8, int8-full, float\. Got 'int4'"):
        export_classifier(student, ModelFacts("classifier", made.labels), quantisation="int4")
    with pytest.raises(EarmarkError, match=r"'int8-full' needs texts to calibrate with\. Got none"):
        export_classifier(student, ModelFacts("classifier", made.labels), quantisation="int8-full")
    assert read_checkpoint(tmp_path / "work" / "nothing.npz", digest="") is None


def test_a_folder_takes_one_run_at_a_time(tmp_path: Path) -> None:
    made = data(requests(40, seed=1), held=10)
    (tmp_path / "work").mkdir()
    with (
        alone(tmp_path / "work"),
        pytest.raises(ArtifactError, match=r"another training is writing into .*work\."),
    ):
        train_family(made, replace(SMALL, epochs=1), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["work"]
    with alone(tmp_path / "work"):  # the first one has let go
        pass


def test_a_family_keeps_the_log_of_a_trainer_before_it(tmp_path: Path) -> None:
    made = data(requests(40, seed=1), held=10)
    train_family(made, replace(SMALL, way="plain", network="message", trainer_epochs=2, epochs=1), tmp_path)
    lines = (tmp_path / "trainer.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "epoch,trainer loss,trainer accuracy,trainer valid loss"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]


def test_a_trainer_is_the_same_whichever_students_listen(tmp_path: Path) -> None:
    made = data(requests(40, seed=1), held=10)
    recipe = replace(SMALL, way="plain", network="message", trainer_epochs=2, epochs=1)
    others = replace(recipe, sizes=("medium",), loss=LossWeights(temperature=4.0))
    train_students(made, recipe, tmp_path / "first", lambda line: None)
    train_students(made, others, tmp_path / "fresh", lambda line: None)
    kept = [np.load(tmp_path / folder / "targets.npz", allow_pickle=False)["targets"] for folder in ("first", "fresh")]
    assert np.array_equal(*kept)
    (tmp_path / "shared").mkdir()
    for name in ("trainer.npz", "targets.npz"):
        (tmp_path / "first" / name).rename(tmp_path / "shared" / name)
    before = (tmp_path / "shared" / "trainer.npz").stat().st_mtime_ns
    train_students(made, others, tmp_path / "shared", lambda line: None)
    assert (tmp_path / "shared" / "trainer.npz").stat().st_mtime_ns == before  # it was not trained again


def test_figures_by_hand() -> None:
    assert np.allclose(accuracy_and_f1(["a", "a", "b"], ["a", "b", "b"]), (2 / 3, 2 / 3))
    assert accuracy_and_f1(["a", "b"], ["c", "b"]) == (0.5, 0.5)  # a class nobody asked for has no F1 of its own
    assert label_rows(["né", "a"]).tolist() == [[110, 195, 169], [97, 0, 0]]


def test_what_is_automatic_follows_the_amount_of_data() -> None:
    for texts, epochs, trainer_epochs, batch in ((70, 40, 6, 8), (16_000, 37, 2, 64), (190_000, 10, 1, 256)):
        recipe = ClassifyRecipe(trainer="bert", batch_size=8 if texts == 70 else 0).resolved(texts)
        assert (recipe.epochs, recipe.trainer_epochs, recipe.batch_size) == (epochs, trainer_epochs, batch)
        assert recipe.resolved(5) == recipe
    lstm = ClassifyRecipe(trainer="lstm", way="plain").resolved(16_000)
    assert lstm.trainer_epochs == lstm.epochs == 37, "an LSTM starts from nothing, as the students do"
    assert ClassifyRecipe().resolved(190_000).trainer == "none"
    assert ClassifyRecipe(source="a/bert").resolved(190_000).trainer == "bert"
    assert [ClassifyRecipe(trainer=name).resolved(9).way for name in ("lstm", "bert")] == ["joint", "plain"]
    assert ClassifyRecipe(trainer="lstm", way="plain", epochs=3).resolved(9).way == "plain"


def test_wrong_settings_are_told() -> None:
    for change, message in (
        ({"epochs": -1}, r"The 'epochs' of the training must be 0 or more\. Got -1\."),
        ({"average": 1.0}, r"The 'average' of the training must be from 0 to below 1\. Got 1\.0\."),
        ({"context": -1}, r"The number of utterances of context must be 0 or more\. Got -1\."),
        ({"distorted": 1.5}, r"The share of distorted texts must lie between 0 and 1\. Got 1\.5\."),
        ({"rate": 0.0}, r"The learning rate must lie above 0 and be at most 1\. Got 0\.0\."),
        ({"sizes": ()}, r"The sizes must be one or more different names\. Got none\."),
        ({"network": "odd"}, r"The network must be one of sequence, message\. Got 'odd'\."),
    ):
        with pytest.raises(RecipeError, match=message):
            replace(SMALL, **change)
    with pytest.raises(TrainerError, match=r"Only the trainer 'bert' starts from a model \('x'\); the trainer is"):
        build_trainer("lstm", [], num_classes=2, source="x")
    with pytest.raises(TrainerError, match=r"The trainer must be one of lstm, bert, none\. Got 'gru'\."):
        build_trainer("gru", [], num_classes=2)
