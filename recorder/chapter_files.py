"""Chapter files as users have them: each format's own way of saying where a chapter begins.

The format is found by content. JSON and our Markdown carry segment indexes; the others carry times. Titles are not
read: sections get their own.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple

from recorder.clock import parse_clock, to_ms
from recorder.errors import BoundaryError
from recorder.outline import OUTLINE_VERSION

__all__ = ["Mark", "read_marks"]

_KNOWN = (
    'an outline or Podcasting 2.0 chapters in JSON, {"first_segments": [0, 41]}, a JSON list of segment indexes, '
    "WebVTT chapters, a YouTube list, ffmetadata, or Earmark's Markdown"
)
_MAX_MS = 10**15  # 31,700 years: whatever is beyond is no time


class Mark(NamedTuple):
    """A chapter's beginning: milliseconds, and where in the file it stands ("line 4", "chapters[2].startTime")."""

    ms: int
    where: str


Indexes = tuple[str, list[Any]]  # what the list is called in the file, and its items, unchecked

_MARKDOWN_META = re.compile(r"\*(?:[\d:]+–[\d:]+ · )?segments? (\d{1,12})(?:–\d{1,12})?(?: · .*)?\*", re.ASCII)
_CUE = re.compile(r"(\S+)[ \t]+-->[ \t]+\S+")
_LIST_LINE = re.compile(r"[\s\-–—*•·#>(\[]*(\d+:[\d:.,]*\d)(?![\w:])", re.ASCII)
_TIMEBASE = re.compile(r"(\d{1,12})/(\d{1,12})", re.ASCII)


def read_marks(data: bytes, name: str) -> list[Mark] | Indexes:
    """The beginnings of chapters in a file: times, or the name and items of a list of segment indexes.

    Raises:
        BoundaryError: not text, none of the formats, without chapters, or damaged; names file and place.
    """
    text = _decode(data, name)
    head = text.lstrip()
    if not head:
        raise BoundaryError(f"the chapter file {name} is empty. It may be {_KNOWN}.")
    if head.startswith("WEBVTT"):
        return _some(_webvtt(text, name), name, "a WebVTT cue (00:00:00.000 --> 00:05:00.000)")
    if head.startswith(";FFMETADATA") or re.search(r"(?m)^\[CHAPTER\]\s*$", text):
        return _some(_ffmetadata(text, name), name, "a [CHAPTER] with START=")
    if head[0] in "{[":
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            # A YouTube list may begin with "[0:00] Welcome".
            if not (head[0] == "[" and _LIST_LINE.match(head)):
                raise BoundaryError(f"{name} looks like JSON but is not: {error}. It may be {_KNOWN}.") from error
        else:
            return _json(value, name)
    indexes = [int(match[1]) for line in text.splitlines() if (match := _MARKDOWN_META.fullmatch(line.strip()))]
    if indexes:
        return "sections", indexes
    return _some(_list(text, name), name, f"a line that begins with a time (0:00 Title). It may be {_KNOWN}")


def _decode(data: bytes, name: str) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise BoundaryError(
            f"the chapter file {name} must be text in UTF-8 (or UTF-16 with a byte order mark); "
            f"byte {error.start} is not ({error.reason})."
        ) from error


def _some(marks: list[Mark], name: str, wanted: str) -> list[Mark]:
    if not marks:
        raise BoundaryError(f"the chapter file {name} has no chapter: expected {wanted}.")
    return marks


def _json(value: Any, name: str) -> list[Mark] | Indexes:
    if isinstance(value, list):
        return "item", value
    for key in ("first_segments", "sections", "chapters"):
        if key in value:
            break
    else:
        keys = ", ".join(map(repr, list(value)[:8])) or "none"
        raise BoundaryError(f"{name}: the JSON must have 'first_segments', 'sections' or 'chapters'; its keys: {keys}.")
    items = value[key]
    if not isinstance(items, list):
        raise BoundaryError(f"{name}: '{key}' must be a list, got {type(items).__name__}.")
    if key == "first_segments":
        return key, items
    if key == "sections":
        if value.get("version") != OUTLINE_VERSION:
            raise BoundaryError(
                f"{name}: an outline must have version {OUTLINE_VERSION}, got {value.get('version')!r:.40}."
            )
        return key, [_field(item, key, place, "first_segment", name) for place, item in enumerate(items)]
    marks = []
    for place, item in enumerate(items):
        start = _field(item, key, place, "startTime", name)
        if item.get("toc") is not False:  # such a chapter is not to be shown (it changes the picture, say)
            where = f"{key}[{place}].startTime"
            marks.append(Mark(_seconds(start, where, name), where))
    return _some(marks, name, "an item in 'chapters'")


def _field(item: Any, key: str, place: int, field: str, name: str) -> Any:
    if not isinstance(item, dict) or field not in item:
        raise BoundaryError(f"{name}: {key}[{place}] must be an object with '{field}', got {item!r:.80}.")
    return item[field]


def _seconds(value: Any, where: str, name: str) -> int:
    good = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not good or not 0 <= value < _MAX_MS // 1000 or not math.isfinite(value):
        raise BoundaryError(f"{name}: {where} must be seconds, a number >= 0, got {value!r:.80}.")
    return to_ms(value)


def _webvtt(text: str, name: str) -> list[Mark]:
    marks = []
    for number, line in enumerate(text.split("\n"), start=1):
        if "-->" not in line:
            continue
        match = _CUE.match(line.strip())
        ms = parse_clock(match[1]) if match else None
        if ms is None:
            raise BoundaryError(
                f"{name}, line {number}: a cue must begin like 00:01:05.900 --> 00:02:00.000, got {line[:80]!r}."
            )
        marks.append(Mark(ms, f"line {number}"))
    return marks


def _ffmetadata(text: str, name: str) -> list[Mark]:
    marks: list[Mark] = []
    chapter = 0  # line of the open [CHAPTER], or 0
    base, start = (1, 10**9), None  # ffmpeg's own default is nanoseconds

    def close() -> None:
        if chapter and start is None:
            raise BoundaryError(f"{name}, line {chapter}: a [CHAPTER] must have a line START=.")
        if chapter and start is not None:
            marks.append(Mark(start * base[0] * 1000 // base[1], f"line {chapter}"))

    continued = False
    for number, line in enumerate(text.split("\n"), start=1):
        inside, continued = continued, _escapes_newline(line)
        if inside:
            continue
        if line.startswith("["):
            close()
            chapter, base, start = (number if line.strip() == "[CHAPTER]" else 0), (1, 10**9), None
        elif chapter and line.startswith("TIMEBASE="):
            match = _TIMEBASE.fullmatch(line[9:].strip())
            if match is None or int(match[2]) == 0:
                raise BoundaryError(f"{name}, line {number}: TIMEBASE must be like 1/1000, got {line[9:][:80]!r}.")
            base = int(match[1]), int(match[2])
        elif chapter and line.startswith("START="):
            value = line[6:].strip()
            if not re.fullmatch(r"[0-9]{1,25}", value):
                raise BoundaryError(f"{name}, line {number}: START must be a whole number >= 0, got {value[:80]!r}.")
            start = int(value)
    close()
    return marks


def _escapes_newline(line: str) -> bool:
    """Whether a line ends in an odd number of backslashes, so that its value goes on."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _list(text: str, name: str) -> list[Mark]:
    """Lines that begin with a time; other lines are the description around the list."""
    marks = []
    for number, line in enumerate(text.split("\n"), start=1):
        match = _LIST_LINE.match(line)
        if match is None:
            continue
        ms = parse_clock(match[1])
        if ms is None:
            raise BoundaryError(
                f"{name}, line {number}: a time must be like 1:05 or 1:01:05 with seconds below 60, got {match[1]!r}."
            )
        marks.append(Mark(ms, f"line {number}"))
    return marks
