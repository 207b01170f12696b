"""Which words are the speakers' own names: they are never keywords of their recording."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from recorder.records import SectionRecord
from recorder.words_en import ROLE_WORDS

__all__ = ["name_words", "speaker_names"]

_PART = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_MIN_LETTERS = 3  # "Grad C", "Lynne Neagle AM": a letter or a title, not a name


def name_words(labels: Iterable[str]) -> frozenset[str]:
    """Lower-case words of speaker labels that name somebody.

    Role words are left out: "Right Hon. Anna Meyer-Lund" gives anna and meyer-lund, "Project Manager" nothing.
    A label that is one lower-case or upper-case code ("spk1") gives nothing either: its letters are a role word.
    """
    words = (word.lower() for label in labels for word in _PART.findall(label))
    return frozenset(word for word in words if len(word) >= _MIN_LETTERS and word not in ROLE_WORDS)


def speaker_names(sections: Sequence[SectionRecord]) -> frozenset[str]:
    """The name words of everybody who speaks in these records."""
    return name_words(label for section in sections for label, _ in section.speakers)
