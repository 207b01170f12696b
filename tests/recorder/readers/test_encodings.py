"""Encodings, line ends, NULs: the same transcript comes out, and mends name their line."""

from __future__ import annotations

import codecs

import pytest

from recorder.errors import TranscriptError
from recorder.readers import read_transcript
from tests.recorder.readers.rows import rows, warnings

pytestmark = pytest.mark.runtime

TEXT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Zoë>Où est le café?</v>\n\n00:02.000 --> 00:03.000\nsecond\n"
ROWS = [(1.0, 2.0, "Zoë", "Où est le café?"), (2.0, 3.0, None, "second")]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        codecs.BOM_UTF8 + TEXT.encode("utf-8"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.replace("\n", "\r\n").encode("utf-8"),
        TEXT.replace("\n", "\r").encode("utf-8"),
        codecs.BOM_UTF16_LE + TEXT.replace("\n", "\r\n").encode("utf-16-le"),
    ],
    ids=["utf8", "utf8-bom", "le-bom", "be-bom", "le", "be", "utf32", "crlf", "cr", "le-crlf"],
)
def test_same_transcript_in_every_encoding(data: bytes) -> None:
    transcript = read_transcript(data, strict=True)
    assert (transcript.format, rows(transcript), transcript.warnings) == ("webvtt", ROWS, ())


def test_nul_is_removed_with_its_line() -> None:
    transcript = read_transcript(TEXT.encode().replace(b"second", b"se\x00co\x00nd"))
    assert rows(transcript) == ROWS
    assert warnings(transcript) == [(7, "2 NUL characters; removed")]


def test_damaged_utf8_is_mended_with_its_line() -> None:
    transcript = read_transcript(TEXT.encode().replace(b"second", b"sec\xffond"))
    assert transcript.segments[1].text == "sec\ufffdond"
    assert transcript.segments[0].speaker == "Zoë"
    assert warnings(transcript) == [(7, "1 place not valid UTF-8; replaced by U+FFFD")]


def test_one_byte_encodings_are_windows_1252() -> None:
    transcript = read_transcript("first line\nAnna’s café – déjà vu\n".encode("cp1252"))
    assert [segment.text for segment in transcript.segments] == ["first line", "Anna’s café – déjà vu"]
    assert warnings(transcript) == [(2, "not UTF-8; the whole file is read as Windows-1252 (Latin-1)")]


def test_json_is_never_taken_for_windows_1252() -> None:
    transcript = read_transcript(b'{"segments": [{"start": 0, "end": 1, "text": "caf\xe9"}]}')
    assert transcript.segments[0].text == "caf\ufffd"


def test_strict_names_place_and_reason_of_damaged_bytes() -> None:
    with pytest.raises(TranscriptError, match=r"^<bytes>:7: 1 place not valid UTF-8; replaced by U\+FFFD \(strict"):
        read_transcript(TEXT.encode().replace(b"second", b"sec\xffond"), strict=True)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PK\x03\x04abc", "a zip archive"),
        (b"%PDF-1.7", "a PDF document"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a WAV sound file"),
        (b"\x00\x00\x00\x20ftypisom", "an MP4 or M4A file"),
    ],
)
def test_other_kinds_of_files_are_named(data: bytes, kind: str) -> None:
    with pytest.raises(TranscriptError, match=f"this is {kind}.*not a transcript"):
        read_transcript(data)


def test_binary_rubbish_is_refused() -> None:
    with pytest.raises(TranscriptError, match="this is no text file"):
        read_transcript(bytes(range(1, 32)) * 40)
