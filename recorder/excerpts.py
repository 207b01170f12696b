"""One telling line of a section, for people who look at an outline."""

from __future__ import annotations

from typing import NamedTuple

from recorder.outline import Section
from recorder.transcript import Transcript

__all__ = ["Excerpt", "excerpt"]

_ENOUGH_WORDS = 6


class Excerpt(NamedTuple):
    """Who said it (None where unknown) and the segment's text as it stands, never empty."""

    speaker: str | None
    text: str


def excerpt(section: Section, transcript: Transcript | None) -> Excerpt | None:
    """The segment where the section's keywords are first said, best keyword first; else its first real segment.

    A segment counts when it has six words or more; short sections may give a shorter one, empty ones None.
    """
    if transcript is None:
        return None
    segments = transcript.segments[section.first_segment : section.last_segment + 1]
    mentioned = [
        keyword.mentions[0].segment - section.first_segment for keyword in section.keywords if keyword.mentions
    ]
    places = [place for place in mentioned if 0 <= place < len(segments)]
    for candidates in ((segments[place] for place in places), segments):
        for segment in candidates:
            if len(segment.text.split()) >= _ENOUGH_WORDS:
                return Excerpt(segment.speaker, segment.text)
    for segment in segments:
        if segment.text.strip():
            return Excerpt(segment.speaker, segment.text)
    return None
