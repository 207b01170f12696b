"""The three-term loss against arithmetic by hand, and what a step promises about trainer and students."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from distill.joint import JointStep, LossError, LossWeights, three_terms

LABELS = np.array([0, 1], np.int32)
TRAINER = np.array([[2.0, 0.0, -1.0], [0.0, 1.0, 0.0]], np.float32)
STUDENT = np.array([[1.0, 1.0, 0.0], [-1.0, 0.5, 2.0]], np.float32)


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = logits.astype(np.float64)
    return np.asarray(wide - np.log(np.exp(wide).sum(axis=1, keepdims=True)))


def hard(logits: NDArray[np.float32]) -> float:
    return float(-log_softmax(logits)[[0, 1], LABELS].mean())


def soft(logits: NDArray[np.float32], teacher: NDArray[np.float32], temperature: float) -> float:
    wanted = np.exp(log_softmax(teacher / temperature))
    return float(-(wanted * log_softmax(logits / temperature)).sum(axis=1).mean())


def test_the_three_terms_by_hand() -> None:
    weights = LossWeights(trainer=0.7, mimic=1.3, labels=0.4, temperature=1.0, smoothing=0.0)
    found = three_terms(weights, LABELS, {"a": STUDENT, "b": TRAINER}, trainer=TRAINER)
    wanted = {
        "trainer": hard(TRAINER),
        "a": 1.3 * soft(STUDENT, TRAINER, 1.0) + 0.4 * hard(STUDENT),
        "b": 1.3 * soft(TRAINER, TRAINER, 1.0) + 0.4 * hard(TRAINER),
    }
    wanted["loss"] = 0.7 * wanted["trainer"] + wanted["a"] + wanted["b"]
    assert {name: pytest.approx(value, abs=1e-5) for name, value in wanted.items()} == {
        name: float(value) for name, value in found.items()
    }


def test_a_temperature_softens_and_keeps_the_size_of_gradients() -> None:
    weights = LossWeights(mimic=1.0, labels=0.0, temperature=3.0)
    found = three_terms(weights, LABELS, {"a": STUDENT}, targets=TRAINER)
    assert float(found["a"]) == pytest.approx(9 * soft(STUDENT, TRAINER, 3.0), abs=1e-5)
    assert "trainer" not in found


def test_without_a_trainer_only_the_labels_count() -> None:
    found = three_terms(LossWeights(labels=0.2, smoothing=0.0), LABELS, {"a": STUDENT})
    assert float(found["loss"]) == float(found["a"]) == pytest.approx(hard(STUDENT), abs=1e-6)


def test_smoothing_spreads_a_label_over_all_classes_but_not_for_the_trainer() -> None:
    found = three_terms(LossWeights(mimic=0.0, labels=1.0, smoothing=0.3), LABELS, {"a": STUDENT}, trainer=TRAINER)
    wanted = 0.7 * hard(STUDENT) + 0.3 * float(-log_softmax(STUDENT).mean())
    assert float(found["a"]) == pytest.approx(wanted, abs=1e-6)
    assert float(found["trainer"]) == pytest.approx(hard(TRAINER), abs=1e-6)


def test_the_trainer_does_not_follow_the_students() -> None:
    trainer, student = tf.Variable(TRAINER), tf.Variable(STUDENT)
    with tf.GradientTape() as tape:
        loss = three_terms(LossWeights(trainer=0.0), LABELS, {"a": student}, trainer=trainer)["loss"]
    slopes = tape.gradient(loss, [trainer, student])
    assert float(tf.reduce_max(tf.abs(slopes[0]))) == 0.0
    assert float(tf.reduce_max(tf.abs(slopes[1]))) > 0.1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mimic": -1.0}, r"The 'mimic' of LossWeights must lie between 0 and 100\. Got -1\.0\."),
        ({"mimic": 0.0, "labels": 0.0}, r"must give 'mimic' or 'labels' a weight above 0"),
        ({"temperature": 0.0}, r"The 'temperature' of LossWeights must lie between 0\.1 and 100\. Got 0\.0\."),
        ({"smoothing": 1.0}, r"The 'smoothing' of LossWeights must be from 0 to below 1\. Got 1\.0\."),
    ],
)
def test_wrong_weights_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(LossError, match=message):
        LossWeights(**change)


def student(bits: int) -> Any:
    inputs = {"text_bits": keras.Input((bits,), name="text_bits")}
    x = keras.layers.Dropout(0.2, seed=bits)(inputs["text_bits"])
    return keras.Model(inputs, keras.layers.Dense(3, kernel_initializer="zeros")(x))


def trainer() -> Any:
    inputs = {"token_ids": keras.Input((None,), dtype="int32", name="token_ids")}
    embedding = keras.layers.Embedding(9, 4, embeddings_initializer=keras.initializers.RandomNormal(seed=1))
    x = keras.ops.mean(embedding(inputs["token_ids"]), axis=1)
    return keras.Model(inputs, keras.layers.Dense(3, kernel_initializer="zeros")(x))


BATCHES = [
    {
        "student": {"text_bits": np.array([[1, -1, 0, 1], [-1, 1, 1, 0]], np.int8)[:size]},
        "trainer": {"token_ids": np.array([[1, 2, 3], [4, 5, 0]], np.int32)[:size, :length]},
        "labels": LABELS[:size],
    }
    for size, length in ((2, 3), (1, 2), (2, 3))
]


def steps_of(students: dict[str, Any]) -> JointStep:
    step = JointStep(students, trainer(), LossWeights(), steps=60, student_rate=0.1, trainer_rate=0.1)
    for _ in range(20):
        for batch in BATCHES:
            step.train(batch)
    return step


def test_several_students_are_each_what_they_would_be_alone() -> None:
    """The trainer's work is shared, and nobody's result depends on who else listens."""
    both = steps_of({"narrow": student(2), "wide": student(4)})
    for name, bits in (("narrow", 2), ("wide", 4)):
        alone = steps_of({name: student(bits)})
        for one, two in zip(both.students[name].get_weights(), alone.students[name].get_weights(), strict=True):
            assert np.abs(one - two).max() < 1e-6
        for one, two in zip(both.trainer.get_weights(), alone.trainer.get_weights(), strict=True):
            assert np.abs(one - two).max() < 1e-6
    found = both.predict(BATCHES[0])
    assert {name: logits.argmax(axis=1).tolist() for name, logits in found.items()} == {
        "narrow": [0, 1], "wide": [0, 1], "trainer": [0, 1],
    }  # fmt: skip


def test_answers_and_kept_weights_come_from_the_running_average() -> None:
    step = JointStep({"a": student(4)}, None, LossWeights(), steps=60, student_rate=0.1, trainer_rate=0.0, average=0.9)
    batch = {name: BATCHES[0][name] for name in ("student", "labels")}
    expected = [np.array(weight) for weight in step.students["a"].get_weights()]
    for count in range(1, 31):
        step.train(batch)
        decay = min(0.9, (1 + count) / (10 + count))
        expected = [
            decay * old + (1 - decay) * new
            for old, new in zip(expected, step.students["a"].get_weights(), strict=True)
        ]  # fmt: skip
    kept = step.weights_of("a")
    assert all(np.abs(one - two).max() < 1e-5 for one, two in zip(kept, expected, strict=True))
    assert np.abs(kept[0] - step.students["a"].get_weights()[0]).max() > 1e-3
    answer = step.predict(batch)["a"]
    step.students["a"].set_weights(kept)
    assert np.abs(answer - step.students["a"](batch["student"], training=False)).max() < 1e-6
