"""A small world for the tests of personal adaptation: a handful of replies, situations made of plain numbers."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from smartreply.message import Message
from smartreply.outputs import Outputs, Settings
from smartreply.personal_protocol import Adjustment, Situation
from smartreply.replies import ReplyEntry

REPLIES = (
    ReplyEntry("Yes", "yes", "yes", polarity=1),
    ReplyEntry("Yup", "yes", "yes", polarity=1, register=-1),
    ReplyEntry("No", "no", "no", polarity=-1),
    ReplyEntry("Maybe", "maybe", "maybe"),
    ReplyEntry("On my way!", "coming", "coming"),
    ReplyEntry("Thanks!", "thanks", "thanks", register=1),
    ReplyEntry("👍", "thumbs_up", "thumbs_up", form="emoji"),
)
BASE = (3.0, 1.0, 2.0, 1.5, 0.0, -1.0, 0.5)
"""The logits of REPLIES in the situation that the tests start from."""

SETTINGS = Settings(
    trigger_threshold=0.5, sensitive_threshold=0.5, english_threshold=0.5, polar_threshold=0.5, echo_threshold=0.9,
    scale=10.0, score_a=1.0, score_b=0.0, register_weight=0.2, prior_default=-1.0,
)  # fmt: skip
_SIZE = 64


def encode(text: str) -> NDArray[np.float32]:
    """A unit vector of the text's letter trigrams: like texts have like vectors."""
    vector = np.full(_SIZE, 1e-3, np.float32)
    padded = f" {text.casefold()} "
    for start in range(len(padded) - 2):
        vector[zlib.crc32(padded[start : start + 3].encode()) % _SIZE] += 1
    unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
    return unit


def sensitive(text: str) -> bool:
    """Stands for the model's gate."""
    return "hurt" in text


def situation(
    logits: tuple[float, ...] = BASE,
    *,
    message: str = "are you coming?",
    replies: tuple[ReplyEntry, ...] = REPLIES,
) -> Situation:
    """What the model says of `message`: the logits given, and a query that looks for texts like the message."""
    row = np.array(logits, np.float32)
    vector = encode(message)
    outputs = Outputs(row, vector, vector, 0.9, 0.0, 0, 0.99, 0.9, 0.0)
    return Situation((Message(message),), outputs, replies, row, encode, sensitive, SETTINGS)


def logits_of(place: Situation, adjustment: Adjustment) -> dict[str, float]:
    """Every reply's logit with what the habits add, candidates as `SmartReply` scores them."""
    found = {
        one.text: float(logit + added)
        for one, logit, added in zip(place.replies, place.logits, adjustment.additions, strict=True)
    }
    settings = place.settings
    for one in adjustment.candidates:
        logit = settings.scale * float(place.outputs.query @ one.vector) + one.entry.prior + one.addition
        found[one.entry.text] = logit + settings.register_weight * place.outputs.register * one.entry.register
    return found


def ranked(place: Situation, adjustment: Adjustment) -> list[str]:
    """Every reply's text, best first."""
    found = logits_of(place, adjustment)
    return sorted(found, key=lambda text: (-found[text], text))


def shown(place: Situation, adjustment: Adjustment, k: int = 3) -> tuple[str, ...]:
    """The k best of different families."""
    entries = {one.text: one for one in (*place.replies, *(one.entry for one in adjustment.candidates))}
    picked: list[str] = []
    for text in ranked(place, adjustment):
        if len(picked) < k and entries[text].family not in {entries[one].family for one in picked}:
            picked.append(text)
    return tuple(picked)
