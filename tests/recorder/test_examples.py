"""The example transcripts are what they claim to be: read without a warning, and the gold chapters fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder.chapters import read_boundaries
from recorder.readers import read_transcript

pytestmark = pytest.mark.runtime

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("name", "format_", "speakers", "words", "minutes"),
    [
        ("meeting.vtt", "webvtt", 4, 3_500, 27),
        ("lecture.srt", "srt", 0, 1_850, 14),
        ("interview.json", "whisperx", 2, 1_300, 11),
        ("standup.txt", "text", 3, 300, None),
    ],
)
def test_examples_read_cleanly(name: str, format_: str, speakers: int, words: int, minutes: int | None) -> None:
    transcript = read_transcript(EXAMPLES / name)
    assert transcript.warnings == ()
    assert transcript.format == format_
    assert len({part.speaker for part in transcript.segments if part.speaker}) == speakers
    assert sum(len(part.text.split()) for part in transcript.segments) >= words
    assert (transcript.duration is None) == (minutes is None)
    assert minutes is None or (transcript.duration or 0) > 60 * minutes


def test_gold_chapters_begin_where_the_talk_turns() -> None:
    transcript = read_transcript(EXAMPLES / "meeting.vtt")
    firsts = read_boundaries(EXAMPLES / "meeting.chapters.json", transcript.segments)
    openings = [transcript.segments[first].text.split(".")[0] for first in firsts]
    assert openings == [
        "Okay, I think that's everybody",
        "All right, moving on",
        "Great",
        "Okay then",
        "All right",
        "Okay",
    ]
