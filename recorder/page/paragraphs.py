"""Segments as paragraphs that read well: one speaker each, some sentences long, every line with its time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from recorder.transcript import Segment

__all__ = ["Line", "Paragraph", "paragraphs_of", "shown"]

_ENOUGH_WORDS = 70  # after so many a paragraph ends with the next sentence
_TOO_MANY_WORDS = 160  # a recogniser that writes no full stops
_PAUSE = 3.0  # seconds of silence that begin a paragraph
_SENTENCE_END = re.compile(r"[.!?…。！？؟।]['\"”’»)\]]*$")
_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\v\f\r"}
_CONTROLS |= {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
del _CONTROLS[0x85]  # next line: white space


@dataclass(frozen=True, slots=True)
class Line:
    """One segment: its index from 0, seconds or None, and the text as it is shown."""

    index: int
    start: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of one speaker.

    Attributes:
        speaker: who speaks, or None where the transcript names nobody.
        named: whether the name is to be shown: the speaker is not the one of the paragraph before.
        lines: at least one.
    """

    speaker: str | None
    named: bool
    lines: tuple[Line, ...]

    @property
    def start(self) -> float | None:
        """Seconds of the first line that has a time."""
        return next((line.start for line in self.lines if line.start is not None), None)

    @property
    def size(self) -> int:
        """Characters, plus some for the space that any paragraph takes."""
        return sum(len(line.text) + 1 for line in self.lines) + (80 if self.named else 40)


def shown(text: str) -> str:
    """`text` with single blanks, and with pictures for characters that HTML cannot hold: "\\x1b" becomes "␛"."""
    text = " ".join(text.translate(_CONTROLS).split())
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def paragraphs_of(segments: Sequence[Segment], first: int) -> tuple[Paragraph, ...]:
    """The paragraphs of one section; `first` is the index of `segments[0]`. Segments without text are left out."""
    made: list[Paragraph] = []
    lines: list[Line] = []
    words, last = 0, None
    for index, segment in enumerate(segments, start=first):
        text = shown(segment.text)
        if not text:
            continue
        if last is not None and _breaks(lines[-1], words, last, segment):
            made.append(_paragraph(made, last.speaker, lines))
            lines, words = [], 0
        lines.append(Line(index, segment.start, text))
        words += text.count(" ") + 1
        last = segment
    if last is not None:
        made.append(_paragraph(made, last.speaker, lines))
    return tuple(made)


def _breaks(line: Line, words: int, last: Segment, segment: Segment) -> bool:
    """Whether a new paragraph begins with `segment`, behind `line` (of `last`), `words` words into the old one."""
    if segment.speaker != last.speaker:
        return True
    if last.end is not None and segment.start is not None and segment.start - last.end >= _PAUSE:
        return True
    return words >= _TOO_MANY_WORDS or (words >= _ENOUGH_WORDS and _SENTENCE_END.search(line.text) is not None)


def _paragraph(before: list[Paragraph], speaker: str | None, lines: list[Line]) -> Paragraph:
    named = speaker is not None and (not before or before[-1].speaker != speaker)
    return Paragraph(speaker, named, tuple(lines))
