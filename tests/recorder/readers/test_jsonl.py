"""JSON lines: the torture file, cue by cue, word by word, warning by warning."""

from __future__ import annotations

import pytest

from tests.recorder.readers.rows import read, rows, warnings, words

pytestmark = pytest.mark.runtime


def test_torture_jsonl() -> None:
    transcript = read("torture.jsonl")
    assert transcript.format == "jsonl"
    assert rows(transcript) == [
        (0.0, 1.5, "Anna", "Hello there."),
        (1.6, 2.4, None, "so yes"),
        (3.0, 3.4, None, "best"),
        (10.4, 10.8, None, "SO HELLO"),
        (20.4, 20.6, None, "SO HELLO"),
        (30.0, None, "3", "reversed"),
        (31.5, None, None, "clock"),
        (None, None, None, "printed over lines"),
    ]
    assert words(transcript, 0) == [("Hello", 0.0, 0.5), ("there.", 0.5, 1.5)]
    assert words(transcript, 1) == [("so", 1.6, 1.9), ("yes", 2.0, 2.4)]
    assert words(transcript, 2) == [("best", 3.0, 3.4)]
    assert words(transcript, 3) == [("SO", 10.4, None), ("HELLO", 10.6, None)]
    assert [index for index, segment in enumerate(transcript.segments) if segment.words] == [0, 1, 2, 3]
    assert warnings(transcript) == [
        (9, "the tokens do not spell the text; word times left out"),
        (10, "not valid JSON: Expecting property name enclosed in double quotes at column 2; skipped"),
        (11, "expected a JSON object with 'text', got a list of 2; skipped"),
        (12, "expected 'text' (or vosk's 'partial') with a string, got no such key; the keys are 'eof'; skipped"),
        (13, "the line ends (29 s) before it starts (30 s); its end is taken as missing"),
        (18, "the last words never became final; skipped: 'never ended'"),
    ]
