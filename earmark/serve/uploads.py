"""A transcript that somebody dropped on the page becomes a file of the folder; no file is ever written over."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

from earmark.serve.settings import ServeError
from recorder.library.sources import TRANSCRIPTS
from recorder.writers.timeline import one_line

__all__ = ["keep", "safe_name"]

_UNSAFE = re.compile(r'[\\/:*?"<>|]+')
_LONGEST = 120
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A file name that is safe on every system and is read as a transcript: "../a:b" -> "a-b.txt"."""
    plain = _UNSAFE.sub("-", one_line(name)).strip(" .-") or "recording"
    stem, dot, ending = plain.rpartition(".")
    if not dot or f".{ending.lower()}" not in TRANSCRIPTS:
        stem, ending = plain, "txt"
    stem = stem.strip(" .") or "recording"
    if _RESERVED.fullmatch(stem):
        stem = f"{stem}-"
    while len(stem.encode()) > _LONGEST:
        stem = stem[:-1]
    return f"{stem}.{ending.lower()}"


def keep(folder: Path, name: str, data: bytes) -> Path:
    """Write `data` into the folder under this name, or "name-2" and so on; whole, or not at all.

    Raises:
        ServeError: it cannot be written.
    """
    target = folder / safe_name(name)
    stem, number = target.stem, 1
    partial = folder / f".{secrets.token_hex(8)}.part"
    try:
        try:
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            while True:
                try:
                    os.link(partial, target)  # unlike a rename, it fails when the name is taken
                    return target
                except FileExistsError:
                    number += 1
                    target = target.with_name(f"{stem}-{number}{target.suffix}")
        finally:
            with contextlib.suppress(FileNotFoundError):
                partial.unlink()
    except OSError as error:
        raise ServeError(f"cannot keep {target.name} in {folder}: {error.strerror}.") from error
