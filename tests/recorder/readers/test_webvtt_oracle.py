"""On clean files our WebVTT and SRT readers and webvtt-py agree, cue for cue."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.readers import read_transcript

webvtt: Any = pytest.importorskip("webvtt")

_WORD = st.text("abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=9)
_LINE = st.lists(_WORD, min_size=1, max_size=8).map(" ".join)
_CUE = st.tuples(
    st.integers(0, 500_000_000),
    st.integers(0, 20_000),
    st.none() | st.sampled_from(["Anna", "Bob Stone", "SPEAKER_00"]),
    st.lists(_LINE, min_size=1, max_size=3).map("\n".join),
)


def clock(milliseconds: int, mark: str) -> str:
    """HH:MM:SS.mmm."""
    whole, rest = divmod(milliseconds, 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{mark}{rest:03}"


def numbered(text: str, index: int) -> str:
    """Lines that no other cue has: cues that repeat each other's lines are read as rolling captions."""
    return "\n".join(f"{line} in cue {index}" for line in text.split("\n"))


def seconds(clock_time: str) -> float:
    """The other way round (webvtt-py's own number of seconds has no milliseconds)."""
    hours, minutes, rest = clock_time.split(":")
    return (int(hours) * 3_600_000 + int(minutes) * 60_000 + int(rest.replace(".", ""))) / 1000


@settings(max_examples=60, deadline=None)
@given(st.lists(_CUE, min_size=1, max_size=12))
def test_webvtt(cues: list[tuple[int, int, str | None, str]]) -> None:
    parts = ["WEBVTT\n"]
    for index, (start, length, voice, text) in enumerate(cues):
        text = numbered(text, index)
        spoken = text if voice is None else f"<v {voice}>{text}</v>"
        parts.append(f"{clock(start, '.')} --> {clock(start + length, '.')}\n{spoken}\n")
    content = "\n".join(parts)
    theirs = list(webvtt.from_string(content))
    ours = read_transcript(content.encode(), strict=True).segments
    assert len(ours) == len(theirs) == len(cues)
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.start, mine.end) == (seconds(other.start), seconds(other.end))
        assert (mine.text, mine.speaker) == (other.text, other.voice)


@settings(max_examples=60, deadline=None)
@given(st.lists(_CUE, min_size=1, max_size=12))
def test_srt(cues: list[tuple[int, int, str | None, str]]) -> None:
    content = "\n".join(
        f"{index}\n{clock(start, ',')} --> {clock(start + length, ',')}\n{numbered(text, index)}\n"
        for index, (start, length, _, text) in enumerate(cues, 1)
    )
    theirs = list(webvtt.from_buffer(io.StringIO(content), format="srt"))
    ours = read_transcript(content.encode(), strict=True).segments
    assert [(mine.start, mine.end, mine.text) for mine in ours] == [
        (seconds(other.start), seconds(other.end), other.text) for other in theirs
    ]
