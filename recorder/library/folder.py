"""A folder whose transcripts and journals are kept in a library: the files are the truth, the library an index."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recorder.errors import JournalError, LibraryError, RecorderError
from recorder.journal import Journal
from recorder.library.entries import Entry
from recorder.library.sources import JOURNALS, TRANSCRIPTS, Source, read_file, stamp_of
from recorder.library.store import Library
from recorder.session import SmartScroll

__all__ = ["INDEX_NAME", "Folder", "Problem"]

INDEX_NAME = ".earmark-library.db"
"""The library of a folder, inside the folder."""

_QUIET_SECONDS = 10.0  # an open journal is read anew only when nobody has written to it for so long
_MOST_FILES = 20_000
_ENDS = TRANSCRIPTS | JOURNALS


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be read, and why."""

    name: str
    reason: str


class Folder:
    """Keeps a library in step with the files of a folder; hidden files and folders in it are passed over.

    Args:
        root: the folder.
        library: where its recordings go.
        scroll: makes the outlines.

    Raises:
        LibraryError: `root` is not a folder.
    """

    def __init__(self, root: str | Path, library: Library, scroll: SmartScroll | None = None) -> None:
        self.root = Path(root).absolute()
        if not self.root.is_dir():
            raise LibraryError(f"{root} is not a folder. Name the folder that holds your transcripts.")
        self.library = library
        self.scroll = scroll or SmartScroll()
        self._failed: dict[Path, tuple[str, str]] = {}  # stamp and reason

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Files that the last `sync` could not read."""
        failed = sorted(self._failed.items())
        return tuple(Problem(path.name, reason) for path, (_, reason) in failed)

    def files(self) -> Iterator[Path]:
        """Every file of the folder that may be a recording, in order; folders in it are not looked into."""
        names = sorted(entry.name for entry in os.scandir(self.root) if entry.is_file())
        wanted = [name for name in names if not name.startswith(".") and Path(name).suffix.lower() in _ENDS]
        if len(wanted) > _MOST_FILES:
            raise LibraryError(f"{self.root} holds more than {_MOST_FILES} files. Name a smaller folder.")
        for name in wanted:
            yield self.root / name

    def journals(self) -> dict[str, Path]:
        """The journals of sessions that have not ended, by file name without its ending."""
        found = {}
        for path in self.files():
            if path.suffix.lower() in JOURNALS and is_open_journal(path):
                found[path.stem] = path
        return found

    def changed(self) -> tuple[Path, ...]:
        """Files that the library does not have as they are now."""
        known = self.library.stamps()
        return tuple(path for path in self.files() if self._is_new(path, known))

    def sync(self) -> int:
        """Read what is new or changed, and take out what is gone; the number of recordings read."""
        done = 0
        for path in self.changed():
            done += self.read(path)
        self.forget()
        return done

    def forget(self) -> None:
        """Take recordings out whose files have gone from the folder."""
        there = {str(path) for path in self.files()}
        for known in self.library.stamps():
            if Path(known).parent == self.root and known not in there:
                self.library.remove(known)
        for failed in [path for path in self._failed if str(path) not in there]:
            del self._failed[failed]

    def read(self, path: Path) -> bool:
        """Read one file of the folder into the library; False if it could not be read (see `problems`)."""
        stamp = ""
        try:
            stamp = stamp_of(path)
            if path.suffix.lower() in JOURNALS and not _is_journal(path):
                self._failed.pop(path, None)
                return False
            self.put(path, read_file(path, self.scroll), stamp)
        except RecorderError as error:
            self._failed[path] = (stamp, str(error))
            return False
        self._failed.pop(path, None)
        return True

    def put(self, path: Path, source: Source, stamp: str) -> Entry:
        """Keep what was read from a file of the folder."""
        return self.library.add(source, path.name, path=str(path), stamp=stamp)

    def _is_new(self, path: Path, known: dict[str, str]) -> bool:
        try:
            stamp = stamp_of(path)
        except LibraryError:
            return False  # it has gone since it was listed
        if stamp in (known.get(str(path)), self._failed.get(path, ("", ""))[0]):
            return False
        if path.suffix.lower() not in JOURNALS:
            return True
        if not _is_journal(path):
            return False
        return not is_open_journal(path) or time.time() - _touched(path) >= _QUIET_SECONDS


def is_open_journal(path: Path) -> bool:
    """Whether this is the journal of a session that has not ended."""
    try:
        journal = Journal.read(path)
    except JournalError:
        return False
    try:
        return not journal.meta().get("finished")
    finally:
        journal.close()


def _is_journal(path: Path) -> bool:
    try:
        Journal.read(path).close()
    except JournalError:
        return False
    return True


def _touched(path: Path) -> float:
    """When a journal was last written to, seconds since 1970."""
    wal = path.with_name(path.name + "-wal")
    return max(place.stat().st_mtime for place in (path, wal) if place.exists())
