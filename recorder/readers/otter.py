"""Otter's text export, and others of its shape: a header line "Name  0:03", then what was said.

Kept: speakers, the start of every turn, every paragraph (the second and later ones of a turn have no time). Ends are
not in the format. Left out by design: what stands above the first header (title, date, keyword list), with a note,
and the line "Transcribed by https://otter.ai".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from recorder.readers.clock import CLOCK, clock_seconds
from recorder.readers.document import Document, Placed
from recorder.readers.speakers import plausible_name, shaped_name
from recorder.transcript import Segment

__all__ = ["read", "sniff"]

_TIME = re.compile(rf"(?P<gap>\s*)(?P<box>[\[(])?(?P<time>{CLOCK})[\])]?\s*:?\s*$")
_FOOTER = re.compile(r"\s*Transcribed by https?://(?:www\.)?otter\.ai\S*\s*", re.IGNORECASE)
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class _Header:
    speaker: str | None
    time: float | None


def _header(line: str) -> _Header | None:
    """The header that `line` is: a name, two blanks (or a bracket) and a time; or a time alone."""
    if len(line) > _LONGEST or ":" not in line:
        return None
    match = _TIME.search(line)
    if match is None:
        return None
    name = line[: match.start()].strip()
    time = clock_seconds(match["time"])
    if not name:
        return _Header(None, time)
    apart = len(match["gap"].expandtabs(2)) >= 2 or match["box"] is not None
    if not (apart and plausible_name(name) and shaped_name(name)):
        return None
    return _Header(name, time)


def sniff(document: Document) -> bool:
    """Whether at least two lines (or the first one) are headers with names, one line in ten or more."""
    filled = 0
    named = 0
    first = False
    for line in document.lines:
        if not line.strip():
            continue
        filled += 1
        header = _header(line)
        if header is not None and header.speaker is not None:
            named += 1
            first = first or filled == 1
    return (named >= 2 or (first and filled > 1)) and named * 10 >= filled


def read(document: Document) -> list[Placed]:
    """The segments of the file."""
    placed: list[Placed] = []
    current: _Header | None = None
    start: float | None = None
    paragraph: list[str] = []
    begun = 0
    above = 0

    def close() -> None:
        nonlocal start
        if current is not None and (paragraph or start is not None):
            text = "\n".join(paragraph).strip()
            placed.append((begun, Segment(start, None, text, current.speaker)))
            start = None
        paragraph.clear()

    for number, line in enumerate(document.lines, 1):
        header = _header(line)
        if header is not None:
            close()
            current, start, begun = header, header.time, number
        elif not line.strip():
            if paragraph:
                close()
        elif current is None:
            above += 1
        elif _FOOTER.fullmatch(line) is None:
            if not paragraph and start is None:
                begun = number
            paragraph.append(line.strip())
    close()
    if above:
        document.report.note(1, f"{above} lines above the first speaker's header were left out (title, date, keywords)")
    return placed
