"""What the reply set has to say about a pair: which of its replies are close to what was really answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.reply.embeddings import embed
from distill.reply.trainer import TrainerHeads
from distill.student_rows import TokenTable
from smartreply.replies import ReplyEntry

__all__ = ["ECHO", "NEAR", "SHARPNESS", "SetTargets"]

NEAR = 0.7
"""Cosine from which an answer counts as covered by the set."""

SHARPNESS = 25.0
"""What cosines are multiplied with before the softmax: .04 nearer is e times as probable."""

SOFT_EDGE = 0.05
"""How fast a pair's weight falls around `NEAR`, in cosine."""

ECHO = 0.75
"""Cosine of a reply and the message from which on the trainer's opinion of it is not taken: it likes what repeats."""


@dataclass(frozen=True, slots=True)
class SetTargets:
    """A reply set with its embeddings and priors.

    Attributes:
        replies: in the order of the model's rows.
        vectors: MiniLM's embeddings, float32 (replies, 384).
        rows: tokens' numbers, int32 (replies, words).
        prior: log popularity, float32 (replies,), with mean 0.
        prior_weight: how much of it the logits get.
        trainer: the trainer's vectors of the replies, float32 (replies, 384), times its scale; None without one.
    """

    replies: tuple[ReplyEntry, ...]
    vectors: NDArray[np.float32]
    rows: NDArray[np.int32]
    prior: NDArray[np.float32]
    prior_weight: float
    trainer: NDArray[np.float32] | None = None

    @classmethod
    def of(
        cls,
        replies: Sequence[ReplyEntry],
        table: TokenTable,
        cache: Path,
        answers: NDArray[np.float16],
        *,
        prior_weight: float = 0.5,
        heads: TrainerHeads | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> SetTargets:
        """Embed the set and count how popular each reply is among `answers`, float16 (n, 384), real short replies."""
        texts = [reply.text for reply in replies]
        vectors = embed(texts, cache, say).astype(np.float32)
        trainer = None if heads is None else heads.scale * heads.replies(vectors)
        prior = popularity(vectors, answers)
        return cls(tuple(replies), vectors, table.numbers(texts), prior, prior_weight, trainer)

    def loss(self, logits: Any, answers: Any, messages: Any, queries: Any = None) -> Any:
        """Cross-entropy of the set's replies against the real answers, and against the trainer's choice among them.

        Pairs that the set has nothing near to count little in the first; in the second all count alike.

        Args:
            logits: float32 (batch, replies), without the prior.
            answers: embeddings of what was answered, (batch, 384).
            messages: embeddings of the messages, (batch, 384).
            queries: the trainer's, (batch, 384); None leaves the second out.
        """
        import tensorflow as tf

        logits += self.prior_weight * self.prior
        loss = self._answered(logits, answers)
        if self.trainer is None or queries is None:
            return loss
        wanted = tf.matmul(queries, tf.constant(self.trainer), transpose_b=True) + self.prior_weight * self.prior
        likeness = tf.matmul(tf.cast(messages, tf.float32), tf.constant(self.vectors), transpose_b=True)
        said_back = np.array([reply.echo_ok for reply in self.replies])
        wanted = tf.where((likeness >= ECHO) & ~said_back, -1e4, wanted)
        soft = tf.nn.softmax(wanted)
        return 0.5 * loss + tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(soft, logits))

    def _answered(self, logits: Any, answers: Any) -> Any:
        import tensorflow as tf

        cosine = tf.matmul(tf.cast(answers, tf.float32), tf.constant(self.vectors), transpose_b=True)
        wanted = tf.nn.softmax(SHARPNESS * cosine)
        weight = tf.sigmoid((tf.reduce_max(cosine, axis=1) - NEAR) / SOFT_EDGE)
        each = tf.nn.softmax_cross_entropy_with_logits(wanted, logits)
        return tf.reduce_sum(weight * each) / (tf.reduce_sum(weight) + 1e-6)


def popularity(vectors: NDArray[np.float32], answers: NDArray[np.float16]) -> NDArray[np.float32]:
    """Log share of the answers that fall to each reply, each answer shared softly among its nearest; mean 0."""
    counts = np.zeros(len(vectors))
    for start in range(0, len(answers), 4096):
        cosine = answers[start : start + 4096].astype(np.float32) @ vectors.T
        share = np.exp(SHARPNESS * (cosine - cosine.max(axis=1, keepdims=True)))
        share /= share.sum(axis=1, keepdims=True)
        near = 1.0 / (1.0 + np.exp(-(cosine.max(axis=1) - NEAR) / SOFT_EDGE))
        counts += (share * near[:, None]).sum(axis=0)
    log = np.log(counts + 1.0)
    prior: NDArray[np.float32] = (log - log.mean()).astype(np.float32)
    return prior
