"""Segments as paragraphs: nothing is lost, speakers are named once, long speeches are broken where a sentence ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.page.paragraphs import paragraphs_of, shown
from recorder.transcript import Segment

pytestmark = pytest.mark.runtime


def said(text: str, speaker: str | None = None, start: float | None = None, end: float | None = None) -> Segment:
    return Segment(start, end, text, speaker)


def test_one_speaker_is_one_paragraph_and_named_once() -> None:
    made = paragraphs_of([said("Good morning.", "Anna"), said("Shall we?", "Anna"), said("Yes.", "Bo")], 7)
    assert [(each.speaker, each.named) for each in made] == [("Anna", True), ("Bo", True)]
    assert [[line.index for line in each.lines] for each in made] == [[7, 8], [9]]


def test_a_pause_begins_a_paragraph_without_a_name() -> None:
    made = paragraphs_of([said("One.", "Anna", 0.0, 2.0), said("Two.", "Anna", 5.0, 6.0), said("Three.", "Anna", 7)], 0)
    assert [(each.start, each.named) for each in made] == [(0.0, True), (5.0, False)]


def test_a_long_speech_breaks_at_the_end_of_a_sentence() -> None:
    lines = [said("word " * 12 + ("end." if number % 2 else "on")) for number in range(12)]
    made = paragraphs_of(lines, 0)
    assert [len(each.lines) for each in made] == [6, 6]
    assert all(each.lines[-1].text.endswith("end.") for each in made)


def test_a_recogniser_without_full_stops_gets_paragraphs_too() -> None:
    made = paragraphs_of([said("word " * 20) for _ in range(20)], 0)
    assert [len(each.lines) for each in made] == [8, 8, 4]


def test_segments_without_text_are_left_out() -> None:
    assert paragraphs_of([said(" \n"), said("")], 0) == ()
    made = paragraphs_of([said("", "Anna"), said("here", "Bo")], 3)
    assert [(each.speaker, each.lines[0].index) for each in made] == [("Bo", 4)]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("two\nlines\u2028and\tmore  ", "two lines and more"),
        ("\x1b[31mred\x00\x07\x7f", "␛[31mred␀␇␡"),
        ("\x9b31m", "\ufffd31m"),
        ("\ud83d half", "\ufffd half"),
        ("\ud83d\ude00 whole", "😀 whole"),
        ("<b>&amp;", "<b>&amp;"),
        ("שלום \u200fעולם", "שלום \u200fעולם"),
    ],
)
def test_what_html_cannot_hold_is_shown_by_a_picture(raw: str, expected: str) -> None:
    assert shown(raw) == expected


SEGMENTS = st.lists(st.builds(said, st.text(max_size=30), st.sampled_from([None, "Anna", "Bo"])), max_size=40)


@given(SEGMENTS)
def test_every_word_is_there_in_order(segments: list[Segment]) -> None:
    lines = [line for paragraph in paragraphs_of(segments, 0) for line in paragraph.lines]
    assert [line.index for line in lines] == [i for i, each in enumerate(segments) if shown(each.text)]
    assert [line.text for line in lines] == [text for each in segments if (text := shown(each.text))]
    for paragraph in paragraphs_of(segments, 0):
        assert {segments[line.index].speaker for line in paragraph.lines} == {paragraph.speaker}
