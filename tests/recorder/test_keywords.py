"""The TF-IDF model on shipped weights, and the curve it stands on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from earmark.artifacts import save_table
from earmark.errors import ArtifactError
from recorder.curve import Curve, Term
from recorder.duplicates import select_keywords
from recorder.features import FEATURES, StemTables, candidate_features
from recorder.fusion import fuse
from recorder.keywords import KEYWORDS_KIND, KEYWORDS_VERSION, KeywordScorer, TfidfKeywords
from recorder.recording import SectionTable
from recorder.records import SectionRecord, build_record, merge_records
from recorder.tagger import Tagger
from recorder.text import tokenize
from recorder.transcript import Segment

pytestmark = pytest.mark.runtime

BATTERY = [
    "Okay, so let's talk about the battery.",
    "Um, a lithium battery lasts two years, the rubber battery cover is cheap.",
    "Yeah, yeah. We know that a lithium battery gets hot, you know.",
]
MUSEUM = [
    "Right, next thing is the museum visit.",
    "The museum visit is on Tuesday, and the train tickets are with Peter.",
    "So who buys the train tickets for the museum?",
]


def record(first: int, texts: Sequence[str], speaker: str | None = None) -> SectionRecord:
    segments = [Segment(None, None, text, speaker) for text in texts]
    return build_record(first, segments, [tokenize(text) for text in texts], Tagger.load())


def keywords(sections: Sequence[SectionRecord], scorer: KeywordScorer) -> list[list[str]]:
    rows = select_keywords(sections, fuse({scorer.name: scorer.score(sections)}, {scorer.name: 1.0}))
    return [[keyword.text for keyword in row] for row in rows]


@pytest.mark.parametrize("lower", [False, True])
def test_the_shipped_model_finds_what_the_sections_are_about(lower: bool) -> None:
    texts = [
        [line.lower().replace(",", "").replace(".", "") if lower else line for line in part]
        for part in (BATTERY, MUSEUM)
    ]
    battery, museum = keywords([record(0, texts[0]), record(3, texts[1])], TfidfKeywords.load())
    assert any("battery" in keyword for keyword in battery)
    assert any("museum" in keyword for keyword in museum)
    words = {word.lower() for keyword in battery + museum for word in keyword.split()}
    assert not words & {"okay", "yeah", "um", "know", "talk", "tuesday", "two", "years", "thing"}


def test_scores_are_finite_shares_one_per_candidate() -> None:
    sections = [record(0, BATTERY), record(3, ["yeah"]), record(4, MUSEUM)]
    scores = TfidfKeywords.load().score(sections)
    assert [len(row) for row in scores] == [len(section.candidates) for section in sections]
    assert scores[1] == []
    assert all(0 < score < 1 for row in scores for score in row)


def test_no_section_and_no_candidate_give_empty_rows() -> None:
    assert TfidfKeywords.load().score([]) == []
    assert TfidfKeywords.load().score([record(0, ["um"])]) == [[]]


def test_merged_blocks_score_like_one_block() -> None:
    model = TfidfKeywords.load()
    merged = merge_records([record(0, BATTERY[:1]), record(1, BATTERY[1:])])
    assert model.score([merged, record(3, MUSEUM)]) == model.score([record(0, BATTERY), record(3, MUSEUM)])


class LongestFirst:
    """A second scorer: the more letters the better, in thousands."""

    name = "letters"

    def score(self, sections: Sequence[SectionRecord]) -> list[list[float]]:
        return [[1000.0 * sum(map(len, each.stems)) for each in section.candidates] for section in sections]

    def prepare(self, section: SectionRecord, table: SectionTable) -> None:
        pass


def test_a_second_scorer_joins_by_fusion() -> None:
    sections = [record(0, BATTERY), record(3, MUSEUM)]
    scorers: list[KeywordScorer] = [TfidfKeywords.load(), LongestFirst()]
    scores = {scorer.name: scorer.score(sections) for scorer in scorers}
    alone = select_keywords(sections, fuse({"letters": scores["letters"]}, {"letters": 1.0}))
    mostly = select_keywords(sections, fuse(scores, {"tfidf": 1e-9, "letters": 1.0}))
    assert [[each.text for each in row] for row in mostly] == [[each.text for each in row] for row in alone]
    both = fuse(scores, {"tfidf": 1.0, "letters": 1.0})
    assert all(0 <= score <= 1 for row in both for score in row)


class Table:
    """A background of four documents from two sources that knows one word."""

    n_sources = 2

    def idf(self, stem: str) -> float:
        return math.log(5 / 3) if stem == "batteri" else math.log(5)

    def breadth(self, stem: str) -> int:
        return int(stem == "batteri")


def test_the_features_of_a_candidate() -> None:
    sections = [record(0, ["The battery cover broke.", "A battery."]), record(2, ["Our battery."])]
    rows = candidate_features(sections, StemTables(Table(), {"cover": 1.5}, {"batteri": -0.5}))
    names = [candidate.stems for section in sections for candidate in section.candidates]
    first = dict(zip(FEATURES, rows[names.index(("batteri",))], strict=True))
    assert first["log_count"] == pytest.approx(math.log(3))
    assert first["utterance_share"] == 1.0
    assert first["idf_mean"] == pytest.approx(math.log(5 / 3))
    assert first["here"] == pytest.approx(2 / 3)
    assert first["sections"] == 1.0
    assert first["breadth"] == 0.5
    assert first["whole"] == 0.5
    assert (first["first"], first["spread"]) == (pytest.approx(1 / 6), pytest.approx(4 / 6))
    phrase = dict(zip(FEATURES, rows[names.index(("batteri", "cover"))], strict=True))
    assert (phrase["stems"], phrase["title_mean"], phrase["title_max"], phrase["title_last"]) == (2.0, 0.75, 1.5, 1.5)
    assert (phrase["topic_mean"], phrase["topic_max"], phrase["cohesion"]) == (-0.25, 0.0, 1.0)


CURVE = Curve(
    ("a", "b"),
    (np.array([1.0, 2.0]), np.array([0.5])),
    0.25,
    (Term((0,), np.array([0.0, 1.0, 2.0])), Term((0, 1), np.array([[0.0, 10.0], [20.0, 30.0], [40.0, 50.0]]))),
)


def test_a_curve_adds_its_tables_and_survives_its_json_form() -> None:
    rows = np.array([[0.0, 0.0], [1.0, 0.6], [1.5, 0.5], [3.0, 9.0]])
    assert [CURVE.bin(name, rows[:, i]).tolist() for i, name in enumerate("ab")] == [[0, 0, 1, 2], [0, 1, 0, 1]]
    assert (
        CURVE.score_bins([CURVE.bin("a", rows[:, 0]), CURVE.bin("b", rows[:, 1])]).tolist()
        == CURVE.score(rows).tolist()
    )
    assert CURVE.log_odds(rows).tolist() == [0.25, 10.25, 21.25, 52.25]
    assert CURVE.score(rows)[0] == pytest.approx(1 / (1 + math.exp(-0.25)))
    again = Curve.from_body(CURVE.to_body(), ("a", "b"))
    assert again.log_odds(rows).tolist() == CURVE.log_odds(rows).tolist()


def test_a_curve_for_other_features_is_refused() -> None:
    with pytest.raises(ArtifactError, match=r"features must be \['a', 'c'\], got \['a', 'b'\]"):
        Curve.from_body(CURVE.to_body(), ("a", "c"))


def test_a_curve_with_a_table_of_another_shape_is_refused() -> None:
    body = CURVE.to_body()
    body["terms"][1][1].pop()
    with pytest.raises(ArtifactError, match=r"over \['a', 'b'\] must have 6 values, got 5"):
        Curve.from_body(body, ("a", "b"))


def test_a_table_without_its_parts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keywords.json"
    save_table(path, kind=KEYWORDS_KIND, version=KEYWORDS_VERSION, body={"curve": {}})
    with pytest.raises(ArtifactError, match=r"lacks \['title', 'topic'\]"):
        TfidfKeywords.load(path)
