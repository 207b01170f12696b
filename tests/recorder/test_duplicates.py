"""No keyword is said twice in an outline."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.duplicates import SHORT_RECORDING, select_keywords
from recorder.records import CandidateRecord, SectionRecord, WordRecord
from recorder.speaker_names import name_words, speaker_names

pytestmark = pytest.mark.runtime


def section(*keywords: str, speakers: tuple[tuple[str, int], ...] = ()) -> SectionRecord:
    """A record with these candidates, whose stems are their lower-case words."""
    candidates = tuple(
        CandidateRecord(tuple(text.lower().split()), 1, 1, 0, 0, 1, 1, 0, 0, ((text, 1),), ((0, None),))
        for text in keywords
    )
    return SectionRecord(0, 0, None, None, 10, 10, 1, 0, speakers, (), candidates)


def texts(sections: list[SectionRecord], scores: list[list[float]], **options: object) -> list[list[str]]:
    chosen = select_keywords(sections, scores, **options)  # type: ignore[arg-type]
    return [[keyword.text for keyword in row] for row in chosen]


def test_a_keyword_goes_to_the_section_where_it_scores_best() -> None:
    sections = [section("budget", "battery"), section("budget", "paint")]
    assert texts(sections, [[0.4, 0.3], [0.6, 0.1]]) == [["battery"], ["budget", "paint"]]


def test_a_keyword_goes_to_the_section_where_it_stands_out() -> None:
    rich = section("budget", "battery", "bulb", "paint")
    scores = [0.5, 0.9, 0.8, 0.7]
    assert texts([rich, section("budget", "wire")], [scores, [0.4, 0.1]]) == [
        ["battery", "bulb", "paint"],
        ["budget", "wire"],  # .4 / sqrt(.25) against .5 / sqrt(.8)
    ]
    assert texts([rich, section("budget", "wire")], [scores, [0.2, 0.1]]) == [
        ["battery", "bulb", "paint", "budget"],
        ["wire"],  # it stands out, but says little
    ]


def test_scores_are_those_that_were_given_and_may_be_nought() -> None:
    chosen = select_keywords([section("battery", "bulb"), section("paint")], [[0.4, 0.2], [0.0]])
    assert [[keyword.score for keyword in row] for row in chosen] == [[0.4, 0.2], [0.0]]


def test_ties_go_to_the_earlier_section() -> None:
    assert texts([section("budget"), section("budget")], [[0.5], [0.5]]) == [["budget"], []]


@pytest.mark.parametrize("scores", [[[0.9], [0.8]], [[0.8], [0.9]]])
def test_contained_phrases_are_duplicates_whichever_is_better(scores: list[list[float]]) -> None:
    rows = texts([section("control panel"), section("panel")], scores)
    assert sorted(len(row) for row in rows) == [0, 1]


def test_the_order_of_the_words_does_not_matter() -> None:
    assert texts([section("data storage"), section("storage data", "tank")], [[0.9], [0.8, 0.7]]) == [
        ["data storage"],
        ["tank"],
    ]


def test_a_shared_stem_bars_inside_a_section_and_not_in_another() -> None:
    sections = [section("data storage", "storage room"), section("storage room")]
    assert texts(sections, [[0.9, 0.8], [0.7]]) == [["data storage"], ["storage room"]]


def test_a_phrase_said_once_is_kept_when_its_nouns_are_said_elsewhere() -> None:
    words = (WordRecord("data", 2, 0), WordRecord("storage", 2, 0))
    long = replace(section("data storage", "tank"), n_words=SHORT_RECORDING, words=words)
    assert texts([long], [[0.9, 0.8]]) == [["data storage", "tank"]]
    adjective = replace(long, candidates=(long.candidates[0]._replace(nominal=0), long.candidates[1]))
    assert texts([adjective], [[0.9, 0.8]]) == [["tank"]]


def test_a_word_that_is_mostly_a_verb_is_in_no_keyword() -> None:
    words = (WordRecord("draw", 10, 6), WordRecord("plan", 10, 5))
    made = replace(section("draw", "draw board", "plan"), words=words)
    assert texts([made], [[0.9, 0.8, 0.7]]) == [["plan"]]


def test_a_phrase_said_once_is_no_keyword_unless_the_recording_is_short() -> None:
    once = section("data storage", "tank")
    long = replace(once, n_words=SHORT_RECORDING)
    assert texts([once], [[0.9, 0.8]]) == [["data storage", "tank"]]
    assert texts([long], [[0.9, 0.8]]) == [["tank"]]
    assert texts([long, section("data storage")], [[0.9, 0.8], [0.1]]) == [["data storage", "tank"], []]


def test_at_most_per_section_and_none_below_least() -> None:
    row = [0.9, 0.8, 0.7, 0.05]
    assert texts([section("a1", "b1", "c1", "d1")], [row], per_section=2) == [["a1", "b1"]]
    assert texts([section("a1", "b1", "c1", "d1")], [row], least=0.06) == [["a1", "b1", "c1"]]


def test_speakers_and_generic_nouns_are_never_chosen() -> None:
    rows = texts([section("Anna", "Anna plan", "thing", "plan")], [[0.9, 0.8, 0.7, 0.6]], speakers=frozenset({"anna"}))
    assert rows == [["plan"]]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Project Manager", set()),
        ("Grad C", set()),
        ("spk1", set()),
        ("Speaker 2", set()),
        ("Lynne Example AM", {"lynne", "example"}),
        ("Right Hon. Anna Meyer-Lund", {"anna", "meyer-lund"}),
        ("The Acting Chair (Mrs. Alexandra Sample)", {"alexandra", "sample"}),
    ],
)
def test_names_in_speaker_labels(label: str, words: set[str]) -> None:
    assert name_words([label]) == words


def test_speaker_names_come_from_all_records() -> None:
    assert speaker_names([section(speakers=(("Anna", 3),)), section(speakers=(("Ben Lund", 3),))]) == {
        "anna",
        "ben",
        "lund",
    }


words = st.sampled_from(["pump", "valve", "tank", "wire", "lamp"])
keywords = st.lists(words, min_size=1, max_size=3, unique=True).map(" ".join)
scored = st.lists(st.tuples(keywords, st.floats(0.01, 1)), max_size=10, unique_by=lambda pair: pair[0])


@settings(max_examples=200, deadline=None)
@given(st.lists(scored, min_size=1, max_size=5))
def test_no_stems_are_contained_in_those_of_another_keyword(rows: list[list[tuple[str, float]]]) -> None:
    sections = [section(*(text for text, _ in row)) for row in rows]
    chosen = select_keywords(sections, [[score for _, score in row] for row in rows])
    stems = [frozenset(keyword.text.split()) for row in chosen for keyword in row]
    assert not any(a <= b for i, a in enumerate(stems) for j, b in enumerate(stems) if i != j)
    for chosen_row in chosen:
        parts = [word for keyword in chosen_row for word in keyword.text.split()]
        assert len(parts) == len(set(parts))
    for row, chosen_row in zip(rows, chosen, strict=True):
        assert [keyword.score for keyword in chosen_row] == sorted((k.score for k in chosen_row), reverse=True)
        assert all(row[keyword.candidate][0] == keyword.text for keyword in chosen_row)
    if any(rows):
        assert stems
