"""Sessions that are posted: final lines come in over HTTP and go into a journal in the folder.

The journal is the only state. After a kill the next post goes on where it ends; if another process posts to the same
session, each takes the journal over when it has something to write.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from earmark.serve.settings import ServeError
from recorder.errors import JournalError
from recorder.live import read_finals
from recorder.session import Session, SmartScroll
from recorder.transcript import ReadWarning, Segment

__all__ = ["ENDING", "FinishedError", "Posts", "SessionNameError", "Taken", "journal_path"]

ENDING = ".db"
"""What the journal of a posted session ends with."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", re.ASCII)
_MOST_OPEN = 16
_MOST_WARNINGS = 20


class SessionNameError(ServeError):
    """A session's name is not one that may become a file's name."""


class FinishedError(ServeError):
    """The session has ended and takes nothing more."""


@dataclass(slots=True)
class Taken:
    """What a post has brought so far.

    Attributes:
        lines: lines read.
        taken: segments taken.
        segments: segments of the session now.
        warnings: the first warnings, as text.
    """

    lines: int = 0
    taken: int = 0
    segments: int = 0
    warnings: tuple[str, ...] = ()


def journal_path(folder: Path, name: str) -> Path:
    """The journal of the session with this name.

    Raises:
        SessionNameError: it is not a name made of letters, digits, ".", "_" and "-".
    """
    if _NAME.fullmatch(name) is None or name.endswith("."):
        raise SessionNameError(
            "a session's name must be 1 to 80 of A-Z a-z 0-9 . _ - and begin with a letter or digit; "
            f"got {name[:100]!r}."
        )
    return folder / f"{name}{ENDING}"


class Posts:
    """The sessions that are being written here; methods may be called from any thread."""

    def __init__(self, folder: Path, scroll: SmartScroll) -> None:
        self._folder = folder
        self._scroll = scroll
        self._lock = threading.Lock()
        self._open: dict[str, _Writer] = {}

    def take(self, name: str, lines: Iterable[bytes], so_far: Taken) -> None:
        """Take lines of one post, in order; `so_far` is brought up to date.

        Raises:
            SessionNameError: see `journal_path`.
            FinishedError: the session has ended.
            JournalError: the journal cannot be written.
        """
        warnings: list[ReadWarning] = []
        writer = self._writer(name)
        first = so_far.lines
        counted = _Counted(lines)
        with writer.lock:
            for segment in read_finals(counted, name=name, warn=warnings.append):
                writer.feed(segment)
                so_far.taken += 1
            moved = [replace(each, line=None if each.line is None else each.line + first) for each in warnings]
            for warning in moved:
                writer.warn(warning)
            so_far.segments = writer.n_segments
        so_far.lines += counted.number
        so_far.warnings = (*so_far.warnings, *map(str, moved))[:_MOST_WARNINGS]

    def finish(self, name: str) -> Path:
        """End a session; its journal.

        Raises:
            SessionNameError: see `journal_path`.
            FinishedError: it has ended already, or there is none.
            TranscriptError: nothing with a word in it has been posted.
        """
        path = journal_path(self._folder, name)
        if not path.exists():
            raise FinishedError(f"there is no session {name!r}; post lines to it first.")
        writer = self._writer(name)
        with writer.lock:
            writer.finish()
        with self._lock:
            self._open.pop(name, None)
        return path

    def close(self) -> None:
        """Close all journals; the sessions stay open for the next start."""
        with self._lock:
            for writer in self._open.values():
                with writer.lock:
                    writer.close()
            self._open.clear()

    def _writer(self, name: str) -> _Writer:
        path = journal_path(self._folder, name)
        with self._lock:
            writer = self._open.pop(name, None) or _Writer(path, name, self._scroll)
            self._open[name] = writer  # the newest last
            while len(self._open) > _MOST_OPEN:
                old = self._open.pop(next(iter(self._open)))
                with old.lock:
                    old.close()
        return writer


class _Counted:
    """Lines, and how many of them have been asked for."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self.number = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> bytes:
        line = next(self._lines)
        self.number += 1
        return line


class _Writer:
    """One journalled session; opened when it is needed, and anew when another process has taken the journal over."""

    def __init__(self, path: Path, name: str, scroll: SmartScroll) -> None:
        self.lock = threading.RLock()
        self._path = path
        self._name = name
        self._scroll = scroll
        self._session: Session | None = None

    @property
    def n_segments(self) -> int:
        """Segments of the session."""
        return self._opened().n_segments

    def feed(self, segment: Segment) -> None:
        """Take a segment; once more from the journal if somebody else has written to it."""
        try:
            self._opened().feed(segment)
        except JournalError:
            self.close()
            self._opened().feed(segment)

    def warn(self, warning: ReadWarning) -> None:
        """Keep a warning for the outline."""
        try:
            self._opened().warn(warning)
        except JournalError:
            self.close()
            self._opened().warn(warning)

    def finish(self) -> None:
        """End the session."""
        try:
            self._opened().finish()
        except JournalError:
            self.close()
            self._opened().finish()
        self.close()

    def close(self) -> None:
        """Close the journal."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _opened(self) -> Session:
        if self._session is None:
            self._session = self._open()
            if self._session.finished:
                self.close()
                raise FinishedError(f"the session {self._name!r} has ended; post to another name.")
        return self._session

    def _open(self) -> Session:
        if self._path.exists():
            return self._scroll.resume(self._path)
        try:
            return self._scroll.session(self._path, source=self._name)
        except JournalError:
            if not self._path.exists():
                raise
            return self._scroll.resume(self._path)  # another process was first
