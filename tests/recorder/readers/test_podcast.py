"""Podcasting 2.0 JSON: the torture file, cue by cue, word by word, warning by warning."""

from __future__ import annotations

import pytest

from tests.recorder.readers.rows import read, rows, warnings

pytestmark = pytest.mark.runtime


def test_torture_podcast_json() -> None:
    transcript = read("torture.podcast.json")
    assert transcript.format == "podcast"
    assert rows(transcript) == [
        (0.5, 4.75, "Alban", "Welcome to the show."),
        (4.75, 6.0, None, "No speaker here."),
        (7.5, 9.0, None, "Times as strings."),
        (10.0, None, "Jordan", "No end."),
        (9.0, 10.0, "Mia", "Out of order."),
    ]
    assert warnings(transcript) == [
        (None, "segments[4]: has no 'body'; skipped"),
        (None, "segments[6]: is None, not an object; skipped"),
        (None, "times go backwards (once, here first); the file's order is kept"),
    ]
