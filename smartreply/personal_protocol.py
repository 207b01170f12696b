"""What `SmartReply` asks of whatever learns from its user; `smartreply.personal` is the one that ships.

    reply = SmartReply.load(personal=Personal("me.sqlite"))
    reply.suggest(messages)                  # calls personal.adjust(situation)
    reply.learn(messages, "On my way!")      # calls personal.learn(situation, "On my way!", shown)
    reply.forget()                           # calls personal.forget()

`SmartReply` calls from any thread, several at a time: an implementation locks what it has to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from smartreply.message import Message
from smartreply.outputs import Outputs, Settings
from smartreply.replies import ReplyEntry

__all__ = ["Adjustment", "Candidate", "Learner", "Situation"]


@dataclass(frozen=True, slots=True)
class Situation:
    """A conversation that waits for the user's reply.

    Attributes:
        messages: the messages that were read, oldest first, at most 10; the last is from the other side.
        outputs: what the model says; its `logits` are of the model's own replies alone.
        replies: every reply that takes part: the model's (the first len(outputs.logits) rows), then those that the
            app added. Blocked and removed ones stand in it, too; they are masked after `adjust`.
        logits: float32 [len(replies)], before anything personal; -1e4 where a reply would echo the message.
        encode: the vector of a reply's text, float32 [D], unit length (about 0.1 ms, cached by nobody).
        sensitive: whether a text, read as a message of its own, touches a sensitive topic; asked by `learn` before a
            text of the user's own is kept.
        settings: the model's settings; `prior_default` is the prior of candidates.
    """

    messages: tuple[Message, ...]
    outputs: Outputs
    replies: tuple[ReplyEntry, ...]
    logits: NDArray[np.float32]
    encode: Callable[[str], NDArray[np.float32]]
    sensitive: Callable[[str], bool]
    settings: Settings


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reply that the user writes often and the reply list does not have.

    Attributes:
        entry: the reply; its intent and family should be ones of `Situation.replies` where it means the same, so that
            it is not offered beside its synonyms. `entry.prior` counts in its logit.
        vector: float32 [D], unit length, from `Situation.encode`.
        addition: added to its logit, which is otherwise made as every other reply's.
    """

    entry: ReplyEntry
    vector: NDArray[np.float32]
    addition: float = 0.0


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What the user's habits change in one situation.

    Attributes:
        additions: float32 [len(situation.replies)], finite, added to the logits.
        candidates: further replies. One whose text is already in the reply list (same letters, case and punctuation
            aside) is passed over; blocked words, texts and intents hold for them as well.
    """

    additions: NDArray[np.float32]
    candidates: tuple[Candidate, ...] = ()


class Learner(Protocol):
    """Learns from what the user sends, on this device alone."""

    def adjust(self, situation: Situation) -> Adjustment:
        """What the user's habits change here; called once per `suggest`, also when nothing was learnt yet."""

    def learn(self, situation: Situation, chosen: str, shown: tuple[str, ...]) -> None:
        """Take in that the user sent `chosen`.

        Args:
            situation: the conversation before it. Never a sensitive one, nor one in another language: `SmartReply`
                keeps those away.
            chosen: what was sent, picked or typed; any length, may be no reply of the list.
            shown: the replies that are offered in this situation; those among them that differ from `chosen` were
                passed over.
        """

    def forget(self) -> None:
        """Leave nothing behind, the file included."""
