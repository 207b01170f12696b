"""Section boundaries that the user brings: checked lists of first segments, and chapter files mapped onto segments."""

from __future__ import annotations

import operator
import os
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recorder.chapter_files import Mark, read_marks
from recorder.clock import clock, to_ms
from recorder.errors import BoundaryError
from recorder.transcript import Segment

__all__ = ["check_boundaries", "read_boundaries"]


def check_boundaries(
    boundaries: Sequence[int], n_segments: int | None = None, *, name: str = "boundaries"
) -> tuple[int, ...]:
    """First segment indexes as given by the user, checked: [41, 90] -> (0, 41, 90).

    Args:
        boundaries: index from 0 of each section's first segment, strictly rising; 0 is put in front where it is
            missing, so an empty list means one section.
        n_segments: how many segments there are, or None when that is not known yet (a live session).
        name: what to call the list in messages.

    Raises:
        BoundaryError: an item is not an integer, is out of range, or does not rise.
    """
    if isinstance(boundaries, (str, bytes)) or not hasattr(boundaries, "__iter__"):
        raise BoundaryError(f"{name} must be a list of first segment indexes such as [0, 41], got {boundaries!r:.80}.")
    checked: list[int] = []
    for place, item in enumerate(boundaries):
        index = _as_index(item)
        if index is None:
            raise BoundaryError(f"{name}[{place}] must be an integer, the index from 0 of a segment, got {item!r:.80}.")
        if index < 0 or (n_segments is not None and index >= n_segments):
            allowed = ">= 0" if n_segments is None else f"0 to {n_segments - 1} (the transcript has {n_segments})"
            raise BoundaryError(f"{name}[{place}] must be a segment index {allowed}, got {index}.")
        if checked and index <= checked[-1]:
            raise BoundaryError(
                f"{name}[{place}] must be greater than the item before it ({checked[-1]}), got {index}. "
                "Give each section's first segment once, in order."
            )
        checked.append(index)
    return tuple(checked) if checked and checked[0] == 0 else (0, *checked)


def _as_index(item: Any) -> int | None:
    if isinstance(item, bool) or type(item).__name__ in ("bool_", "bool"):  # numpy's bool is an index, too
        return None
    try:
        return operator.index(item)
    except TypeError:
        return None


def read_boundaries(
    source: str | os.PathLike[str] | bytes, segments: Sequence[Segment], *, name: str | None = None
) -> list[int]:
    """Read a chapter file and say at which segment each chapter begins.

    Reads everything that `recorder.writers` writes (outline JSON, Podcasting 2.0 chapters, WebVTT chapters, a YouTube
    list, ffmetadata, our Markdown), `{"first_segments": [0, 41]}` and a bare JSON list of first segment indexes; the
    format is found by content. Files that carry segment indexes are taken at their word. A time becomes the segment
    whose start is nearest at or after it (of several with the same start, the first that is not taken yet); a time
    after the last start is the last segment as long as that is still being said. Chapters that fall on the same
    segment become one.

    Args:
        source: a path, or the file's bytes (UTF-8, or UTF-16 with a byte order mark).
        segments: the transcript's segments.
        name: what to call the file in messages; by default the path, or "<bytes>".

    Returns:
        Index of each section's first segment, strictly rising; the first is always 0, added where missing.

    Raises:
        BoundaryError: the file cannot be read, is none of these formats, is damaged, has chapters out of order, or
            does not fit the transcript. The message names the file and the line or index.
    """
    if isinstance(source, bytes):
        data, name = source, name or "<bytes>"
    else:
        name = name or os.fspath(source)
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise BoundaryError(f"cannot read the chapter file {name}: {error.strerror}.") from error
        except ValueError as error:  # a path with a NUL character
            raise BoundaryError(f"cannot read the chapter file {name!r}: {error}.") from error
    if not segments:
        raise BoundaryError(f"{name}: the transcript has no segments, so it cannot have chapters.")
    marks = read_marks(data, name)
    if isinstance(marks, tuple):
        what, indexes = marks
        return list(check_boundaries(indexes, len(segments), name=f"{name}: {what}"))
    return _match_times(marks, segments, name)


def _match_times(marks: list[Mark], segments: Sequence[Segment], name: str) -> list[int]:
    """Times to segments, for marks whose times never fall."""
    starts = sorted(
        (to_ms(segment.start), index) for index, segment in enumerate(segments) if segment.start is not None
    )
    if not starts:
        raise BoundaryError(
            f"{name} gives times, but the transcript has none. "
            'Give first segment indexes instead: {"first_segments": [0, 41]}.'
        )
    last_said = max(to_ms(time) for part in segments for time in (part.start, part.end) if time is not None)
    taken: set[int] = {0}
    before: Mark | None = None
    for number, mark in enumerate(marks):
        if before is not None and mark.ms < before.ms:
            raise BoundaryError(
                f"{name}, {mark.where}: chapters must be in order of time, got {clock(mark.ms)} after "
                f"{clock(before.ms)} ({before.where})."
            )
        before = mark
        if mark.ms > last_said:
            raise BoundaryError(
                f"{name}, {mark.where}: a chapter must begin before the transcript ends at {clock(last_said)}, got "
                f"{clock(mark.ms)}. Is this the chapter file of another recording?"
            )
        place = min(bisect_left(starts, (mark.ms, -1)), len(starts) - 1)
        first = place
        while number and starts[place][1] in taken and place + 1 < len(starts) and starts[place + 1][0] == mark.ms:
            place += 1
        taken.add(starts[place if starts[place][1] not in taken else first][1])
    return sorted(taken)
