"""Distorted text: what fingers do to a message, as augmentation while training and as an attack afterwards.

Four slips make a typo, as in the studies of misspelling attacks (Pruthi et al. 2019, section 3.2): two letters change
places, a letter is lost, doubled, or hit on a neighbouring key. Nothing here draws from a global generator: the same
seed gives the same text on every platform and version (only `random.Random.random` is used, whose stream Python
guarantees).
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from earmark.errors import EarmarkError

__all__ = ["Distortion", "DistortionError", "distort", "distort_all", "misspell", "misspell_all", "slip"]

ATTACKED_SHARE = 1 / 3
"""Share of the words that `misspell` changes."""

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
"""A run of letters; apostrophes inside belong to it."""

ROWS = (("qwertyuiop", 0.0), ("asdfghjkl", 0.25), ("zxcvbnm", 0.75))
"""Rows of a QWERTY keyboard and how far each is shifted to the right, in keys."""


T = TypeVar("T")


class DistortionError(EarmarkError):
    """A setting of the distortion is out of its range."""


@dataclass(frozen=True, slots=True)
class Distortion:
    """How much is distorted; every value is a probability.

    Attributes:
        typo: that a word gets one slip.
        punctuation: that a text loses all its punctuation (apostrophes inside words and marks in numbers stay).
        case: that a text is written in lower case, in capitals or with its first letter's case changed.
    """

    typo: float = 0.1
    punctuation: float = 0.1
    case: float = 0.2

    def __post_init__(self) -> None:
        for name in ("typo", "punctuation", "case"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise DistortionError(f"The '{name}' of a Distortion must lie between 0 and 1. Got {value}.")


def distort(text: str, distortion: Distortion, chance: random.Random) -> str:
    """`text` with random slips; never empty unless `text` is."""
    if distortion.typo:
        text = WORD.sub(lambda word: slip(word[0], chance) if chance.random() < distortion.typo else word[0], text)
    if distortion.punctuation and chance.random() < distortion.punctuation:
        text = _without_punctuation(text)
    if distortion.case and chance.random() < distortion.case:
        text = _pick(CASES, chance)(text)
    return text


def distort_all(texts: Sequence[str], distortion: Distortion, *, seed: int) -> list[str]:
    """`distort` for every text; what happens to a text depends on the seed and its position alone."""
    return [distort(text, distortion, random.Random(f"{seed}/{index}")) for index, text in enumerate(texts)]


def misspell(text: str, *, edits: int, chance: random.Random) -> str:
    """The misspelling attack: a third of the words (rounded, at least one) get `edits` slips each.

    Every attacked word differs from what it was. A text without letters comes back as it is.

    Raises:
        DistortionError: `edits` is below 1.
    """
    if edits < 1:
        raise DistortionError(f"The number of edits per word must be 1 or more. Got {edits}.")
    words = list(WORD.finditer(text))
    if not words:
        return text
    order = sorted((chance.random(), index) for index in range(len(words)))
    attacked = {index for _, index in order[: max(1, round(len(words) * ATTACKED_SHARE))]}
    parts, end = [], 0
    for index, word in enumerate(words):
        parts += [text[end : word.start()], _edited(word[0], edits, chance) if index in attacked else word[0]]
        end = word.end()
    return "".join([*parts, text[end:]])


def misspell_all(texts: Sequence[str], *, edits: int, seed: int) -> list[str]:
    """`misspell` for every text; what happens to a text depends on the seed and its position alone."""
    return [misspell(text, edits=edits, chance=random.Random(f"{seed}/{index}")) for index, text in enumerate(texts)]


def slip(word: str, chance: random.Random) -> str:
    """`word` with one slip: always another string, never empty. `word` must have a character."""
    choices = [_double]
    if len(word) > 1:
        choices.append(_drop)
    if any(first != second for first, second in pairwise(word)):
        choices.append(_swap)
    if any(letter.lower() in NEIGHBOURS for letter in word):
        choices.append(_neighbour)
    return _pick(choices, chance)(word, chance)


def _edited(word: str, edits: int, chance: random.Random) -> str:
    edited = word
    for _ in range(edits):
        edited = slip(edited, chance)
    return edited if edited != word else _double(word, chance)  # the second slip undid the first


def _double(word: str, chance: random.Random) -> str:
    at = _below(len(word), chance)
    return word[: at + 1] + word[at:]


def _drop(word: str, chance: random.Random) -> str:
    at = _below(len(word), chance)
    return word[:at] + word[at + 1 :]


def _swap(word: str, chance: random.Random) -> str:
    at = _pick([index for index in range(len(word) - 1) if word[index] != word[index + 1]], chance)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _neighbour(word: str, chance: random.Random) -> str:
    at = _pick([index for index, letter in enumerate(word) if letter.lower() in NEIGHBOURS], chance)
    key = _pick(NEIGHBOURS[word[at].lower()], chance)
    return word[:at] + (key.upper() if word[at].isupper() else key) + word[at + 1 :]


def _neighbours() -> dict[str, str]:
    """The keys that touch each key: the next ones of its row and those of the rows above and below."""
    places = {key: (shift + column, row) for row, (keys, shift) in enumerate(ROWS) for column, key in enumerate(keys)}
    return {
        key: "".join(
            other for other, (x, y) in places.items() if other != key and abs(y - row) <= 1 and abs(x - column) <= 1.0
        )
        for key, (column, row) in places.items()
    }


NEIGHBOURS = _neighbours()


def _without_punctuation(text: str) -> str:
    kept = []
    for index, letter in enumerate(text):
        inside = 0 < index < len(text) - 1 and text[index - 1].isalnum() and text[index + 1].isalnum()
        if inside or not unicodedata.category(letter).startswith("P"):
            kept.append(letter)
    bare = "".join(kept)
    return bare if bare.strip() else text


def _other_first(text: str) -> str:
    return text[:1].swapcase() + text[1:]


CASES: tuple[Callable[[str], str], ...] = (str.lower, str.upper, _other_first)


def _below(limit: int, chance: random.Random) -> int:
    return int(chance.random() * limit)


def _pick(choices: Sequence[T], chance: random.Random) -> T:
    return choices[_below(len(choices), chance)]
