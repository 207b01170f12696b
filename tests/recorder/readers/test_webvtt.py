"""WebVTT: the torture file, cue by cue, word by word, warning by warning."""

from __future__ import annotations

import pytest

from recorder.readers import read_transcript
from tests.recorder.readers.rows import read, rows, warnings, words

pytestmark = pytest.mark.runtime


def test_torture_vtt() -> None:
    transcript = read("torture.vtt")
    assert transcript.format == "webvtt"
    assert rows(transcript) == [
        (1.0, 4.25, "Anna", "Good morning & welcome."),
        (1.0, 4.25, "Bob Stone", "Hi Anna, is 3 < 4? <laughs>"),
        (4.5, 6.0, None, "so today we talk"),
        (6.0, 7.0, "Anna", "one two"),
        (7.0, 8.0, "Bob Stone", "three"),
        (8.0, 9.0, None, ""),
        (10.0, 11.0, None, "Before the gap,\nafter the gap."),
        (None, 13.0, None, "damaged start"),
        (14.0, None, None, "end before start"),
        (0.0, 16.0, None, "negative"),
        (442800.0, 442802.5, None, "hours over ninety-nine"),
        (20.0, 21.0, None, "and text behind\nAT&T &copy \xa0x ’"),
        (20.0, 21.0, "Zoë van Dijk", "name"),
    ]
    assert words(transcript, 2) == [("so", 4.5, 5.0), ("today", 5.0, 5.5), ("we", 5.5, None), ("talk", None, 6.0)]
    assert words(transcript, 3) == [("one", 6.0, 6.5), ("two", 6.5, 7.0)]
    assert words(transcript, 4) == [("three", 7.0, 8.0)]
    assert [index for index, segment in enumerate(transcript.segments) if segment.words] == [2, 3, 4]
    assert warnings(transcript) == [
        (35, "a blank line inside a cue; its text joined to the cue of line 32"),
        (37, "the cue's start cannot be read; taken as missing, the text is kept"),
        (38, "no blank line between two cues; read as two"),
        (39, "the cue ends (13.5 s) before it starts (14 s); its end is taken as missing"),
        (42, "the cue's start is negative (-1 s); taken as 0"),
        (48, "text behind the times on the timing line; taken as the cue's text"),
        (42, "times go backwards (2 times, here first); the file's order is kept"),
    ]


def test_zoom_vtt() -> None:
    transcript = read("zoom.vtt")
    assert transcript.format == "webvtt"
    assert rows(transcript) == [
        (1.0, 2.0, "Priya Rao", "Good morning."),
        (2.0, 3.5, "Tom", "Morning. Note: the doors\nopen at 10:30"),
        (3.5, 5.0, None, "and http://example.org is down."),
        (5.0, 6.0, "Priya Rao", "Thanks."),
        (5.0, 6.0, "Tom", "Bye."),
    ]
    assert warnings(transcript) == []


def test_rolling_vtt() -> None:
    transcript = read("rolling.vtt")
    assert transcript.format == "webvtt"
    assert rows(transcript) == [
        (0.0, 2.0, None, "so here we"),
        (2.01, 4.0, None, "go again"),
        (4.01, 6.0, None, "with captions"),
    ]
    assert words(transcript, 0) == [("so", 0.0, 0.5), ("here", 0.5, 1.0), ("we", 1.0, 2.0)]
    assert words(transcript, 1) == [("go", 2.01, 3.0), ("again", 3.0, 4.0)]
    assert words(transcript, 2) == [("with", 4.01, 5.0), ("captions", 5.0, 6.0)]
    assert [index for index, segment in enumerate(transcript.segments) if segment.words] == [0, 1, 2]
    assert warnings(transcript) == [
        (None, "rolling captions: 4 lines that repeat the cue before were left out"),
    ]


def test_a_cue_of_word_times_alone_is_empty() -> None:
    content = b"WEBVTT\n\n00:00.000 --> 00:02.000\n<00:01.000>\n\n00:02.000 --> 00:03.000\n<v Anna>x <00:02.500></v>\n"
    transcript = read_transcript(content, strict=True)
    assert rows(transcript) == [(0.0, 2.0, None, ""), (2.0, 3.0, "Anna", "x")]
    assert words(transcript, 0) == []
    assert words(transcript, 1) == [("x", 2.0, 2.5)]


def test_someone_who_repeats_himself_is_no_rolling_caption() -> None:
    cues = "".join(f"00:{at:02}.000 --> 00:{at + 1:02}.000\nYeah.\nYeah.\n\n" for at in range(20))
    assert [row[3] for row in rows(read_transcript(f"WEBVTT\n\n{cues}".encode(), strict=True))] == ["Yeah.\nYeah."] * 20
