"""SubRip: the torture file, cue by cue, word by word, warning by warning."""

from __future__ import annotations

import pytest

from tests.recorder.readers.rows import read, rows, warnings

pytestmark = pytest.mark.runtime


def test_torture_srt() -> None:
    transcript = read("torture.srt")
    assert transcript.format == "srt"
    assert rows(transcript) == [
        (1.0, 2.5, None, "Hello everyone\nstill the same cue"),
        (3.0, 4.0, None, "no index, a dot"),
        (None, None, None, "Missing timing line\nin two lines"),
        (5.0, 6.0, None, "odd arrow"),
        (7.0, 8.0, None, "no blank line before"),
        (9.0, None, None, "half a time"),
        (8.5, 8.75, None, "Tom & I <3 2 --> 1"),
        (60.0, 61.25, None, "hours missing"),
        (360000.0, 360001.0, None, ""),
    ]
    assert warnings(transcript) == [
        (5, "a blank line inside a cue; its text joined to the cue of line 2"),
        (10, "a cue without a timing line; its text is kept without times"),
        (16, "the timing line is not written as 'start --> end'; read all the same"),
        (18, "no blank line between two cues; read as two"),
        (23, "the cue's end cannot be read; taken as missing, the text is kept"),
        (37, "a cue number with no cue below it; skipped"),
        (27, "times go backwards (once, here first); the file's order is kept"),
    ]


def test_speakers_srt() -> None:
    transcript = read("speakers.srt")
    assert transcript.format == "srt"
    assert rows(transcript) == [
        (1.0, 2.0, "SPEAKER_00", "Good morning."),
        (2.0, 3.0, "SPEAKER_01", "Morning."),
        (2.0, 3.0, "SPEAKER_00", "Shall we?"),
        (3.0, 4.0, "SPEAKER_01", "Yes."),
    ]
    assert warnings(transcript) == []
