"""Whisper's JSON: the torture file, cue by cue, word by word, warning by warning."""

from __future__ import annotations

import pytest

from tests.recorder.readers.rows import read, rows, warnings, words

pytestmark = pytest.mark.runtime


def test_torture_whisper_json() -> None:
    transcript = read("torture.whisper.json")
    assert transcript.format == "whisper"
    assert rows(transcript) == [
        (0.0, 1.5, None, "Hello there."),
        (2.0, None, None, "Next."),
        (0.0, None, None, "clamped"),
        (3.5, None, None, "odd types"),
        (4.0, 5.0, None, "from words"),
        (6.0, 7.0, None, "half a � pair"),
        (None, None, None, "absurd"),
        (None, None, None, "no times at all"),
    ]
    assert words(transcript, 0) == [("Hello", 0.0, 0.5), ("there.", 0.5, None)]
    assert words(transcript, 4) == [("from", 4.0, 4.2), ("words", None, None)]
    assert [index for index, segment in enumerate(transcript.segments) if segment.words] == [0, 4]
    assert warnings(transcript) == [
        (None, "segments[0]: word 1's end is not a finite number; taken as missing"),
        (None, "segments[1]: it ends (1 s) before it starts (2 s); its end is taken as missing"),
        (None, "segments[2]: its start is negative (-0.02 s); taken as 0"),
        (None, "segments[2]: its end is not a finite number; taken as missing"),
        (None, "segments[3]: its end is True, not a time; taken as missing"),
        (None, "segments[4]: has no text; skipped"),
        (None, "segments[6]: is 'not a segment', not an object; skipped"),
        (None, "segments[7]: word 0 is 17, not a word; skipped"),
        (None, "segments[7]: word 1 has no text; skipped"),
        (None, "segments[7]: the text has characters that no file can hold (NUL or half a surrogate pair); mended"),
        (None, "segments[8]: its start is 1.23457e+29 seconds, more than any recording has; taken as missing"),
        (None, "times go backwards (once, here first); the file's order is kept"),
    ]
