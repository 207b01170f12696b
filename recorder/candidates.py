"""Keyword candidates of one utterance: nouns, names, and noun phrases of up to three words.

A candidate is a run of nouns, names and adjectives that ends in a noun or a name. It never crosses a mark, a segment,
a stop word, a filler, a verb or a broken-off word ("the rem- remote"), and never holds a number alone. In text without
marks the tagger's word classes are the only boundaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from recorder.text import Token, stem
from recorder.words_en import (
    ANNOTATIONS,
    BREAKING_MODIFIERS,
    CALENDAR,
    FILLERS,
    GENERIC_NOUNS,
    NUMBER_WORDS,
    SHORT_WORDS,
    STOP_WORDS,
)

__all__ = ["MAX_WORDS", "Occurrence", "find_candidates", "is_content"]

MAX_WORDS = 3
"""Words in the longest candidate."""

_NOUNS = frozenset(("NOUN", "PROPN"))
_BREAKING = STOP_WORDS | FILLERS | NUMBER_WORDS | CALENDAR
_CLOSING = {"[": "]", "{": "}", "<": ">", "(": ")"}
_DASHES = frozenset("-–—")
_HUMS = frozenset("hm-")  # "mhm", "hm-hmm"
_LONGEST_EST = 6  # letters


class Occurrence(NamedTuple):
    """One place where a candidate is said.

    Attributes:
        stems: one to three stems, in the order of the words.
        form: the words as written, with single spaces; a capital that only begins a sentence is lowered.
        token: index of its first token in the segment.
        capitalised: written with a capital that does not begin a sentence.
        proper: every word is tagged as a name.
        nominal: it holds nouns and names only, no adjective.
        whole: it is a whole phrase, not a part of a longer one.
    """

    stems: tuple[str, ...]
    form: str
    token: int
    capitalised: bool
    proper: bool
    nominal: bool
    whole: bool


@lru_cache(maxsize=65536)
def is_content(word: str) -> bool:
    """Whether a word, as written, may be part of a keyword: no stop word, filler, number, day or scrap.

    Two letters must be an acronym as written ("UK") or well known ("tv"); digits may follow letters ("mp3").
    """
    lower = word.lower()
    if lower in _BREAKING or not lower[0].isalpha() or _HUMS.issuperset(lower):
        return False
    if len(word) == 2:
        return lower in SHORT_WORDS or (word.isalpha() and word.isupper())
    return sum(map(str.isalpha, word)) >= 2 and len(set(lower)) > 1


def find_candidates(tokens: Sequence[Token], tags: Sequence[str]) -> list[Occurrence]:
    """Every candidate of one segment, in the order of its words.

    Args:
        tokens: the segment's tokens (`recorder.text.tokenize`).
        tags: their Universal Dependencies word classes, one each.

    "the remote control needs a case" gives remote control, remote, control, case.
    """
    found: list[Occurrence] = []
    run: list[int] = []
    skip_to = -1
    for index, token in enumerate(tokens):
        if index < skip_to:
            continue
        text = token.text
        if text in _CLOSING:
            skip_to = _after_annotation(tokens, index)
        elif _fits(text, tags[index]) and not _is_broken_off(tokens, index):
            run.append(index)
            continue
        if run:
            _add_phrases(found, tokens, tags, run)
            run = []
    if run:
        _add_phrases(found, tokens, tags, run)
    return found


def _fits(text: str, tag: str) -> bool:
    if tag not in _NOUNS and tag != "ADJ":
        return False
    if tag == "ADJ" and len(text) > _LONGEST_EST and text.endswith("est"):
        return False  # "weirdest", "cheapest"; "honest" and "modest" are shorter
    return is_content(text) and text.lower() not in BREAKING_MODIFIERS


def _after_annotation(tokens: Sequence[Token], opening: int) -> int:
    """Index after a bracket that describes a sound, or the bracket itself when it holds ordinary words."""
    closing = _CLOSING[tokens[opening].text]
    for index in range(opening + 1, min(opening + 9, len(tokens))):
        if tokens[index].text == closing:
            inside = [token.text.lower() for token in tokens[opening + 1 : index]]
            sound = closing != ")" or all(word in ANNOTATIONS or not word[0].isalpha() for word in inside)
            return index + 1 if sound else opening
    return opening


def _is_broken_off(tokens: Sequence[Token], index: int) -> bool:
    """Whether the speaker stopped inside the word: "rem-" with a dash on it and nothing joined to the dash."""
    if index + 1 == len(tokens):
        return False
    token, mark = tokens[index], tokens[index + 1]
    if mark.text not in _DASHES or mark.offset != token.offset + len(token.text):
        return False
    return index + 2 == len(tokens) or tokens[index + 2].offset > mark.offset + len(mark.text)


def _add_phrases(found: list[Occurrence], tokens: Sequence[Token], tags: Sequence[str], run: list[int]) -> None:
    size = len(run)
    lowers = [tokens[index].text.lower() for index in run]
    stems = [stem(word) for word in lowers]
    nouns = [tags[index] in _NOUNS for index in run]
    for first in range(size):
        for last in range(min(first + MAX_WORDS, size) - 1, first - 1, -1):
            if not nouns[last] or lowers[last] in GENERIC_NOUNS:
                continue
            key = tuple(stems[first : last + 1])
            if len(key) > 1 and len(set(key)) < len(key):
                continue  # "remote remote": a repair, not a phrase
            places = run[first : last + 1]
            whole = (first == 0 or size > MAX_WORDS) and last == size - 1
            found.append(_occurrence(key, tokens, tags, places, whole))


def _occurrence(
    stems: tuple[str, ...], tokens: Sequence[Token], tags: Sequence[str], places: list[int], whole: bool
) -> Occurrence:
    words = [tokens[place].text for place in places]
    begins = _begins_sentence(tokens, places[0])
    proper = all(tags[place] == "PROPN" for place in places)
    if begins and not proper and words[0][1:].islower():
        words[0] = words[0].lower()
    inner = words[1:] if begins else words
    capitalised = bool(inner) and all(word[0].isupper() for word in inner)
    nominal = all(tags[place] in _NOUNS for place in places)
    return Occurrence(stems, " ".join(words), places[0], capitalised, proper, nominal, whole)


def _begins_sentence(tokens: Sequence[Token], index: int) -> bool:
    before = index - 1
    while before >= 0 and tokens[before].text in "\"'“”‘’([{":
        before -= 1
    return before < 0 or tokens[before].text in ".?!:…" or tokens[before].text == "..."
