"""One step of pre-training: every size hears the same sentence embeddings of the same batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distill.feed import Batch
from distill.joint import batch_signature, narrow
from distill.optimizer import FlatAdamW
from distill.quiet import import_tensorflow

__all__ = ["EmbeddingStep"]


class EmbeddingStep:
    """Sentence cores of several sizes, trained side by side.

    The loss of each is one minus the cosine to the wanted embedding, and the squared difference of the batch's
    similarities to each other (Park et al. 2019, "Relational Knowledge Distillation", on cosines).

    Args:
        cores: of `models.sequence_projection_net.sentence_core`, by size.
        relation: weight of the similarities.
        rate: the highest learning rate; rises and falls as `FlatAdamW` says.
        steps: how many there will be.
    """

    def __init__(self, cores: Mapping[str, Any], *, relation: float, rate: float, steps: int) -> None:
        self._tf = import_tensorflow("Pre-training")
        self.cores, self.relation = dict(cores), relation
        self.optimizers = {
            name: FlatAdamW(core.trainable_variables, rate=rate, steps=steps, weight_decay=0.01)
            for name, core in self.cores.items()
        }
        self._step: Any = None
        self._encode: Any = None

    @property
    def variables(self) -> list[Any]:
        """Everything that training changes, in a fixed order."""
        found = [variable for core in self.cores.values() for variable in core.variables]
        return found + [variable for optimizer in self.optimizers.values() for variable in optimizer.variables]

    def train(self, batch: Batch) -> dict[str, Any]:
        """One step over "student" (arrays by name) and "targets" (float16, unit vectors); each size's loss."""
        batch = {name: batch[name] for name in ("student", "targets")}
        if self._step is None:
            self._step = self._tf.function(self._train, input_signature=[batch_signature(batch)])
        found: dict[str, Any] = self._step(batch)
        return found

    def embed(self, batch: Batch) -> dict[str, Any]:
        """Unit embeddings float32 (batch, dim) by size."""
        batch = {"student": batch["student"]}
        if self._encode is None:
            self._encode = self._tf.function(self._unit, input_signature=[batch_signature(batch)])
        return {name: value.numpy() for name, value in self._encode(batch).items()}

    def _unit(self, batch: Any) -> Any:
        normalised = self._tf.math.l2_normalize
        return {name: normalised(core(narrow(batch["student"], core)), axis=1) for name, core in self.cores.items()}

    def _train(self, batch: Any) -> Any:
        tf = self._tf
        wanted = tf.cast(batch["targets"], tf.float32)
        like = tf.matmul(wanted, wanted, transpose_b=True)
        with tf.GradientTape() as tape:
            losses = {}
            for name, unit in self._unit(batch).items():
                away = tf.reduce_mean(1.0 - tf.reduce_sum(unit * wanted, axis=1))
                differ = tf.reduce_mean(tf.square(tf.matmul(unit, unit, transpose_b=True) - like))
                losses[name] = away + self.relation * differ
            total = tf.add_n(list(losses.values()))
        slopes = tape.gradient(total, {name: core.trainable_variables for name, core in self.cores.items()})
        for name, optimizer in self.optimizers.items():
            optimizer.apply(slopes[name])
        return losses
