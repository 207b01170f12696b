"""Tokens and stems: the one way the recorder room looks at text.

Tokens follow the Universal Dependencies treebanks on which the tagger is trained: words keep inner hyphens and
dots of abbreviations, English clitics are split off ("don't" -> "do" "n't", "Anna's" -> "Anna" "'s"), a number is one
token, punctuation marks stand alone. Spelled letters as meeting transcripts write them ("D_V_D_", "F_") lose their
underscores.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from nltk.stem.porter import PorterStemmer

__all__ = ["Token", "is_word", "stem", "tokenize"]


class Token(NamedTuple):
    """A token as written and the character offset where it begins in its segment's text."""

    text: str
    offset: int


_TOKEN = re.compile(
    r"""
    [^\W\d_](?:\.[^\W\d_])+\.?                  # e.g. U.S., p.m.
  | \d+(?:[.,:/-]\d+)*(?:[^\W\d_]+)?%?           # 3.5  10,000  9:30  90s  12%
  | [^\W_]+(?:_[^\W_]+)*_?(?:['’\-][^\W_]+)*['’]?(?=\b|[^\w]|$)   # words, D_V_D_, don't, state-of-the-art
  | \.\.\.|[-–—]{1,2}|[^\w\s]                    # a mark
    """,
    re.VERBOSE,
)
_CLITIC = re.compile(r"(?i)(n['’]t|['’](?:s|re|ve|ll|d|m))$")


def tokenize(text: str) -> list[Token]:
    """Split `text` into tokens. "I don't know, Anna" -> I, do, n't, know, ",", Anna (offsets 0 2 4 8 12 14)."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        word, offset = match.group(), match.start()
        if "_" in word:
            word = word.replace("_", "")
            if not word:
                continue
        if "'" in word or "’" in word:
            word = word.replace("’", "'")
            clitic = _CLITIC.search(word)
            if clitic and clitic.start():
                tokens.append(Token(word[: clitic.start()], offset))
                tokens.append(Token(clitic.group(), offset + clitic.start()))
                continue
            word = word.rstrip("'") or word
        tokens.append(Token(word, offset))
    return tokens


def is_word(token: str) -> bool:
    """Whether a token is a word or a number rather than a mark or a clitic."""
    return token[0].isalnum()


_porter = PorterStemmer()
_LONGEST = 60  # letters looked at: the stemmer recurses over runs of "y", and no word is longer


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Porter stem of the lower-cased word: "Batteries" -> "batteri"."""
    return str(_porter.stem(word[:_LONGEST]))
