"""One recording as a list shows it, and the short name in its address."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from recorder.outline import Outline
from recorder.transcript import Transcript
from recorder.writers.timeline import one_line

__all__ = ["Entry", "main_keywords", "slug_of", "strip_of"]

_N_KEYWORDS = 6
_LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """A recording of the library, without its text.

    Attributes:
        slug: its short name, made of a-z, 0-9 and "-": stands in addresses and on the command line.
        name: the file's name (or path inside a watched folder), or what the recording was called when it came in.
        path: the file it was read from, or None.
        added: when it was added or read anew, ISO 8601, UTC.
        title: the best title suggestion, or the name.
        keywords: up to six telling keywords of the whole recording.
        speakers: speaker labels, those who say most first.
        duration: seconds, or None without times.
        n_segments: lines of the transcript.
        n_words: words, split at white space.
        n_sections: sections of the outline.
        finished: False for a journal whose session has not ended.
        strip: for each section (its share of the text, importance, whether it is highlighted): a picture of the whole.
    """

    slug: str
    name: str
    path: str | None
    added: str
    title: str
    keywords: tuple[str, ...]
    speakers: tuple[str, ...]
    duration: float | None
    n_segments: int
    n_words: int
    n_sections: int
    finished: bool
    strip: tuple[tuple[float, float, bool], ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "slug": self.slug,
            "name": self.name,
            "path": self.path,
            "added": self.added,
            "title": self.title,
            "keywords": list(self.keywords),
            "speakers": list(self.speakers),
            "duration": self.duration,
            "segments": self.n_segments,
            "words": self.n_words,
            "sections": self.n_sections,
            "finished": self.finished,
        }


def main_keywords(outline: Outline) -> tuple[str, ...]:
    """Up to six keywords that tell what the recording is about: the best ones of its important sections."""
    ranked = sorted(
        ((keyword.score * (0.25 + section.importance), keyword.text) for section in outline.sections
         for keyword in section.keywords),
        key=lambda pair: (-pair[0], pair[1]),
    )  # fmt: skip
    found: dict[str, str] = {}
    for _, text in ranked:
        found.setdefault(text.casefold(), one_line(text))
    return tuple(found.values())[:_N_KEYWORDS]


def strip_of(outline: Outline, transcript: Transcript) -> tuple[tuple[float, float, bool], ...]:
    """For each section its share of the text, its importance, and whether it is highlighted."""
    sizes = [
        20 + sum(len(line.text) for line in transcript.segments[section.first_segment : section.last_segment + 1])
        for section in outline.sections
    ]
    whole = sum(sizes)
    return tuple(
        (round(size / whole, 4), round(section.importance, 3), section.highlighted)
        for size, section in zip(sizes, outline.sections, strict=True)
    )


def slug_of(name: str) -> str:
    """A short name for addresses: "Année/Café (2).vtt" -> "annee-cafe-2"."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,7}$", "", name)
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-") or "recording"
