"""Labelled requests made here: three classes that a small network learns in seconds."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path

from distill.classify_corpora import write_labelled
from distill.classify_data import ClassifyData, LabelledText

SHAPES = {
    "météo": ["will it rain {}", "how warm is it {}", "is it windy {}?"],
    "food": ["cook pasta {}", "order a pizza {}", "bake some bread {}"],
    "music": ["play a song {}", "turn up the radio {}", "sing for me {}!"],
}
WHEN = ("today", "tomorrow", "tonight", "please", "on monday", "now", "at noon", "again", "later", "soon")


def requests(number: int, *, seed: int, context: bool = False) -> tuple[LabelledText, ...]:
    """So many different requests; with `context` the text is "yes please" and what was said before has the class."""
    every = [(shape.format(when), label) for (label, shapes), when in itertools.product(SHAPES.items(), WHEN)
             for shape in shapes]  # fmt: skip
    random.Random(seed).shuffle(every)
    if context:
        return tuple(LabelledText("yes please", label, ("hello", text), line + 1)
                     for line, (text, label) in enumerate(every[:number]))  # fmt: skip
    return tuple(LabelledText(text, label, (), line + 1) for line, (text, label) in enumerate(every[:number]))


def data(rows: Sequence[LabelledText], held: int) -> ClassifyData:
    """The last `held` examples for measuring, the others to learn from."""
    return ClassifyData(tuple(rows[:-held]), tuple(rows[-held:]), tuple(sorted(SHAPES)))


def write_files(folder: Path, rows: Sequence[LabelledText], held: int) -> tuple[Path, Path]:
    """The same as two files."""
    write_labelled(folder / "train.jsonl", rows[:-held])
    write_labelled(folder / "valid.jsonl", rows[-held:])
    return folder / "train.jsonl", folder / "valid.jsonl"
