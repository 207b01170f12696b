"""The tables of a personal file, whose file it is, whether it is sound, and what to say when it is not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from smartreply.errors import PersonalError

__all__ = ["PERSONAL_VERSION", "SCHEMA", "TABLES", "code_of", "explained", "is_ours", "verify"]

PERSONAL_VERSION = 2
APPLICATION_ID = 0x4561724D  # "EarM"
TABLES = ("meta", "replies", "intents", "pending")
SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
    "CREATE TABLE replies (text TEXT PRIMARY KEY, own INTEGER NOT NULL, alike TEXT, picked INTEGER NOT NULL,"
    " typed INTEGER NOT NULL, passed INTEGER NOT NULL, weight REAL NOT NULL, event INTEGER NOT NULL,"
    " day INTEGER NOT NULL, usage BLOB) WITHOUT ROWID",
    "CREATE TABLE intents (name TEXT PRIMARY KEY, chosen INTEGER NOT NULL, passed INTEGER NOT NULL,"
    " weight REAL NOT NULL, event INTEGER NOT NULL, day INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE pending (fingerprint BLOB PRIMARY KEY, count INTEGER NOT NULL, event INTEGER NOT NULL) WITHOUT ROWID",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {PERSONAL_VERSION}",
)


def is_ours(path: Path) -> bool:
    """The header's word for it, where SQLite can no longer read the file."""
    with path.open("rb") as file:
        header = file.read(100)
    return header[:16] == b"SQLite format 3\0" and header[68:72] == APPLICATION_ID.to_bytes(4, "big")


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 for none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def explained(path: Path, error: sqlite3.Error) -> str:
    """What happened to the file at `path`, and what to do."""
    code = code_of(error)
    if code == sqlite3.SQLITE_NOTADB:
        return f"{path} is not a personal file of Earmark. Choose another file."
    if code == sqlite3.SQLITE_CORRUPT:
        return (
            f"the personal file {path} is damaged ({error}). Erase it with `earmark personal forget`, "
            "or put a copy in its place."
        )
    if code == sqlite3.SQLITE_BUSY:
        return f"the personal file {path} is held by another program. Nothing was written; try again later."
    return f"cannot use the personal file {path}: {error}."


def verify(connection: sqlite3.Connection, path: Path, *, whole: bool) -> None:
    """Whose file, which version, and (whole) is every page sound?

    Raises:
        PersonalError: it is foreign, of another version, or damaged.
    """
    pages, application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "application_id", "user_version")
    )
    if pages == 0:
        return  # made a moment ago, here or elsewhere
    if application != APPLICATION_ID:
        raise PersonalError(
            f"{path} is an SQLite file, but not a personal file of Earmark; it was left as it is. Choose another file."
        )
    if not whole:
        return
    if version not in (0, PERSONAL_VERSION):
        raise PersonalError(
            f"the personal file {path} has version {version}; this release reads version {PERSONAL_VERSION}. "
            f"{'Update Earmark' if version > PERSONAL_VERSION else 'Use the release that wrote it'}, "
            "or erase the file with `earmark personal forget`."
        )
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0].replace("\n", " ")
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if found == "ok" and version:
        if not tables >= set(TABLES):
            found = "tables are missing"
        elif connection.execute("SELECT count(*) FROM meta WHERE key IN ('events', 'salt')").fetchone()[0] != 2:
            found = "rows are missing"
    if found != "ok":
        raise PersonalError(
            f"the personal file {path} is damaged ({found}). Erase it with `earmark personal forget`, "
            "or put a copy in its place."
        )
