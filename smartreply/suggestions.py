"""What `SmartReply.suggest` gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["STATUSES", "Reply", "Suggestions"]

STATUSES = ("success", "no_reply", "unsupported_language", "sensitive")
"""In the order of the model's status numbers."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One suggestion.

    Attributes:
        text: what to send.
        score: calibrated probability, 0 to 1, that the user would say about this; 0 for a back-off reply.
        intent: what it is meant to say, such as "thanks".
    """

    text: str
    score: float
    intent: str


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Replies, or the reason for silence.

    Attributes:
        status: "success", "no_reply", "unsupported_language" or "sensitive".
        replies: what to offer, the best first and then what goes with it; empty unless the status is "success" (or
            back-off replies were asked for).
        reason: why, in words: "a short reply is unlikely here (probability 0.12, needed 0.30)".
    """

    status: str
    replies: tuple[Reply, ...]
    reason: str

    def __iter__(self) -> Iterator[Reply]:
        return iter(self.replies)

    def __len__(self) -> int:
        return len(self.replies)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that `earmark reply --json` prints."""
        replies = [{"text": one.text, "score": round(one.score, 4), "intent": one.intent} for one in self.replies]
        return {"status": self.status, "reason": self.reason, "replies": replies}
