"""whisper.cpp's JSON: the torture file, cue by cue, word by word, warning by warning."""

from __future__ import annotations

import pytest

from tests.recorder.readers.rows import read, rows, warnings, words

pytestmark = pytest.mark.runtime


def test_torture_whispercpp_json() -> None:
    transcript = read("torture.whispercpp.json")
    assert transcript.format == "whispercpp"
    assert rows(transcript) == [
        (0.0, 2.5, "0", "Déjà vu, truly."),
        (2.5, 4.0, None, "Only clock times."),
        (5.0, None, None, "Reversed."),
        (360000.0, 360001.0, None, "A hundred hours."),
        (None, None, None, "No times."),
    ]
    assert words(transcript, 0) == [("Déjà", 0.1, 0.4), ("vu,", 0.5, 0.75), ("truly.", 1.0, 2.5)]
    assert [index for index, segment in enumerate(transcript.segments) if segment.words] == [0]
    assert warnings(transcript) == [
        (None, "transcription[2]: it ends (4 s) before it starts (5 s); its end is taken as missing"),
        (None, "transcription[5]: has no text; skipped"),
        (None, "transcription[6]: is 7, not an object; skipped"),
    ]
