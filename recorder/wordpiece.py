"""BERT's uncased WordPiece, with nothing but the standard library.

The tokenizer of MiniLM and bert-base-uncased: control characters out, lower case, accents stripped, Chinese characters
and punctuation each a word of their own, then for each word the longest piece of the vocabulary from the left. It is
equal, ids and offsets, to `tokenizers` of Hugging Face (a test compares 100,000 strings), which is used in training
and is not needed here.

Two differences are wanted: "[SEP]" and its like in a text are text, never special tokens, so that nobody can speak
one into a transcript; and lone surrogates, which the reference refuses, are dropped like control characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from earmark.errors import ArtifactError
from recorder.wordpiece_words import words

__all__ = ["WordPiece"]

_DEFAULT = Path(__file__).parent / "pretrained" / "en" / "wordpiece.txt"
_CACHED_CHUNKS = 65536  # about 20 MB of Python objects at most; then the cache begins anew
_LONGEST_WORD = 100  # characters; the reference calls a longer word unknown

# What stands between whitespace (Unicode's White_Space but for the control characters, which are dropped).
_CHUNK = re.compile("[^\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")

_Ids = tuple[int, ...]
_Spans = tuple[tuple[int, int, int], ...]


class WordPiece:
    """A vocabulary and the words cut so far.

    >>> wordpiece = WordPiece.load()
    >>> wordpiece.ids("Embeddings, please!")
    [7861, 8270, 4667, 2015, 1010, 3531, 999]
    >>> wordpiece.pieces("Ünlikely batterys")
    [(9832, 0, 8), (6046, 9, 16), (2015, 16, 17)]
    """

    def __init__(self, vocabulary: Sequence[str], *, unknown: str = "[UNK]") -> None:
        """
        Args:
            vocabulary: the pieces in the order of their ids; those inside of a word begin with "##".
            unknown: the piece that stands for a word that cannot be cut into pieces.

        Raises:
            ArtifactError: a piece stands twice, is empty, or `unknown` is not in the vocabulary.
        """
        self._id_of = {piece: index for index, piece in enumerate(vocabulary)}
        if len(self._id_of) != len(vocabulary) or "" in self._id_of:
            twice = next((piece for index, piece in enumerate(vocabulary) if self._id_of[piece] != index), "")
            raise ArtifactError(
                f"the pieces of a WordPiece vocabulary must be different and not empty. Got {twice!r} among them."
            )
        if unknown not in self._id_of:
            raise ArtifactError(
                f"a WordPiece vocabulary must hold the piece {unknown!r}. Got {len(vocabulary)} pieces without it."
            )
        self._unknown = self._id_of[unknown]
        self._longest_piece = max(map(len, vocabulary))
        self._chunks: dict[str, tuple[_Ids, _Spans]] = {}

    @classmethod
    def load(cls, path: Path | None = None) -> WordPiece:
        """The vocabulary of `path` (UTF-8, one piece a line), or the shipped one, which is read once and kept.

        Raises:
            ArtifactError: the file is missing or is not a vocabulary.
        """
        return _shipped() if path is None else cls(_read(path))

    def __len__(self) -> int:
        return len(self._id_of)

    def __contains__(self, piece: str) -> bool:
        return piece in self._id_of

    def id_of(self, piece: str) -> int:
        """The id of a piece, "[CLS]" and "[SEP]" included.

        Raises:
            ArtifactError: the vocabulary does not hold it.
        """
        found = self._id_of.get(piece)
        if found is None:
            raise ArtifactError(f"the WordPiece vocabulary of {len(self)} pieces does not hold the piece {piece!r}.")
        return found

    def ids(self, text: str) -> list[int]:
        """The ids of a text's pieces, without special tokens."""
        out: list[int] = []
        known = self._chunks
        for chunk in _CHUNK.findall(text):
            found = known.get(chunk)
            out += (self._learn(chunk) if found is None else found)[0]
        return out

    def pieces(self, text: str) -> list[tuple[int, int, int]]:
        """(id, start, end) for each piece, without special tokens: the piece stands for `text[start:end]`, counted in
        code points. Accents and control characters at the edge of a word may be outside of every piece, and the pieces
        of a character that becomes several ones share its place."""
        out: list[tuple[int, int, int]] = []
        known = self._chunks
        for match in _CHUNK.finditer(text):
            chunk, at = match.group(), match.start()
            found = known.get(chunk)
            spans = (self._learn(chunk) if found is None else found)[1]
            out += [(piece, start + at, end + at) for piece, start, end in spans]
        return out

    def _learn(self, chunk: str) -> tuple[_Ids, _Spans]:
        spans = tuple(span for word, places in words(chunk) for span in self._cut(word, places))
        found = (tuple(piece for piece, _, _ in spans), spans)
        if len(self._chunks) >= _CACHED_CHUNKS:
            self._chunks.clear()
        self._chunks[chunk] = found
        return found

    def _cut(self, word: str, places: list[int]) -> Iterable[tuple[int, int, int]]:
        """The longest piece from the left, again and again; a word that does not come out is unknown as a whole."""
        length = len(word)
        whole = self._id_of.get(word) if length <= _LONGEST_WORD else self._unknown
        if whole is not None:
            return ((whole, places[0], places[-1] + 1),)
        spans: list[tuple[int, int, int]] = []
        start = 0
        while start < length:
            prefix = "##" if start else ""
            for end in range(min(length, start + self._longest_piece), start, -1):
                piece = self._id_of.get(prefix + word[start:end])
                if piece is not None:
                    spans.append((piece, places[start], places[end - 1] + 1))
                    start = end
                    break
            else:
                return ((self._unknown, places[0], places[-1] + 1),)
        return spans


def _read(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ArtifactError(f"there is no WordPiece vocabulary {path}. Reinstall earmark, or name another.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(f"cannot read the WordPiece vocabulary {path}: {error}") from error
    return text.removesuffix("\n").split("\n")  # not splitlines: a piece may be a character that it breaks at


@lru_cache(maxsize=1)
def _shipped() -> WordPiece:
    return WordPiece(_read(_DEFAULT))
