"""Plain text without a fixture: which names are speakers, how long text is split, and that no word is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.readers import read_transcript
from recorder.readers.speakers import find_names
from recorder.readers.utterances import split_long
from tests.recorder.readers.rows import rows

pytestmark = pytest.mark.runtime


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["Anna: hi", "Bob: hello"], {"Anna", "Bob"}),
        (["SPEAKER_00: hi", "SPEAKER_01: hello", "more", "SPEAKER_00: bye"], {"SPEAKER_00", "SPEAKER_01"}),
        (["spk1: hi", "spk2: hello", "spk1: so", "spk10: bye"], {"spk1", "spk2", "spk10"}),
        (["anna: hi", "bob: hello", "anna: so", "bob: yes"], {"anna", "bob"}),
        (["**Dr. Rao:** hi", "**Lee, Anna**: hello"], {"Dr. Rao", "Lee, Anna"}),
        (["Professor C: one", "Grad F: two", "Professor C: three"], {"Professor C", "Grad F"}),
        (["Note: buy milk", "Note: buy bread"], set()),
        (["10:30 we start", "11:30 we end", "http://a.b: there", "https://c.d is it"], set()),
        (["Step 1: mix", "Step 2: bake"], set()),
        (["I said this: do it", "And he said. Well: no", "nothing here"], set()),
        (["It was late.", "We had one rule: never look back.", "Warning: none.", "So it ended."], set()),
        (["Anna: hello"], set()),
    ],
)
def test_names(lines: list[str], names: set[str]) -> None:
    assert find_names(lines) == names


def test_wrapped_turns_go_on_below_their_name() -> None:
    turn = "a line of speech that is wrapped at some margin, as editors do\n" * 6
    transcript = read_transcript("".join(f"{name}: {turn}" for name in ["Anna", "Bob"] * 3).encode())
    assert [segment.speaker for segment in transcript.segments] == ["Anna", "Bob"] * 3
    assert all(segment.text.count("\n") == 5 for segment in transcript.segments)


def test_wrapped_paragraphs_are_one_segment_each() -> None:
    paragraph = (
        "the quick brown fox of this tale jumps over a dog that\nsleeps in the yard behind the house and\ndreams."
    )
    assert len(read_transcript(f"{paragraph}\n\n{paragraph}\n".encode()).segments) in (2, 6)
    wide = "the quick brown fox of this tale jumps over a dog that is\n" * 4 + "asleep."
    assert [row[3] for row in rows(read_transcript(f"{wide}\n\n{wide}".encode()))] == [wide, wide]


def test_lines_are_utterances() -> None:
    assert [row[3] for row in rows(read_transcript(b"one.\ntwo\n\nthree"))] == ["one.", "two", "three"]


def test_a_huge_paragraph_is_split_at_sentences() -> None:
    text = "Mr. Rao met Dr. Lee at 3.5 p.m. today. They spoke! Did they agree? " * 20
    texts = [row[3] for row in rows(read_transcript(text.encode()))]
    assert texts == ["Mr. Rao met Dr. Lee at 3.5 p.m. today.", "They spoke!", "Did they agree?"] * 20


def test_long_turns_among_short_ones_stay_whole() -> None:
    turns = [f"Anna: {'And then we went on. ' * 60}\n", *["Bob: Yes.\n", "Anna: So.\n"] * 10]
    assert len(read_transcript("".join(turns).encode()).segments) == 21
    turns[0] = f"Anna: {'And then we went on. ' * 400}\n"
    transcript = read_transcript("".join(turns).encode())
    assert [segment.speaker for segment in transcript.segments[:400]] == ["Anna"] * 400
    assert len(transcript.segments) == 420


def test_endless_text_is_cut_to_chunks_of_sane_length() -> None:
    spoken = [f"word{number}" for number in range(1003)]
    texts = [row[3] for row in rows(read_transcript(" ".join(spoken).encode()))]
    assert {len(text.split()) for text in texts} <= {24, 25}
    assert " ".join(texts).split() == spoken


def test_text_without_spaces_is_split_too() -> None:
    text = "今日は会議です。" * 300
    pieces = split_long(text)
    assert "".join(pieces) == text
    assert len(pieces) == 300


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab.?!。 \n\t'\"")), max_size=400), st.integers(1, 30))
def test_splitting_loses_nothing_but_white_space(text: str, limit: int) -> None:
    assert "".join("".join(split_long(text, limit)).split()) == "".join(text.split())
