"""Otter's text export: the torture file, cue by cue, word by word, warning by warning."""

from __future__ import annotations

import pytest

from tests.recorder.readers.rows import read, rows, warnings

pytestmark = pytest.mark.runtime


def test_torture_otter_txt() -> None:
    transcript = read("torture.otter.txt")
    assert transcript.format == "otter"
    assert rows(transcript) == [
        (3.0, None, "Anna Lee", "Good morning, everyone.\nHow are you?"),
        (None, None, "Anna Lee", "We start at 10:30  today."),
        (62.0, None, "Speaker 2", "Fine: thanks."),
        (3723.0, None, "Unknown Speaker", "Yes."),
        (363605.0, None, "Dr. Rao", "Late arrival."),
        (59.0, None, "Bob", "Earlier again."),
    ]
    assert warnings(transcript) == [
        (1, "2 lines above the first speaker's header were left out (title, date, keywords)"),
        (19, "times go backwards (once, here first); the file's order is kept"),
    ]
