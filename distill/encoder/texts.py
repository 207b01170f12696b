"""What the encoder is distilled on: utterances of dialogues and recordings, and stretches of recordings of any length.

Half of what was said aloud is taken as a plain recogniser writes it, lower case without marks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from distill.corpora import read_jsonl, read_transcripts
from distill.keywords.data import as_recognised

__all__ = ["QUICK_SOURCES", "TextSources", "read_texts", "stretches"]

SHORTEST, LONGEST = 12, 8_000
"""Characters of a text; a stretch is cut by words, so that only garbage is longer."""


@dataclass(frozen=True, slots=True)
class TextSources:
    """Which corpus files, and how much of each.

    Attributes:
        dialogues: names below dialogues/, read turn by turn.
        recordings: names below transcripts/ with their split, like "qmsum.train".
        most_turns: most turns of one dialogue file.
        most_utterances: most utterances of one file of recordings.
        most_stretches: most stretches of one file of recordings.
        longest: characters of a turn or utterance; longer ones are left to the stretches.
        words: fewest and most words of a stretch.
        seed: of what is drawn.
    """

    dialogues: tuple[str, ...] = (
        "samsum.train", "dailydialog.train", "dialogsum.train", "self_dialogue", "cmu_dog.train", "switchboard.train",
        "sgd.train", "mutual.train", "dream.train", "meld.train", "persuasion", "taskmaster3_partial",
        "irc_ubuntu.train", "slack_software", "emocontext.train",
    )  # fmt: skip
    recordings: tuple[str, ...] = (
        "qmsum.train", "ami.train", "icsi.train", "vt_ssum.train", "changelog", "earnings22",
    )  # fmt: skip
    most_turns: int = 30_000
    most_utterances: int = 12_000
    most_stretches: int = 9_000
    longest: int = 160
    words: tuple[int, int] = (16, 96)
    seed: int = 1


QUICK_SOURCES = TextSources(
    dialogues=(), recordings=("qmsum.train",), most_utterances=300, most_stretches=60, words=(8, 30)
)


def read_texts(data: Path, sources: TextSources) -> list[str]:
    """Distinct texts, in an order that depends on `sources` alone.

    Raises:
        CorpusError: a file is missing or damaged.
    """
    chance = np.random.default_rng(sources.seed)
    texts: dict[str, None] = {}
    for name in sources.dialogues:
        turns = [
            text
            for row in read_jsonl(data / "dialogues" / f"{name}.jsonl.gz")
            for turn in row["turns"]
            if SHORTEST <= len(text := turn["text"].strip()) <= sources.longest
        ]
        texts.update(dict.fromkeys(_some(turns, sources.most_turns, chance)))
    for name in sources.recordings:
        utterances, pieces = _recordings(data, name, sources, chance)
        texts.update(dict.fromkeys(_some(utterances, sources.most_utterances, chance)))
        texts.update(dict.fromkeys(_some(pieces, sources.most_stretches, chance)))
    return list(texts)


def stretches(utterances: Sequence[str], words: tuple[int, int], chance: np.random.Generator) -> Iterator[str]:
    """Cut joined utterances into consecutive stretches of a drawn number of words each."""
    spoken = " ".join(utterances).split()
    at = 0
    while at < len(spoken):
        size = int(chance.integers(words[0], words[1] + 1))
        yield " ".join(spoken[at : at + size])
        at += size


def _recordings(
    data: Path, name: str, sources: TextSources, chance: np.random.Generator
) -> tuple[list[str], list[str]]:
    corpus, _, split = name.partition(".")
    utterances, pieces = [], []
    for example in read_transcripts(data, corpus, split or None):
        spoken = [segment.text for segment in example.segments]
        if chance.random() < 0.5:
            spoken = [as_recognised(text) for text in spoken]
        utterances += [text for text in spoken if SHORTEST <= len(text) <= sources.longest]
        pieces += [text for text in stretches(spoken, sources.words, chance) if SHORTEST <= len(text) <= LONGEST]
    return utterances, pieces


def _some(texts: list[str], most: int, chance: np.random.Generator) -> list[str]:
    if len(texts) <= most:
        return texts
    return [texts[index] for index in np.sort(chance.choice(len(texts), most, replace=False))]
