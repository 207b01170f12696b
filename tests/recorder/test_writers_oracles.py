"""What other programs read in our files: a JSON Schema, webvtt-py, and ffmpeg with ffprobe."""

from __future__ import annotations

import html
import io
import json
import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings

from recorder.outline import Outline
from recorder.transcript import Segment, Transcript
from recorder.writers import write_outline
from recorder.writers.timeline import chapters_of, one_line
from tests.recorder.strategies import NASTY, make_outline, recordings

jsonschema = pytest.importorskip("jsonschema")

PODCAST = {
    "type": "object",
    "required": ["version", "chapters"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "1.2.0"},
        "title": {"type": "string"},
        "chapters": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["startTime", "endTime", "title"],
                "additionalProperties": False,
                "properties": {
                    "startTime": {"type": "number", "minimum": 0},
                    "endTime": {"type": "number", "exclusiveMinimum": 0},
                    "title": {"type": "string", "minLength": 1, "pattern": "^[^\\n\\r]*$"},
                },
            },
        },
    },
}

SCHEMA = json.loads(files("recorder").joinpath("schema/outline.schema.json").read_text(encoding="utf-8"))


def nasty_ride() -> tuple[Transcript, Outline]:
    """Twenty-odd seconds per section, one section for each nasty title."""
    segments = tuple(Segment(21.5 * place, 21.5 * place + 20.25, "so the chain", "Tom") for place in range(len(NASTY)))
    transcript = Transcript(segments, "ride.vtt", "webvtt")
    return transcript, make_outline(transcript, list(range(len(NASTY))), list(NASTY))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@settings(max_examples=40)
@given(recording=recordings())
def test_json_keeps_to_its_schema(recording: tuple[Transcript, Outline, list[int]]) -> None:
    transcript, outline, _ = recording
    data = json.loads(write_outline(outline, "json", transcript=transcript))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "1 was expected"),
        ({"extra": 1}, "Additional properties are not allowed"),
        ({"duration": -1}, "-1 is less than the minimum"),
        ({"sections": [{"id": "s1"}]}, "'start' is a required property"),
    ],
)
def test_the_schema_refuses(change: dict[str, object], message: str) -> None:
    _, outline = nasty_ride()
    with pytest.raises(jsonschema.ValidationError, match=message):
        jsonschema.Draft202012Validator(SCHEMA).validate(outline.to_dict() | change)


@settings(max_examples=40)
@given(recording=recordings())
def test_podcast_chapters_keep_to_the_specification(recording: tuple[Transcript, Outline, list[int]]) -> None:
    transcript, outline, _ = recording
    data = json.loads(write_outline(outline, "podcast", transcript=transcript))
    jsonschema.validate(data, PODCAST)
    for chapter in data["chapters"]:
        assert chapter["startTime"] < chapter["endTime"]


def test_webvtt_py_reads_the_chapters() -> None:
    webvtt = pytest.importorskip("webvtt")
    transcript, outline = nasty_ride()
    cues = webvtt.from_buffer(io.StringIO(write_outline(outline, "webvtt", transcript=transcript))).captions
    chapters = chapters_of(outline, "webvtt", transcript)
    assert [html.unescape(cue.raw_text) for cue in cues] == [chapter.title for chapter in chapters]
    assert [cue.identifier for cue in cues] == [str(number) for number in range(1, len(NASTY) + 1)]
    assert cues[1].start == "00:00:21.500"
    ends = [cue.end for cue in cues]
    assert ends[:-1] == [cue.start for cue in cues[1:]]


@pytest.mark.tool
def test_ffprobe_reads_the_chapters(tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None:
        if os.environ.get("EARMARK_REQUIRE_TOOLS") == "1":
            pytest.fail("ffmpeg and ffprobe are required (EARMARK_REQUIRE_TOOLS=1) but not installed")
        pytest.skip("ffmpeg and ffprobe are not installed")
    transcript, outline = nasty_ride()
    meta, sound = tmp_path / "meta.txt", tmp_path / "ride.mka"
    meta.write_bytes(write_outline(outline, "ffmetadata", transcript=transcript).encode("utf-8"))
    seconds = str(transcript.duration)
    silence = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-i", str(meta), "-map_metadata", "1", "-t", seconds]
    subprocess.run(["ffmpeg", "-v", "error", *silence, str(sound)], check=True, timeout=60)
    asked = ["ffprobe", "-v", "error", "-show_chapters", "-show_format", "-of", "json", str(sound)]
    answer = json.loads(subprocess.run(asked, check=True, capture_output=True, timeout=60).stdout)
    chapters = chapters_of(outline, "ffmetadata", transcript)
    read = answer["chapters"]
    assert [float(one["start_time"]) for one in read] == [chapter.start / 1000 for chapter in chapters]
    assert [float(one["end_time"]) for one in read] == [chapter.end / 1000 for chapter in chapters]
    assert [one_line(one["tags"]["title"]) for one in read] == [chapter.title for chapter in chapters]
    assert read[NASTY.index("two\nlines")]["tags"]["title"] == "two\nlines"
    assert answer["format"]["tags"]["title"] == "A ride"
