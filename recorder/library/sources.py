"""Files that become recordings: transcripts in any format, and the journals of live sessions."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from recorder.errors import LibraryError
from recorder.journal import Journal
from recorder.outline import Outline
from recorder.readers import read_transcript
from recorder.session import SmartScroll
from recorder.transcript import Transcript

__all__ = ["JOURNALS", "TRANSCRIPTS", "Source", "read_bytes", "read_file", "stamp_of"]

TRANSCRIPTS = frozenset([".vtt", ".srt", ".json", ".jsonl", ".ndjson", ".txt"])
"""Ends of file names that a folder takes for transcripts; a file named by hand may be called anything."""

JOURNALS = frozenset([".db", ".journal", ".sqlite"])
"""Ends of file names that a folder looks into for a session's journal."""

_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Source:
    """What a file holds.

    Attributes:
        transcript: the lines.
        outline: their outline.
        digest: of the content: equal digests, equal recordings.
        finished: False for the journal of a session that has not ended.
    """

    transcript: Transcript
    outline: Outline
    digest: str
    finished: bool = True


def stamp_of(path: Path) -> str:
    """Changes whenever the file does; a journal's newest lines are in the file beside it.

    Raises:
        LibraryError: the file cannot be looked at.
    """
    try:
        parts = [path.stat()]
        wal = path.with_name(path.name + "-wal")
        if path.suffix in JOURNALS and wal.exists():
            parts.append(wal.stat())
    except OSError as error:
        raise LibraryError(f"cannot read {path}: {error.strerror}.") from error
    # An empty WAL says nothing, and comes and goes with every reader.
    return " ".join(f"{part.st_size}:{part.st_mtime_ns}" for part in parts if part.st_size)


def read_file(path: Path, scroll: SmartScroll, *, format: str | None = None, name: str | None = None) -> Source:
    """Read a transcript or a journal and make its outline.

    Raises:
        RecorderError: the file cannot be read, or has no words in it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(16)
            data = b"" if head == _MAGIC else head + file.read()
    except OSError as error:
        raise LibraryError(f"cannot read {path}: {error.strerror}.") from error
    if head == _MAGIC:
        return _read_journal(path, scroll)
    return read_bytes(data, scroll, name=name or path.name, format=format)


def read_bytes(data: bytes, scroll: SmartScroll, *, name: str, format: str | None = None) -> Source:
    """The same for a transcript's content.

    Raises:
        RecorderError: it is no transcript, or has no words in it.
    """
    transcript = read_transcript(data, format=format, name=name)
    return Source(transcript, scroll.outline(transcript), hashlib.sha256(data).hexdigest())


def _read_journal(path: Path, scroll: SmartScroll) -> Source:
    with closing(Journal.read(path)) as journal, journal.snapshot():
        meta = journal.meta()
        session = scroll.replay(journal)
        segments = tuple(journal.segments())
        warnings = tuple(journal.warnings())
    finished = bool(meta.get("finished"))
    # As `finish` gives it: an open session's copy is ended, its journal is not.
    outline = session.finish()
    lines = "\n".join(f"{segment.start}\t{segment.speaker}\t{segment.text}" for segment in segments)
    digest = hashlib.sha256(f"{meta['options']}\n{lines}".encode("utf-8", "surrogatepass")).hexdigest()
    return Source(Transcript(segments, meta["source"], "journal", warnings), outline, digest, finished)
