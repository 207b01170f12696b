"""`read_transcript`: bytes in, a Transcript out; the format is recognised by content."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import ModuleType
from typing import BinaryIO

from recorder.errors import TranscriptError
from recorder.readers import jsonl, otter, podcast, srt, text, webvtt, whisper, whispercpp, whisperx
from recorder.readers.decode import decode
from recorder.readers.document import Document, Placed
from recorder.readers.report import DamageError, Report
from recorder.readers.source import load_bytes, refuse_binary
from recorder.readers.utterances import join_single_words
from recorder.transcript import Transcript

__all__ = ["FORMATS", "read_transcript"]

_READERS: dict[str, ModuleType] = {
    "webvtt": webvtt,
    "whispercpp": whispercpp,
    "whisperx": whisperx,
    "podcast": podcast,
    "whisper": whisper,
    "jsonl": jsonl,
    "srt": srt,
    "otter": otter,
    "text": text,
}

FORMATS: tuple[str, ...] = tuple(_READERS)
"""The names that `format` may have, in the order in which content is tried."""

_JOINABLE = frozenset(["webvtt", "srt", "podcast"])
"""Formats without word times of their own, which some writers fill with one word per cue."""


def read_transcript(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    *,
    format: str | None = None,
    strict: bool = False,
    name: str | None = None,
) -> Transcript:
    """Read a transcript in any of `FORMATS` (see docs/formats.md).

    Args:
        source: a path, the file's content as bytes, or an open binary stream (it is read to its end, not closed).
        format: one of `FORMATS`; None recognises it by content.
        strict: the first damage is an error instead of a warning.
        name: how messages and `Transcript.source` call it; default is the path or the stream's name.

    Returns:
        The transcript, with everything that was skipped or mended in its `warnings`.

    Raises:
        TranscriptError: the file cannot be opened, is of no known format, has nothing usable in it, is damaged
            under `strict`, or `format` is not one of `FORMATS`.
    """
    if format is not None and format not in _READERS:
        raise TranscriptError(f"unknown transcript format {format!r}; the formats are: {', '.join(FORMATS)}.")
    data, called = load_bytes(source, name)
    report = Report(called, strict=strict)
    if not data:
        raise TranscriptError(f"{called}: the file is empty (0 bytes); tried: {_tried(format)}.")
    refuse_binary(data, called)
    document = Document(decode(data, report), report)
    if not document.text.strip():
        raise TranscriptError(f"{called}: the file has nothing but white space in it; tried: {_tried(format)}.")
    chosen = format if format is not None else _sniff(document)
    try:
        placed: list[Placed] = _READERS[chosen].read(document)
    except DamageError:
        raise
    except TranscriptError as error:
        detail = f"; the file is {document.json_error}" if document.json_error else ""
        raise TranscriptError(f"{called}: cannot be read as {chosen}: {error}{detail}.") from error
    if not any(segment.text for _, segment in placed):
        raise _nothing_usable(called, chosen, placed, report, forced=format is not None)
    if chosen in _JOINABLE:
        placed = join_single_words(placed, report)
    _note_backwards(placed, report)
    return Transcript(tuple(segment for _, segment in placed), called, chosen, tuple(report.warnings))


def _tried(format: str | None) -> str:
    return format if format is not None else ", ".join(FORMATS)


def _sniff(document: Document) -> str:
    for name, reader in _READERS.items():
        if reader.sniff(document):
            return name
    reason = document.json_error or "JSON, but in none of the known shapes"
    raise TranscriptError(
        f"{document.report.source}: looks like JSON but is no transcript: it is {reason}. "
        f"Tried: {', '.join(FORMATS)}; docs/formats.md shows what each expects, format= forces one."
    )


def _nothing_usable(
    source: str, chosen: str, placed: Sequence[Placed], report: Report, *, forced: bool
) -> TranscriptError:
    tried = [chosen] if forced else FORMATS[: FORMATS.index(chosen) + 1]
    found = f"{len(placed)} entries without text" if placed else "no entry"
    first = f" First problem: {report.warnings[0]}." if report.warnings else ""
    return TranscriptError(
        f"{source}: nothing usable in it: read as {chosen}, it has {found}. Tried: {', '.join(tried)}.{first}"
    )


def _note_backwards(placed: Sequence[Placed], report: Report) -> None:
    """Say once when segments start before the one above them: overlapping speech does, and so does a mixed-up file."""
    latest: float | None = None
    count = 0
    first: int | None = None
    for line, segment in placed:
        if segment.start is None:
            continue
        if latest is not None and segment.start < latest:
            count += 1
            first = line if count == 1 else first
        latest = segment.start
    if count:
        times = "once" if count == 1 else f"{count} times"
        report.note(first, f"times go backwards ({times}, here first); the file's order is kept")
