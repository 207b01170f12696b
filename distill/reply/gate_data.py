"""What the gates learn from: our own lists below distill/reply/data, and single messages of the corpora."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import product
from pathlib import Path
from types import MappingProxyType

from distill.corpora import read_jsonl
from distill.reply.halves import measured_half
from earmark.errors import EarmarkError

__all__ = [
    "CHAT", "MEASURED_CHAT", "GateDataError", "SensitiveMessages", "corpus_messages", "english_lists", "fold_of",
    "foreign_messages", "lexicon_phrases", "measured_messages", "read_sections", "sensitive_messages",
]  # fmt: skip

HARMLESS = "harmless"

LONGEST = 3
"""Words of a phrase, as `models.lexicon_match` has it."""

CHAT: Mapping[str, int] = MappingProxyType(
    {
        "dialogues/samsum.train": 24_000,
        "dialogues/dailydialog.train": 10_000,
        "dialogues/cmu_dog.train": 5_000,
        "dialogues/emocontext.train": 5_000,
        "dialogues/self_dialogue": 5_000,
        "dialogues/meld.train": 3_000,
        "dialogues/switchboard.train": 2_000,
        "dialogues/twitter_conv": 3_000,
        "dialogues/dream.train": 3_000,
        "dialogues/sgd.train": 2_000,
        "dialogues/personachat.valid": 4_000,
        "dialogues/empathetic_dialogues.valid": 4_000,
        "dialogues/msc.valid": 2_000,
        "messages/sms_spam": 4_000,
    }
)
"""Most messages of each file that the gates learn from."""

HALVED = frozenset({"personachat.valid", "empathetic_dialogues.valid", "msc.valid"})

MEASURED_CHAT = ("samsum", "dailydialog", "personachat", "empathetic_dialogues")
"""Sets whose validation messages the gates are measured on."""

_SPACE = re.compile(r"\s+")


class GateDataError(EarmarkError):
    """One of our own lists is not in the form that its first lines describe."""


@dataclass(frozen=True, slots=True)
class SensitiveMessages:
    """Our own messages: `texts` with `topics`, 0 for harmless, else 1 + the position in `SENSITIVE_TOPICS`."""

    texts: tuple[str, ...]
    topics: tuple[int, ...]


def read_sections(name: str) -> dict[str, tuple[str, ...]]:
    """The lines of one of our own lists by section; blank lines and those that begin with "# " are left out.

    Raises:
        GateDataError: a line stands before the first section, or a section comes twice.
    """
    found: dict[str, list[str]] = {}
    section = ""
    for number, line in enumerate(files("distill.reply").joinpath("data", name).read_text("utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("# "):
            continue
        if text[0] == "[" and text[-1] == "]":
            section = text[1:-1]
            if section in found:
                raise GateDataError(f"{name}:{number}: the section '{section}' must come once. Got it again.")
            found[section] = []
        elif not section:
            raise GateDataError(f"{name}:{number}: a section such as [words] must come first. Got {text!r}.")
        else:
            found[section].append(text)
    return {key: tuple(lines) for key, lines in found.items()}


def sensitive_messages(topics: Sequence[str]) -> SensitiveMessages:
    """The messages of sensitive.txt.

    Raises:
        GateDataError: its sections are not the topics and "harmless".
    """
    sections = read_sections("sensitive.txt")
    if set(sections) != {HARMLESS, *topics}:
        raise GateDataError(f"sensitive.txt must have the sections {[*topics, HARMLESS]}. Got {list(sections)}.")
    order = {HARMLESS: 0} | {topic: index + 1 for index, topic in enumerate(topics)}
    pairs = [(text, order[section]) for section, lines in sections.items() for text in lines]
    return SensitiveMessages(tuple(text for text, _ in pairs), tuple(topic for _, topic in pairs))


def lexicon_phrases(topics: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The phrases of lexicon.txt, alternatives written out, with a 1 in the column of their topic.

    Raises:
        GateDataError: another section, a phrase that is too long, or one that stands under two topics.
    """
    phrases: dict[str, tuple[int, ...]] = {}
    for section, lines in read_sections("lexicon.txt").items():
        if section not in topics:
            raise GateDataError(f"lexicon.txt: the sections must be among {list(topics)}. Got '{section}'.")
        columns = tuple(int(topic == section) for topic in topics)
        for line in lines:
            words = [slot.split("|") for slot in line.split()]
            if len(words) > LONGEST:
                raise GateDataError(f"lexicon.txt: a phrase must have at most {LONGEST} words. Got {line!r}.")
            for phrase in map(" ".join, product(*words)):
                if phrases.setdefault(phrase, columns) != columns:
                    raise GateDataError(f"lexicon.txt: {phrase!r} must stand under one topic. Got it under two.")
    return phrases


def foreign_messages() -> dict[str, tuple[str, ...]]:
    """The messages of languages.txt by language."""
    return read_sections("languages.txt")


def english_lists() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Short messages and words of english.txt."""
    sections = read_sections("english.txt")
    return sections["messages"], tuple(word for line in sections["words"] for word in line.split())


def corpus_messages(data: Path, sources: Mapping[str, int] = CHAT) -> list[str]:
    """Distinct messages of the corpora below `data`, at most so many of each file, chosen by a hash of their text.

    Raises:
        CorpusError: a file is missing or damaged.
    """
    seen: dict[str, None] = {}
    for source, most in sources.items():
        halved = source.split("/")[1] in HALVED
        texts = _texts(data / f"{source}.jsonl.gz", half=False if halved else None)
        fresh = sorted({text for text in texts if text not in seen}, key=_order)
        seen |= dict.fromkeys(fresh[:most])
    return list(seen)


def measured_messages(data: Path) -> dict[str, list[str]]:
    """Every distinct validation message of `MEASURED_CHAT` by set; of halved files the half that nobody trains on."""
    found = {}
    for name in MEASURED_CHAT:
        half = True if f"{name}.valid" in HALVED else None
        texts = _texts(data / "dialogues" / f"{name}.valid.jsonl.gz", half=half)
        found[name] = list(dict.fromkeys(texts))
    return found


def fold_of(number: int, folds: int) -> int:
    """The fold of the message at a place in its list: neighbours, which resemble each other, share one."""
    return number // 2 % folds


def _texts(path: Path, *, half: bool | None) -> Iterator[str]:
    """Turns of all dialogues (None), of the measured half (True) or of the other one (False); no spam."""
    for row in read_jsonl(path):
        if (half is not None and measured_half(row["id"]) is not half) or row.get("label") == "spam":
            continue
        for turn in row.get("turns") or (row,):
            text = _SPACE.sub(" ", turn["text"]).strip()
            if text:
                yield text


def _order(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest()
