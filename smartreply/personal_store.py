"""The personal file: one SQLite database that the app places, made at the first choice and not before.

Tables: `meta` (how many choices were taken in; the salt of the fingerprints), `replies` and `intents` (counters and
weights; of the user's own replies also what they answer), `pending` (fingerprints of typed texts that may become
replies of the user's own). The header's application id and user version say whose file it is and of which version.

Every choice is one immediate transaction with a rollback journal, so several processes may share the file, a killed
one leaves the state before or after a choice, and between choices the database is one file with nothing beside it.
Deleted rows are overwritten (secure_delete). Every call looks whether the file at the path is still the one that is
open: when another process has erased it, this one goes on with a new file and never writes into the erased one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from smartreply.errors import PersonalError
from smartreply.personal_learning import Weight
from smartreply.personal_records import IntentRecord, ReplyRecord, Snapshot
from smartreply.personal_schema import SCHEMA, TABLES, code_of, explained, is_ours, verify
from smartreply.personal_usage import Usage

__all__ = ["MAX_INTENTS", "MAX_OWN", "MAX_PENDING", "MAX_REPLIES", "Change", "Store", "erase"]

MAX_REPLIES = 1000
MAX_OWN = 100
MAX_INTENTS = 500
MAX_PENDING = 500
"""Rows kept of each kind; past that, those that were used least recently go."""

_SIDES = ("-journal", "-wal", "-shm")
_TRIES = 5  # to begin a transaction on a disk that fails


class Change:
    """One choice being written, inside its transaction.

    Attributes:
        event: the number of this choice, from 1.
        salt: 16 random bytes, of this file alone.
        before: everything learnt up to the choice before.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.before = _read(connection)
        self.event = self.before.events + 1
        self.salt: bytes = connection.execute("SELECT value FROM meta WHERE key = 'salt'").fetchone()[0]

    def put_reply(self, record: ReplyRecord) -> None:
        """Write a reply's row."""
        weight = record.weight
        self._connection.execute(
            "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (record.text, int(record.own), record.alike, record.picked, record.typed, record.passed,
             weight.value, weight.event, weight.day, None if record.usage is None else record.usage.data),
        )  # fmt: skip

    def put_intent(self, record: IntentRecord) -> None:
        """Write an intent's row."""
        weight = record.weight
        self._connection.execute(
            "INSERT OR REPLACE INTO intents VALUES (?, ?, ?, ?, ?, ?)",
            (record.name, record.chosen, record.passed, weight.value, weight.event, weight.day),
        )

    def count_pending(self, fingerprint: bytes) -> int:
        """How often this text has been typed, this time included."""
        self._connection.execute(
            "INSERT INTO pending VALUES (?, 1, ?) ON CONFLICT (fingerprint)"
            " DO UPDATE SET count = count + 1, event = excluded.event",
            (fingerprint, self.event),
        )
        row = self._connection.execute("SELECT count FROM pending WHERE fingerprint = ?", (fingerprint,)).fetchone()
        return int(row[0])

    def drop_pending(self, fingerprint: bytes) -> None:
        """The text has become a reply, or may not."""
        self._connection.execute("DELETE FROM pending WHERE fingerprint = ?", (fingerprint,))

    def finish(self) -> None:
        """Count the choice and prune what is over the limits."""
        run = self._connection.execute
        run("UPDATE meta SET value = ? WHERE key = 'events'", (self.event,))
        for own, limit in ((0, MAX_REPLIES), (1, MAX_OWN)):
            run(
                "DELETE FROM replies WHERE text IN"
                " (SELECT text FROM replies WHERE own = ? ORDER BY event DESC, text LIMIT -1 OFFSET ?)",
                (own, limit),
            )
        for table, key, limit in (("intents", "name", MAX_INTENTS), ("pending", "fingerprint", MAX_PENDING)):
            run(
                f"DELETE FROM {table} WHERE {key} IN"
                f" (SELECT {key} FROM {table} ORDER BY event DESC, {key} LIMIT -1 OFFSET ?)",
                (limit,),
            )


class Store:
    """The file at one path, whether it is there yet or not. Callers see to it that one thread at a time is inside.

    Raises:
        PersonalError: the file is foreign, damaged, of a newer version, cannot be written, or stays locked.
    """

    def __init__(self, path: str | Path, *, timeout: float = 10.0) -> None:
        self.path = Path(os.path.realpath(path))  # a link's target is what forgetting has to remove
        self._timeout = timeout
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._seen: int | None = None  # SQLite's data_version of the snapshot in hand
        self._snapshot = Snapshot()
        self._closed = False

    def snapshot(self) -> Snapshot:
        """Everything learnt so far; the same object as long as nothing has changed."""
        with self._mapped():
            connection = self._attach(create=False)
            if connection is None:
                if self._snapshot.events:
                    self._snapshot = Snapshot()
                return self._snapshot
            if connection.execute("PRAGMA data_version").fetchone()[0] == self._seen:
                return self._snapshot
            connection.execute("BEGIN")
            try:
                self._snapshot = _read(connection)
                self._seen = connection.execute("PRAGMA data_version").fetchone()[0]
            finally:
                _roll_back(connection)
            return self._snapshot

    @contextlib.contextmanager
    def changing(self) -> Iterator[Change]:
        """One choice: everything in the block is written, or nothing."""
        with self._transaction() as connection:
            change = Change(connection)
            yield change
            change.finish()

    def replace(self, snapshot: Snapshot) -> None:
        """Put `snapshot` in the place of everything learnt."""
        with self._transaction() as connection:
            for table in TABLES[1:]:
                connection.execute(f"DELETE FROM {table}")
            change = Change(connection)
            for reply in snapshot.replies:
                change.put_reply(reply)
            for intent in snapshot.intents:
                change.put_intent(intent)
            change.event = snapshot.events
            change.finish()

    def forget(self) -> bool:
        """Overwrite every row, then remove the file and whatever SQLite may have put beside it; False: none was there.

        A damaged file and one of a newer version go, too. A foreign one is an error and stays.
        """
        places = [self.path, *(Path(f"{self.path}{side}") for side in _SIDES)]
        with self._mapped():
            found = any(place.exists() for place in places)
            self._erase()
            self._detach()
            self._snapshot = Snapshot()
            if self._standing() is None:  # a new file of another process keeps its journal
                for place in places[1:]:
                    place.unlink(missing_ok=True)
        return found

    def close(self) -> None:
        """Close the file; further calls are errors."""
        self._detach()
        self._closed = True

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._mapped():
            connection = self._begin()
            self._seen = None
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    def _begin(self) -> sqlite3.Connection:
        failed = 0
        while True:
            connection = self._attach(create=True)
            assert connection is not None
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                # Another process removes the file or its journal at this moment; nothing of ours is written yet.
                failed += 1
                if code_of(error) != sqlite3.SQLITE_IOERR or failed == _TRIES:
                    raise
                self._detach()
                continue
            if self._standing() == self._identity:
                break
            connection.execute("ROLLBACK")  # erased while this process waited for the lock
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in SCHEMA:
                connection.execute(statement)
            rows = [("events", 0), ("salt", secrets.token_bytes(16))]
            connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        return connection

    def _attach(self, *, create: bool, check: bool = True) -> sqlite3.Connection | None:
        if self._closed:
            raise PersonalError(f"the personal file {self.path} has been closed. Open it again to go on.")
        identity = self._standing()
        if self._connection is not None and identity == self._identity:
            return self._connection
        self._detach()
        if identity is None and not create:
            return None
        if not self.path.parent.is_dir():
            raise PersonalError(f"the folder {self.path.parent} for the personal file does not exist. Create it first.")
        address = f"{self.path.as_uri()}?mode={'rwc' if create else 'rw'}"
        # Autocommit: transactions are begun by hand. Threads take turns.
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, timeout=self._timeout, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            verify(connection, self.path, whole=check)
        except BaseException:
            connection.close()
            raise
        self._connection, self._identity, self._seen = connection, self._standing(), None
        return connection

    def _detach(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._identity = self._seen = None

    def _standing(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _erase(self) -> None:
        try:
            connection = self._attach(create=False, check=False)
            while connection is not None and not self._unlink(connection):
                _wipe(connection)
        except sqlite3.DatabaseError as error:
            self._detach()
            if code_of(error) != sqlite3.SQLITE_CORRUPT or not is_ours(self.path):
                raise
            self.path.unlink(missing_ok=True)  # rows cannot be overwritten one by one: the file goes as it is

    def _unlink(self, connection: sqlite3.Connection) -> bool:
        """Remove the file if nothing is in it; False: something is. Writers are locked out meanwhile."""
        connection.execute("BEGIN EXCLUSIVE")
        try:
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return False
            if self._standing() == self._identity:
                self.path.unlink()
            return True
        finally:
            _roll_back(connection)

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise PersonalError(explained(self.path, error)) from error
        except OSError as error:
            raise PersonalError(f"cannot use the personal file {self.path}: {error.strerror}.") from error


def erase(path: str | Path) -> bool:
    """`Store.forget` for a file that need not be one that can be opened; False: there was none.

    Raises:
        PersonalError: the file is foreign, or cannot be removed.
    """
    store = Store(path)
    try:
        return store.forget()
    finally:
        store.close()


def _wipe(connection: sqlite3.Connection) -> None:
    """Overwrite and drop every table; what is left is a file that counts as new."""
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            connection.execute(f'DROP TABLE "{name}"')
        connection.execute("PRAGMA user_version = 0")
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # some errors have rolled back already
        connection.execute("ROLLBACK")


def _usage(data: object) -> Usage | None:
    if data is None:
        return None
    try:
        return Usage(data if isinstance(data, bytes) else b"")
    except ValueError as error:
        raise sqlite3.DatabaseError(f"{error}; erase it with `earmark personal forget`, or import an export") from error


def _read(connection: sqlite3.Connection) -> Snapshot:
    row = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not row[0]:
        return Snapshot()
    events = connection.execute("SELECT value FROM meta WHERE key = 'events'").fetchone()[0]
    replies = tuple(
        ReplyRecord(text, bool(own), alike, picked, typed, passed, Weight(*weight), _usage(usage))
        for text, own, alike, picked, typed, passed, *weight, usage in connection.execute(
            "SELECT * FROM replies ORDER BY text"
        )
    )
    intents = tuple(
        IntentRecord(name, chosen, passed, Weight(*weight))
        for name, chosen, passed, *weight in connection.execute("SELECT * FROM intents ORDER BY name")
    )
    return Snapshot(events, replies, intents)
