"""The library's SQLite file: tables, full-text index, and connections that wait for each other.

`recordings` holds what a list of recordings shows, and the transcript and outline as JSON; `sections` one row for
each section with its text; `passages` is an FTS5 index over `sections`, kept in step by triggers. WAL mode lets any
number of processes read while one writes; writers wait for each other.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from recorder.errors import LibraryError

__all__ = ["LIBRARY_VERSION", "create", "reading", "writing"]

LIBRARY_VERSION = 1
_APPLICATION = 0x6561726D  # "earm": tells our files from other SQLite files
_WAIT_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    path TEXT UNIQUE,
    digest TEXT NOT NULL,
    stamp TEXT NOT NULL,
    added TEXT NOT NULL,
    title TEXT NOT NULL,
    keywords TEXT NOT NULL,
    speakers TEXT NOT NULL,
    duration REAL,
    n_segments INTEGER NOT NULL,
    n_words INTEGER NOT NULL,
    n_sections INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    strip TEXT NOT NULL,
    segments TEXT NOT NULL,
    outline TEXT NOT NULL
);
CREATE TABLE sections (
    id INTEGER PRIMARY KEY,
    recording INTEGER NOT NULL REFERENCES recordings (id),
    number INTEGER NOT NULL,
    data TEXT NOT NULL,
    lines TEXT NOT NULL,
    title TEXT NOT NULL,
    keywords TEXT NOT NULL,
    speakers TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX sections_of_recording ON sections (recording, number);
CREATE VIRTUAL TABLE passages USING fts5 (
    title, keywords, speakers, text,
    content = 'sections', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER section_added AFTER INSERT ON sections BEGIN
    INSERT INTO passages (rowid, title, keywords, speakers, text)
    VALUES (new.id, new.title, new.keywords, new.speakers, new.text);
END;
CREATE TRIGGER section_removed AFTER DELETE ON sections BEGIN
    INSERT INTO passages (passages, rowid, title, keywords, speakers, text)
    VALUES ('delete', old.id, old.title, old.keywords, old.speakers, old.text);
END;
"""


def create(path: Path) -> None:
    """Make the library at `path` if it is not there yet; two processes may do so at once.

    Raises:
        LibraryError: the file cannot be made, is something else, or is of another version.
    """
    if path.is_file() and path.stat().st_size and not _is_sqlite(path):
        raise LibraryError(f"{path} is not an Earmark library. Name another file with --library.")
    with _mapped(path), contextlib.closing(_connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if application == 0 and not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            for statement in _statements():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {LIBRARY_VERSION}")
        elif application != _APPLICATION:
            raise LibraryError(f"{path} is not an Earmark library. Name another file with --library.")
        elif version != LIBRARY_VERSION:
            raise LibraryError(
                f"the library {path} has version {version}; this release reads version {LIBRARY_VERSION}. "
                "Remove the file and add the recordings again."
            )
        connection.execute("COMMIT")


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection whose reads all belong to one moment."""
    with _mapped(path), contextlib.closing(_connect(path)) as connection:
        connection.execute("BEGIN")
        yield connection


@contextlib.contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection inside one write transaction, which is undone if the body raises."""
    with _mapped(path), contextlib.closing(_connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")  # closing without it rolls back


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=_WAIT_SECONDS)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _statements() -> Iterator[str]:
    """The schema's statements; a trigger has semicolons inside."""
    held = ""
    for line in _SCHEMA.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            yield held
            held = ""


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError as error:
        raise LibraryError(f"cannot open the library {path}: {error.strerror}.") from error


@contextlib.contextmanager
def _mapped(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LibraryError(f"cannot use the library {path}: {error}.") from error
