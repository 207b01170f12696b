"""What a reader hands out and everything else takes in: segments of a transcript, in order."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from recorder.errors import TranscriptError

__all__ = ["ReadWarning", "Segment", "Transcript", "Word"]


@dataclass(frozen=True, slots=True)
class Word:
    """One word with its own time, as a recogniser that knows word times gives it.

    Attributes:
        text: the word as written in the transcript, without surrounding white space.
        start: seconds from the beginning of the recording, or None when the recogniser gave none.
        end: seconds, or None.
    """

    text: str
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """One final line of a transcript: a cue, a turn or a recognised utterance.

    Attributes:
        start: seconds from the beginning of the recording, or None when the transcript has no times.
        end: seconds, or None.
        text: what was said; white space is kept as read, the text may be empty.
        speaker: the speaker's label, or None.
        words: word times where the transcript has them, in order; otherwise empty.

    Raises:
        TranscriptError: a time is not a finite, non-negative number.
    """

    start: float | None
    end: float | None
    text: str
    speaker: str | None = None
    words: tuple[Word, ...] = ()

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise TranscriptError(
                    f"a segment's '{name}' must be None or seconds >= 0, got {value!r} (text {self.text[:40]!r})."
                )

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict; keys without a value are left out."""
        data: dict[str, Any] = {"start": self.start, "end": self.end, "text": self.text}
        if self.speaker is not None:
            data["speaker"] = self.speaker
        if self.words:
            data["words"] = [[word.text, word.start, word.end] for word in self.words]
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Segment:
        """The inverse of `to_dict`."""
        words = tuple(Word(text, start, end) for text, start, end in data.get("words", ()))
        return cls(data.get("start"), data.get("end"), data["text"], data.get("speaker"), words)


@dataclass(frozen=True, slots=True)
class ReadWarning:
    """A line that a reader could not use, or had to mend: nothing is dropped in silence.

    Attributes:
        source: the file's name as the user gave it, or "<stdin>", "<bytes>".
        line: line number from 1, or None where the format has no lines (one JSON value, say).
        reason: what was wrong and what was done about it.
    """

    source: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{place}: {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {"source": self.source, "line": self.line, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole transcript as one reader read it.

    Attributes:
        segments: every cue of the file, in the file's order.
        source: the file's name as the user gave it, or None.
        format: the reader's name ("webvtt", "srt", "whisper", ...), or None when built in Python.
        warnings: what was skipped or mended while reading, in the file's order.
    """

    segments: tuple[Segment, ...]
    source: str | None = None
    format: str | None = None
    warnings: tuple[ReadWarning, ...] = field(default=())

    @property
    def duration(self) -> float | None:
        """Seconds from 0 to the last known time, or None when no segment has a time."""
        times = [time for segment in self.segments for time in (segment.start, segment.end) if time is not None]
        return max(times, default=None)
