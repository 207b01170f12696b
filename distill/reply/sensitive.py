"""Training the sensitive-topic gate: our own messages, harmless look-alikes, and everyday chat as MiniLM judges it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distill.distortion import Distortion, distort
from distill.reply.gate_data import (
    CHAT,
    SensitiveMessages,
    corpus_messages,
    english_lists,
    fold_of,
    lexicon_phrases,
    measured_messages,
    sensitive_messages,
)  # fmt: skip
from distill.reply.gate_training import Examples, Floats, GateCourse, GateReader, Say, fit_gate, silent
from earmark.errors import require_extra
from projection import Projection

if TYPE_CHECKING:
    from models.reply_gates import SensitiveGate

__all__ = ["SensitiveRecipe", "train_sensitive_gate"]


_EVERY = 10**9
_LONGEST = 200  # characters; longer messages are cut anyway
_PART = 65_536  # embeddings at a time


@dataclass(frozen=True, slots=True)
class SensitiveRecipe:
    """Everything that decides the gate.

    Attributes:
        chat: everyday messages, spread over the corpora.
        near: further everyday messages, those of the corpora that MiniLM finds likest to our sensitive ones.
        copies: variants of each of our own sensitive messages.
        harmless_copies: variants of each harmless one.
        joined: share of the variants that stand beside another, everyday message.
        share: weight of our sensitive messages in everything.
        harmless_share: weight of our harmless ones.
        trainer_regularisation: inverse strength (C) of the logistic regression over MiniLM's embeddings.
        trainer_chat: everyday messages that the logistic regression learns from.
        passed: share of everyday training chat, held out, that may be called sensitive.
        least: the threshold is at least this; chat that training knows is called sensitive less often than other chat.
        folds: parts for cross-validation on our own messages; 0 for none.
        distortion: slips in the variants.
        course: how it is trained.
    """

    chat: int = 24_000
    near: int = 16_000
    copies: int = 5
    harmless_copies: int = 4
    joined: float = 0.35
    share: float = 0.3
    harmless_share: float = 0.2
    trainer_regularisation: float = 4.0
    trainer_chat: int = 12_000
    passed: float = 0.005
    least: float = 0.8
    folds: int = 0
    distortion: Distortion = field(default_factory=lambda: Distortion(typo=0.12, punctuation=0.3, case=0.3))
    course: GateCourse = field(default_factory=lambda: GateCourse(epochs=4, batch=256, rate=3e-3, decay=1e-2))


QUICK = SensitiveRecipe(
    copies=0, harmless_copies=0, folds=0, course=GateCourse(epochs=6, batch=64, rate=5e-3, decay=1e-2)
)


def train_sensitive_gate(
    data: Path,
    projection: Projection,
    *,
    quick: bool = False,
    cache: Path | None = None,
    say: Say = silent,
    recipe: SensitiveRecipe | None = None,
) -> tuple[SensitiveGate, dict[str, Any]]:
    """The gate and its figures, "threshold" among them: a message at or above it gets no suggestions.

    Args:
        data: folder of the corpora; not read when `quick`.
        projection: what the gate's token values come from.
        quick: learn from our own messages alone, in some seconds, and measure nothing held out.
        cache: folder of MiniLM's embeddings (`distill.reply.embeddings`), filled as needed; with it everyday messages
            get soft targets from a logistic regression over them, else all of them count as harmless.
        say: told how it goes.
        recipe: other settings than the usual ones.

    Raises:
        CorpusError: a corpus file is missing or damaged.
        MissingExtraError: the extra `train` is not installed.
    """
    from models.reply_gates import SENSITIVE_TOPICS

    recipe = recipe or (QUICK if quick else SensitiveRecipe())
    own = sensitive_messages(SENSITIVE_TOPICS)
    phrases = lexicon_phrases(SENSITIVE_TOPICS)
    chat = list(english_lists()[0]) if quick else corpus_messages(data)
    reader = GateReader(projection)
    chat = chat[:: max(1, len(chat) // recipe.chat)]
    found = listed(chat, phrases, reader)
    chat = [text for text, each in zip(chat, found, strict=True) if not each]
    vectors = None
    if not quick and cache is not None:
        vectors = _vectors([*own.texts, *chat], cache, say)
        near = _nearest(own, vectors, _others(data, chat, cache, recipe), cache, recipe, say)
        found = listed(near, phrases, reader)
        near = [text for text, each in zip(near, found, strict=True) if not each]
        vectors = np.concatenate([vectors, _vectors(near, cache, say)])
        chat += near
    figures: dict[str, Any] = {}
    for fold in range(recipe.folds):
        say(f"sensitive gate, part {fold + 1} of {recipe.folds} of our own messages held out")
        inside = np.asarray([fold_of(place, recipe.folds) != fold for place in range(len(own.texts))])
        gate, held = _train(own, inside, chat, vectors, phrases, reader, recipe, say)
        _measure_fold(figures, gate, own, ~inside, _threshold(gate, held, reader, recipe), reader)
    say("sensitive gate on everything")
    gate, held = _train(own, np.ones(len(own.texts), np.bool_), chat, vectors, phrases, reader, recipe, say)
    figures = _summed(figures, SENSITIVE_TOPICS)
    figures["threshold"] = 0.5 if quick else _threshold(gate, held, reader, recipe)
    if not quick:
        figures["called sensitive"] = {
            name: _called(gate, texts, reader, figures["threshold"]) for name, texts in measured_messages(data).items()
        }
    return gate, figures


def listed(texts: Sequence[str], phrases: Mapping[str, Sequence[int]], reader: GateReader) -> NDArray[np.bool_]:
    """Whether a phrase of the list occurs in each text."""
    from models.lexicon_match import LexiconMatch

    return reader.listed(LexiconMatch(phrases, reader.rows.table.projection), texts)


# === Training ===


def _train(
    own: SensitiveMessages,
    inside: NDArray[np.bool_],
    chat: Sequence[str],
    vectors: Floats | None,
    phrases: Mapping[str, Sequence[int]],
    reader: GateReader,
    recipe: SensitiveRecipe,
    say: Say,
) -> tuple[SensitiveGate, list[str]]:
    """The gate, and the everyday messages held out that are harmless as far as one knows."""
    import keras

    from models.reply_gates import SensitiveGate

    topics = np.asarray(own.topics)
    judged = np.zeros((len(chat), int(topics.max()) + 1), np.float32)
    judged[:, 0] = 1.0
    if vectors is not None:
        judged = _judge(vectors, topics, inside, recipe)
        say(f"  MiniLM calls {int((judged[:, 0] < 0.5).sum()):,} of {len(chat):,} everyday messages sensitive")
    places = np.arange(len(chat))
    out = (places % 12 == 0) & (places < recipe.chat)  # those behind are no fair sample of chat
    keras.utils.set_random_seed(recipe.course.seed)
    gate = SensitiveGate(phrases, reader.rows.table.projection)
    examples = _examples(own, inside, [text for text, held in zip(chat, out, strict=True) if not held],
                         judged[~out], recipe)  # fmt: skip
    fit_gate(gate, examples, reader, recipe.course, say)
    held = [text for text, each, judgement in zip(chat, out, judged, strict=True) if each and judgement[0] >= 0.5]
    return gate, held


def _examples(
    own: SensitiveMessages, inside: NDArray[np.bool_], chat: Sequence[str], judged: Floats, recipe: SensitiveRecipe
) -> Examples:
    chance = random.Random(f"{recipe.course.seed}/sensitive")
    short = [text for text, judgement in zip(chat, judged, strict=True) if len(text) < 60 and judgement[0] > 0.9]
    texts: dict[bool, list[str]] = {True: [], False: []}
    labels: dict[bool, list[int]] = {True: [], False: []}
    for place in np.nonzero(inside)[0]:
        topic = own.topics[place]
        for copy in range(1 + (recipe.copies if topic else recipe.harmless_copies)):
            text = own.texts[place]
            texts[topic > 0].append(_variant(text, short, recipe, chance) if copy else text)
            labels[topic > 0].append(topic)
    classes = judged.shape[1]
    targets = np.concatenate([np.eye(classes, dtype=np.float32)[labels[True] + labels[False]], judged])
    parts = ((len(texts[True]), recipe.share), (len(texts[False]), recipe.harmless_share),
             (len(chat), 1.0 - recipe.share - recipe.harmless_share))  # fmt: skip
    weights = np.concatenate([np.full(count, share / max(count, 1), np.float32) for count, share in parts])
    return Examples([*texts[True], *texts[False], *chat], targets, weights * np.float32(len(targets)))


def _variant(text: str, short: Sequence[str], recipe: SensitiveRecipe, chance: random.Random) -> str:
    text = distort(text, recipe.distortion, chance)
    if short and chance.random() < recipe.joined:
        other = chance.choice(short)
        mark = chance.choice((" ", ". ", ", ", " and "))
        text = f"{other}{mark}{text}" if chance.random() < 0.6 else f"{text}{mark}{other}"
    return text


def _vectors(texts: Sequence[str], cache: Path, say: Say) -> Floats:
    from distill.reply.embeddings import embed

    return embed(texts, cache, say).astype(np.float32)


def _others(data: Path, chat: Sequence[str], cache: Path, recipe: SensitiveRecipe) -> list[str]:
    """Messages of the corpora that the gate does not learn from yet and whose embeddings are there."""
    from distill.reply.embeddings import embedded

    taken = set(chat)
    every = corpus_messages(data, dict.fromkeys(CHAT, _EVERY))
    return embedded([text for text in every if text not in taken and len(text) <= _LONGEST], cache)


def _nearest(
    own: SensitiveMessages, vectors: Floats, others: Sequence[str], cache: Path, recipe: SensitiveRecipe, say: Say
) -> list[str]:
    """The `recipe.near` of `others` that MiniLM finds likest to our sensitive messages."""
    topics = np.asarray(own.topics)
    model = _teacher(vectors, topics, np.ones(len(topics), np.bool_), recipe)
    shares = np.concatenate([np.zeros(0, np.float32)] + [
        1.0 - model.predict_proba(_vectors(others[start : start + _PART], cache, say))[:, 0]
        for start in range(0, len(others), _PART)
    ])  # fmt: skip
    order = np.argsort(-shares, kind="stable")[: recipe.near]
    say(f"  {len(order):,} of {len(others):,} further messages, the last with {shares[order[-1:]].sum():.3f}")
    return [others[place] for place in order]


def _judge(vectors: Floats, topics: NDArray[np.int_], inside: NDArray[np.bool_], recipe: SensitiveRecipe) -> Floats:
    """What logistic regression over MiniLM says of every everyday message; float32 (messages, classes)."""
    judged: Floats = _teacher(vectors, topics, inside, recipe).predict_proba(vectors[len(topics) :]).astype(np.float32)
    return judged


def _teacher(vectors: Floats, topics: NDArray[np.int_], inside: NDArray[np.bool_], recipe: SensitiveRecipe) -> Any:
    """The regression. It takes some everyday messages for harmless examples; they weigh as much as our own do."""
    linear = require_extra("sklearn.linear_model", extra="train", feature="Training the sensitive gate")
    mine, chat = vectors[: len(topics)][inside], vectors[len(topics) :][: recipe.chat]
    some = chat[:: max(1, len(chat) // recipe.trainer_chat)]
    rows = np.concatenate([mine, some])
    labels = np.concatenate([topics[inside], np.zeros(len(some), np.int_)])
    weights = np.concatenate([np.full(len(mine), 2.0), np.full(len(some), 2.0 * len(mine) / len(some))])
    return linear.LogisticRegression(C=recipe.trainer_regularisation, max_iter=300).fit(rows, labels, weights)


# === Figures ===


def _threshold(gate: SensitiveGate, held: Sequence[str], reader: GateReader, recipe: SensitiveRecipe) -> float:
    """At or above which `recipe.passed` of the held-out everyday messages lie; between `least` and 0.95."""
    shares, _ = reader.judge(gate, held)
    return round(float(np.clip(np.quantile(shares, 1.0 - recipe.passed), recipe.least, 0.95)), 4)


def _measure_fold(
    figures: dict[str, Any],
    gate: SensitiveGate,
    own: SensitiveMessages,
    out: NDArray[np.bool_],
    threshold: float,
    reader: GateReader,
) -> None:
    """Adds the held-out messages: [messages, called sensitive, with the right topic, found by the phrases alone]."""
    places = np.nonzero(out)[0]
    texts = [own.texts[place] for place in places]
    shares, topics = reader.judge(gate, texts)
    found = reader.listed(gate.lexicon, texts)
    for place, share, topic, each in zip(places, shares, topics, found, strict=True):
        wanted = own.topics[place]
        row = figures.setdefault(str(wanted), [0, 0, 0, 0])
        caught = bool(share >= threshold)
        row[0] += 1
        row[1] += int(caught)
        row[2] += int(caught and topic + 1 == wanted)
        row[3] += int(each)
        if caught != bool(wanted):
            figures.setdefault("wrong", []).append(own.texts[place])
    figures.setdefault("thresholds", []).append(threshold)


def _summed(figures: dict[str, Any], topics: Sequence[str]) -> dict[str, Any]:
    if not figures:
        return {}
    names = {0: "harmless"} | {index + 1: topic for index, topic in enumerate(topics)}
    keys = ("messages", "called sensitive", "right topic", "in the list")
    sensitive = [figures[str(number)] for number in names if number]
    return {
        "held-out own messages": {
            names[number]: dict(zip(keys, figures[str(number)], strict=True)) for number in names
        },
        "recall": round(sum(row[1] for row in sensitive) / sum(row[0] for row in sensitive), 4),
        "harmless called sensitive": round(figures["0"][1] / figures["0"][0], 4),
        "wrong": figures["wrong"],
        "thresholds of the parts": figures["thresholds"],
    }


def _called(gate: SensitiveGate, texts: Sequence[str], reader: GateReader, threshold: float) -> dict[str, Any]:
    """How many messages are called sensitive, and how many of them by a phrase of the list."""
    shares, _ = reader.judge(gate, texts)
    called = [text for text, share in zip(texts, shares, strict=True) if share >= threshold]
    by_list = int(reader.listed(gate.lexicon, called).sum())
    share = round(len(called) / max(len(texts), 1), 5)
    return {"messages": len(texts), "called sensitive": len(called), "by the list": by_list, "share": share}
