"""Counting the background table: in how many windows of conversation each stem occurs.

The sources differ in size by a factor of a hundred; each is capped, so that none decides what is usual. A window
("document") holds about as many words as one section of a recording. Stems and phrases that few windows or a single
source know are dropped: they would say something about the corpora's people, and nothing about the language.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distill.checkpoint import make_folder
from distill.corpora import CorpusError, read_jsonl
from earmark.artifacts import save_table
from recorder.background import BACKGROUND_KIND, BACKGROUND_VERSION, BackgroundTable, Usage
from recorder.tagger import Tagger
from recorder.text import is_word, stem, tokenize

__all__ = ["BackgroundRecipe", "Line", "count_background", "noun_phrases", "windows"]

Line = tuple[str, ...]
"""The tokens of one turn or message."""

_CAPS = {
    # transcripts of speech
    "transcripts/changelog": 1_500_000,
    "transcripts/vt_ssum.train": 1_500_000,
    "transcripts/earnings22": 800_000,
    "transcripts/qmsum.train": 400_000,
    "dialogues/switchboard.train": 1_500_000,
    # written or scripted dialogues
    "dialogues/self_dialogue": 1_500_000,
    "dialogues/samsum.train": 1_200_000,
    "dialogues/dialogsum.train": 1_200_000,
    "dialogues/sgd.train": 400_000,
    "dialogues/cmu_dog.train": 400_000,
    "dialogues/meld.train": 400_000,
    "dialogues/persuasion": 400_000,
    "dialogues/taskmaster3_partial": 200_000,
    "dialogues/taskmaster4": 200_000,
    # typed chat
    "dialogues/slack_software": 500_000,
    "dialogues/irc_ubuntu.train": 300_000,
    "dialogues/emocontext.train": 300_000,
    "dialogues/twitter_conv": 200_000,
    "messages/nus_sms": 400_000,
}


@dataclass(frozen=True, slots=True)
class BackgroundRecipe:
    """Everything that decides what is counted and kept.

    Attributes:
        window: words in a document.
        min_documents: a stem in fewer documents is dropped.
        min_sources: a stem in fewer sources is dropped.
        phrase_documents: the same threshold for phrases of two and three words.
        phrase_sources: the same for phrases.
        caps: file under the data folder, without ".jsonl.gz" -> words taken from it at most, whole conversations in
            the order of a hash of their ids.
    """

    window: int = 300
    min_documents: int = 5
    min_sources: int = 2
    phrase_documents: int = 25
    phrase_sources: int = 5
    caps: dict[str, int] = field(default_factory=lambda: dict(_CAPS))


@dataclass(slots=True)
class _Counts:
    documents: Counter[str] = field(default_factory=Counter)
    occurrences: Counter[str] = field(default_factory=Counter)
    breadth: Counter[str] = field(default_factory=Counter)


_MARKER = re.compile(r"<[^<>\s]{1,40}>|\S+@\S+|(?:https?://|www\.)\S+")  # <URL>, <file_photo>, e-mail, address
_WORD = re.compile(r"[^\W\d_]+(?:[-'.][^\W\d_]+)*\.?")
_PHRASE_LENGTH = 3


def count_background(data: Path, out: Path, recipe: BackgroundRecipe | None = None) -> dict[str, Any]:
    """Count the sources of the recipe below `data`, write `background.json` into `out` and return the metrics.

    Raises:
        CorpusError: a source is missing or damaged, or the recipe names a file that holds held-out data.
    """
    recipe = recipe or BackgroundRecipe()
    _refuse_held_out(recipe)
    make_folder(out)
    stems, phrases = _Counts(), _Counts()
    documents = words = 0
    sources: dict[str, dict[str, int]] = {}
    for file, cap in recipe.caps.items():
        before = documents, words
        seen_stems: set[str] = set()
        seen_phrases: set[str] = set()
        # Recordings are cut one by one; short dialogues and messages are strung together.
        across = not file.startswith("transcripts/")
        for window in windows(_conversations(data, file, cap), recipe.window, across=across):
            documents += 1
            words += sum(_n_words(line) for line in window)
            _count(stems, [stem(word) for line in window for word in line if _WORD.fullmatch(word)], seen_stems)
            _count(phrases, [phrase for line in window for phrase in noun_phrases(line)], seen_phrases)
        stems.breadth.update(seen_stems)
        phrases.breadth.update(seen_phrases)
        sources[_name(file)] = {"documents": documents - before[0], "words": words - before[1]}
    usage = _kept(stems, recipe.min_documents, recipe.min_sources)
    n_stems = len(usage)
    usage.update(_kept(phrases, recipe.phrase_documents, recipe.phrase_sources))
    table = BackgroundTable(documents, words, tuple(_name(file) for file in recipe.caps), usage)
    path = out / "background.json"
    save_table(path, kind=BACKGROUND_KIND, version=BACKGROUND_VERSION, body=table.to_body())
    return {
        "documents": documents,
        "words": words,
        "sources": sources,
        "stems_seen": len(stems.documents),
        "stems_kept": n_stems,
        "share_of_words_kept": _covered(stems, usage),
        "phrases_kept": len(usage) - n_stems,
        "bytes": path.stat().st_size,
    }


def windows(conversations: Iterable[Sequence[Line]], size: int, *, across: bool) -> Iterator[list[Line]]:
    """Cut conversations into windows of whole lines with at least `size` words each.

    With `across`, a window runs on into the next conversation; without, it ends with its conversation, and a rest of
    less than half a window is left out.
    """
    window: list[Line] = []
    n_words = 0
    for lines in conversations:
        for line in lines:
            window.append(line)
            n_words += _n_words(line)
            if n_words >= size:
                yield window
                window, n_words = [], 0
        if not across:
            if n_words * 2 >= size:
                yield window
            window, n_words = [], 0
    if n_words * 2 >= size:
        yield window


def noun_phrases(line: Line) -> list[str]:
    """Every run of two or three adjectives and nouns that ends in a noun, as stems joined by one space.

    "a little bit of the main street shop" -> "littl bit", "main street", "main street shop", "street shop".
    """
    tags = Tagger.load().tag(line)
    phrases = []
    for first in range(len(line)):
        for end in range(first, min(first + _PHRASE_LENGTH, len(line))):
            if tags[end] not in ("ADJ", "NOUN", "PROPN") or not _WORD.fullmatch(line[end]):
                break
            if end > first and tags[end] != "ADJ":
                phrases.append(" ".join(stem(word) for word in line[first : end + 1]))
    return phrases


def _conversations(data: Path, file: str, cap: int) -> Iterator[list[Line]]:
    """The lines of whole conversations in the order of a hash of their ids, until `cap` words are reached."""
    path = data / f"{file}.jsonl.gz"
    rows = sorted((hashlib.sha256(_id(path, row).encode()).hexdigest(), _text(path, row)) for row in read_jsonl(path))
    taken = 0
    for _, text in rows:
        if taken >= cap:
            return
        lines = [tuple(token.text for token in tokenize(_MARKER.sub(" ", line))) for line in text.split("\n")]
        taken += sum(_n_words(line) for line in lines)
        yield lines


def _id(path: Path, row: dict[str, Any]) -> str:
    if not isinstance(row.get("id"), str):
        raise CorpusError(f"{path}: every line must have an 'id', got the keys {sorted(row)}.")
    return str(row["id"])


def _text(path: Path, row: dict[str, Any]) -> str:
    """The turns, segments or the one text of a row, a line each."""
    parts = row.get("turns") or row.get("segments") or [row]
    try:
        return "\n".join(" ".join(part["text"].split()) for part in parts)
    except KeyError as error:
        raise CorpusError(f"{path}: the conversation {row['id']!r} has a part without 'text'.") from error


def _n_words(line: Line) -> int:
    return sum(is_word(token) for token in line)


def _count(counts: _Counts, entries: list[str], seen: set[str]) -> None:
    counts.occurrences.update(entries)
    once = dict.fromkeys(entries)  # in order of appearance, unlike a set
    counts.documents.update(once.keys())
    seen.update(once)


def _kept(counts: _Counts, min_documents: int, min_sources: int) -> dict[str, Usage]:
    return {
        entry: Usage(documents, counts.occurrences[entry], counts.breadth[entry])
        for entry, documents in sorted(counts.documents.items())
        if documents >= min_documents and counts.breadth[entry] >= min_sources
    }


def _covered(counts: _Counts, usage: dict[str, Usage]) -> float:
    """The share of all running words whose stem was kept."""
    total = sum(counts.occurrences.values())
    return round(sum(counts.occurrences[entry] for entry in usage) / total, 4) if total else 0.0


def _name(file: str) -> str:
    """ "dialogues/samsum.train" -> "samsum"."""
    return file.rsplit("/", 1)[-1].split(".")[0]


def _refuse_held_out(recipe: BackgroundRecipe) -> None:
    held_out = [file for file in recipe.caps if file.rsplit(".", 1)[-1] in ("valid", "test")]
    if held_out:
        raise CorpusError(f"the background must be counted on training or unsplit files, got {held_out}.")
