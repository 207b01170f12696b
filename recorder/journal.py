"""A live session on disk: one SQLite file, so that a killed process loses nothing that was fed.

Tables: `meta` (format, version, source, options, boundaries, the writer's token, whether it is finished, and with the
transformer the end of what it heard before the checkpoint),
`segments` (every fed segment, in order), `warnings` (what the reader skipped or mended), `blocks` (one closed block's
record and the cut that closed it), `checkpoint` (the sectioner's bounded state right after the last block was closed,
and how many segments it had seen then).

Each `feed` is one transaction. A block, its cut and the checkpoint are written in the transaction of the segment that
closed the block, so every state a crash can leave behind is one the session was really in. WAL mode lets other
processes read while the session writes.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recorder.errors import JournalError
from recorder.transcript import ReadWarning, Segment

__all__ = ["JOURNAL_VERSION", "Checkpoint", "Journal"]

JOURNAL_VERSION = 1
_FORMAT = "earmark.journal"
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE segments (number INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE warnings (number INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE blocks (number INTEGER PRIMARY KEY, record TEXT NOT NULL, cut TEXT);
CREATE TABLE checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), seen INTEGER NOT NULL, sectioner TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The sectioner's state after it had seen `seen` segments, and what the scorers had heard of the closed blocks."""

    seen: int
    sectioner: dict[str, Any]
    heard: dict[str, Any] = field(default_factory=dict)


class Journal:
    """One open journal file. A second opener takes over; the first then gets an error at its next write.

    Raises:
        JournalError: the file exists already (`create`), is missing or foreign (`open`), cannot be written, or
            another session has taken it over.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._token = secrets.token_hex(8)

    @classmethod
    def create(cls, path: Path, meta: dict[str, Any]) -> Journal:
        """Start a new journal; `meta` is kept as JSON and given back by `meta()`."""
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            raise JournalError(
                f"the journal {path} exists already. Continue it with resume(), or choose another file."
            ) from None
        except OSError as error:
            raise JournalError(f"cannot create the journal {path}: {error.strerror}.") from error
        journal = cls(path, _connect(path))
        with journal._writing() as connection:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            rows = {"format": _FORMAT, "version": JOURNAL_VERSION, "writer": journal._token, **meta}
            connection.executemany("INSERT INTO meta VALUES (?, ?)", [(k, json.dumps(v)) for k, v in rows.items()])
        return journal

    @classmethod
    def open(cls, path: Path) -> Journal:
        """Open an existing journal to continue it."""
        _check_is_journal(path)
        journal = cls._checked(cls(path, _connect(path)))
        with journal._writing() as connection:
            connection.execute("UPDATE meta SET value = ? WHERE key = 'writer'", (json.dumps(journal._token),))
        return journal

    @classmethod
    def read(cls, path: Path) -> Journal:
        """Open an existing journal only to look at it: its writer goes on undisturbed, and every write is an error."""
        _check_is_journal(path)
        try:
            uri = f"{path.absolute().as_uri()}?mode=ro"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10, check_same_thread=False)
        except sqlite3.Error as error:
            raise JournalError(f"cannot open the journal {path}: {error}.") from error
        return cls._checked(cls(path, connection))

    @classmethod
    def _checked(cls, journal: Journal) -> Journal:
        try:
            meta = journal.meta()
        except JournalError:
            meta = {}
        if meta.get("format") != _FORMAT:
            journal.close()
            raise JournalError(_foreign(journal.path))
        if meta.get("version") != JOURNAL_VERSION:
            journal.close()
            raise JournalError(
                f"the journal {journal.path} has version {meta.get('version')!r}; this release reads version "
                f"{JOURNAL_VERSION}."
            )
        return journal

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside belongs to one moment, whatever the writer does meanwhile."""
        with self._mapped():
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            with self._mapped():
                self._connection.execute("COMMIT")

    def meta(self) -> dict[str, Any]:
        """Everything in the `meta` table."""
        with self._mapped():
            return {key: json.loads(value) for key, value in self._connection.execute("SELECT key, value FROM meta")}

    def segments(self, start: int = 0) -> Iterator[Segment]:
        """The journalled segments from number `start` on, in order."""
        with self._mapped():
            rows = self._connection.execute("SELECT data FROM segments WHERE number >= ? ORDER BY number", (start,))
            for (data,) in rows:
                yield Segment.from_dict(json.loads(data))

    def n_segments(self) -> int:
        """How many segments are journalled."""
        with self._mapped():
            (last,) = self._connection.execute("SELECT max(number) FROM segments").fetchone()
        return 0 if last is None else int(last) + 1

    def warnings(self) -> list[ReadWarning]:
        """What the reader skipped or mended, in order."""
        with self._mapped():
            rows = self._connection.execute("SELECT data FROM warnings ORDER BY number")
            return [ReadWarning(**json.loads(data)) for (data,) in rows]

    def warn(self, warnings: Iterable[ReadWarning]) -> None:
        """Append warnings."""
        with self._writing() as connection:
            self._check_writer(connection)
            rows = [(_dumps(warning.to_dict()),) for warning in warnings]
            connection.executemany("INSERT INTO warnings (data) VALUES (?)", rows)

    def blocks(self) -> list[tuple[dict[str, Any], tuple[int, float] | None]]:
        """The closed blocks in order: record and the cut that closed it (None: the last, of a finished session)."""
        with self._mapped():
            rows = self._connection.execute("SELECT record, cut FROM blocks ORDER BY number")
            return [(json.loads(record), tuple(json.loads(cut)) if cut else None) for record, cut in rows]

    def checkpoint(self) -> Checkpoint | None:
        """The last checkpoint, or None when no block has been closed."""
        with self._mapped():
            row = self._connection.execute("SELECT seen, sectioner FROM checkpoint").fetchone()
        return None if row is None else Checkpoint(row[0], json.loads(row[1]), self.meta().get("heard", {}))

    def write(
        self,
        first: int,
        segments: Iterable[Segment],
        *,
        first_block: int = 0,
        blocks: Iterable[tuple[dict[str, Any], tuple[int, float] | None]] = (),
        checkpoint: Checkpoint | None = None,
        finished: bool = False,
    ) -> None:
        """Append segments (numbered from `first`) and blocks (numbered from `first_block`) in one transaction."""
        with self._writing() as connection:
            self._check_writer(connection)
            connection.executemany(
                "INSERT INTO segments VALUES (?, ?)",
                [(number, _dumps(segment.to_dict())) for number, segment in enumerate(segments, start=first)],
            )
            connection.executemany(
                "INSERT INTO blocks VALUES (?, ?, ?)",
                [
                    (number, _dumps(record), None if cut is None else _dumps(cut))
                    for number, (record, cut) in enumerate(blocks, start=first_block)
                ],
            )
            if checkpoint is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?)",
                    (checkpoint.seen, _dumps(checkpoint.sectioner)),
                )
                if checkpoint.heard:
                    connection.execute("INSERT OR REPLACE INTO meta VALUES ('heard', ?)", (_dumps(checkpoint.heard),))
            if finished:
                connection.execute("INSERT OR REPLACE INTO meta VALUES ('finished', 'true')")

    def close(self) -> None:
        """Close the file; further writes are errors."""
        self._connection.close()

    def _check_writer(self, connection: sqlite3.Connection) -> None:
        row = connection.execute("SELECT value FROM meta WHERE key = 'writer'").fetchone()
        if row is None or json.loads(row[0]) != self._token:
            raise JournalError(
                f"another session has taken over the journal {self.path}; nothing was written. Use that session."
            )

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._mapped():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(f"cannot use the journal {self.path}: {error}.") from error


def _foreign(path: Path) -> str:
    return f"{path} is not an Earmark journal, or was cut off before anything was written to it."


def _check_is_journal(path: Path) -> None:
    if not path.is_file():
        raise JournalError(f"there is no journal at {path}. Start one with session(path).")
    if not _is_sqlite(path):  # asked first: opening an empty file with SQLite would write to it
        raise JournalError(_foreign(path))


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError as error:
        raise JournalError(f"cannot open the journal {path}: {error.strerror}.") from error


def _connect(path: Path) -> sqlite3.Connection:
    try:
        # Autocommit: transactions are begun by hand. Sessions may move between threads, one at a time.
        connection = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error as error:
        raise JournalError(f"cannot open the journal {path}: {error}.") from error
    return connection


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
