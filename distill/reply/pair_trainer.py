"""Whoever tells a student how it sees a batch of pairs: heads over cached vectors, or a network trained along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from distill.reply.corpus import NOTHING, ReplyCorpus
from distill.reply.trainer import TrainerHeads

__all__ = ["CachedHeads", "PairTrainer"]


class PairTrainer(Protocol):
    """A trainer beside a student, over one corpus.

    Attributes:
        variables: what is trained in the student's own steps; empty when the trainer is done.
        seeds: states of its generators of random numbers, for dropout.
        weight: of the trainer's loss in those steps, l1 of `distill.joint`.
    """

    variables: Sequence[Any]
    seeds: Sequence[Any]
    weight: float

    def inputs(self, pairs: NDArray[np.intp], *, hidden: bool) -> dict[str, Any]:
        """What it reads of some pairs, arrays by name.

        Args:
            pairs: positions in the corpus; all of them have a short reply.
            hidden: leave out what came before the messages.
        """

    def logits(self, inputs: Mapping[str, Any], *, training: bool) -> Any:
        """Of every message with every reply, float32 (batch, batch); runs inside a graph."""


class CachedHeads:
    """Trained heads beside a student; a query is computed with its batch, which is cheap beside the student.

    Args:
        heads: the trainer.
        corpus: the pairs, with the vectors that the heads were trained on.
    """

    def __init__(self, heads: TrainerHeads, corpus: ReplyCorpus) -> None:
        self.variables: Sequence[Any] = ()
        self.seeds: Sequence[Any] = ()
        self.weight = 0.0
        self.heads, self.corpus = heads, corpus
        self.replies = heads.replies(corpus.vectors.astype(np.float32)).astype(np.float16)

    def inputs(self, pairs: NDArray[np.intp], *, hidden: bool) -> dict[str, Any]:
        """See `PairTrainer`."""
        corpus = self.corpus
        before = np.full(len(pairs), NOTHING, np.int32) if hidden else corpus.before[pairs]
        return {
            "query": self.heads.queries(corpus.vectors_of(corpus.message[pairs]), corpus.vectors_of(before)),
            "reply": self.replies[corpus.reply[pairs]],
        }

    def logits(self, inputs: Mapping[str, Any], *, training: bool) -> Any:
        """See `PairTrainer`."""
        import tensorflow as tf

        return self.heads.scale * tf.matmul(inputs["query"], tf.cast(inputs["reply"], tf.float32), transpose_b=True)
