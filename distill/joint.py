"""Trainer and students optimised together: the three-term loss, and one step over a batch.

"ProjectionNet" (Ravi 2017, section 3, equation 5)::

    L = l1 * H(trainer, y)  +  l2 * H(student, trainer)  +  l3 * H(student, y)

summed over the students; H is cross-entropy. The trainer runs once per batch, however many students listen. It learns
from y alone: gradients of the second term stop at its predictions, so that it is the same trainer whichever students
listen. With targets computed beforehand in the trainer's place this is plain distillation; with neither, only the
third term is left. Predictions in the second term may be softened or sharpened by a temperature (Hinton et al. 2015,
section 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.optimizer import FlatAdamW
from distill.quiet import import_tensorflow
from earmark.errors import EarmarkError

__all__ = ["JointStep", "LossError", "LossWeights", "batch_signature", "narrow", "three_terms"]


class LossError(EarmarkError):
    """A weight of the loss is out of its range."""


@dataclass(frozen=True, slots=True)
class LossWeights:
    """How much each term counts.

    Attributes:
        trainer: l1, the trainer against the labels.
        mimic: l2, a student against the trainer; the term counts temperature ** 2 times as much as written above, so
            that its gradients keep their size whatever the temperature.
        labels: l3, a student against the labels.
        temperature: both predictions of the second term are divided by it before the softmax.
        smoothing: share of a label that is spread evenly over all classes in the third term (Szegedy et al. 2016,
            section 7).
    """

    trainer: float = 1.0
    mimic: float = 1.0
    labels: float = 0.5
    temperature: float = 0.5
    smoothing: float = 0.1

    def __post_init__(self) -> None:
        for name in ("trainer", "mimic", "labels"):
            if not 0.0 <= getattr(self, name) <= 100.0:
                raise LossError(f"The '{name}' of LossWeights must lie between 0 and 100. Got {getattr(self, name)}.")
        if self.mimic == 0.0 and self.labels == 0.0:
            raise LossError("LossWeights must give 'mimic' or 'labels' a weight above 0: students would learn nothing.")
        if not 0.1 <= self.temperature <= 100.0:
            raise LossError(f"The 'temperature' of LossWeights must lie between 0.1 and 100. Got {self.temperature}.")
        if not 0.0 <= self.smoothing < 1.0:
            raise LossError(f"The 'smoothing' of LossWeights must be from 0 to below 1. Got {self.smoothing}.")


def three_terms(
    weights: LossWeights, labels: Any, students: Mapping[str, Any], *, trainer: Any = None, targets: Any = None
) -> dict[str, Any]:
    """The loss and its parts, each averaged over the batch.

    Args:
        weights: of the terms.
        labels: int32 (batch,), class numbers.
        students: logits float32 (batch, classes) by name; may be empty while a trainer trains alone.
        trainer: the trainer's logits, to be trained; None without one.
        targets: logits that somebody else computed for the second term; None for the trainer's own.

    Returns:
        Scalars: "loss", with a trainer "trainer", and each student's own share of the loss by its name.
    """
    import tensorflow as tf

    def against_labels(logits: Any, smoothing: float = weights.smoothing) -> Any:
        right = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        if not smoothing:
            return right
        anything = -tf.reduce_mean(tf.nn.log_softmax(logits))
        return (1.0 - smoothing) * right + smoothing * anything

    parts: dict[str, Any] = {}
    if trainer is not None:
        parts["trainer"] = against_labels(trainer, 0.0)
    teacher = targets if targets is not None else trainer
    if teacher is not None:
        soft = tf.nn.softmax(tf.stop_gradient(teacher) / weights.temperature)
    total = weights.trainer * parts["trainer"] if trainer is not None else tf.constant(0.0)
    for name, logits in students.items():
        if teacher is None:
            parts[name] = against_labels(logits)
        else:
            cross = tf.nn.softmax_cross_entropy_with_logits(soft, logits / weights.temperature)
            mimic = weights.mimic * weights.temperature**2 * tf.reduce_mean(cross)
            parts[name] = mimic + weights.labels * against_labels(logits)
        total += parts[name]
    return {"loss": total, **parts}


class JointStep:
    """One trainer (or none) and any number of students; `train` makes one step of all of them.

    Args:
        students: models behind the projection (their `core`) by size name.
        trainer: a model that reads its own inputs; None without one.
        weights: of the loss.
        steps: how many steps there will be; the learning rates rise over the first 5 % and fall to 0 as a cosine.
        student_rate: the students' highest learning rate.
        trainer_rate: the trainer's.
        weight_decay: of every optimiser (AdamW).
        average: decay of the running average of the students' weights per step; 0 for none. With it, `predict` and
            `weights_of` answer from the average.
    """

    def __init__(
        self,
        students: Mapping[str, Any],
        trainer: Any,
        weights: LossWeights,
        *,
        steps: int,
        student_rate: float,
        trainer_rate: float,
        weight_decay: float = 0.01,
        average: float = 0.0,
    ) -> None:
        tf = import_tensorflow("Training")
        self.students, self.trainer, self.weights = dict(students), trainer, weights
        self.averaged = average > 0.0
        self.optimizers = {
            name: FlatAdamW(
                model.trainable_variables, rate=student_rate, steps=steps, weight_decay=weight_decay, average=average
            )
            for name, model in self.students.items()
        }
        self._trainer_optimizer = None if trainer is None else _optimizer(trainer, trainer_rate, steps, weight_decay)
        self._function = tf.function
        self._step: Any = None
        self._logits: Any = None

    @property
    def variables(self) -> list[Any]:
        """Everything that training changes, in a fixed order: weights, seeds of dropout, moments, step counts."""
        trained: list[tuple[Any, Any]] = [(model, self.optimizers[name]) for name, model in self._named()]
        if self.trainer is not None:
            trained.append((self.trainer, self._trainer_optimizer))
        found = [variable for model, _ in trained for variable in model.variables]
        return found + [variable for _, optimizer in trained for variable in optimizer.variables]

    def weights_of(self, name: str) -> list[NDArray[np.generic]]:
        """What `set_weights` of that network takes; the running average where there is one."""
        network = self.trainer if name == "trainer" else self.students[name]
        weights = [np.asarray(weight) for weight in network.get_weights()]
        if name != "trainer" and self.averaged:
            # A student has no weights beside the trainable ones, and both lists have the order of its layers.
            weights = [average.numpy() for average in self.optimizers[name].averages]
        return weights

    def train(self, batch: Mapping[str, Any]) -> dict[str, float]:
        """One step.

        Args:
            batch: "student" (arrays by name), "trainer" (the same, where there is a trainer), "targets" (logits, or
                absent) and "labels" (int32).

        Returns:
            The parts of the loss as `three_terms` names them.
        """
        if self._step is None:
            self._step = self._function(self._train, input_signature=[batch_signature(batch)])
        return {name: float(value) for name, value in self._step(batch).items()}

    def predict(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Logits by name, the trainer's as "trainer" where the batch has its inputs; no dropout."""
        batch = {name: batch[name] for name in ("student", "trainer") if name in batch}
        if self._logits is None:
            self._logits = self._function(self._predict, input_signature=[batch_signature(batch)])
        return {name: value.numpy() for name, value in self._logits(batch).items()}

    def _train(self, batch: Any) -> Any:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            students = {name: model(narrow(batch["student"], model), training=True) for name, model in self._named()}
            trainer = None if self.trainer is None else self.trainer(batch["trainer"], training=True)
            parts = three_terms(
                self.weights, batch["labels"], students, trainer=trainer, targets=batch.get("targets")
            )  # fmt: skip
        watched = {name: model.trainable_variables for name, model in self._named()}
        if self.trainer is not None:
            watched["trainer"] = self.trainer.trainable_variables
        slopes = tape.gradient(parts["loss"], watched)
        for name, optimizer in self.optimizers.items():
            optimizer.apply(slopes[name])
        if self._trainer_optimizer is not None:
            self._trainer_optimizer.apply_gradients(zip(slopes["trainer"], watched["trainer"], strict=True))
        return parts

    def _predict(self, batch: Any) -> Any:
        found = {name: self._answer(name, model, narrow(batch["student"], model)) for name, model in self._named()}
        if self.trainer is not None and "trainer" in batch:
            found["trainer"] = self.trainer(batch["trainer"], training=False)
        return found

    def _answer(self, name: str, model: Any, arrays: Any) -> Any:
        if not self.averaged:
            return model(arrays, training=False)
        state = [variable.value for variable in model.non_trainable_variables]
        return model.stateless_call(self.optimizers[name].averages, state, arrays, training=False)[0]

    def _named(self) -> list[tuple[str, Any]]:
        return list(self.students.items())


def batch_signature(batch: Mapping[str, Any]) -> dict[str, Any]:
    """Shapes and types of every batch like this one, so that the step is traced once: batch and lengths vary."""
    import tensorflow as tf

    def spec(name: str, array: Any, *, tokens: bool) -> Any:
        last = None if tokens or name.endswith("_mask") else array.shape[-1]
        middle = [None] * (array.ndim - 2)
        return tf.TensorSpec([None, *middle, last] if array.ndim > 1 else [None], array.dtype)

    return {
        part: {name: spec(name, array, tokens=part == "trainer") for name, array in value.items()}
        if isinstance(value, Mapping)
        else spec(part, value, tokens=False)
        for part, value in batch.items()
    }


def narrow(arrays: Any, model: Any) -> dict[str, Any]:
    """The arrays as float32, with as many bits as this student reads."""
    import tensorflow as tf

    widths = {tensor.name: tensor.shape[-1] for tensor in model.inputs}
    return {
        name: tf.cast(value if widths[name] is None else value[..., : widths[name]], tf.float32)
        for name, value in arrays.items()
    }


def _optimizer(model: Any, rate: float, steps: int, weight_decay: float) -> Any:
    import keras

    warm = max(steps // 20, 1)
    schedule = keras.optimizers.schedules.CosineDecay(0.0, max(steps - warm, 1), warmup_target=rate, warmup_steps=warm)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=weight_decay, clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    optimizer.build(model.trainable_variables)
    return optimizer
