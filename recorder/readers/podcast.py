"""Podcasting 2.0 transcript JSON
(https://github.com/Podcastindex-org/podcast-namespace/blob/main/transcripts/transcripts.md).

Kept: `speaker`, `startTime`, `endTime`, `body` of every segment. When hosts write one word per segment, the words
are joined to utterances and keep their times as word times.
"""

from __future__ import annotations

from recorder.errors import TranscriptError
from recorder.readers.clock import mend_span, seconds, shown
from recorder.readers.document import Document, Placed
from recorder.readers.values import clean, label, make_segment

__all__ = ["read", "sniff"]


def sniff(document: Document) -> bool:
    """Whether the file is one JSON object with segments that have `body` or `startTime`."""
    value = document.value
    if not isinstance(value, dict) or not isinstance(value.get("segments"), list):
        return False
    entries = value["segments"][:50]
    return any(isinstance(entry, dict) and ("body" in entry or "startTime" in entry) for entry in entries)


def read(document: Document) -> list[Placed]:
    """The segments of the file."""
    value = document.value
    if not isinstance(value, dict) or not isinstance(value.get("segments"), list):
        raise TranscriptError("it is no JSON object with a list of 'segments'")
    document.report_damage()
    placed: list[Placed] = []
    for number, entry in enumerate(value["segments"]):
        warn = document.report.at(None, f"segments[{number}]: ")
        if not isinstance(entry, dict):
            warn(f"is {shown(entry)}, not an object; skipped")
            continue
        body = entry.get("body", entry.get("text"))
        if not isinstance(body, str):
            warn("has no 'body'; skipped")
            continue
        start = seconds(entry.get("startTime"), "its startTime", warn)
        start, end = mend_span(start, seconds(entry.get("endTime"), "its endTime", warn), warn, "it")
        speaker = label(entry.get("speaker"), warn)
        placed.append((None, make_segment(start, end, clean(body, warn).strip(), speaker, (), warn)))
    return placed
