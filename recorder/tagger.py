"""Parts of speech: nltk's averaged perceptron tagger, compiled to integer arrays.

The weights are trained by `distill.tagger` on Universal Dependencies treebanks, with lower-cased copies without
marks, so that the text of a speech recogniser works. The model is the one of `nltk.tag.perceptron.PerceptronTagger`
(features, tag dictionary, greedy decoding, ties to the alphabetically last tag), and a test holds the two equal; only
the arithmetic differs. Everything that depends on a word alone is added up once for each word type, so that a token
costs two vector additions. All weights are integers: sums are exact in any order.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earmark.artifacts import load_table
from earmark.errors import ArtifactError

__all__ = ["TAGGER_KIND", "TAGGER_VERSION", "Tagger", "TaggerTable"]

TAGGER_KIND = "tagger"
TAGGER_VERSION = 1
_DEFAULT = Path(__file__).parent / "pretrained" / "en" / "tagger.json"
_CACHED_WORDS = 32768  # word types whose sums are kept; 32768 x 5 vectors x 17 tags x 4 bytes = 11 MB at most

_START, _START2 = "-START-", "-START2-"
_END, _END2 = "-END-", "-END2-"

_Rows = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class TaggerTable:
    """The weights as they stand on disk.

    Attributes:
        tags: all tags, sorted.
        scale: what the trained weights were multiplied with before rounding.
        dictionary: tag -> words (as written) that always get it, without looking at the context.
        features: feature name without its last argument ("i word", "i-1 tag+i word VERB") -> last argument ->
            tag -> weight.
    """

    tags: tuple[str, ...]
    scale: int
    dictionary: dict[str, tuple[str, ...]]
    features: dict[str, dict[str, dict[str, int]]]

    def to_body(self) -> dict[str, Any]:
        """The JSON body: for each feature group its values joined by spaces, how many weights each value has (one
        digit of base 36 each), the weights' tags (one letter each) and the weights."""
        letter = {tag: chr(ord("a") + i) for i, tag in enumerate(self.tags)}
        groups: dict[str, Any] = {}
        for name in sorted(self.features):
            rows = sorted(self.features[name].items())
            cells = [sorted(weights.items()) for _, weights in rows]
            groups[name] = {
                "values": " ".join(value for value, _ in rows),
                "counts": "".join(np.base_repr(len(row), 36).lower() for row in cells),
                "tags": "".join(letter[tag] for row in cells for tag, _ in row),
                "weights": [weight for row in cells for _, weight in row],
            }
        words = {tag: " ".join(sorted(entries)) for tag, entries in self.dictionary.items()}
        return {"tags": list(self.tags), "scale": self.scale, "dictionary": words, "features": groups}

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> TaggerTable:
        """The inverse of `to_body`."""
        tags = tuple(body["tags"])
        features: dict[str, dict[str, dict[str, int]]] = {}
        for name, group in body["features"].items():
            cells = iter([(tags[ord(c) - ord("a")], w) for c, w in zip(group["tags"], group["weights"], strict=True)])
            features[name] = {
                value: dict(next(cells) for _ in range(int(count, 36)))
                for value, count in zip(group["values"].split(" "), group["counts"], strict=True)
            }
        dictionary = {tag: tuple(words.split(" ")) for tag, words in body["dictionary"].items()}
        return cls(tags, body["scale"], dictionary, features)


class Tagger:
    """Universal part-of-speech tags for the tokens of one segment.

    >>> Tagger.load().tag(["we", "need", "a", "new", "remote"])
    ['PRON', 'VERB', 'DET', 'ADJ', 'NOUN']

    Equal tokens give equal tags on every machine; segments do not influence each other. Safe to share among threads.
    """

    def __init__(self, body: dict[str, Any]) -> None:
        """Compile the body of a tagger table (`TaggerTable.to_body`)."""
        # The tags in falling order: the first maximum is then the alphabetically last tag, as nltk breaks ties.
        self._tags: list[str] = sorted(body["tags"], reverse=True)
        self._index = {tag: i for i, tag in enumerate(self._tags)}
        self._dictionary = {
            word: self._index[tag] for tag, words in body["dictionary"].items() for word in words.split(" ")
        }
        self._weights, self._rows = _compile(body, self._index)
        self._pairs = self._tag_pairs()
        self._by_previous = [self._rows.get(f"i-1 tag+i word {tag}", {}) for tag in (*self._tags, _START)]
        self._lock = threading.Lock()
        self._forget()

    @classmethod
    def load(cls, path: Path | None = None) -> Tagger:
        """The tagger of `path`, or the shipped English one, which is read once and kept.

        Raises:
            ArtifactError: the file is missing, damaged or of another version.
        """
        return _shipped() if path is None else cls(_read(path))

    @property
    def tags(self) -> tuple[str, ...]:
        """Every tag that `tag` can return, sorted."""
        return tuple(sorted(self._tags))

    def tag(self, words: Sequence[str]) -> list[str]:
        """One tag for each of `words`, the tokens of one segment as `recorder.text.tokenize` cuts them."""
        if not words:
            return []
        with self._lock:
            return [self._tags[i] for i in self._decode(words)]

    def _decode(self, words: Sequence[str]) -> list[int]:
        ids = self._word_ids(words)
        own, left, left2, right, right2 = self._vectors
        known = [self._fixed[i] for i in ids[2:-2]]
        if min(known) >= 0:
            return known
        padded = np.array(ids)
        # What no decision changes: the word, its two neighbours on each side. Shape (words, tags).
        scores = own[padded[2:-2]]
        scores += left[padded[1:-3]]
        scores += left2[padded[:-4]]
        scores += right[padded[3:-1]]
        scores += right2[padded[4:]]
        previous, previous2 = len(self._tags), len(self._tags) + 1  # -START-, -START2-
        weights, pairs, by_previous, norms = self._weights, self._pairs, self._by_previous, self._norms
        for i, best in enumerate(known):
            if best < 0:
                score = scores[i]
                score += pairs[previous2][previous]
                row = by_previous[previous].get(norms[ids[i + 2]])
                if row is not None:
                    score += weights[row]
                best = known[i] = int(score.argmax())
            previous2, previous = previous, best
        return known

    def _word_ids(self, words: Sequence[str]) -> list[int]:
        """Numbers of the words between the two marks for the beginning and the two for the end."""
        get = self._ids.get
        ids = [0, 1, *[get(word, -1) for word in words], 2, 3]
        if min(ids) >= 0:
            return ids
        if len(self._ids) + len(words) > _CACHED_WORDS:
            self._forget()
        for word in words:
            if word not in self._ids:
                self._learn(word, word, _normalise(word))
        return [0, 1, *[self._ids[word] for word in words], 2, 3]

    def _forget(self) -> None:
        self._ids: dict[str, int] = {}
        self._norms: list[str] = []
        self._fixed: list[int] = []
        self._vectors = np.zeros((5, 1024, len(self._tags)), np.int32)
        for mark in (_START, _START2, _END, _END2):
            # The marks are context only; a token that looks like one is a word of its own.
            self._learn(f" {mark}", "", mark)

    def _learn(self, key: str, word: str, norm: str) -> None:
        """Add up what depends on this word alone: as the token itself, and as the neighbour of one."""
        number = len(self._ids)
        if number == self._vectors.shape[1]:
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)], axis=1)
        parts = (
            (("bias", ""), ("i suffix", word[-3:]), ("i pref1", word[:1]), ("i word", norm)),
            (("i-1 word", norm), ("i-1 suffix", norm[-3:])),
            (("i-2 word", norm),),
            (("i+1 word", norm), ("i+1 suffix", norm[-3:])),
            (("i+2 word", norm),),
        )
        for place, features in enumerate(parts):
            for name, value in features:
                row = self._rows.get(name, {}).get(value)
                if row is not None:
                    self._vectors[place, number] += self._weights[row]
        self._ids[key] = number
        self._norms.append(norm)
        self._fixed.append(self._dictionary.get(word, -1))

    def _tag_pairs(self) -> list[list[_Rows]]:
        """The sum of the three features of the two tags before: [tag two before][tag before] -> (tags,)."""
        zero = np.zeros(len(self._tags), np.int32)

        def weight(name: str, value: str) -> _Rows:
            row = self._rows.get(name, {}).get(value)
            return zero if row is None else self._weights[row]

        return [
            [
                weight("i-1 tag", before) + weight("i-2 tag", two) + weight(f"i tag+i-2 tag {before}", two)
                for before in (*self._tags, _START)
            ]
            for two in (*self._tags, _START, _START2)
        ]


def _normalise(word: str) -> str:
    """nltk's normal form of a word in the context: classes for numbers and hyphenated words, else lower case."""
    if "-" in word and word[0] != "-":
        return "!HYPHEN"
    if word.isdigit() and len(word) == 4:
        return "!YEAR"
    if word[:1].isdigit():
        return "!DIGITS"
    return word.lower()


def _compile(body: dict[str, Any], index: dict[str, int]) -> tuple[_Rows, dict[str, dict[str, int]]]:
    """All weights as one dense array, shape (features, tags), and where each feature's row is."""
    rows: dict[str, dict[str, int]] = {}
    counts: list[str] = []
    letters: list[str] = []
    weights: list[int] = []
    size = 0
    for name, group in body["features"].items():
        values = group["values"].split(" ")
        rows[name] = dict(zip(values, range(size, size + len(values)), strict=True))
        size += len(values)
        counts.append(group["counts"])
        letters.append(group["tags"])
        weights.extend(group["weights"])
    digits = np.frombuffer("".join(counts).encode("ascii"), np.uint8).astype(np.intp)
    per_row = np.where(digits >= ord("a"), digits - ord("a") + 10, digits - ord("0"))
    columns = np.array([index[tag] for tag in body["tags"]], np.intp)
    letter = np.frombuffer("".join(letters).encode("ascii"), np.uint8).astype(np.intp) - ord("a")
    dense = np.zeros((size, len(index)), np.int32)
    dense[np.repeat(np.arange(size), per_row), columns[letter]] = weights
    return dense, rows


def _read(path: Path) -> dict[str, Any]:
    body = load_table(path, kind=TAGGER_KIND, version=TAGGER_VERSION)
    missing = {"tags", "dictionary", "features"} - body.keys()
    if missing:
        raise ArtifactError(f"the tagger table {path} lacks {sorted(missing)}. Reinstall earmark, or retrain it.")
    return body


@lru_cache(maxsize=1)
def _shipped() -> Tagger:
    return Tagger(_read(_DEFAULT))
