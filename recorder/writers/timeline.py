"""Sections as chapters on a time line: every start known, rising, none overlapping."""

from __future__ import annotations

import re
from dataclasses import dataclass

from recorder.clock import to_ms
from recorder.errors import WriteError
from recorder.outline import Outline, Section
from recorder.transcript import Transcript

__all__ = ["Chapter", "chapters_of", "one_line", "title_of"]

_OPEN_END_MS = 10_000  # length of a last chapter whose end nobody knows
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: milliseconds with start < end, and the title on one line, not escaped for any format yet."""

    start: int
    end: int
    title: str


def one_line(text: str) -> str:
    """`text` on one line: control characters and line ends become spaces, direction overrides and lone surrogates go.

    A transcript is somebody else's text: it may hold escape sequences, or characters that reorder what is shown.
    """
    text = _DIRECTION.sub("", _CONTROL.sub(" ", text))
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def title_of(section: Section, number: int) -> str:
    """The section's title on one line, or "Section 3" when it has none; `number` counts from 1."""
    return one_line(section.title) or f"Section {number}"


def chapters_of(outline: Outline, format: str, transcript: Transcript | None = None) -> tuple[Chapter, ...]:
    """The outline's sections as chapters that follow each other without gap or overlap.

    A chapter ends where the next begins, the last one at the recording's end. A start that the outline lacks lies
    between its neighbours' starts, by segment index; a section that begins no later than the one before it (speakers
    who overlap) begins one millisecond after it.

    Raises:
        WriteError: there is no section, or no section has a time; names `format` and says what to do.
    """
    sections = outline.sections
    if not sections:
        raise WriteError(f"'{format}' needs at least one section, and this outline has none. Use 'json' or 'markdown'.")
    if all(section.start is None and section.end is None for section in sections):
        raise WriteError(
            f"'{format}' needs times, and {one_line(outline.source or 'this outline')} has none. "
            "Use 'json' or 'markdown', which can say segment numbers instead."
        )
    end = _end(outline, transcript)
    starts: list[int] = []
    for time in _all_starts(sections, end):
        starts.append(max(time, starts[-1] + 1) if starts else time)
    last_end = _OPEN_END_MS + starts[-1] if end is None else max(end, starts[-1] + 1)
    ends = [*starts[1:], last_end]
    titles = [title_of(section, number) for number, section in enumerate(sections, start=1)]
    return tuple(Chapter(*parts) for parts in zip(starts, ends, titles, strict=True))


def _end(outline: Outline, transcript: Transcript | None) -> int | None:
    """The recording's end in milliseconds: the latest time that anything names."""
    known = [outline.duration, transcript.duration if transcript else None]
    known += [section.end for section in outline.sections]
    times = [to_ms(time) for time in known if time is not None]
    return max(times, default=None)


def _all_starts(sections: tuple[Section, ...], end: int | None) -> list[int]:
    """Every section's start in milliseconds; unknown ones by segment index between the known ones around them."""
    known = [(section.first_segment, to_ms(section.start)) for section in sections if section.start is not None]
    if not known or known[0][0] > sections[0].first_segment:
        known.insert(0, (sections[0].first_segment, 0))
    if end is not None:
        known.append((sections[-1].last_segment + 1, end))
    times: list[int] = []
    right = 0  # position in `known` of the first one beyond the section at hand
    for section in sections:
        while right < len(known) and known[right][0] <= section.first_segment:
            right += 1
        index, time = known[right - 1]
        if section.start is None and right < len(known):
            next_index, next_time = known[right]
            time += max(next_time - time, 0) * (section.first_segment - index) // (next_index - index)
        times.append(time)
    return times
