"""Labels for the heads, on made-up meetings, lectures and stories."""

from __future__ import annotations

import gzip
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from distill.corpora import CorpusError
from distill.encoder.head_examples import SOURCES, HeadExamples
from distill.encoder.keyword_labels import SOURCE_WEIGHTS, Wanted, document_marks, lecture_marks, meeting_marks
from distill.encoder.labels import HeadSettings, build_examples, cached_examples
from distill.encoder.section_labels import pair_auroc, section_ratings, turn_shares, without_length
from recorder.encoder_windows import CLS, SEP
from recorder.wordpiece import WordPiece

TURNS = (
    "We begin with the battery.",
    "The battery needs a charger. The cover is fine.",
    "Now the garden.",
    "The garden has a fence and a gate.",
    "Goodbye and thanks.",
)
SENTENCES = (
    (0, "We begin with the battery."),
    (1, "The battery needs a charger."),
    (1, "The cover is fine."),
    (2, "Now the garden."),
    (3, "The garden has a fence and a gate."),
    (4, "Goodbye and thanks."),
)
SETTINGS = HeadSettings(lower=True, cuts=True, lectures=3, documents=(("500N-KPCrowd-v1.1", 2),))


def write(path: Path, *rows: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)


def segments(texts: Any) -> list[dict[str, Any]]:
    return [{"start": None, "end": None, "speaker": "A", "text": text} for text in texts]


TOPICS = [{"title": "Battery life", "spans": [[0, 1]]}, {"title": "The garden", "spans": [[2, 3]]}]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_corpora(tmp_path)


def write_corpora(data: Path) -> Path:
    folder = data / "transcripts"
    asked = {"query": "What did the group discuss about the charger?", "answer": "x", "spans": [[1, 1]]}
    write(
        folder / "qmsum.train.jsonl.gz",
        {
            "id": "qmsum-ES2002a", "meeting": "ES2002a", "kind": "meeting", "domain": "Product",
            "segments": segments(TURNS), "topics": TOPICS, "queries": [asked],
        },
    )  # fmt: skip
    evidence = [{"sentence": "They liked the fence and the colour.", "central": [4], "peripheral": []}]
    write(
        folder / "explainmeetsum.train.jsonl.gz",
        {
            "id": "explainmeetsum-ES2002a", "meeting": "ES2002a", "kind": "meeting",
            "segments": [{**row, "turn": turn} for (turn, _), row in
                         zip(SENTENCES, segments(text for _, text in SENTENCES), strict=True)],
            "queries": [{"query": "Summarize the meeting", "answer": "", "spans": None, "evidence": evidence}],
            "highlights": [1, 4], "extractive": [],
        },
    )  # fmt: skip
    write(
        folder / "ami.train.jsonl.gz",
        {
            "id": "ami-ES2002a", "meeting": "ES2002a", "segments": segments(TURNS[:4]), "topics": TOPICS,
            "queries": [{"query": "abstract", "answer": "A charger is needed.", "spans": [[1, 1]], "type": "summary"}],
            "terms": ["the battery charger"],
        },
    )  # fmt: skip
    talk = "A bridge of wood. " * 60
    write(
        folder / "vt_ssum.train.jsonl.gz",
        {
            "id": "talk", "kind": "lecture", "title": "Wooden bridges",
            "segments": segments([talk] * 12), "highlights": [0],
            "topics": [{"title": None, "spans": [[i, i]]} for i in range(12)],
        },
        {"id": "short", "kind": "lecture", "title": "No", "segments": segments(["Hello."]), "highlights": None,
         "topics": [{"title": None, "spans": [[0, 0]]}]},
    )  # fmt: skip
    write(
        data / "keyphrases" / "500N-KPCrowd-v1.1.jsonl.gz",
        {
            "id": "news",
            "text": "The stone bridge fell. Nobody was hurt.\nThe town pays.",
            "keyphrases": ["stone bridge"],
        },
        {"id": "news2", "text": "A museum opened.", "keyphrases": ["Museum"]},
    )
    return data


def labels_of(examples: HeadExamples, section: int, source: str) -> dict[str, int]:
    a, b = examples.candidate_bounds[section : section + 2]
    return {examples.texts[i]: int(examples.labels[i, SOURCES.index(source)]) for i in range(a, b)}


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> HeadExamples:
    return build_examples(write_corpora(tmp_path_factory.mktemp("corpora")), WordPiece.load(), SETTINGS)


def test_what_is_wanted() -> None:
    words = Wanted(frozenset(("remot", "price")))
    assert words.holds(("remot", "control"))
    assert words.holds(("price",))
    assert not words.holds(("big", "old", "remot"))
    phrases = Wanted(phrases=(frozenset(("old", "stone", "bridg")),), share=0.5)
    assert phrases.holds(("stone", "bridg"))
    assert not phrases.holds(("bridg",))
    assert not phrases.holds(("stone", "hous"))
    assert not Wanted().holds(("bridg",))


def test_every_source_marks_its_section(data: Path) -> None:
    battery, garden = meeting_marks(data, "train")["ES2002a"]
    assert battery["title"].words == {"batteri", "life"}
    assert battery["query"].words == {"charger"}, "the words of asking say nothing"
    assert "query" not in garden, "nobody asked: that says nothing"
    assert garden["answer"].words >= {"fenc", "colour"}
    assert garden["evidence"].phrases == (frozenset(("garden", "fenc", "gate")),)
    assert battery["abstract"].words >= {"charger"}
    assert "abstract" not in garden
    assert battery["term"].phrases == (frozenset(("batteri", "charger")),)


def test_a_meeting_without_further_annotation_has_titles_and_queries(data: Path) -> None:
    for name in ("explainmeetsum", "ami"):
        (data / "transcripts" / f"{name}.train.jsonl.gz").unlink()
    assert [sorted(mark) for mark in meeting_marks(data, "train")["ES2002a"]] == [["query", "title"], ["title"]]
    assert np.isnan(turn_shares(data, "train")["ES2002a"][0]).tolist() == [False, False, True, True, True]


def test_documents_are_cut_into_sentences() -> None:
    sentences, marks = document_marks({"text": "One two. Three\n\nfour! ", "keyphrases": ["two", "-"]})
    assert sentences == ["One two.", "Three", "four!"]
    assert marks["keyphrase"].phrases == (frozenset(("two",)),)


def test_slides_without_matching_sentences_say_nothing() -> None:
    row = {"title": "Bridges", "highlights": [1], "segments": segments(["a", "wood", "c"])}
    marks = lecture_marks(row, [(0, 1), (2, 2)])
    assert [sorted(mark) for mark in marks] == [["slide", "talk"], ["talk"]]


def test_words_of_turns_by_rating(data: Path) -> None:
    table = turn_shares(data, "train")["ES2002a"]
    assert table[:, 0].tolist() == [5, 9, 3, 8, 3]
    assert table[:, 1].tolist() == [0, 9, 0, 0, 0]
    assert table[:, 2].tolist() == [0, 5, 0, 8, 0]
    assert table[:, 3].tolist() == [0, 0, 0, 8, 0]
    assert np.isnan(table[:, 4]).all()
    np.testing.assert_allclose(section_ratings(table, [(0, 0), (1, 1)]), [9 / 14, 5 / 14, 0, np.nan])


def test_examples_of_a_meeting(examples: HeadExamples) -> None:
    assert examples.recording_ids[:2].tolist() == ["ES2002a", "ES2002a"]
    assert examples.recording_lower[:2].tolist() == [False, True]
    assert examples.recording_series[0] == "ES2002"
    inside = examples.section_recordings == 0
    assert examples.section_groups[inside].tolist() == [0, 0, 0, 1], "three gold parts, then what our own cuts give"
    np.testing.assert_allclose(examples.ratings[0], [9 / 14, 5 / 14, 0, np.nan], rtol=1e-6)
    assert labels_of(examples, 0, "title") == {"battery": 1, "charger": 0, "cover": 0}
    assert labels_of(examples, 0, "query") == {"battery": 0, "charger": 1, "cover": 0}
    assert labels_of(examples, 0, "term") == {"battery": 1, "charger": 1, "cover": 0}
    assert labels_of(examples, 1, "evidence") == {"garden": 1, "fence": 1, "gate": 1}
    assert labels_of(examples, 0, "talk") == {"battery": -1, "charger": -1, "cover": -1}
    assert labels_of(examples, 2, "title") == {}, "the goodbye is no topic: it is only rated"


def test_copies_in_lower_case_have_the_same_labels(examples: HeadExamples) -> None:
    first = int(np.flatnonzero(examples.section_recordings == 1)[0])
    assert labels_of(examples, first, "title") == labels_of(examples, 0, "title")
    window = examples.ids[examples.window_bounds[first]]
    assert window.tolist()[: examples.lengths[examples.window_bounds[first]]] == [
        CLS,
        *WordPiece.load().ids("we begin with the battery the battery needs a charger the cover is fine"),
        SEP,
    ]


def test_lectures_and_documents_have_keyword_labels_alone(examples: HeadExamples) -> None:
    assert examples.recording_corpora[2:].tolist() == ["vt_ssum", "500N-KPCrowd-v1.1", "500N-KPCrowd-v1.1"]
    others = examples.section_recordings >= 2
    assert (examples.section_groups[others] == -1).all()
    assert np.isnan(examples.ratings[others]).all()
    first = int(np.flatnonzero(others)[0])
    assert labels_of(examples, first, "talk") == {"bridge": 1, "wood": 0}
    assert labels_of(examples, first, "slide") == {"bridge": 1, "wood": 1}
    assert labels_of(examples, examples.n_sections - 2, "keyphrase")["stone bridge"] == 1
    assert labels_of(examples, examples.n_sections - 1, "keyphrase") == {"museum": 1}


def test_places_point_at_the_words(examples: HeadExamples) -> None:
    wordpiece = WordPiece.load()
    for candidate, window, first, last in zip(
        examples.place_candidates, examples.place_windows, examples.place_firsts, examples.place_lasts, strict=True
    ):
        assert examples.window_sections[window] == examples.candidate_sections[candidate]
        said = examples.ids[window, first : last + 1].tolist()
        assert said in (wordpiece.ids(examples.texts[candidate]), wordpiece.ids(examples.texts[candidate] + "s"))


def test_targets_take_the_best_source(examples: HeadExamples) -> None:
    targets, weights = examples.targets()
    by_text = dict(zip(examples.texts[:3], targets[:3].tolist(), strict=True))
    assert by_text == pytest.approx({"battery": 1.0, "charger": SOURCE_WEIGHTS["query"], "cover": 0.0})
    assert weights[:3].tolist() == [1.0] * 3, "a title speaks of all"
    assert weights[-1] == pytest.approx(SOURCE_WEIGHTS["keyphrase"])
    targets, weights = examples.targets({"keyphrase": 0.5})
    assert set(weights.tolist()) == {0.0, 0.5}


def test_a_subset_holds_what_its_sections_hold(examples: HeadExamples) -> None:
    keep = np.arange(examples.n_sections) % 2 == 1
    part = examples.subset(keep)
    for new, old in enumerate(np.flatnonzero(keep).tolist()):
        for source in SOURCES:
            assert labels_of(part, new, source) == labels_of(examples, old, source)
        a, b = examples.window_bounds[old : old + 2]
        c, d = part.window_bounds[new : new + 2]
        assert part.ids[c:d].tolist() == examples.ids[a:b].tolist()
        a, b = examples.place_bounds[old : old + 2]
        c, d = part.place_bounds[new : new + 2]
        assert part.place_firsts[c:d].tolist() == examples.place_firsts[a:b].tolist()
        texts = [examples.texts[i] for i in examples.place_candidates[a:b]]
        assert [part.texts[i] for i in part.place_candidates[c:d]] == texts


def test_the_cache_gives_back_the_same_and_knows_its_settings(data: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    made = cached_examples(data, WordPiece.load(), SETTINGS, cache)
    again = cached_examples(data, WordPiece.load(), SETTINGS, cache)
    for field in fields(HeadExamples):
        np.testing.assert_array_equal(getattr(made, field.name), getattr(again, field.name))
    assert len(list(cache.iterdir())) == 1
    cached_examples(data, WordPiece.load(), replace(SETTINGS, lower=False), cache)
    kept = sorted(cache.iterdir())
    assert len(kept) == 2
    for path in kept:
        path.write_bytes(b"no zip")
    with pytest.raises(CorpusError, match=r"cannot read the head examples .*heads-\w+\.npz.*Delete the file"):
        cached_examples(data, WordPiece.load(), SETTINGS, cache)


def test_missing_corpora_are_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"cannot read the corpus file .*qmsum.train.jsonl.gz.*--data DIR"):
        build_examples(tmp_path, WordPiece.load(), SETTINGS)


def test_empty_corpora_are_told(tmp_path: Path) -> None:
    write(tmp_path / "transcripts" / "qmsum.train.jsonl.gz")
    with pytest.raises(CorpusError, match="there is no section to learn from"):
        build_examples(tmp_path, WordPiece.load(), HeadSettings(lectures=0, documents=()))


def test_pairs_by_hand() -> None:
    """Group 0: labels .9 .5 .0, three pairs, two in order; group 1: one tie; the other group has no pair."""
    scores = [3.0, 1.0, 2.0, 7.0, 7.0, 1.0, 2.0]
    labels = [0.9, 0.5, 0.0, 1.0, 0.0, 0.50, 0.55]
    groups = [0, 0, 0, 1, 1, 2, 2]
    assert pair_auroc(scores, labels, groups) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert pair_auroc(scores, [*labels[:3], np.nan, np.nan, 0, 0], groups) == pytest.approx(2 / 3)
    assert np.isnan(pair_auroc(scores, labels, [-1] * 7))


def test_length_leaves_the_scores() -> None:
    words = np.array([10, 100, 1000, 5, 50])
    groups = [0, 0, 0, 1, 1]
    scores = np.log1p(words) * 3 + 7
    np.testing.assert_allclose(without_length(scores, words, groups)[:3], 0, atol=1e-9)
    np.testing.assert_allclose(without_length([1.0, 3.0, 2.0, 4.0, 8.0], [5] * 5, groups), [-1, 1, 0, -2, 2])
