"""Section records: exact counts, JSON and merging."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.records import (
    MAX_MENTIONS,
    CandidateRecord,
    SectionRecord,
    build_record,
    kept_candidates,
    merge_records,
)
from recorder.tagger import Tagger
from recorder.text import tokenize
from recorder.transcript import Segment, Word
from recorder.utterance import Utterance

pytestmark = pytest.mark.runtime

WORDS = [
    "battery",
    "Remote",
    "control",
    "the",
    "um",
    "budget,",
    "new",
    "Berlin.",
    "is",
    "costs",
    "teams",
    "[laughs]",
    "7",
]
segments_of_words = st.builds(
    lambda words, start, speaker: Segment(start, None, " ".join(words), speaker),
    st.lists(st.sampled_from(WORDS), max_size=12),
    st.none() | st.integers(0, 5000).map(float),
    st.none() | st.sampled_from(["Anna", "Ben"]),
)


def record(first: int, segments: Sequence[Segment]) -> SectionRecord:
    return build_record(first, segments, [tokenize(segment.text) for segment in segments], Tagger.load())


def test_counts_of_a_small_block() -> None:
    segments = [
        Segment(3.0, 5.0, "The remote control needs a battery.", "Anna"),
        Segment(5.0, 9.0, "A battery? The battery is dear.", "Ben"),
        Segment(9.0, None, "[laughs]", "Ben"),
    ]
    made = record(10, segments)
    assert (made.first_segment, made.last_segment, made.start, made.end) == (10, 12, 3.0, 9.0)
    assert (made.n_words, made.n_utterances, made.n_questions) == (13, 3, 1)
    assert made.speakers == (("Anna", 6), ("Ben", 7))
    by_stems = {candidate.stems: candidate for candidate in made.candidates}
    battery = by_stems[("batteri",)]
    assert (battery.count, battery.utterances, battery.first, battery.last) == (3, 2, 5, 9)
    assert battery.mentions == ((10, 3.0), (11, 5.0))
    assert battery.forms == (("battery", 3),)
    assert ("remot", "control") in by_stems
    assert [word.stem for word in made.words] == sorted(word.stem for word in made.words)


def test_mentions_carry_word_times_where_words_match_the_text() -> None:
    words = (Word("The", 1.0), Word("battery,", 1.5), Word("the", None), Word("budget.", 2.5))
    made = record(0, [Segment(1.0, 3.0, "The battery, the budget.", None, words)])
    assert {c.stems[0]: c.mentions[0][1] for c in made.candidates} == {"batteri": 1.5, "budget": 2.5}
    other = record(0, [Segment(1.0, 3.0, "The battery and the budget.", None, words)])
    assert {c.mentions[0][1] for c in other.candidates} == {1.0}


def test_mentions_are_capped_and_counts_are_not() -> None:
    made = record(0, [Segment(None, None, "the battery") for _ in range(MAX_MENTIONS + 6)])
    (candidate,) = made.candidates
    assert (candidate.count, candidate.utterances, len(candidate.mentions)) == (
        MAX_MENTIONS + 6,
        MAX_MENTIONS + 6,
        MAX_MENTIONS,
    )


def test_a_block_keeps_its_most_frequent_candidates() -> None:
    names = [
        f"{a}{b}"
        for a in ("bar", "ker", "lon", "mis", "pol", "rat", "sil", "tum", "vor", "wes", "gar", "dis", "fen")
        for b in (
            "gate",
            "bolt",
            "cord",
            "desk",
            "lamp",
            "ring",
            "tank",
            "wire",
            "crane",
            "plug",
            "valve",
            "pump",
            "rail",
        )
    ]
    text = ", ".join(f"the {name}" for name in [*names, *names[:20]])
    made = record(0, [Segment(None, None, text)])
    assert len(made.candidates) <= kept_candidates(made.n_words) < len(names)
    assert sum(candidate.count == 2 for candidate in made.candidates) >= 15


@settings(max_examples=60, deadline=None)
@given(st.lists(segments_of_words, min_size=3, max_size=9), st.data())
def test_merging_is_counting_at_once_and_associative(segments: list[Segment], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(segments) - 2))
    second = data.draw(st.integers(first + 1, len(segments) - 1))
    a, b, c = record(0, segments[:first]), record(first, segments[first:second]), record(second, segments[second:])
    whole = record(0, segments)
    assert merge_records([a, b, c]) == whole
    assert merge_records([merge_records([a, b]), c]) == whole
    assert merge_records([a, merge_records([b, c])]) == whole


@settings(max_examples=40, deadline=None)
@given(st.lists(segments_of_words, min_size=1, max_size=6))
def test_json_gives_back_an_equal_record(segments: list[Segment]) -> None:
    made = record(4, segments)
    assert SectionRecord.from_dict(json.loads(json.dumps(made.to_dict(), allow_nan=False))) == made


class LongWords:
    """A scorer's ear: how many words of eight letters or more the block has."""

    name = "long"

    def __init__(self) -> None:
        self.counts: list[int] = []

    def begin(self, state: Mapping[str, Any] | None = None) -> LongWords:
        return LongWords()

    def hear(self, utterance: Utterance) -> None:
        self.counts.append(sum(len(token.text) >= 8 for token in utterance.tokens))

    def evidence(self, n: int, candidates: Sequence[CandidateRecord]) -> Any:
        return [len(candidates), sum(self.counts[:n])]

    def drop(self, n: int) -> None:
        del self.counts[:n]

    def to_dict(self) -> dict[str, Any]:
        return {}


def test_evidence_of_observers_is_kept_per_block_and_joined() -> None:
    texts = ["the batteries", "a budget", "the advertisement"]
    segments = [Segment(None, None, text) for text in texts]
    rows = [tokenize(text) for text in texts]
    blocks = [build_record(i, segments[i : i + 1], rows[i : i + 1], Tagger.load(), [LongWords()]) for i in range(3)]
    merged = merge_records(blocks)
    assert merged.evidence == (("long", ([1, 1], [1, 0], [1, 1])),)
    assert SectionRecord.from_dict(json.loads(json.dumps(merged.to_dict()))) == merged
