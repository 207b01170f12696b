"""SubRip (.srt): cues with an index, times with a comma; there is no standard, so nearly everything is forgiven.

Kept: cues with their times, "Name: text" and "[SPEAKER_00]: text" turns. Left out by design: indexes, coordinates
behind the times, formatting tags and `{\\an8}` overrides.
"""

from __future__ import annotations

from recorder.readers.captions import segments_of
from recorder.readers.cues import read_timing, scan_cues
from recorder.readers.document import Document, Placed

__all__ = ["read", "sniff"]


def sniff(document: Document) -> bool:
    """Whether any line is a timing line with both times."""
    for line in document.lines:
        timing = read_timing(line)
        if timing is not None and timing.start is not None and timing.end is not None:
            return True
    return False


def read(document: Document) -> list[Placed]:
    """The segments of the file."""
    return segments_of(scan_cues(document.lines, 0, document.report, webvtt=False), document.report)
