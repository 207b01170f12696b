"""Bytes to text: UTF-8 and UTF-16 with or without a byte order mark, damaged UTF-8, and Windows-1252.

What is decided here, in this order:

1. A byte order mark wins (UTF-8, UTF-16, UTF-32).
2. Without one, UTF-16 is recognised by its NULs: nearly every other byte of Western text is zero.
3. Valid UTF-8 is UTF-8.
4. Otherwise either a few bytes of UTF-8 text are damaged, or it is a one-byte encoding. When the file has more
   valid multi-byte characters than broken bytes, or begins like JSON (which is UTF-8 by its standard), the broken
   bytes become U+FFFD; if not, all of it is read as Windows-1252 (a superset of Latin-1 for printable characters).

Line ends (CRLF, CR, LF) become LF. NULs are removed. Each mend is reported with its line.
"""

from __future__ import annotations

import codecs
import re

from recorder.errors import TranscriptError
from recorder.readers.report import Report

__all__ = ["decode"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16 LE, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096
_MULTIBYTE = re.compile("[^\x00-\x7f\ufffd]")
_BAD = re.compile("[\ufffd\x00]")
_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f\ufffd]")


def decode(data: bytes, report: Report) -> str:
    """The text of `data`, lines ending in "\\n", without byte order mark and NUL.

    Raises:
        TranscriptError: more than a tenth of it is control characters or undecodable: no text file.
    """
    encoding, skip = _encoding(data)
    body = data[skip:]
    try:
        text = body.decode(encoding)
        mended = False
    except UnicodeDecodeError as error:
        text = body.decode(encoding, "replace")
        mended = True
        if encoding == "utf-8" and not skip and _is_one_byte(data, text):
            line = body.count(b"\n", 0, error.start) + 1
            text = _windows(body)
            mended = False
            report.damage(line, "not UTF-8; the whole file is read as Windows-1252 (Latin-1)")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(_CONTROL.findall(text)) * 10 > len(text):
        raise TranscriptError(
            f"{report.source}: this is no text file (read as {encoding}, a tenth of it or more are control characters "
            "or undecodable bytes). Expected a transcript as text, .vtt, .srt or JSON, in UTF-8 or UTF-16."
        )
    if mended or "\x00" in text:
        text = _mend(text, encoding, mended, report)
    return text.lstrip("\ufeff")


def _encoding(data: bytes) -> tuple[str, int]:
    """The codec, and how many bytes of byte order mark to skip."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding, len(mark)
    sample = data[:_SAMPLE]
    pairs = len(sample) // 2
    if pairs:
        even, odd = sample[0 : 2 * pairs : 2].count(0), sample[1 : 2 * pairs : 2].count(0)
        if odd > 0.4 * pairs and even < 0.05 * pairs:
            return "utf-16-le", 0
        if even > 0.4 * pairs and odd < 0.05 * pairs:
            return "utf-16-be", 0
    return "utf-8", 0


def _is_one_byte(data: bytes, replaced: str) -> bool:
    if data.lstrip()[:1] in (b"{", b"["):
        return False
    return len(_MULTIBYTE.findall(replaced)) < replaced.count("\ufffd")


def _windows(data: bytes) -> str:
    """Windows-1252, its five unassigned bytes as Latin-1 control characters, so that no byte is an error."""
    return "".join(
        part.decode("latin-1") if part in _UNASSIGNED else part.decode("cp1252")
        for part in _UNASSIGNED_SPLIT.split(data)
        if part
    )


_UNASSIGNED = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")
_UNASSIGNED_SPLIT = re.compile(b"([\x81\x8d\x8f\x90\x9d])")


def _mend(text: str, encoding: str, mended: bool, report: Report) -> str:
    """Report each line with NULs or undecodable bytes, and take the NULs out."""
    for number, line in enumerate(text.split("\n"), 1):
        if _BAD.search(line) is None:
            continue
        nuls, broken = line.count("\x00"), line.count("\ufffd") if mended else 0
        if broken:
            report.damage(number, f"{_count(broken, 'place')} not valid {encoding.upper()}; replaced by U+FFFD")
        if nuls:
            report.damage(number, f"{_count(nuls, 'NUL character')}; removed")
    return text.replace("\x00", "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
