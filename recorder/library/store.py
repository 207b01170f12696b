"""The library: add, list, show, remove and search recordings."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recorder.errors import LibraryError
from recorder.library import database
from recorder.library.entries import Entry, main_keywords, slug_of, strip_of
from recorder.library.hits import CLOSE, OPEN, Hit, hit_of
from recorder.library.query import match_expression
from recorder.library.sources import Source
from recorder.outline import Outline
from recorder.transcript import Segment, Transcript
from recorder.writers.timeline import one_line

__all__ = ["Found", "Library"]

_COLUMNS = (
    "slug, name, path, added, title, keywords, speakers, duration, n_segments, n_words, n_sections, finished, strip"
)
_WEIGHTS = "4.0, 3.0, 1.0, 1.0"  # bm25: title, keywords, speakers, text
_NO_MARKS = {ord(OPEN): " ", ord(CLOSE): " "}


@dataclass(frozen=True, slots=True)
class Found:
    """One page of search results, best first, and how many there are in all."""

    hits: tuple[Hit, ...]
    total: int


class Library:
    """Recordings in one SQLite file; safe to use from several threads and processes at once.

    Every call opens the file anew, reads one moment of it or writes in one transaction, and waits up to 30 s for
    another writer.

    Args:
        path: the file; it is made, with its folder, when it is not there.

    Raises:
        LibraryError: the file cannot be made or opened, or is not a library.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"cannot make the folder {self.path.parent}: {error.strerror}.") from error
        database.create(self.path)

    def add(self, source: Source, name: str, *, path: str | None = None, stamp: str = "") -> Entry:
        """Add a recording; one that came from the same `path`, or has the same name and content, is replaced.

        Args:
            source: transcript and outline (see `recorder.library.sources`).
            name: what lists call it.
            path: the file that it stands for, or None.
            stamp: tells whether that file has changed since.
        """
        row = _row(source, name, path, stamp)
        with database.writing(self.path) as connection:
            old = connection.execute(
                "SELECT id, slug FROM recordings WHERE path = :path "
                "OR (:path IS NULL AND path IS NULL AND name = :name AND digest = :digest)",
                row,
            ).fetchone()
            if old is not None:
                _delete(connection, old[0])
            row["slug"] = old[1] if old is not None else _free_slug(connection, row["name"])
            names = ", ".join(row)
            marks = ", ".join(f":{key}" for key in row)
            recording = connection.execute(f"INSERT INTO recordings ({names}) VALUES ({marks})", row).lastrowid
            connection.executemany(
                "INSERT INTO sections (recording, number, data, lines, title, keywords, speakers, text) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(recording, *values) for values in _section_rows(source)],
            )
            return _entry(
                connection.execute(f"SELECT {_COLUMNS} FROM recordings WHERE id = ?", (recording,)).fetchone()
            )

    def entries(self) -> tuple[Entry, ...]:
        """All recordings, the newest first."""
        with database.reading(self.path) as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM recordings ORDER BY added DESC, id DESC").fetchall()
        return tuple(map(_entry, rows))

    def get(self, key: str) -> Entry:
        """The recording with this slug or this path.

        Raises:
            LibraryError: there is none.
        """
        with database.reading(self.path) as connection:
            return _entry(_find(connection, key, _COLUMNS))

    def with_digest(self, digest: str) -> Entry | None:
        """The recording with this content, or None."""
        with database.reading(self.path) as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM recordings WHERE digest = ? ORDER BY id LIMIT 1", (digest,)
            ).fetchone()
        return None if row is None else _entry(row)

    def load(self, key: str) -> tuple[Transcript, Outline]:
        """Transcript and outline of a recording.

        Raises:
            LibraryError: there is no such recording.
        """
        with database.reading(self.path) as connection:
            segments, outline_json = _find(connection, key, "segments, outline")
        outline = Outline.from_dict(json.loads(outline_json))
        return Transcript(_segments(segments), outline.source, None, outline.warnings), outline

    def outline_json(self, key: str) -> str:
        """The outline alone, as JSON.

        Raises:
            LibraryError: there is no such recording.
        """
        with database.reading(self.path) as connection:
            return str(_find(connection, key, "outline")[0])

    def remove(self, key: str) -> Entry:
        """Take a recording out, text and index; its file stays where it is.

        Raises:
            LibraryError: there is no such recording.
        """
        with database.writing(self.path) as connection:
            entry = _entry(_find(connection, key, _COLUMNS))
            _delete(connection, _find(connection, key, "id")[0])
        return entry

    def stamps(self) -> dict[str, str]:
        """The stamp of every recording that stands for a file, by path."""
        with database.reading(self.path) as connection:
            return dict(connection.execute("SELECT path, stamp FROM recordings WHERE path IS NOT NULL"))

    def restamp(self, path: str, stamp: str) -> None:
        """Note that the file was touched without changing."""
        with database.writing(self.path) as connection:
            connection.execute("UPDATE recordings SET stamp = ? WHERE path = ?", (stamp, path))

    def search(self, query: str, *, limit: int = 20, offset: int = 0, prefix: bool = False) -> Found:
        """Sections with all words of `query` (see `recorder.library.query`), best first by bm25.

        Title and keywords weigh more than text.

        Args:
            query: as typed.
            limit: hits to return.
            offset: hits to pass over.
            prefix: the last word may be unfinished.

        Raises:
            LibraryError: there is no word to search for.
        """
        expression = match_expression(query, prefix=prefix)
        with database.reading(self.path) as connection:
            total = connection.execute("SELECT count(*) FROM passages WHERE passages MATCH ?", (expression,)).fetchone()
            worth = dict(
                connection.execute(
                    f"SELECT rowid, bm25(passages, {_WEIGHTS}) AS worth FROM passages WHERE passages MATCH ? "
                    "ORDER BY worth, rowid LIMIT ? OFFSET ?",
                    (expression, limit, offset),
                )
            )
            rows = connection.execute(  # marks are put only into what is shown
                f"""
                SELECT s.id, r.slug, r.title, r.name, r.finished, s.data, s.lines,
                    highlight(passages, 0, '{OPEN}', '{CLOSE}'), highlight(passages, 3, '{OPEN}', '{CLOSE}')
                FROM passages JOIN sections s ON s.id = passages.rowid JOIN recordings r ON r.id = s.recording
                WHERE passages MATCH ? AND passages.rowid IN ({", ".join(map(str, worth))})
                """,
                (expression,),
            ).fetchall()
        rows.sort(key=lambda row: (worth[row[0]], row[0]))
        return Found(tuple(hit_of(*row[1:], rank=worth[row[0]]) for row in rows), total[0])


def _row(source: Source, name: str, path: str | None, stamp: str) -> dict[str, Any]:
    transcript, outline = source.transcript, source.outline
    said: Counter[str] = Counter()
    for segment in transcript.segments:
        said[one_line(segment.speaker or "")] += len(segment.text.split())
    n_words = said.total()
    del said[""]
    return {
        "slug": "",
        "name": one_line(name) or "recording",
        "path": path,
        "digest": source.digest,
        "stamp": stamp,
        "added": datetime.now(UTC).isoformat(timespec="seconds"),
        "title": one_line(outline.titles[0]) if outline.titles else one_line(name),
        "keywords": _dumps(main_keywords(outline)),
        "speakers": _dumps([speaker for speaker, _ in said.most_common()]),
        "duration": outline.duration,
        "n_segments": len(transcript.segments),
        "n_words": n_words,
        "n_sections": len(outline.sections),
        "finished": int(source.finished),
        "strip": _dumps(strip_of(outline, transcript)),
        "segments": _dumps([segment.to_dict() for segment in transcript.segments]),
        "outline": outline.to_json(),
    }


def _section_rows(source: Source) -> list[tuple[Any, ...]]:
    rows = []
    for number, section in enumerate(source.outline.sections):
        segments = source.transcript.segments[section.first_segment : section.last_segment + 1]
        rows.append(
            (
                number,
                _dumps(section.to_dict()),
                _dumps([(segment.start, segment.speaker) for segment in segments]),
                one_line(section.title),
                "; ".join(one_line(keyword.text) for keyword in section.keywords),
                "; ".join(dict.fromkeys(one_line(segment.speaker) for segment in segments if segment.speaker)),
                "\n".join(one_line(segment.text).translate(_NO_MARKS) for segment in segments),
            )
        )
    return rows


def _entry(row: Sequence[Any]) -> Entry:
    slug, name, path, added, title, keywords, speakers, duration, n_segments, n_words, n_sections, finished, strip = row
    return Entry(
        slug,
        name,
        path,
        added,
        title,
        tuple(json.loads(keywords)),
        tuple(json.loads(speakers)),
        duration,
        n_segments,
        n_words,
        n_sections,
        bool(finished),
        tuple((size, importance, bool(marked)) for size, importance, marked in json.loads(strip)),
    )


def _segments(data: str) -> tuple[Segment, ...]:
    return tuple(map(Segment.from_dict, json.loads(data)))


def _find(connection: sqlite3.Connection, key: str, columns: str) -> Any:
    row = connection.execute(f"SELECT {columns} FROM recordings WHERE slug = ? OR path = ?", (key, key)).fetchone()
    if row is None:
        n = connection.execute("SELECT count(*) FROM recordings").fetchone()[0]
        raise LibraryError(
            f"there is no recording {key!r} in the library, which has {n}. "
            "`earmark library list` shows their short names."
        )
    return row


def _delete(connection: sqlite3.Connection, recording: int) -> None:
    connection.execute("DELETE FROM sections WHERE recording = ?", (recording,))
    connection.execute("DELETE FROM recordings WHERE id = ?", (recording,))


def _free_slug(connection: sqlite3.Connection, name: str) -> str:
    slug = base = slug_of(name)
    number = 1
    while connection.execute("SELECT 1 FROM recordings WHERE slug = ?", (slug,)).fetchone():
        number += 1
        slug = f"{base}-{number}"
    return slug


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
