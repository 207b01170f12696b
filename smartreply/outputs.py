"""What the model says about a conversation, before any reply is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from smartreply.replies import ReplyEntry

__all__ = ["SENSITIVE_TOPICS", "Engine", "Outputs", "Settings"]

SENSITIVE_TOPICS = ("self_harm", "medical", "violence", "abuse", "adult")


@dataclass(frozen=True, slots=True)
class Outputs:
    """One reading of a conversation.

    Attributes:
        logits: float32 [rows of the model's reply list]; -1e4 where a reply would say the message over again.
        query: float32 [D], the direction in which replies are looked for.
        message: float32 [D], unit length: the last message as if it were a reply.
        trigger: P(a short reply follows), calibrated.
        sensitive: P(the message touches a sensitive topic).
        topic: which one, an index into `SENSITIVE_TOPICS`.
        english: P(the message is English).
        polar: P(it asks a yes/no question).
        register: -1 casual to 1 polite.
    """

    logits: NDArray[np.float32]
    query: NDArray[np.float32]
    message: NDArray[np.float32]
    trigger: float
    sensitive: float
    topic: int
    english: float
    polar: float
    register: float


@dataclass(frozen=True, slots=True)
class Settings:
    """The model file's own thresholds and weights; the names are those in its facts.

    Attributes:
        trigger_threshold, sensitive_threshold, english_threshold, polar_threshold: probabilities.
        echo_threshold: cosine of a reply and the message from which on it counts as an echo.
        scale: a reply's logit is scale * (query . vector) + prior + register_weight * register * its register.
        score_a, score_b: score = sigmoid(score_a * log_softmax(logits) + score_b).
        register_weight: see scale.
        prior_default: the prior of replies that were added.
    """

    trigger_threshold: float
    sensitive_threshold: float
    english_threshold: float
    polar_threshold: float
    echo_threshold: float
    scale: float
    score_a: float
    score_b: float
    register_weight: float
    prior_default: float


class Engine(Protocol):
    """A model that is ready to run; may be called from several threads."""

    @property
    def settings(self) -> Settings:
        """Thresholds and weights."""

    @property
    def replies(self) -> tuple[ReplyEntry, ...]:
        """The reply list, in the order of the logits."""

    def read(self, text: str, context: str) -> Outputs:
        """What the model says about the last message and the turns before it (joined by line breaks)."""

    def encode(self, text: str) -> NDArray[np.float32]:
        """The vector of a reply, float32 [D], unit length."""
