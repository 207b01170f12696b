"""What is known about one reply, one intent, and the whole: the rows of a personal file as values."""

from __future__ import annotations

from dataclasses import dataclass

from smartreply.personal_learning import ZERO, Weight
from smartreply.personal_usage import Usage

__all__ = ["IntentRecord", "ReplyRecord", "Snapshot"]


@dataclass(frozen=True, slots=True)
class ReplyRecord:
    """A reply that was offered or sent.

    Attributes:
        text: the reply; of the user's own only when `own`.
        own: the user types it often and the reply list does not have it.
        alike: own replies: the reply of the list that is nearest in meaning, or None.
        picked: how often it was chosen while on offer.
        typed: how often it was sent while not on offer.
        passed: how often it was on offer and something else was sent.
        weight: logits, as of its event and day.
        usage: own replies: what they answer.
    """

    text: str
    own: bool = False
    alike: str | None = None
    picked: int = 0
    typed: int = 0
    passed: int = 0
    weight: Weight = ZERO
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class IntentRecord:
    """An intent of which a reply was offered or sent: how often one was chosen or passed over, and the weight."""

    name: str
    chosen: int = 0
    passed: int = 0
    weight: Weight = ZERO


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything learnt after `events` choices; replies by text, intents by name."""

    events: int = 0
    replies: tuple[ReplyRecord, ...] = ()
    intents: tuple[IntentRecord, ...] = ()
