"""Search results: sections that hold what was asked for, with the lines where it is said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recorder.outline import Section

__all__ = ["CLOSE", "OPEN", "Hit", "HitLine", "hit_of"]

OPEN, CLOSE = "\x02", "\x03"
"""What the index puts around found words; control characters are taken out of the text it indexes."""

_MOST_LINES = 3
_LONGEST_LINE = 220  # characters of a line that are shown
_BEFORE = 60  # of them at most so many before the first found word

Parts = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class HitLine:
    """A line of the transcript with found words in it.

    Attributes:
        segment: its index from 0.
        start: seconds, or None.
        speaker: the speaker's label, or None.
        parts: the line's text in pieces, each with whether it was searched for.
    """

    segment: int
    start: float | None
    speaker: str | None
    parts: Parts

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "segment": self.segment,
            "start": self.start,
            "speaker": self.speaker,
            "parts": [{"text": text, "found": found} for text, found in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that holds what was asked for.

    Attributes:
        slug: the recording's short name.
        recording: the recording's title.
        name: the recording's file name.
        finished: whether the recording has ended.
        section: the section as the outline has it; its keywords and times are the context.
        title: the section's title in pieces, found words marked.
        lines: up to three lines with the most found words, in their order; the first line when the words are only in
            the title, the keywords or a speaker's name.
        rank: bm25, smaller is better.
    """

    slug: str
    recording: str
    name: str
    finished: bool
    section: Section
    title: Parts
    lines: tuple[HitLine, ...]
    rank: float

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "slug": self.slug,
            "recording": self.recording,
            "name": self.name,
            "finished": self.finished,
            "section": {
                "id": self.section.id,
                "title": self.section.title,
                "start": self.section.start,
                "end": self.section.end,
                "keywords": [keyword.text for keyword in self.section.keywords],
            },
            "lines": [line.to_dict() for line in self.lines],
            "rank": self.rank,
        }


def hit_of(
    slug: str, recording: str, name: str, finished: int, data: str, lines: str, title: str, text: str, *, rank: float
) -> Hit:
    """A hit from what the library keeps of a section; `title` and `text` are marked."""
    section = Section.from_dict(json.loads(data))
    places = _lines(section.first_segment, text.split("\n"), json.loads(lines))
    return Hit(slug, recording, name, bool(finished), section, _parts(title), places, rank)


def _lines(first: int, texts: list[str], said: Sequence[tuple[float | None, str | None]]) -> tuple[HitLine, ...]:
    """The lines with the most different found words; `texts` are the section's lines from segment `first` on."""
    scored = []
    for place, text in enumerate(texts):
        found = {piece.casefold() for piece, marked in _parts(text) if marked}
        if found:
            scored.append((-len(found), place))
    places = sorted(place for _, place in sorted(scored)[:_MOST_LINES])
    if not places:
        places = [next((place for place, text in enumerate(texts) if text.strip()), 0)]
    return tuple(HitLine(first + place, *said[place], _cut(texts[place])) for place in places)


def _parts(marked: str) -> Parts:
    parts: list[tuple[str, bool]] = []
    for number, piece in enumerate(marked.split(OPEN)):
        found, _, rest = piece.rpartition(CLOSE) if number else ("", "", piece)
        if found:
            parts.append((found, True))
        if rest:
            parts.append((rest, False))
    return tuple(parts)


def _cut(marked: str) -> Parts:
    """The stretch of a long line around its first found word."""
    first = marked.find(OPEN)
    begin = 0
    if first > _BEFORE:
        begin = marked.rfind(" ", 0, first - _BEFORE) + 1 or first - _BEFORE
    parts, room = [], _LONGEST_LINE
    for text, found in _parts(marked[begin:]):
        if len(text) > room:
            shortened = text[:room].rsplit(" ", 1)[0] if not found else text[:room]
            parts.append((shortened + "…", found))
            break
        parts.append((text, found))
        room -= len(text)
    return ((("…", False),) if begin else ()) + tuple(parts)
