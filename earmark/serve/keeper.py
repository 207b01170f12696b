"""The list of recordings: what the library has, and sessions that are still open."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from recorder.errors import RecorderError
from recorder.journal import Journal
from recorder.library import Entry, Folder, Library

__all__ = ["Keeper", "OpenSession"]

_LIVE_SECONDS = 90.0  # an open session to which nothing has been written for longer is not called live
_LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that has not ended.

    Attributes:
        name: its address, /live/NAME.
        n_segments: lines so far.
        quiet: seconds since something was written.
        entry: what the library has of it, or None.
    """

    name: str
    n_segments: int
    quiet: float
    entry: Entry | None

    @property
    def live(self) -> bool:
        """Whether something was written to it lately."""
        return self.quiet < _LIVE_SECONDS


class Keeper:
    """Keeps the library in step with the folder, in a thread of its own; methods may be called from any thread."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.library: Library = folder.library
        self.trouble: str | None = None
        self.waiting = 0
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look after the folder."""
        self._thread = threading.Thread(target=self._run, name="earmark-folder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the file that is being read."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def read(self, path: Path) -> Entry:
        """Read one file of the folder now.

        Raises:
            RecorderError: it cannot be read.
        """
        with self._lock:
            if not self.folder.read(path):
                reason = next(
                    (each.reason for each in self.folder.problems if each.name == path.name), "not a recording"
                )
                raise RecorderError(reason)
        return self.library.get(str(path))

    def listing(self) -> tuple[list[OpenSession], list[Entry]]:
        """Open sessions, those that were written to last first, and all other recordings, the newest first."""
        entries = {entry.path or entry.slug: entry for entry in self.library.entries()}
        sessions = []
        for name, path in self.folder.journals().items():
            entry = entries.pop(str(path), None)
            session = _open_session(name, path, entry)
            if session is not None:
                sessions.append(session)
        sessions.sort(key=lambda session: (session.quiet, session.name))
        return sessions, list(entries.values())

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look()
                self.trouble = None
            except (RecorderError, OSError) as error:  # a folder that has gone away may come back
                self.trouble = str(error)
            self._stop.wait(_LOOK_SECONDS)

    def _look(self) -> None:
        changed = self.folder.changed()
        for number, path in enumerate(changed):
            self.waiting = len(changed) - number
            if self._stop.is_set():
                return
            with self._lock:
                self.folder.read(path)
        self.waiting = 0
        with self._lock:
            self.folder.forget()


def _open_session(name: str, path: Path, entry: Entry | None) -> OpenSession | None:
    try:
        journal = Journal.read(path)
    except RecorderError:
        return None  # it has gone since it was listed
    try:
        n_segments = journal.n_segments()
    finally:
        journal.close()
    wal = path.with_name(path.name + "-wal")
    touched = max((each.stat().st_mtime for each in (path, wal) if each.exists()), default=0.0)
    return OpenSession(name, n_segments, max(time.time() - touched, 0.0), entry)
