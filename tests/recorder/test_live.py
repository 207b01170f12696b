"""Finals read one at a time: shapes, damage, and nothing read ahead."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import TranscriptError
from recorder.live import LONGEST_LINE, read_finals, split_lines
from recorder.transcript import ReadWarning, Segment

pytestmark = pytest.mark.runtime

VOSK_PRETTY = """{
  "result" : [{
      "conf" : 1.000000,
      "end" : 1.110000,
      "start" : 0.870000,
      "word" : "zero"
    }, {
      "conf" : 1.000000,
      "end" : 1.530000,
      "start" : 1.110000,
      "word" : "one"
    }],
  "text" : "zero one"
}
"""


def read(lines: Iterable[str | bytes], *, strict: bool = False) -> tuple[list[Segment], list[str]]:
    warnings: list[ReadWarning] = []
    segments = list(read_finals(lines, strict=strict, warn=warnings.append))
    return segments, [str(warning) for warning in warnings]


def test_the_three_shapes() -> None:
    segments, warnings = read(
        [
            '{"start": 1.5, "end": 3, "text": "plain words", "speaker": "Anna"}\n',
            b'{"result": [{"conf": 1, "start": 4.0, "end": 4.5, "word": "vosk"}], "text": "vosk"}\n',
            '{"is_final": true, "segment": 0, "start_time": 6.0, "text": "SHERPA", "timestamps": [0.4, 0.6], '
            '"tokens": [" SHER", "PA"]}\n',
        ]
    )
    assert warnings == []
    assert [(s.start, s.text, s.speaker) for s in segments] == [
        (1.5, "plain words", "Anna"),
        (4.0, "vosk", None),
        (6.4, "SHERPA", None),
    ]


def test_partials_silence_and_empty_lines_give_nothing() -> None:
    assert read(['{"partial": "so"}', "", "\n", '{"text": ""}', '{"is_final": false, "text": "SO", "segment": 1}']) == (
        [],
        [],
    )


def test_each_segment_comes_before_the_next_line_is_asked_for() -> None:
    asked: list[int] = []

    def lines() -> Iterator[str]:
        for number in range(3):
            asked.append(number)
            yield json.dumps({"text": f"line {number}"})

    finals = read_finals(lines(), warn=lambda _: None)
    assert next(finals).text == "line 0"
    assert asked == [0]
    assert next(finals).text == "line 1"
    assert asked == [0, 1]


def test_a_value_that_vosk_spreads_over_lines_is_one_final() -> None:
    lines = (VOSK_PRETTY + '{\n  "partial" : "tw"\n}\n' + '{"text": "next"}\n').splitlines(keepends=True)
    segments, warnings = read(lines)
    assert warnings == []
    assert [(s.start, s.end, s.text) for s in segments] == [(0.87, 1.53, "zero one"), (None, None, "next")]
    assert [word.text for word in segments[0].words] == ["zero", "one"]


def test_a_value_left_open_does_not_swallow_what_follows() -> None:
    segments, warnings = read(["{\n", '  "text" : "lost\n', '{"text": "kept"}\n', "{\n", '  "text"\n'])
    assert [segment.text for segment in segments] == ["kept"]
    assert warnings == [
        "<stdin>:1: a value opened with '{' is not closed before line 3; skipped",
        "<stdin>:4: a value opened with '{' is not closed before the end; skipped",
    ]


def test_damaged_lines_are_skipped_and_named() -> None:
    segments, warnings = read(
        ['{"text": "one"}', "garbage", b'{"text": "\xff"}', "[1, 2]", '{"words": 3}', '{"text": "two"}']
    )
    assert [segment.text for segment in segments] == ["one", "two"]
    assert [warning.split(": ")[0] for warning in warnings] == [f"<stdin>:{n}" for n in (2, 3, 4, 5)]
    assert all(warning.endswith("; skipped") for warning in warnings)
    assert "not UTF-8: byte 0xff at 11" in warnings[1]


def test_a_mended_line_is_kept_and_named() -> None:
    segments, warnings = read(['{"start": 5, "end": 2, "text": "backwards"}'])
    assert [segment.text for segment in segments] == ["backwards"]
    assert len(warnings) == 1
    assert warnings[0].startswith("<stdin>:1: ")
    assert "skipped" not in warnings[0]


@pytest.mark.parametrize("line", ["garbage", '{"start": 5, "end": 2, "text": "backwards"}', b"\xff"])
def test_strict_makes_the_first_of_them_an_error(line: str | bytes) -> None:
    with pytest.raises(TranscriptError, match=r"^<stdin>:2: .*Mend the line, or leave out --strict"):
        read(['{"text": "fine"}', line], strict=True)


def test_a_line_without_end_is_not_kept_whole() -> None:
    lines = list(split_lines([b"x" * (LONGEST_LINE - 3), b"y" * 100, b"z\n" + b'{"text": "next"}\n']))
    assert [len(line) for line in lines] == [LONGEST_LINE + 1, 17]
    segments, warnings = read(lines)
    assert [segment.text for segment in segments] == ["next"]
    assert warnings == [f"<stdin>:1: the line is longer than {LONGEST_LINE} bytes; skipped"]


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\n\n", b"d\r\n", b""])))
def test_lines_do_not_depend_on_the_pieces_they_come_in(chunks: list[bytes]) -> None:
    data = b"".join(chunks)
    expected = [line + b"\n" for line in data.split(b"\n")]
    last = expected.pop()[:-1]
    assert list(split_lines(chunks)) == expected + ([last] if last else [])


@settings(max_examples=300)
@given(st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([b"{\n", b"}\n", b' "text": "a"\n', b"{}", b"NaN"]))))
def test_any_lines_are_segments_or_warnings(lines: list[bytes]) -> None:
    segments, warnings = read(lines)
    assert all(segment.text for segment in segments)
    assert all(1 <= int(warning.split(":")[1]) <= len(lines) for warning in warnings)
