"""Getting at the bytes of a transcript: a path, bytes in memory, or an open binary stream."""

from __future__ import annotations

import os
import re
from typing import BinaryIO

from recorder.errors import TranscriptError

__all__ = ["load_bytes", "refuse_binary"]

_LONE = re.compile("[\ud800-\udfff]")
_MAGIC = (
    (b"PK\x03\x04", "a zip archive (a Word or OpenDocument file?)"),
    (b"%PDF", "a PDF document"),
    (b"ID3", "an MP3 sound file"),
    (b"OggS", "an Ogg sound file"),
    (b"fLaC", "a FLAC sound file"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"{\\rtf", "an RTF document"),
)


def load_bytes(source: str | os.PathLike[str] | bytes | BinaryIO, name: str | None) -> tuple[bytes, str]:
    """The content of `source`, and the name by which messages call it (`name` if given).

    Raises:
        TranscriptError: a directory, a missing file, no permission, a stream that fails, or no source at all.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), _printable(name or "<bytes>")
    if isinstance(source, (str, os.PathLike)):
        return _load_path(source, name)
    read = getattr(source, "read", None)
    if read is None:
        raise TranscriptError(
            f"a transcript is read from a path, from bytes or from a binary stream; got {type(source).__name__}."
        )
    stream_name = getattr(source, "name", None)
    called = _printable(name or (stream_name if isinstance(stream_name, str) else "<stream>"))
    try:
        data = read()
    except (OSError, ValueError) as error:  # ValueError: the stream is closed
        raise TranscriptError(f"{called}: cannot be read: {error}") from error
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    if not isinstance(data, bytes):
        raise TranscriptError(f"{called}: the stream's read() gave {type(data).__name__}; expected bytes.")
    return data, called


def _load_path(path: str | os.PathLike[str], name: str | None) -> tuple[bytes, str]:
    called = _printable(name or os.fsdecode(path))
    if len(called) > 200 or "\n" in called:
        short = called[:60].replace("\n", "\\n")
        hint = f"{short}...: no such file. A string is taken as a path; to read a transcript from memory, pass bytes."
    else:
        hint = f"{called}: no such file. Check the path; '-' reads standard input on the command line."
    try:
        with open(path, "rb") as file:
            return file.read(), called
    except FileNotFoundError as error:
        raise TranscriptError(hint) from error
    except IsADirectoryError as error:
        raise TranscriptError(f"{called}: is a directory. Name one transcript file inside it.") from error
    except PermissionError as error:
        raise TranscriptError(f"{called}: no permission to read it.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL inside the path
        reason = getattr(error, "strerror", None) or str(error)
        raise TranscriptError(f"{called[:60]}: cannot be read: {reason}.") from error


def _printable(name: str) -> str:
    """File names that are not UTF-8 come with lone surrogates, which no output can hold."""
    return _LONE.sub("\ufffd", name)


def refuse_binary(data: bytes, source: str) -> None:
    """Say what a file is that cannot be a transcript, instead of reading its bytes as speech.

    Raises:
        TranscriptError: the content begins like a well-known binary format.
    """
    kind = next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        kind = "a WAV sound file (`earmark listen` transcribes those)"
    if data[4:8] == b"ftyp":
        kind = "an MP4 or M4A file"
    if kind is not None:
        raise TranscriptError(f"{source}: this is {kind}, not a transcript. Export it as text, .vtt, .srt or JSON.")
