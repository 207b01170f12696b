"""WebVTT (https://www.w3.org/TR/webvtt1/), as Zoom, Teams, Meet, YouTube, Whisper and WhisperX write it.

Kept: cues with their times, `<v Name>` (several per cue give several segments), "Name: text", word times.
Left out by design: cue identifiers and settings, NOTE, STYLE and REGION blocks, the header's metadata.
"""

from __future__ import annotations

import re

from recorder.readers.captions import segments_of
from recorder.readers.cues import read_timing, scan_cues
from recorder.readers.document import Document, Placed

__all__ = ["read", "sniff"]

_HEADER = re.compile(r"\s*WEBVTT(?:[ \t\n]|\Z)")


def sniff(document: Document) -> bool:
    """Whether the file begins with the word WEBVTT."""
    return _HEADER.match(document.text) is not None


def read(document: Document) -> list[Placed]:
    """The segments of the file. Without the header line it is read all the same, with a warning."""
    lines = document.lines
    first = 0
    while first < len(lines) and not lines[first].strip():
        first += 1
    if sniff(document):
        # The header block goes on to the first blank line, unless a cue begins without one.
        first += 1
        while first < len(lines) and lines[first].strip() and not _opens_cue(lines, first):
            first += 1
    else:
        document.report.damage(min(first, len(lines) - 1) + 1, "no WEBVTT header; read as WebVTT all the same")
    return segments_of(scan_cues(lines, first, document.report, webvtt=True), document.report)


def _opens_cue(lines: list[str], index: int) -> bool:
    return read_timing(lines[index]) is not None
