"""The LSTM trainer's own vocabulary: frequent words whole, every other word in pieces of them.

Built from the training text, kept in the model's configuration, no file besides. A word that the vocabulary lacks
(rare, misspelt, unseen) is cut into the longest known pieces from left to right, as WordPiece does ("Google's Neural
Machine Translation System", Wu et al. 2016, section 4.1); only an unknown character is lost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

__all__ = ["Vocabulary"]

SPECIAL = ("[PAD]", "[UNK]", "[SEP]")
PADDING, UNKNOWN, SEPARATOR = range(3)

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[^\w\s]|_")
"""A run of letters and digits, apostrophes inside; or one mark."""

INSIDE = "##"
"""Begins a piece that continues a word."""

LONGEST_PIECE = 6
LONGEST_WORD = 40
"""Characters; the rest of a longer word is cut off."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names of the token ids.

    Attributes:
        names: the name of every id; the first three are padding (0), unknown (1) and the separator (2).
    """

    names: tuple[str, ...]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.names[:3] != SPECIAL or len(set(self.names)) != len(self.names):
            raise ValueError(f"The 'names' of a Vocabulary must be different and begin with {SPECIAL}. "
                             f"Got {self.names[:5]!r}... instead.")  # fmt: skip
        object.__setattr__(self, "_ids", {name: index for index, name in enumerate(self.names)})

    @classmethod
    def from_texts(cls, texts: Iterable[str], *, size: int = 8000, min_count: int = 2) -> Vocabulary:
        """The vocabulary of `texts`: at most `size` names, a quarter of them for pieces.

        Args:
            texts: training texts (and their context).
            size: most names, the special ones included.
            min_count: a word or piece must occur this often; single characters always count.
        """
        words = Counter(word for text in texts for word in _words(text))
        room = max(size - len(SPECIAL), 0)
        kept = set(islice(_by_count(words, min_count), room - room // 4))
        pieces: Counter[str] = Counter()
        for word, count in words.items():
            for piece in _pieces_of(word):
                pieces[piece] += count
        letters = [piece for piece in _by_count(pieces, 1) if len(piece.removeprefix(INSIDE)) == 1]
        longer = [piece for piece in _by_count(pieces, min_count) if len(piece.removeprefix(INSIDE)) > 1]
        extra = [piece for piece in [*letters, *longer] if piece not in kept]
        kept.update(extra[: room - len(kept)])
        return cls((*SPECIAL, *sorted(kept)))

    def __len__(self) -> int:
        return len(self.names)

    def ids(self, text: str) -> list[int]:
        """The token ids of one text, in order."""
        return [number for word in _words(text) for number in self._word(word)]

    def encode(
        self,
        texts: Sequence[str],
        *,
        context: Sequence[str] | None = None,
        max_length: int = 64,
        length: int | None = None,
    ) -> dict[str, np.ndarray]:
        """The LSTM's inputs: int32 of shape (number of texts, length), padded at the end.

        A row is ``context [SEP] text`` or, without context, ``text``; a row that is too long loses its beginning: the
        end of a message, and the text after its context, say most.

        Args:
            texts: one string per row.
            context: what was said before, one string per row.
            max_length: longest row.
            length: pad to this many tokens (at most `max_length` are used) instead of to the longest row.
        """
        rows = [self.ids(text) for text in texts]
        if context is not None:
            rows = [
                [*self.ids(old), SEPARATOR, *row] if old.strip() else row
                for old, row in zip(context, rows, strict=True)
            ]
        limit = max_length if length is None else min(length, max_length)
        rows = [row[-limit:] or [UNKNOWN] for row in rows]
        width = length if length is not None else max(map(len, rows), default=1)
        token_ids = np.zeros((len(rows), width), np.int32)
        padding_mask = np.zeros((len(rows), width), np.int32)
        for index, row in enumerate(rows):
            token_ids[index, : len(row)] = row
            padding_mask[index, : len(row)] = 1
        return {"token_ids": token_ids, "padding_mask": padding_mask}

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"names": list(self.names)}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Vocabulary:
        """Back from `to_dict`."""
        return cls(tuple(value["names"]))

    def _word(self, word: str) -> list[int]:
        known = self._ids.get(word)
        if known is not None:
            return [known]
        found, start = [], 0
        while start < len(word):
            prefix = INSIDE if start else ""
            for end in range(min(len(word), start + LONGEST_PIECE), start, -1):
                number = self._ids.get(prefix + word[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                found.append(UNKNOWN)
                start += 1
        return found


def _words(text: str) -> list[str]:
    return [word[:LONGEST_WORD] for word in WORD.findall(text.casefold())]


def _pieces_of(word: str) -> Iterable[str]:
    for start in range(len(word)):
        for end in range(start + 1, min(len(word), start + LONGEST_PIECE) + 1):
            yield (INSIDE if start else "") + word[start:end]


def _by_count(counts: Counter[str], least: int) -> Iterable[str]:
    """Most frequent first; equal counts in the order of the alphabet, so that a rebuilt vocabulary is the same."""
    return (name for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if count >= least)
