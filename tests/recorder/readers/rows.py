"""Short forms of what a reader gave, to compare with what the fixtures must give."""

from __future__ import annotations

from pathlib import Path

from recorder.readers import read_transcript
from recorder.transcript import Transcript

DATA = Path(__file__).parent / "data"

Row = tuple[float | None, float | None, str | None, str]


def read(name: str, *, format: str | None = None, strict: bool = False) -> Transcript:
    """The fixture `name`, called by its bare name in messages."""
    return read_transcript(DATA / name, format=format, strict=strict, name=name)


def rows(transcript: Transcript) -> list[Row]:
    """Start, end, speaker and text of every segment."""
    return [(segment.start, segment.end, segment.speaker, segment.text) for segment in transcript.segments]


def words(transcript: Transcript, index: int) -> list[tuple[str, float | None, float | None]]:
    """The words of one segment."""
    return [(word.text, word.start, word.end) for word in transcript.segments[index].words]


def warnings(transcript: Transcript) -> list[tuple[int | None, str]]:
    """Line and reason of every warning, whose source must be the fixture."""
    assert all(warning.source == transcript.source for warning in transcript.warnings)
    return [(warning.line, warning.reason) for warning in transcript.warnings]
