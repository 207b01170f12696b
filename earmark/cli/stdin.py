"""Standard input that Ctrl-C can end without losing what has already arrived."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, TypeVar

__all__ = ["LiveInput", "Stop", "Stopped"]

_T = TypeVar("_T")
_CHUNK = 65536
_PIPE_BYTES = 65536
"""What a pipe may still hold when the stop comes (Linux); the writer has often been stopped by the same Ctrl-C."""


class Stopped(Exception):
    """The user asked to stop, raised where work may end."""


class Stop:
    """While open, the first Ctrl-C asks to stop instead of breaking off wherever the program is; the second breaks off.

    No exception is raised out of a handler: a segment that is being taken is taken whole.
    """

    def __init__(self) -> None:
        self.asked = False
        self.wake_fd, self._write_fd = os.pipe()
        self._before: Any = None

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():  # Python allows handlers only there
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        os.close(self.wake_fd)
        os.close(self._write_fd)

    def _ask(self, signum: int, frame: FrameType | None) -> None:
        self.asked = True
        os.write(self._write_fd, b"!")  # wakes the `select` of a LiveInput
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def watch(self, items: Iterable[_T]) -> Iterator[_T]:
        """The items; `Stopped` is raised between two of them once a stop is asked for."""
        for item in items:
            if self.asked:
                raise Stopped
            yield item


class LiveInput:
    """Standard input as it arrives; it ends at its end, or at a stop once what had arrived by then is read.

    Args:
        stop: asked before each wait. Where input cannot be waited for (Windows, a test's stand-in for a file), the
            stop takes effect with the next piece that arrives.
    """

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._pushed_back = b""
        self._left_after_stop = _PIPE_BYTES
        try:
            self._fd: int | None = sys.stdin.fileno()
        except (AttributeError, OSError, ValueError):  # io.UnsupportedOperation is both of the latter
            self._fd = None

    def read(self, size: int = _CHUNK) -> bytes:
        """Up to `size` bytes, as soon as there are any; empty at the end."""
        if self._pushed_back:
            data, self._pushed_back = self._pushed_back[:size], self._pushed_back[size:]
            return data
        if self._stop.asked:
            size = min(size, self._left_after_stop)
        if size <= 0 or not self._wait():
            return b""
        data = sys.stdin.buffer.read(size) if self._fd is None else os.read(self._fd, size)
        if self._stop.asked:
            self._left_after_stop -= len(data)
        return data

    def _wait(self) -> bool:
        """Wait for input, or for the stop; whether there is something to read (the end of input is something)."""
        if self._fd is None or sys.platform == "win32":
            return not self._stop.asked
        if not self._stop.asked:
            ready, _, _ = select.select([self._fd, self._stop.wake_fd], [], [])
        if self._stop.asked:
            ready, _, _ = select.select([self._fd], [], [], 0)
        return self._fd in ready

    def starts_with(self, mark: bytes) -> bool:
        """Whether the input begins with `mark`; waits for no more of it than it takes to tell."""
        while len(self._pushed_back) < len(mark) and mark.startswith(self._pushed_back):
            held, self._pushed_back = self._pushed_back, b""
            data = self.read()
            self._pushed_back = held + data
            if not data:
                break
        return self._pushed_back.startswith(mark)

    def chunks(self) -> Iterator[bytes]:
        """Everything, piece by piece."""
        while data := self.read():
            yield data
