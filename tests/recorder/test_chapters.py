"""Boundaries the user brings: the check, every kind of file, how times meet segments, and every refusal's message."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.chapters import check_boundaries, read_boundaries
from recorder.errors import BoundaryError
from recorder.transcript import Segment
from tests.recorder.strategies import NASTY

pytestmark = pytest.mark.runtime

# Ten segments, one every 30 seconds, each 20 seconds long: 0:00, 0:30, ... 4:30.
RIDE = tuple(Segment(30.0 * place, 30.0 * place + 20, f"part {place}") for place in range(10))
SILENT = tuple(Segment(None, None, f"part {place}") for place in range(10))


def read(text: str, segments: tuple[Segment, ...] = RIDE) -> list[int]:
    return read_boundaries(text.encode("utf-8"), segments, name="my.txt")


@pytest.mark.parametrize(
    ("given_", "checked"),
    [([], (0,)), ([0], (0,)), ([3, 7], (0, 3, 7)), ((0, 9), (0, 9)), (range(4, 6), (0, 4, 5))],
)
def test_check_boundaries(given_: list[int], checked: tuple[int, ...]) -> None:
    assert check_boundaries(given_, 10) == checked
    assert check_boundaries(given_) == checked


def test_numpy_integers_are_integers() -> None:
    checked = check_boundaries(np.array([3, 7]), 10)  # type: ignore[arg-type]
    assert checked == (0, 3, 7)
    assert all(type(index) is int for index in checked)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ([0, 10], "boundaries[1] must be a segment index 0 to 9 (the transcript has 10), got 10."),
        ([-1], "boundaries[0] must be a segment index 0 to 9 (the transcript has 10), got -1."),
        ([5, 3], "boundaries[1] must be greater than the item before it (5), got 3."),
        ([5, 5], "boundaries[1] must be greater than the item before it (5), got 5."),
        ([True], "boundaries[0] must be an integer, the index from 0 of a segment, got True."),
        ([np.bool_(True)], "boundaries[0] must be an integer, the index from 0 of a segment, got"),
        ([2.0], "boundaries[0] must be an integer, the index from 0 of a segment, got 2.0."),
        (["2"], "boundaries[0] must be an integer, the index from 0 of a segment, got '2'."),
        ([None], "boundaries[0] must be an integer, the index from 0 of a segment, got None."),
        ("04", "boundaries must be a list of first segment indexes such as [0, 41], got '04'."),
        (7, "boundaries must be a list of first segment indexes such as [0, 41], got 7."),
    ],
)
def test_check_boundaries_refuses(given_: list[int], message: str) -> None:
    with pytest.raises(BoundaryError, match=re.escape(message)):
        check_boundaries(given_, 10)


def test_without_a_length_any_index_may_come() -> None:
    assert check_boundaries([10**6]) == (0, 10**6)
    with pytest.raises(BoundaryError, match=re.escape("boundaries[0] must be a segment index >= 0, got -3.")):
        check_boundaries([-3])


@pytest.mark.parametrize(
    "text",
    [
        "[0, 3, 7]",
        "[3, 7]",
        '{"first_segments": [3, 7]}',
        '\ufeff{"first_segments": [0, 3, 7]}',
        '{"version": 1, "sections": [{"first_segment": 0}, {"first_segment": 3}, {"first_segment": 7}]}',
        '{"version": "1.2.0", "chapters": [{"startTime": 90}, {"startTime": 210.0}]}',
        '{"chapters": [{"startTime": 0}, {"startTime": 89.5}, {"startTime": 100, "toc": false}, {"startTime": 210}]}',
        "WEBVTT\n\n00:00.000 --> 01:30.000\nA\n\nid\n00:01:30.000 --> 00:03:30.000 align:start\nB\n\n"
        "00:03:30.000 --> 00:05:00.000\nC\n",
        "WEBVTT chapters\r\n\r\n00:01:30,000 --> 00:02:00,000\r\nA\r\n\r\n00:03:29.999 --> 00:05:00.000\r\nC\r\n",
        "0:00 A\n1:30 B\n3:30 C\n",
        "My ride\n\nChapters:\n- 0:00 A\n- 1:29 B (see 4:00)\n• [3:30] C\nThanks to 3 people!\n",
        "(0:00) A\n(1:30) B\n(00:03:30) C",
        "[0:00] A\n[1:30] B\n[3:30] C",
        "## 0:00 A\ntext\n## 1:30 B\n## 3:30 C\n",
        ";FFMETADATA1\ntitle=x\n\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=90000\nEND=210000\ntitle=A\n\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=210000\nEND=300000\ntitle=B\\\nSTART=1\n[STREAM]\nSTART=5\n",
        ";FFMETADATA1\n[CHAPTER]\nSTART=90000000000\n[CHAPTER]\nTIMEBASE=30/1\nSTART=7\n",
        "# Ride\n\n## A\n\n*segments 0–2 · importance 0.10*\n\n## B\n\n*1:30–3:29 · segments 3–6*\n\n## C\n\n"
        "*segment 7 · importance 0.10*\n",
    ],
)
def test_every_format(text: str) -> None:
    assert read(text) == [0, 3, 7]
    assert read_boundaries(text.removeprefix("\ufeff").encode("utf-16"), RIDE) == [0, 3, 7]


@pytest.mark.parametrize(
    ("times", "firsts"),
    [
        ((0, 30), [0, 1]),
        ((0, 30.001), [0, 2]),  # nearest at or after, not nearest
        ((0, 1, 2, 30), [0, 1]),  # on the same segment: one
        ((10, 20, 45), [0, 1, 2]),
        ((0, 275), [0, 9]),  # after the last start, while that is still being said
        ((0, 290), [0, 9]),
        ((270, 280), [0, 9]),
    ],
)
def test_times_meet_segments(times: tuple[float, ...], firsts: list[int]) -> None:
    text = json.dumps({"chapters": [{"startTime": time} for time in times]})
    assert read(text) == firsts


def test_same_starts_and_missing_starts() -> None:
    starts = [0.0, None, 5.0, 5.0, None, 4.0, 9.0]
    segments = tuple(Segment(start, None, "so") for start in starts)
    assert read('{"chapters": [{"startTime": 5}]}', segments) == [0, 2]
    assert read('{"chapters": [{"startTime": 0}, {"startTime": 5}, {"startTime": 5}]}', segments) == [0, 2, 3]
    assert read('{"chapters": [{"startTime": 3}, {"startTime": 6}]}', segments) == [0, 5, 6]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the chapter file my.txt is empty. It may be an outline or Podcasting 2.0 chapters in JSON"),
        ("  \n", "the chapter file my.txt is empty"),
        ("hello\nworld\n", "my.txt has no chapter: expected a line that begins with a time (0:00 Title)"),
        ("{oops", "my.txt looks like JSON but is not: "),
        ("[" * 100_000, "my.txt looks like JSON but is not: "),
        (
            '{"starts": [1]}',
            "my.txt: the JSON must have 'first_segments', 'sections' or 'chapters'; its keys: 'starts'",
        ),
        ("{}", "'sections' or 'chapters'; its keys: none."),
        ('{"first_segments": 3}', "my.txt: 'first_segments' must be a list, got int."),
        ('{"first_segments": [0, 10]}', "my.txt: first_segments[1] must be a segment index 0 to 9 (the transcript"),
        ("[3, true]", "my.txt: item[1] must be an integer, the index from 0 of a segment, got True."),
        ("[0, 4, 3]", "my.txt: item[2] must be greater than the item before it (4), got 3."),
        ('{"version": 2, "sections": []}', "my.txt: an outline must have version 1, got 2."),
        ('{"version": 1, "sections": [{}]}', "my.txt: sections[0] must be an object with 'first_segment', got {}."),
        ('{"chapters": [5]}', "my.txt: chapters[0] must be an object with 'startTime', got 5."),
        ('{"chapters": []}', "the chapter file my.txt has no chapter: expected an item in 'chapters'."),
        (
            '{"chapters": [{"startTime": "1"}]}',
            "my.txt: chapters[0].startTime must be seconds, a number >= 0, got '1'.",
        ),
        ('{"chapters": [{"startTime": -1}]}', "my.txt: chapters[0].startTime must be seconds, a number >= 0, got -1."),
        ('{"chapters": [{"startTime": true}]}', "chapters[0].startTime must be seconds, a number >= 0, got True."),
        ('{"chapters": [{"startTime": NaN}]}', "chapters[0].startTime must be seconds, a number >= 0, got nan."),
        ('{"chapters": [{"startTime": 1e999}]}', "chapters[0].startTime must be seconds, a number >= 0, got inf."),
        (f'{{"chapters": [{{"startTime": {"9" * 400}}}]}}', "chapters[0].startTime must be seconds"),
        (
            '{"chapters": [{"startTime": 60}, {"startTime": 30}]}',
            "my.txt, chapters[1].startTime: chapters must be in order of time, got 0:30 after 1:00 (chap",
        ),
        (
            "0:00 A\n59:00 B\n",
            "my.txt, line 2: a chapter must begin before the transcript ends at 4:50, got 59:00. Is this the chapter",
        ),
        ("0:00 A\n0:75 B\n", "my.txt, line 2: a time must be like 1:05 or 1:01:05 with seconds below 60, got '0:75'."),
        ("0:00 A\n1:2:3:4 B\n", "my.txt, line 2: a time must be like 1:05"),
        ("WEBVTT\n\nNOTE x\n", "my.txt has no chapter: expected a WebVTT cue"),
        ("WEBVTT\n\n0:xx --> 0:05\nA\n", "my.txt, line 3: a cue must begin like 00:01:05.900 --> 00:02:00.000, got"),
        (";FFMETADATA1\ntitle=A\n", "my.txt has no chapter: expected a [CHAPTER] with START=."),
        (";FFMETADATA1\n[CHAPTER]\ntitle=A\n", "my.txt, line 2: a [CHAPTER] must have a line START=."),
        (";FFMETADATA1\n[CHAPTER]\nSTART=x\n", "my.txt, line 3: START must be a whole number >= 0, got 'x'."),
        (
            ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/0\nSTART=1\n",
            "my.txt, line 3: TIMEBASE must be like 1/1000, got '1/0'.",
        ),
    ],
)
def test_bad_files(text: str, message: str) -> None:
    with pytest.raises(BoundaryError, match=re.escape(message)):
        read(text)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(
        BoundaryError, match=re.escape("<bytes> must be text in UTF-8 (or UTF-16 with a byte order mark)")
    ):
        read_boundaries(b"0:00 caf\xe9", RIDE)


def test_times_need_times() -> None:
    with pytest.raises(
        BoundaryError, match=r"my\.txt gives times, but the transcript has none. Give first segment indexes"
    ):
        read("0:00 A\n1:00 B\n", SILENT)
    assert read("[4]", SILENT) == [0, 4]


def test_an_empty_transcript_has_no_chapters() -> None:
    with pytest.raises(BoundaryError, match=r"my\.txt: the transcript has no segments, so it cannot have chapters"):
        read("[0]", ())


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "chapters.json"
    path.write_text("[5]", encoding="utf-8")
    assert read_boundaries(path, RIDE) == [0, 5]
    assert read_boundaries(str(path), RIDE) == [0, 5]
    missing = tmp_path / "none.json"
    with pytest.raises(BoundaryError, match=re.escape(f"cannot read the chapter file {missing}: No such file")):
        read_boundaries(missing, RIDE)
    with pytest.raises(BoundaryError, match=r"cannot read the chapter file .*: Is a directory"):
        read_boundaries(tmp_path, RIDE)
    with pytest.raises(BoundaryError, match=r"cannot read the chapter file .*null"):
        read_boundaries("a\0b", RIDE)


PIECES = st.sampled_from(
    (
        *NASTY,
        "WEBVTT\n\n",
        ";FFMETADATA1\n",
        "[CHAPTER]\n",
        "TIMEBASE=1/7\n",
        "START=3\n",
        "0:10 ",
        "00:10.000 --> ",
        '{"chapters": [{"startTime": 3',
        "}]}",
        "[0, 1",
        "]",
        "*segments 1–2*\n",
        "\n",
        "9" * 30,
    )
)


@settings(max_examples=300)
@given(
    data=st.one_of(
        st.binary(max_size=60),
        st.lists(PIECES, max_size=6).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass")),
    ),
    segments=st.sampled_from((RIDE, SILENT, RIDE[:1])),
)
def test_any_bytes_give_boundaries_or_one_error(data: bytes, segments: tuple[Segment, ...]) -> None:
    try:
        firsts = read_boundaries(data, segments)
    except BoundaryError as error:
        assert "<bytes>" in str(error)  # noqa: PT017  either outcome is right here
        return
    assert firsts[0] == 0
    assert firsts == sorted(set(firsts))
    assert firsts[-1] < len(segments)
