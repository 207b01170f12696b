"""An untrained small student with gates and a reply list, for the tests of graph, export and table."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from models.reply_gates import EnglishGate, SensitiveGate
from models.reply_graph import ReplyGates
from models.reply_net import ReplyNet, ReplySize
from projection import Projection
from smartreply.outputs import Settings
from smartreply.replies import ReplyEntry

__all__ = ["SETTINGS", "SMALL", "gates", "net", "replies"]

SMALL = Projection(n_bytes=48, words=10, bits=128, orders=(2, 3))
SETTINGS = Settings(
    trigger_threshold=0.5, sensitive_threshold=0.6, english_threshold=0.5, polar_threshold=0.5, echo_threshold=0.99,
    scale=12.0, score_a=1.25, score_b=0.5, register_weight=0.75, prior_default=-2.0,
)  # fmt: skip


def net() -> ReplyNet:
    keras.utils.set_random_seed(5)
    return ReplyNet(ReplySize(width=16, hidden=18, heads=2), SMALL, dim=24, embedding=6)


def gates(projection: Projection = SMALL) -> ReplyGates:
    keras.utils.set_random_seed(6)
    words = ["i", "want", "to", "hurt", "myself", "lunch", "are", "you", "free", "tonight", "hi", "thanks"]
    english = EnglishGate({**dict.fromkeys(words, (1, 0, 0)), "geht": (0, 1, 0), "?": (0, 0, 1)}, projection, width=6)
    sensitive = SensitiveGate({"hurt myself": (1, 0, 0, 0, 0), "knife": (0, 0, 1, 0, 0)}, projection, width=6)
    values, mask = (
        np.zeros((1, projection.words, projection.bits), np.float32),
        np.zeros((1, projection.words), np.float32),
    )
    english(values, mask)
    sensitive(values, mask)
    return ReplyGates(english, sensitive)


def replies(count: int = 23, *, seed: int = 1, longest: int = 3) -> tuple[ReplyEntry, ...]:
    """Made-up replies of one to `longest` words, some with marks outside ASCII."""
    chance = np.random.default_rng(seed)
    words = [
        "yes",
        "no",
        "sure",
        "later",
        "thanks",
        "where",
        "why",
        "great",
        "sorry",
        "ok",
        "né",
        "🙂",
        "see",
        "you",
        "soon",
        "hi",
    ]
    entries: dict[str, ReplyEntry] = {}
    while len(entries) < count:
        text = " ".join(chance.choice(words, int(chance.integers(1, longest + 1))))
        intent = int(chance.integers(9))
        entries[text] = ReplyEntry(
            text=text,
            intent=f"intent_{intent}",
            family=f"family_{intent // 2}",
            register=int(chance.integers(-1, 2)),
            polarity=int(chance.integers(-1, 2)),
            form=str(chance.choice(["statement", "question", "emoji"])),
            echo_ok=bool(chance.integers(2)),
            prior=float(chance.normal()),
        )
    return tuple(entries.values())
