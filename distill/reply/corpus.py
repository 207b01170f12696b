"""The pairs as arrays: every distinct text once, as tokens' numbers and as an embedding, and indices into them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from distill.distortion import Distortion, distort_all
from distill.reply.embeddings import WIDTH, embed
from distill.reply.pairs import Pair
from distill.student_rows import TokenTable
from projection import Projection

__all__ = ["ReplyCorpus", "context_text", "is_short", "polarity_of", "register_of"]

TRIGGER_WORDS = 6
"""A reply of at most so many words is short: one that suggestions may spare somebody from typing."""

NOTHING = -1


@dataclass(frozen=True, slots=True)
class ReplyCorpus:
    """Everything that the trainings read.

    Attributes:
        texts: distinct messages and replies.
        vectors: their embeddings, float16 (texts, 384), unit length.
        rows: their tokens' numbers, int32 (texts, words), 0 where there is none.
        noisy: the same of a distorted copy (typos, lost punctuation).
        contexts: tokens' numbers of distinct contexts; row 0 is the empty one.
        table: the values behind the numbers.
        message, reply, before, context: per pair the position in `texts` (reply: `NOTHING` when it is long; before:
            the turn before the message, or `NOTHING`) and in `contexts`.
        short, polar, register: per pair whether a short reply followed, whether it began with yes or no (NaN for a long
            one), and how the answering side writes (-1 casual to 1 polite, NaN when nothing shows it).
    """

    texts: list[str]
    vectors: NDArray[np.float16]
    rows: NDArray[np.int32]
    noisy: NDArray[np.int32]
    contexts: NDArray[np.int32]
    table: TokenTable
    message: NDArray[np.int32]
    reply: NDArray[np.int32]
    before: NDArray[np.int32]
    context: NDArray[np.int32]
    short: NDArray[np.float32]
    polar: NDArray[np.float32]
    register: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.message)

    @classmethod
    def of(
        cls,
        pairs: Sequence[Pair],
        projection: Projection,
        cache: Path,
        *,
        table: TokenTable | None = None,
        seed: int = 1,
        say: Callable[[str], None] = lambda line: None,
    ) -> ReplyCorpus:
        """Embed and project the texts of `pairs`; `cache` keeps the embeddings between runs."""
        numbers: dict[str, int] = {}
        message = [numbers.setdefault(pair.message, len(numbers)) for pair in pairs]
        reply = [numbers.setdefault(pair.reply, len(numbers)) if pair.short else NOTHING for pair in pairs]
        before = [numbers.get(pair.context[-1], NOTHING) if pair.context else NOTHING for pair in pairs]
        contexts: dict[str, int] = {"": 0}
        context = [contexts.setdefault(context_text(pair.context), len(contexts)) for pair in pairs]
        texts = list(numbers)
        vectors = embed(texts, cache, say)
        say(f"projecting {len(texts):,} texts and {len(contexts):,} contexts")
        table = table or TokenTable(projection)
        rows = table.numbers(texts)
        noisy = table.numbers(distort_all(texts, Distortion(), seed=seed))
        return cls(
            texts, vectors, rows, noisy, table.numbers(list(contexts)), table,
            np.array(message, np.int32), np.array(reply, np.int32), np.array(before, np.int32),
            np.array(context, np.int32),
            np.array([is_short(pair.reply) for pair in pairs], np.float32),
            np.array([abs(polarity_of(pair.reply)) if is_short(pair.reply) else np.nan for pair in pairs], np.float32),
            np.array([register_of(pair.reply) for pair in pairs], np.float32),
        )  # fmt: skip

    def vectors_of(self, positions: NDArray[np.int32]) -> NDArray[np.float32]:
        """Embeddings at `positions`, zeros for `NOTHING`; float32 (len(positions), 384)."""
        found = np.zeros((len(positions), WIDTH), np.float32)
        there = positions >= 0
        found[there] = self.vectors[positions[there]]
        return found


def context_text(turns: Sequence[str]) -> str:
    """The turns before the message as the model reads them: joined by line breaks; what is too long loses its start."""
    return "\n".join(turns)[-400:]


def is_short(reply: str) -> bool:
    """Whether a suggestion could have been this reply."""
    return len(reply.split()) <= TRIGGER_WORDS


_WORD = re.compile(r"[a-z']+")
_YES = frozenset(
    {"yes", "yeah", "yep", "yup", "yea", "ya", "sure", "ok", "okay", "definitely", "absolutely", "certainly"}
    | {"totally", "indeed", "exactly", "right"}
)
_NO = frozenset({"no", "nope", "nah", "not", "never", "neither", "unfortunately", "don't", "can't", "won't"})


def polarity_of(reply: str) -> int:
    """1 when a reply begins like a yes, -1 like a no, else 0."""
    words = _WORD.findall(reply.casefold().replace("’", "'"))[:3]
    if not words:
        return 0
    begun = words[:2] in (["i", "do"], ["i", "am"], ["i", "will"]) and words[2:] != ["not"]
    if begun or words[0] in _YES or words[:2] == ["of", "course"]:
        return 1
    return -1 if words[0] in _NO or (words[0] in {"i", "i'm"} and set(words[1:]) & _NO) else 0


_CASUAL = re.compile(
    r"\b(?:lol|lmao|haha\w*|hehe\w*|omg|u|ur|r|gonna|wanna|gotta|yeah|yep|yup|nah|nope|hey|cool|dude|btw|idk|thx|pls|k|kk|ya|cuz|ok)\b"
    r"|[!?]{2,}|:-?[)dp(]|;-?\)|<3|\.\.\.|[\U0001f300-\U0001faff]"
)
_POLITE = re.compile(
    r"\b(?:please|thank you|would you|could you|may i|i would|sir|madam|certainly|of course|i am|do not|it is|very much"
    r"|my pleasure|pardon|excuse me|kind|appreciate)\b"
)


def register_of(text: str) -> float:
    """-1 casual to 1 polite by marks of writing; NaN when there is none."""
    low = text.casefold()
    casual, polite = len(_CASUAL.findall(low)), len(_POLITE.findall(low))
    return (polite - casual) / (polite + casual) if polite + casual else float("nan")
