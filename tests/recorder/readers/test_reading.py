"""Sniffing, strictness, sources, and what is said when nothing can be read."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from recorder.errors import TranscriptError
from recorder.readers import FORMATS, read_transcript
from tests.recorder.readers.rows import DATA, read, rows, warnings

pytestmark = pytest.mark.runtime

TORTURES = {
    "webvtt": "torture.vtt",
    "srt": "torture.srt",
    "whisper": "torture.whisper.json",
    "whisperx": "torture.whisperx.json",
    "whispercpp": "torture.whispercpp.json",
    "podcast": "torture.podcast.json",
    "otter": "torture.otter.txt",
    "jsonl": "torture.jsonl",
    "text": "torture.txt",
}


def test_formats_are_the_tested_ones() -> None:
    assert FORMATS == ("webvtt", "whispercpp", "whisperx", "podcast", "whisper", "jsonl", "srt", "otter", "text")
    assert set(FORMATS) == set(TORTURES)


@pytest.mark.parametrize(("format", "name"), TORTURES.items())
def test_forced_format_gives_what_sniffing_gives(format: str, name: str) -> None:
    assert read(name, format=format) == read(name)


@pytest.mark.parametrize(
    ("content", "format"),
    [
        ("WEBVTT\n00:01.000 --> 00:02.000\nno blank line\n", "webvtt"),
        ("\n\nWEBVTT\n\n00:01.000 --> 00:02.000\nx\n", "webvtt"),
        ("WEBVTTX is a word\n", "text"),
        ("00:00:01,000 --> 00:00:02,000\nno index\n", "srt"),
        ("He typed --> and 10:30 --> lunch\n", "text"),
        ('{"text": "hi"}', "jsonl"),
        ('[{"start": 0, "end": 1, "text": "a list"}]', "jsonl"),
        ('{"partial": "a"}\n{"text": "b"}\n', "jsonl"),
        ('{broken\n{"text": "b"}\n', "jsonl"),
        (
            '{"text": "a b", "words": [{"word": "a", "start": 0, "end": 1}, {"word": "b", "start": 1, "end": 2}]}',
            "whisper",
        ),
        ('{"chunks": [{"timestamp": [0.0, 1.5], "text": " hi"}], "text": " hi"}', "whisper"),
        ('{"segments": [{"start": 0, "end": 1, "text": "x", "speaker": "A"}]}', "whisperx"),
        ('{"segments": [{"startTime": 0, "endTime": 1, "body": "x"}]}', "podcast"),
        ('{"transcription": [{"offsets": {"from": 0, "to": 10}, "text": "x"}]}', "whispercpp"),
        ("Anna  0:03\nhi\n\nBob  0:05\nhello\n", "otter"),
        ("[laughs] well then\n", "text"),
        ("{laughs} well then\n", "text"),
    ],
)
def test_sniffing_is_by_content(content: str, format: str) -> None:
    assert read_transcript(content.encode(), name="misleading.srt").format == format


def test_openai_words_beside_the_segments_are_handed_out() -> None:
    value = {
        "segments": [{"start": 0, "end": 2, "text": "a b"}, {"start": 2, "end": 3, "text": "c"}],
        "words": [{"word": w, "start": s, "end": s + 1} for w, s in (("a", 0), ("b", 1), ("c", 2))],
    }
    transcript = read_transcript(json.dumps(value).encode())
    assert [[word.text for word in segment.words] for segment in transcript.segments] == [["a", "b"], ["c"]]


def test_one_word_per_segment_is_joined_and_keeps_times() -> None:
    spoken = "so we talk about the plan today. " * 5
    entries = [
        {"speaker": "A" if at < 14 else "B", "startTime": at, "endTime": at + 0.5, "body": word}
        for at, word in enumerate(spoken.split())
    ]
    transcript = read_transcript(json.dumps({"segments": entries}).encode())
    assert [segment.text for segment in transcript.segments] == ["so we talk about the plan today."] * 5
    assert [segment.speaker for segment in transcript.segments] == ["A", "A", "B", "B", "B"]
    times = [(word.start, word.end) for segment in transcript.segments for word in segment.words]
    assert times == [(float(at), at + 0.5) for at in range(35)]
    assert warnings(transcript) == [
        (None, "one word per segment: 35 segments joined to 5 utterances that keep word times")
    ]


def test_truncated_json_keeps_what_is_whole() -> None:
    data = (DATA / "torture.whisper.json").read_bytes().replace(b'"start": 6,', b'"start": 6,,')
    transcript = read_transcript(data, name="cut.json")
    assert [segment.text for segment in transcript.segments][-2:] == ["absurd", "no times at all"]
    line, reason = warnings(transcript)[0]
    assert line == 11
    assert reason.startswith("the file is not valid JSON: ")  # what exactly json says depends on Python
    assert reason.endswith("; whole entries rescued: 8")


def test_unknown_format_lists_the_allowed_ones() -> None:
    with pytest.raises(TranscriptError, match="unknown transcript format 'vtt'; the formats are: webvtt, whispercpp"):
        read_transcript(b"x", format="vtt")


@pytest.mark.parametrize(
    "name", [name for name in TORTURES.values() if name not in ("torture.txt", "torture.otter.txt")]
)
def test_strict_stops_at_the_first_damage(name: str) -> None:
    first = next(w for w in read(name).warnings if "times go backwards" not in w.reason)
    with pytest.raises(TranscriptError) as caught:
        read(name, strict=True)
    assert str(caught.value).startswith(f"{first} (strict reading stops at the first damage")


def test_strict_accepts_clean_files_and_notes() -> None:
    assert rows(read("zoom.vtt", strict=True)) == rows(read("zoom.vtt"))
    assert len(read("rolling.vtt", strict=True).warnings) == 1
    assert len(read("torture.otter.txt", strict=True).warnings) == 2


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\x00\x00\x00"])
def test_empty_input_says_so(data: bytes) -> None:
    with pytest.raises(
        TranscriptError, match=r"^void: the file (is empty|has nothing but white space).*tried: webvtt,"
    ):
        read_transcript(data, name="void")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "read as webvtt, it has 1 entries without text. Tried: webvtt"),
        (b"WEBVTT\n", "read as webvtt, it has no entry. Tried: webvtt"),
        (
            b'{"segments": []}',
            "read as whisper, it has no entry. Tried: webvtt, whispercpp, whisperx, podcast, whisper",
        ),
        (b'{"partial": "only"}', "First problem: <bytes>:1: the last words never became final; skipped: 'only'"),
        (b'{"a": 1}', "looks like JSON but is no transcript: it is JSON, but in none of the known shapes. Tried:"),
        (b'{"a": ' * 50_000, "values are nested too deep"),
        (b'{"text": ' + b"9" * 5000 + b"}", "a number has thousands of digits"),
    ],
)
def test_nothing_usable_says_what_was_tried(data: bytes, message: str) -> None:
    with pytest.raises(TranscriptError) as caught:
        read_transcript(data)
    assert message in str(caught.value)


def test_forced_json_format_on_text_says_why() -> None:
    with pytest.raises(TranscriptError, match="cannot be read as whispercpp: it is no JSON object with a list named"):
        read_transcript(b"Anna: hello", format="whispercpp")


def test_sources(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"hello")
    assert read_transcript(str(path)).source == str(path)
    assert read_transcript(path, name="other").source == "other"
    assert read_transcript(io.BytesIO(b"hello")).source == "<stream>"
    assert read_transcript(b"hello").source == "<bytes>"
    with path.open("rb") as stream:
        assert read_transcript(stream).source == str(path)
    with pytest.raises(TranscriptError, match="closed file"):
        read_transcript(stream)


def test_sources_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match="is a directory"):
        read_transcript(tmp_path)
    with pytest.raises(TranscriptError, match="no such file"):
        read_transcript(tmp_path / "missing.vtt")
    with pytest.raises(TranscriptError, match="cannot be read"):
        read_transcript("a\x00b")
    with pytest.raises(TranscriptError, match="to read a transcript from memory, pass bytes"):
        read_transcript("Anna: hello\nBob: hi")
    with pytest.raises(TranscriptError, match="got int"):
        read_transcript(7)  # type: ignore[arg-type]
