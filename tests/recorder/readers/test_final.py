"""One JSON line of a live recogniser, in each known shape and as junk."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import TranscriptError
from recorder.readers import parse_final
from recorder.transcript import Segment, Word

pytestmark = pytest.mark.runtime


@pytest.mark.parametrize(
    ("line", "segment"),
    [
        ('{"start": 1, "end": 2.5, "text": " hi ", "speaker": "Anna"}\r\n', Segment(1.0, 2.5, "hi", "Anna")),
        ('\ufeff{"text": "hi"}', Segment(None, None, "hi")),
        (
            '{"result": [{"conf": 1, "start": 1.2, "end": 1.4, "word": "so"}], "text": "so"}',
            Segment(1.2, 1.4, "so", None, (Word("so", 1.2, 1.4),)),
        ),
        (
            '{"start_time": 10, "text": "so hello", "timestamps": [0.5, 1.0, 1.5], "tokens": ["▁so", "▁hel", "lo"]}',
            Segment(10.5, 11.5, "so hello", None, (Word("so", 10.5), Word("hello", 11.0))),
        ),
        (
            '{"text": "yes", "timestamps": [0.5], "durations": [0.25], "tokens": [" yes"], "words": [3]}',
            Segment(0.5, 0.75, "yes", None, (Word("yes", 0.5, 0.75),)),
        ),
        ('{"text": "no times", "timestamps": [], "tokens": []}', Segment(None, None, "no times")),
        ("", None),
        (" \n", None),
        ('{"text": ""}', None),
        ('{"partial": "hel"}', None),
        ('{"partial": "", "partial_result": []}', None),
        ('{"is_final": false, "text": "hel", "tokens": [], "timestamps": []}', None),
    ],
)
def test_shapes(line: str, segment: Segment | None) -> None:
    assert parse_final(line) == segment


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON: Expecting property name"),
        ("hello", "not valid JSON: Expecting value at column 1"),
        ("[1]", "expected a JSON object with 'text', got a list of 1"),
        ('{"eof": 1}', "got no such key; the keys are 'eof'"),
        ('{"text": 5}', "got 5; the keys are 'text'"),
        ('{"text": "x", "start": NaN}', "its start is not a finite number; taken as missing"),
        ('{"text": "x", "start": 2, "end": 1}', "ends \\(1 s\\) before it starts \\(2 s\\)"),
        ('{"text": "x", "start": -1}', "its start is negative \\(-1 s\\); taken as 0"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_junk_and_unheard_mends_are_errors(line: str, reason: str) -> None:
    with pytest.raises(TranscriptError, match=reason):
        parse_final(line)


def test_mends_are_told() -> None:
    heard: list[str] = []
    assert parse_final('{"text": "x", "start": -1, "end": "soon"}', heard.append) == Segment(0.0, None, "x")
    assert heard == ["its start is negative (-1 s); taken as 0", "its end is 'soon', not a time; taken as missing"]


_TIMES = st.none() | st.floats(0, 1e6)
_WORDS = st.builds(Word, st.text("abc", min_size=1), st.just(1.0), st.just(2.0))


@settings(deadline=None)
@given(
    st.builds(
        Segment, st.floats(0, 1e5), st.floats(1e5, 1e6), st.text("ab ?", min_size=1).map(lambda t: f"x{t}x"),
        st.none() | st.just("Anna"), st.lists(_WORDS, max_size=3).map(tuple),
    )
)  # fmt: skip
def test_our_own_segments_come_back_unchanged(segment: Segment) -> None:
    assert parse_final(json.dumps(segment.to_dict())) == segment
