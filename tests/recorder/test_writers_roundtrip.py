"""Laws of the writers: what they write can be read back, and no title can break a file."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.chapters import read_boundaries
from recorder.clock import clock, parse_clock, to_ms, vtt_time
from recorder.errors import WriteError
from recorder.outline import Outline
from recorder.transcript import Transcript
from recorder.writers import WRITERS, write_outline
from tests.recorder.strategies import recordings

pytestmark = pytest.mark.runtime

Recording = tuple[Transcript, Outline, list[int]]


@pytest.mark.parametrize("form", [form for form in WRITERS if form != "youtube"])
@settings(max_examples=25)
@given(recording=recordings())
def test_first_segments_survive(form: str, recording: Recording) -> None:
    transcript, outline, firsts = recording
    data = write_outline(outline, form, transcript=transcript).encode("utf-8")
    assert read_boundaries(data, transcript.segments) == firsts


@settings(max_examples=25)
@given(recording=recordings(min_gap_ms=10_000, min_segments=3))
def test_first_segments_survive_youtube(recording: Recording) -> None:
    transcript, outline, firsts = recording
    try:
        text = write_outline(outline, "youtube", transcript=transcript)
    except WriteError:
        assert len(firsts) < 4  # a first section may join the second when it begins late; others are long enough
        return
    assert set(read_boundaries(text.encode(), transcript.segments)) <= set(firsts)
    assert len(firsts) - len(text.splitlines()) in (0, 1)


@settings(max_examples=25)
@given(recording=recordings(min_segments=2))
def test_youtube_rules_hold(recording: Recording) -> None:
    transcript, outline, _ = recording
    try:
        text = write_outline(outline, "youtube", transcript=transcript)
    except WriteError:
        return  # too few or too short: test_writers_formats looks at the message
    lines = text.splitlines()
    starts = [parse_clock(line.split(" ")[0]) for line in lines]
    assert len(lines) >= 3
    assert starts[0] == 0
    ends = [*starts[1:], to_ms(outline.duration or 0)]
    for start, end in zip(starts, ends, strict=True):
        assert start is not None
        assert end is not None
        assert end - start >= 10_000
    assert not re.search("[<>]", text)
    assert all(line.split(" ", 1)[1].strip() for line in lines)


@pytest.mark.parametrize("form", ["json", "markdown"])
@settings(max_examples=25)
@given(recording=recordings(times=False))
def test_forms_without_times_survive(form: str, recording: Recording) -> None:
    transcript, outline, firsts = recording
    data = write_outline(outline, form, transcript=transcript).encode("utf-8")
    assert read_boundaries(data, transcript.segments) == firsts


@pytest.mark.parametrize("form", ["podcast", "webvtt", "youtube", "ffmetadata"])
@settings(max_examples=25)
@given(recording=recordings(times=False))
def test_chapters_without_times_are_an_error(form: str, recording: Recording) -> None:
    transcript, outline, _ = recording
    with pytest.raises(WriteError, match=f"'{form}' needs times, and .* has none. Use 'json' or 'markdown'"):
        write_outline(outline, form, transcript=transcript)


@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=25)
@given(recording=recordings(min_gap_ms=10_000, min_segments=4))
def test_no_control_characters_come_through(form: str, recording: Recording) -> None:
    transcript, outline, _ = recording
    if form == "youtube" and len(outline.sections) < 4:
        return
    text = write_outline(outline, form, transcript=transcript)
    assert text.endswith("\n")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", text)
    text.encode("utf-8")


@settings(max_examples=25)
@given(recording=recordings())
def test_json_says_the_outline(recording: Recording) -> None:
    transcript, outline, _ = recording
    text = write_outline(outline, "json", transcript=transcript)
    plain = json.dumps(outline.to_dict(), ensure_ascii=False)
    assert json.loads(text) == json.loads(re.sub("[\ud800-\udfff]", "\ufffd", plain))


@given(ms=st.integers(0, 10**7) | st.integers(0, 10**12))
def test_times_survive(ms: int) -> None:
    assert parse_clock(vtt_time(ms)) == ms
    assert to_ms(ms / 1000) == ms
    assert parse_clock(clock(ms)) == ms // 1000 * 1000


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0:00", 0),
        ("1:05", 65_000),
        ("75:00", 4_500_000),
        ("100:01:05.9", 360_065_900),
        ("00:01,5", 1_500),
        ("1:60", None),
        ("1:60:00", None),
        ("12", None),
        ("-1:00", None),
        ("١:٠٥", None),
    ],
)
def test_parse_clock(text: str, ms: int | None) -> None:
    assert parse_clock(text) == ms


@pytest.mark.parametrize(("seconds", "ms"), [(1.001, 1001), (12.3459, 12_345), (0.0, 0), (360_000.0004, 360_000_000)])
def test_to_ms_goes_down(seconds: float, ms: int) -> None:
    assert to_ms(seconds) == ms
