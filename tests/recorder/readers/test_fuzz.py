"""Whatever the bytes: a Transcript that can be written as UTF-8, or a TranscriptError."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import TranscriptError
from recorder.readers import FORMATS, parse_final, read_transcript
from tests.recorder.readers.rows import DATA

pytestmark = pytest.mark.runtime

FILES = {path.name: path.read_bytes() for path in sorted(DATA.iterdir()) if path.is_file()}
PIECES = [
    *(
        b"\n",
        b"\n\n",
        b"\r",
        b"\x00",
        b"\xff",
        b"\xc3",
        b"<v ",
        b"</v>",
        b"<00:00:01.000>",
        b" --> ",
        b"NaN",
        b"1e999",
        b"-",
    ),
    *(b"{", b"}", b"[", b"]", b'"', b",", b":", b"null", b"true", b"0", b"9" * 40, b"\\ud800", b"&#xD800;", b"&#0;"),
    *(b"WEBVTT\n", b"NOTE\n", b"1\n", b"00:00:01,000 --> 00:00:02,000\n", b"Anna: ", b"[00:00:05] ", b"Anna  0:05\n"),
]


def check(data: bytes, format: str | None) -> None:
    """Read leniently and strictly; whatever comes out must be fit for the outputs."""
    try:
        transcript = read_transcript(data, format=format)
    except TranscriptError:
        with pytest.raises(TranscriptError):
            read_transcript(data, format=format, strict=True)
        return
    assert any(segment.text for segment in transcript.segments)
    for segment in transcript.segments:
        json.dumps(segment.to_dict(), ensure_ascii=False, allow_nan=False).encode()
        assert segment.start is None or segment.end is None or segment.start <= segment.end
        for word in segment.words:
            assert word.text.strip()
            assert all(time is None or 0 <= time <= 2e10 for time in (word.start, word.end))
    for warning in transcript.warnings:
        json.dumps(warning.to_dict(), ensure_ascii=False).encode()
        assert warning.line is None or 1 <= warning.line <= data.count(b"\n") + data.count(b"\r") + 1
    try:
        assert read_transcript(data, format=format, strict=True).segments == transcript.segments
    except TranscriptError:
        assert transcript.warnings


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    check(data, None)


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join))
def test_any_bytes_in_a_forced_format(format: str, data: bytes) -> None:
    check(data, format)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_pieces_of_formats_in_any_order(data: bytes) -> None:
    check(data, None)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_edited_torture_files(name: str, data: st.DataObject) -> None:
    content = FILES[name]
    for _ in range(data.draw(st.integers(1, 4))):
        first = data.draw(st.integers(0, len(content)))
        last = data.draw(st.integers(first, min(len(content), first + data.draw(st.sampled_from([0, 1, 20, 400])))))
        content = content[:first] + data.draw(st.sampled_from(PIECES) | st.binary(max_size=4)) + content[last:]
    check(content, None)


_KEYS = """segments transcription chunks words word_segments text body start end startTime endTime speaker word offsets
    timestamps timestamp from to tokens result alternatives partial is_final start_time durations score"""
_LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
_JSON = st.recursive(
    _LEAF | st.sampled_from(["00:01", "-1", "1e9"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS.split()), inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(_JSON)
def test_any_json_with_our_keys(value: object) -> None:
    text = json.dumps(value)
    for format in (None, "whisper", "whisperx", "whispercpp", "podcast", "jsonl"):
        check(text.encode(), format)
    check(json.dumps({"segments": [value], "transcription": [value]}).encode(), None)
    with suppress(TranscriptError):
        parse_final(text, lambda reason: None)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_line_as_a_final(line: str) -> None:
    with suppress(TranscriptError):
        parse_final(line)


@pytest.mark.parametrize(
    "unit",
    [
        b"<",
        b"<v a",
        b"&a",
        b"{\\",
        b"[",
        b'{"',
        b"--> ",
        b"> ",
        b".",
        b" ",
        b":",
        b"A: ",
        b"\n",
        b"00:",
        b'\\"{',
        b"{\n",
    ],
)
@pytest.mark.parametrize("head", [b"", b"WEBVTT\n\n00:00.000 --> 00:01.000\n", b'{"segments":[{"text":"'])
def test_long_runs_end(head: bytes, unit: bytes) -> None:
    # A pattern that backtracks, or a quadratic loop, would take hours here instead of milliseconds.
    check(head + unit * 30_000 + b"x", None)
