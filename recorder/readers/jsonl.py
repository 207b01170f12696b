"""JSON lines: one final per line, in any shape that `recorder.readers.final` knows; also a JSON list of such objects,
and objects printed over several lines one after the other, as vosk's examples do.

Kept: times, text, speaker, words. Partial hypotheses are passed over; if the file ends in one that never became
final, that is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from recorder.errors import TranscriptError
from recorder.readers.document import Document, Placed
from recorder.readers.final import final_segment, partial_text
from recorder.readers.report import DamageError
from recorder.readers.utterances import split_long
from recorder.readers.values import load_json
from recorder.transcript import Segment

__all__ = ["read", "sniff"]

_KEYS = frozenset(["text", "body", "transcript", "partial", "result", "alternatives"])


def sniff(document: Document) -> bool:
    """Whether the file is a JSON object or list in a known shape, or one of its first fifty lines is."""
    value = document.value
    if value is not None:
        return any(_known(item) for item in (value[:50] if isinstance(value, list) else [value]))
    if not re.match(r"\s*\x1e?[{\[]", document.text):
        return False
    for _, chunk in islice(_chunks(document.lines), 50):
        if chunk.startswith("{"):
            try:
                if _known(load_json(chunk)):
                    return True
            except TranscriptError:
                continue  # `read` reports it; here the other lines decide
    return False


def _known(item: Any) -> bool:
    return isinstance(item, dict) and not _KEYS.isdisjoint(item)


def read(document: Document) -> list[Placed]:
    """The segments of the file."""
    value = document.value
    document.report_damage()
    placed: list[Placed] = []
    heard: tuple[int | None, str] = (None, "")
    for line, item, prefix in _items(document, value):
        warn = document.report.at(line, prefix)
        try:
            parsed = load_json(item) if isinstance(item, str) and value is None else item
            segment = final_segment(parsed, warn)
        except DamageError:
            raise  # a mend inside the line under `strict`
        except TranscriptError as error:
            warn(f"{error}; skipped")
            continue
        if segment is not None:
            placed.append((line, segment))
        heard = (line, partial_text(parsed)) if segment is None else (None, "")
    if heard[1]:
        document.report.damage(heard[0], f"the last words never became final; skipped: {heard[1][:40]!r}")
    if value is not None and len(placed) == 1:
        return _split_single(placed[0][1])
    return placed


def _items(document: Document, value: Any) -> Iterator[tuple[int | None, Any, str]]:
    """Line number, JSON text or value, and what to put before a reason."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield None, item, f"[{number}]: "
    elif value is not None:
        yield 1, value, ""
    else:
        for number, chunk in _chunks(document.lines):
            yield number, chunk, ""


def _chunks(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Each line that is not blank; the lines from a lone "{" to a lone "}" at the margin are one chunk."""
    number = 0
    while number < len(lines):
        first = number
        line = lines[number].strip().lstrip("\x1e")
        number += 1
        if not line:
            continue
        if lines[first].rstrip() == "{":
            while number < len(lines) and lines[number].rstrip() not in ("{", "}"):
                number += 1
            if number < len(lines) and lines[number].rstrip() == "}":
                number += 1
            line = "\n".join(lines[first:number])
        yield first + 1, line


def _split_single(segment: Segment) -> list[Placed]:
    """A whole recording as one text without times, as some services give it, is split to sentences."""
    if segment.start is not None or segment.end is not None:
        return [(1, segment)]
    return [(1, Segment(None, None, piece, segment.speaker)) for piece in split_long(segment.text)]
