"""WhisperX's JSON: the torture file, cue by cue, word by word, warning by warning."""

from __future__ import annotations

import pytest

from tests.recorder.readers.rows import read, rows, warnings, words

pytestmark = pytest.mark.runtime


def test_torture_whisperx_json() -> None:
    transcript = read("torture.whisperx.json")
    assert transcript.format == "whisperx"
    assert rows(transcript) == [
        (0.5, 2.0, "SPEAKER_00", "We sold 40 units."),
        (2.1, 3.0, "SPEAKER_01", "Who to?"),
        (3.1, 3.5, "2", "Everyone."),
        (3.6, 3.9, None, "Um."),
    ]
    assert words(transcript, 0) == [("We", 0.5, 0.7), ("sold", 0.8, 1.1), ("40", None, None), ("units.", 1.5, 2.0)]
    assert words(transcript, 1) == [("Who", 2.1, 2.4), ("to?", 2.5, 3.0)]
    assert [index for index, segment in enumerate(transcript.segments) if segment.words] == [0, 1]
    assert warnings(transcript) == [
        (None, "segments[3]: the speaker is a list of 1, not a string; taken as missing"),
    ]
