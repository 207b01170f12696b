"""How one choice changes the ranking: a bounded, decaying, online logistic update.

Every reply and every intent may carry a `Weight`, in logits; a reply's adjustment is the sum of its own weight and its
intent's. A choice is read as one draw from a softmax over what was offered (plus the chosen reply, if it was typed):

    weight_j += rate * (1 if j was chosen else 0 - p_j)

which is the gradient step of multinomial logistic regression with one indicator per reply and one per intent. Choosing
what was already on top changes little, choosing what was far behind changes much, and nothing can grow past its bound.
Weights halve every `half_life_events` choices and every `half_life_days` days, so that old habits fade.
Pure functions of numbers: no clock, no file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ZERO", "LearningRates", "Offer", "Weight", "decayed", "moved", "steps"]


@dataclass(frozen=True, slots=True)
class LearningRates:
    """How fast, how far and for how long.

    Attributes:
        reply_rate, intent_rate: logits per unit of surprise (1 - p), for a reply and for its intent.
        ignored: factor on both when the user chose none of the offers and typed something else: weak evidence.
        reply_bound, intent_bound: a weight stays within +- this, in logits; an adjustment within +- their sum.
        half_life_events: choices after which a weight has halved.
        half_life_days: days after which a weight has halved; the two decays multiply.
        own_start: the weight, in logits, of a text of the user's own when it becomes a candidate.
        usage_rate: how far such a text's vector moves per unit of surprise (`smartreply.personal_usage`).
        usage_bound: its shift's greatest length, where the vector of its words has length 1.
    """

    reply_rate: float = 0.8
    intent_rate: float = 0.3
    ignored: float = 0.1
    reply_bound: float = 2.0
    intent_bound: float = 1.0
    half_life_events: float = 500.0
    half_life_days: float = 60.0
    own_start: float = 1.0
    usage_rate: float = 0.5
    usage_bound: float = 1.0

    @property
    def bound(self) -> float:
        """No reply's logit is moved by more than this, up or down."""
        return self.reply_bound + self.intent_bound


@dataclass(frozen=True, slots=True)
class Weight:
    """A value in logits as it was after choice number `event`, on `day` (whole days since 1970)."""

    value: float
    event: int
    day: int


ZERO = Weight(0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class Offer:
    """A reply that the user could choose: its key, its intent, its logit as the model has it, and the adjustment."""

    key: str
    intent: str
    base: float
    adjustment: float = 0.0

    @property
    def logit(self) -> float:
        """The logit that it was ranked by."""
        return self.base + self.adjustment


def decayed(weight: Weight, event: int, day: int, rates: LearningRates) -> float:
    """The weight's value at choice number `event` on `day`; a clock that went back counts as standing still.

    decayed(Weight(1.0, 0, 0), 500, 0, LearningRates()) is 0.5.
    """
    halvings = max(0, event - weight.event) / rates.half_life_events
    halvings += max(0, day - weight.day) / rates.half_life_days
    return weight.value * math.exp2(-halvings)


def moved(weight: Weight, step: float, bound: float, event: int, day: int, rates: LearningRates) -> Weight:
    """The weight after `step` at choice number `event` on `day`, within +- `bound`."""
    value = decayed(weight, event, day, rates) + step
    return Weight(min(bound, max(-bound, value)), event, day)


def steps(
    offers: Sequence[Offer], chosen: Offer | None, rates: LearningRates
) -> tuple[dict[str, float], dict[str, float]]:
    """By how many logits each reply (by key) and each intent moves, before bounds.

    `chosen` may be among the offers or not (typed, but known). None: the user typed something else, which stands
    beside the offers with the best logit that the model itself gave to one of them; so replies that are passed over
    time and again sink ever more slowly. A chosen reply that stood alone is held against such a something else.
    """
    everyone = list(offers)
    if chosen is not None and all(offer.key != chosen.key for offer in everyone):
        everyone.append(chosen)
    if not everyone:
        return {}, {}
    logits = [offer.logit for offer in everyone]
    if chosen is None or len(everyone) == 1:
        logits.append(max(offer.base for offer in everyone))  # something that is not on the list
    factor = 1.0 if chosen is not None else rates.ignored
    replies: dict[str, float] = {}
    intents: dict[str, float] = {}
    for offer, share in zip(everyone, _softmax(logits), strict=False):
        surprise = (1.0 if chosen is not None and offer.key == chosen.key else 0.0) - share
        replies[offer.key] = rates.reply_rate * factor * surprise
        intents[offer.intent] = intents.get(offer.intent, 0.0) + rates.intent_rate * factor * surprise
    return replies, intents


def _softmax(logits: Sequence[float]) -> list[float]:
    top = max(logits)
    powers = [math.exp(logit - top) for logit in logits]
    total = math.fsum(powers)
    return [power / total for power in powers]
