"""Message-reply pairs from dialogue corpora: what was said, what came before, and what somebody else answered.

Each corpus has a ceiling, so that big ones (assistants, one person playing both sides) do not drown how people chat.
Dialogues that share turns with a measured file are left out, and so are near-duplicate pairs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from distill.corpora import read_jsonl
from distill.reply.halves import measured_half
from projection import Projection

__all__ = ["HALVED", "SOURCES", "Pair", "dialogue_pairs", "read_pairs", "without_near_duplicates"]

SOURCES: Mapping[str, int] = MappingProxyType(
    {
        "samsum.train": 120_000,
        "dailydialog.train": 40_000,
        "dailydialogpp.train": 40_000,
        "dialogsum.train": 45_000,
        "self_dialogue": 50_000,
        "cmu_dog.train": 30_000,
        "emocontext.train": 30_000,
        "sgd.train": 10_000,
        "taskmaster3_partial": 6_000,
        "taskmaster4": 4_000,
        "deal_or_no_deal.train": 3_000,
        "dream.train": 10_000,
        "mutual.train": 14_000,
        "meld.train": 6_000,
        "emorynlp_friends.train": 5_000,
        "irc_ubuntu.train": 8_000,
        "irc_other": 2_000,
        "slack_software": 5_000,
        "switchboard.train": 8_000,
        "twitter_conv": 6_000,
        "persuasion": 8_000,
        "chatterbot_en": 1_000,
        "multiwoz21.valid": 3_000,
        "personachat.valid": 10_000,
        "empathetic_dialogues.valid": 10_000,
        "msc.valid": 4_000,
        "esconv.valid": 4_000,
    }
)
"""Most pairs of each file below dialogues/; the order decides which of two near-duplicates stays."""

HALVED = frozenset({"personachat.valid", "empathetic_dialogues.valid", "msc.valid", "esconv.valid"})
"""Files that are measured on too: only the other half is read."""

MEASURED = frozenset(
    f"{name}.{split}"
    for name in ("samsum", "dailydialog", "dailydialogpp", "personachat", "empathetic_dialogues", "tiage")
    for split in ("valid", "test")
)

TURNS_BEFORE = 9
MAX_REPLY_WORDS = 12
_MASKED = re.compile(r"<(?:URL|EMAIL|PHONE)>")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Pair:
    """One message and one answer to it.

    Attributes:
        context: the turns before the message, oldest first, at most `TURNS_BEFORE`.
        message: the last turn of the other side.
        reply: what was answered, of any length.
        source: the corpus file, such as "samsum.train".
        dialogue: its id there.
    """

    context: tuple[str, ...]
    message: str
    reply: str
    source: str
    dialogue: str

    @property
    def short(self) -> bool:
        """Whether the reply has at most `MAX_REPLY_WORDS` words: what is learned as a reply."""
        return len(self.reply.split()) <= MAX_REPLY_WORDS


def read_pairs(data: Path, sources: Mapping[str, int] = SOURCES) -> list[Pair]:
    """The pairs of every source below `data`/dialogues, at most so many of each, chosen by a hash of their text.

    Raises:
        CorpusError: a file is missing or damaged.
    """
    leaking = _leaking(data)
    pairs: list[Pair] = []
    for source, most in sources.items():
        found: list[Pair] = []
        for row in read_jsonl(data / "dialogues" / f"{source}.jsonl.gz"):
            if row["id"] in leaking or (source in HALVED and measured_half(row["id"])):
                continue
            found += dialogue_pairs(row, source)
        found.sort(key=_order)
        pairs += found[:most]
    return pairs


def dialogue_pairs(row: Mapping[str, Any], source: str) -> Iterator[Pair]:
    """Every change of speaker in a dialogue; where a corpus lists several good answers, each of them."""
    turns = [(turn["speaker"], clean(turn["text"])) for turn in row["turns"]]
    turns = [turn for turn in turns if turn[1]]
    for at in range(1, len(turns)):
        if turns[at][0] != turns[at - 1][0]:
            yield from _pair(turns[:at], turns[at][1], row, source)
    for answer in row.get("positive_responses") or ():
        if turns:
            yield from _pair(turns, clean(answer), row, source)


def clean(text: str) -> str:
    """White space to single blanks, none at the ends."""
    return _SPACE.sub(" ", text).strip()


def without_near_duplicates(
    pairs: Sequence[Pair], *, threshold: float = 0.9, projection: Projection | None = None
) -> list[Pair]:
    """The pairs without those whose message and reply together nearly equal an earlier pair's (MinHash LSH).

    Exact repetitions go first; then what `projection.NearIndex` finds at `threshold` goes, unchecked, since to lose a
    pair is cheap.
    """
    from projection import NearIndex

    index = NearIndex(projection or Projection(), threshold=threshold, num_perm=48)
    kept: list[Pair] = []
    seen: set[str] = set()
    fresh: list[tuple[Pair, str]] = []
    for pair in pairs:
        text = f"{pair.message}\n{pair.reply}"
        key = text.casefold()
        if key not in seen:
            seen.add(key)
            fresh.append((pair, text))
    for number, near in enumerate(index.add_new((str(i), text) for i, (_, text) in enumerate(fresh))):
        if not near:
            kept.append(fresh[number][0])
    return kept


def _pair(before: Sequence[tuple[str, str]], reply: str, row: Mapping[str, Any], source: str) -> Iterator[Pair]:
    message = before[-1][1]
    if not reply or _MASKED.search(reply) or not any(letter.isalnum() for letter in message):
        return
    context = tuple(text for _, text in before[:-1][-TURNS_BEFORE:])
    yield Pair(context, message, reply, source, row["id"])


def _order(pair: Pair) -> bytes:
    text = "\n".join((*pair.context, pair.message, pair.reply))
    return hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest()


def _leaking(data: Path) -> set[str]:
    """Ids of training dialogues that share two turns with a measured file."""
    path = data / "overlap" / "dialogues_train_vs_heldout.jsonl.gz"
    if not path.exists():
        return set()
    return {row["id"] for row in read_jsonl(path) if MEASURED & set(row["also_in"])}
