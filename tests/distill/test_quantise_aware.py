"""Rounded weights are those of the 8-bit file, slopes go through the rounding, and the better file is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from distill.classify import ClassifyRecipe, RecipeError, train_students
from distill.classify_family import _exported, train_family
from distill.export import export_classifier
from distill.joint import LossWeights
from distill.quantise_aware import QuantiseAware, rounded
from projection import Classifier
from projection.metadata import ModelFacts
from tests.distill.requests import data, requests

SMALL = ClassifyRecipe(
    trainer="none", sizes=("small",), batch_size=8, patience=40, epochs=12, loss=LossWeights(labels=1.0), n_bytes=64,
    words=12, quantise_aware=2,
)  # fmt: skip


def test_rounding_by_hand_and_its_slope() -> None:
    import tensorflow as tf

    weight = tf.Variable([[1.0, 10.0, 0.0], [0.3, -3.0, 0.0]])
    with tf.GradientTape() as tape:
        found = rounded(weight, levels=2)
        total = tf.reduce_sum(found * [[1.0, 2.0, 3.0]])
    assert np.allclose(found, [[1.0, 10.0, 0.0], [0.5, -5.0, 0.0]])
    assert np.allclose(tape.gradient(total, weight), [[1.0, 2.0, 3.0]] * 2)
    kernel = np.random.default_rng(1).normal(size=(3, 5, 7)).astype(np.float32)
    steps = np.abs(kernel).max(axis=(0, 1)) / 127
    whole = np.asarray(rounded(kernel)) / steps
    assert np.abs(whole - np.round(whole)).max() < 1e-3
    assert np.abs(np.asarray(rounded(kernel)) - kernel).max() <= steps.max() / 2 * 1.001


def test_the_file_of_rounded_weights_is_the_file_of_the_float_ones(tmp_path: Path) -> None:
    made = data(requests(90, seed=1), held=20)
    trained = train_students(made, SMALL, tmp_path / "work", lambda line: None)
    assert trained.aware is not None
    assert len(trained.aware.rows) == 2
    student = trained.students["small"]
    for ours, kept in zip(student.core.get_weights(), trained.aware.kept["small"], strict=True):
        assert np.array_equal(ours, kept)
    before = trained.course.kept["small"]
    assert any(not np.array_equal(old, new) for old, new in zip(before, student.core.get_weights(), strict=True))
    facts = ModelFacts("classifier", made.labels)
    texts = [row.text for row in made.valid]
    file = Classifier(export_classifier(student, facts))(texts)
    wrapped = QuantiseAware(student.core)
    floating = [np.copy(weight) for weight in student.core.get_weights()]
    on_grid = [np.asarray(rounded(one.value)) if len(one.shape) > 1 else np.asarray(one.value)
               for one in student.core.trainable_variables]  # fmt: skip
    for variable, value in zip(student.core.trainable_variables, on_grid, strict=True):
        variable.assign(value)
    assert np.abs(Classifier(export_classifier(student, facts))(texts) - file).max() < 1e-4
    exact = Classifier(export_classifier(student, facts, quantisation="float"))(texts)
    wrapped.set_weights(floating)
    plain = Classifier(export_classifier(student, facts, quantisation="float"))(texts)
    assert 0 < np.abs(exact - plain).max() < 0.05
    assert all(np.array_equal(one, other) for one, other in zip(wrapped.get_weights(), floating, strict=True))

    # What quantisation lost is told of the weights that were kept: here the later ones, the others being all zero.
    trained.course.kept["small"] = [np.zeros_like(weight) for weight in before]
    trained.course.best["small"] = (0.0, 0.0)
    figures = _exported(tmp_path / "small.tflite", made, SMALL, trained, "small", facts)
    truth = made.class_numbers(made.valid)
    assert figures["quantise_aware_kept"]
    assert figures["accuracy_before_quantisation"] == np.mean(plain.argmax(axis=1) == truth) > 0.5
    assert figures["accuracy_lost"] == figures["accuracy_before_quantisation"] - figures["accuracy"]


def test_a_family_reports_both_and_keeps_the_better(tmp_path: Path) -> None:
    made = data(requests(90, seed=1), held=20)
    recipe = replace(SMALL, trainer="lstm", epochs=4, quantisation="int8-full")
    metrics = train_family(made, recipe, tmp_path / "out")
    small = metrics["sizes"]["small"]
    aware, plain = small["accuracy_quantise_aware"], small["accuracy_not_quantise_aware"]
    assert small["accuracy"] == max(aware, plain)
    assert small["quantise_aware_kept"] == (aware > plain)
    lines = (tmp_path / "out" / "log.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", "1", "2", "3", "4", "5", "6"]
    card = (tmp_path / "out" / "card.md").read_text(encoding="utf-8")
    assert f"| small | {100 * plain:.2f} % | {100 * aware:.2f} % |" in card


def test_wrong_settings_are_told() -> None:
    with pytest.raises(RecipeError, match=r"quantisation-aware epochs must be 0 or more\. Got -1\."):
        replace(SMALL, quantise_aware=-1)
    with pytest.raises(RecipeError, match=r"for the quantisations int8 and int8-full\. Got 'float'\."):
        replace(SMALL, quantisation="float")
