"""plain text: the torture file, cue by cue, word by word, warning by warning."""

from __future__ import annotations

import pytest

from tests.recorder.readers.rows import read, rows, warnings

pytestmark = pytest.mark.runtime


def test_torture_txt() -> None:
    transcript = read("torture.txt")
    assert transcript.format == "text"
    assert rows(transcript) == [
        (None, None, None, "Planning meeting"),
        (3.0, None, "Anna Lee", "Good morning.\nHow is everyone?"),
        (5.0, None, "Bob", "Fine. Note: I leave\nat 10:30 sharp."),
        (None, None, "Bob", "A new paragraph of Bob's."),
        (3607.0, None, "Dr. Rao", "Hello."),
        (9.0, None, "Anna Lee", "See http://example.org: it works.\nWarning: not a speaker."),
        (363600.5, 363602.0, "Bob", "Late."),
        (None, None, "Carla", "No time on this line."),
    ]
    assert warnings(transcript) == [
        (11, "times go backwards (once, here first); the file's order is kept"),
    ]
