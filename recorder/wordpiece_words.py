"""From raw text to the words that WordPiece cuts: normalised as for BERT uncased, every character with its place.

The steps are those of the reference, in its order: drop control characters, set Chinese characters apart, decompose
canonically, strip accents, lower the case, set punctuation apart. Places follow the reference too: a character that
takes the place of another has its place, one that is put in has the place before it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from recorder.wordpiece_tables import combining_class, is_dropped, is_ideograph, is_mark, is_punctuation

__all__ = ["words"]

_CACHED_CHARACTERS = 16384

# One character of a decomposition: what becomes of it (with "is it a word of its own?"), and its combining class.
_Part = tuple[tuple[tuple[str, bool], ...], int]


def words(chunk: str) -> Iterator[tuple[str, list[int]]]:
    """The normalised words of a text without whitespace, and for each of their characters its place in the text."""
    word: list[str] = []
    places: list[int] = []
    for char, place, alone in _characters(chunk):
        if alone:
            if word:
                yield "".join(word), places
            yield char, [place]
            word, places = [], []
        else:
            word.append(char)
            places.append(place)
    if word:
        yield "".join(word), places


def _characters(chunk: str) -> Iterator[tuple[str, int, bool]]:
    """(normalised character, its place, is it a word of its own?)"""
    found = [(place, parts) for place, char in enumerate(chunk) if (parts := _parts(char))]
    every = [(part, index == 0) for _, parts in found for index, part in enumerate(parts)]
    if any(combining for (_, combining), _ in every):
        every = _in_canonical_order(every)
    at = -1
    for (chars, _), replaces in every:
        at += replaces
        for char, alone in chars:
            yield char, found[at][0], alone


def _in_canonical_order(parts: list[tuple[_Part, bool]]) -> list[tuple[_Part, bool]]:
    """Accents that follow each other, by their class; it matters for the places of marks that are not stripped."""
    ordered: list[tuple[_Part, bool]] = []
    for accents, run in groupby(parts, key=lambda item: item[0][1] > 0):
        some = list(run)
        ordered += sorted(some, key=lambda item: item[0][1]) if accents else some
    return ordered


@lru_cache(maxsize=_CACHED_CHARACTERS)
def _parts(char: str) -> tuple[_Part, ...]:
    if is_dropped(char):
        return ()
    return tuple((_lower(part, char), combining_class(part)) for part in unicodedata.normalize("NFD", char))


def _lower(part: str, char: str) -> tuple[tuple[str, bool], ...]:
    """A part of `char` in lower case, by itself as the reference does it (no final sigma); nothing for an accent."""
    if is_mark(part):
        return ()
    return tuple((lower, is_ideograph(char) or is_punctuation(lower)) for lower in part.lower())
