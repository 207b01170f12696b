"""The only thing that leaves the room: sections with keywords and highlights, plus titles for the whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from recorder.transcript import ReadWarning

__all__ = ["OUTLINE_VERSION", "Keyword", "Mention", "Outline", "Section"]

OUTLINE_VERSION = 1
"""The `version` of the JSON form; it changes when a key changes its meaning or goes away."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a keyword was said: the segment's index from 0, and seconds if they are known."""

    segment: int
    time: float | None

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {"segment": self.segment, "time": self.time}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Mention:
        """The inverse of `to_dict`."""
        return cls(data["segment"], data["time"])


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword of one section: its most frequent written form, a score in 0..1, and where it was said."""

    text: str
    score: float
    mentions: tuple[Mention, ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "text": self.text,
            "score": self.score,
            "mentions": [mention.to_dict() for mention in self.mentions],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Keyword:
        """The inverse of `to_dict`."""
        return cls(data["text"], data["score"], tuple(map(Mention.from_dict, data["mentions"])))


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the recording about one thing.

    Attributes:
        id: "s1", "s2", ... in order.
        start: seconds of the first known time inside, or None.
        end: seconds of the last known time inside, or None.
        first_segment: index from 0 of the first segment.
        last_segment: index of the last segment, inclusive.
        title: a short name made of the best keywords; may be empty when there are none.
        keywords: best first.
        importance: 0..1, comparable within one outline.
        highlighted: whether this is one of the marked sections.
    """

    id: str
    start: float | None
    end: float | None
    first_segment: int
    last_segment: int
    title: str
    keywords: tuple[Keyword, ...]
    importance: float
    highlighted: bool

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict, keys in the documented order."""
        return {
            "id": self.id,
            "start": self.start,
            "end": self.end,
            "first_segment": self.first_segment,
            "last_segment": self.last_segment,
            "title": self.title,
            "keywords": [keyword.to_dict() for keyword in self.keywords],
            "importance": self.importance,
            "highlighted": self.highlighted,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Section:
        """The inverse of `to_dict`."""
        return cls(**{**data, "keywords": tuple(map(Keyword.from_dict, data["keywords"]))})


@dataclass(frozen=True, slots=True)
class Outline:
    """Sections, keywords, highlights and titles of one recording (see docs/outline-json.md).

    Attributes:
        source: the transcript's name, or None.
        duration: seconds, or None without times.
        sections: in order; together they cover every segment exactly once.
        titles: up to three suggestions for the recording's name, best first.
        warnings: what the reader skipped or mended.
    """

    source: str | None
    duration: float | None
    sections: tuple[Section, ...]
    titles: tuple[str, ...]
    warnings: tuple[ReadWarning, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict, keys in the documented order."""
        return {
            "version": OUTLINE_VERSION,
            "source": self.source,
            "duration": self.duration,
            "sections": [section.to_dict() for section in self.sections],
            "titles": list(self.titles),
            "warnings": [warning.to_dict() for warning in self.warnings],
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """The JSON form as one string; equal outlines give equal strings, byte for byte."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent, allow_nan=False)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Outline:
        """The inverse of `to_dict`, for dicts of this `version`."""
        return cls(
            data["source"],
            data["duration"],
            tuple(map(Section.from_dict, data["sections"])),
            tuple(data["titles"]),
            tuple(ReadWarning(**warning) for warning in data["warnings"]),
        )
