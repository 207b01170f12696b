"""What smart reply is measured on: ranking cases, messages with references, and turns with and without a short reply.

Sets without a training split (`HALVED`) are measured on one half of their dialogues; the other half may be trained on.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from distill.corpora import read_jsonl
from distill.reply.halves import measured_half
from distill.reply.pairs import HALVED, Pair, dialogue_pairs

__all__ = ["RANKING_SETS", "Case", "Task", "joined", "rank_task", "read_messages", "read_valid_pairs", "trigger_pairs"]

RANKING_SETS = ("samsum", "dailydialog", "empathetic_dialogues", "personachat")
CANDIDATES = 100
MAX_CONTEXT_CHARS = 400
"""More than any student reads; cut before embedding."""


@dataclass(frozen=True, slots=True)
class Case:
    """A message with what somebody really answered.

    Attributes:
        id: dialogue and turn, such as "samsum-13681163-1#8".
        source: the corpus file, such as "samsum.valid".
        context: the turns before the message, oldest first.
        message: the last turn.
        references: true replies, one or five.
        shown: what the Android 10 model shows.
        forced: the three it would show if it had to.
    """

    id: str
    source: str
    context: tuple[str, ...]
    message: str
    references: tuple[str, ...]
    shown: tuple[str, ...]
    forced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """Ranking `candidates[i]` (indices into the pairs' replies; the true one first) for the message of pair i."""

    pairs: tuple[Pair, ...]
    candidates: tuple[tuple[int, ...], ...]


def joined(context: Sequence[str]) -> str:
    """Earlier turns as one text, oldest first, as the exported model reads them."""
    return "\n".join(context)[-MAX_CONTEXT_CHARS:]


def read_messages(data: Path, *, everything: bool = False) -> list[Case]:
    """The messages with recorded Android 10 suggestions; of halved sets only the measured half unless `everything`."""
    cases = []
    for row in read_jsonl(data / "peers" / "android10.valid.jsonl.gz"):
        if not everything and row["source"] in HALVED and not measured_half(row["id"]):
            continue
        context = [turn.strip() for turn in row["context"]]
        recorded = row["android10"]
        cases.append(
            Case(
                row["id"],
                row["source"],
                tuple(context[:-1]),
                context[-1],
                tuple(row["refs"]),
                tuple(recorded["shown"]),
                tuple(text for text, _ in recorded["forced"]),
            )
        )
    return cases


def read_valid_pairs(data: Path, name: str) -> list[Pair]:
    """Every message and reply of a validation file that may be measured on, in the file's order."""
    source = f"{name}.valid"
    return [
        pair
        for row in read_jsonl(data / "dialogues" / f"{source}.jsonl.gz")
        if source not in HALVED or measured_half(row["id"])
        for pair in dialogue_pairs(row, source)
    ]


def rank_task(pairs: Sequence[Pair], *, most: int, seed: int = 7) -> Task:
    """Short replies among those of 99 other dialogues (100 candidates in all, the true one first).

    At most `most` pairs, chosen by a hash of their text; a reply's letters, however written, occur once in a list.
    """
    short = sorted((pair for pair in pairs if pair.short), key=_hash)[:most]
    dice = random.Random(seed)
    lists = []
    for i, pair in enumerate(short):
        chosen, texts, dialogues = [i], {pair.reply.casefold()}, {pair.dialogue}
        while len(chosen) < min(CANDIDATES, len(short)):
            other = dice.randrange(len(short))
            text, dialogue = short[other].reply.casefold(), short[other].dialogue
            if text in texts or dialogue in dialogues:
                continue
            chosen.append(other)
            texts.add(text)
            dialogues.add(dialogue)
        lists.append(tuple(chosen))
    return Task(tuple(short), tuple(lists))


def trigger_pairs(data: Path, *, most: int = 500) -> list[Pair]:
    """Pairs with replies of any length, `most` of each ranking set, chosen by a hash of their text."""
    return [pair for name in RANKING_SETS for pair in sorted(read_valid_pairs(data, name), key=_hash)[:most]]


def _hash(pair: Pair) -> bytes:
    text = "\n".join((pair.dialogue, *pair.context, pair.message, pair.reply))
    return hashlib.sha256(text.encode("utf-8")).digest()
