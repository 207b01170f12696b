"""Training of the keyword model, on made-up recordings."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

from distill.keywords.data import TitledRecording, as_recognised, lecture_recordings, meeting_recordings
from distill.keywords.fit import CurveSettings, bin_edges, fit_curve
from distill.keywords.priors import TitleCounts, count_meetings, held_out_priors
from distill.keywords.train import KeywordsRecipe, fit_keywords, judge, keywords_of
from recorder.background import Background
from recorder.keywords import TfidfKeywords
from recorder.tagger import Tagger

SUBJECTS = ("battery", "museum", "garden", "kitchen", "bridge", "library")
TALK = "the {0} needs a window and a door. we know the {0} costs money. so the {0} is ready, and the chair is here."


def write_meetings(data: Path) -> None:
    (data / "transcripts").mkdir()
    rows = []
    for number in range(12):
        pair = (SUBJECTS[number % 6], SUBJECTS[(number + 1) % 6])
        rows.append(
            {
                "id": f"qmsum-{number}",
                "kind": "meeting",
                "domain": "Product",
                "meeting": f"ES20{number // 2:02d}{'ab'[number % 2]}",
                "segments": [
                    {"start": None, "end": None, "speaker": "Anna", "text": sentence}
                    for subject in pair
                    for sentence in TALK.format(subject).split(". ")
                ],
                "topics": [
                    {"title": f"Discussion of the {pair[0]}", "spans": [[0, 2]]},
                    {"title": f"The {pair[1]}", "spans": [[3, 4], [5, 5]]},
                    {"title": None, "spans": [[0, 1]]},
                ],
            }
        )
    with gzip.open(data / "transcripts" / "qmsum.train.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def meetings(tmp_path_factory: pytest.TempPathFactory) -> list[TitledRecording]:
    data = tmp_path_factory.mktemp("data")
    write_meetings(data)
    return meeting_recordings(data, "train", Tagger.load())


def test_meetings_have_one_record_per_titled_topic(meetings: list[TitledRecording]) -> None:
    first, second = meetings[:2]
    assert first.titles == ("Discussion of the battery", "The museum")
    assert [(record.first_segment, record.last_segment) for record in first.records] == [(0, 2), (3, 5)]
    assert (first.group, first.domain, first.labels) == ("ES2000", "Product", ("Anna",))
    assert second.group == first.group


def test_what_a_recogniser_writes() -> None:
    assert as_recognised("Well, I [laughs] don't <URL> DO!") == "well i don't do"


def test_lectures_join_slides_and_bear_the_title_of_the_talk(tmp_path: Path) -> None:
    (tmp_path / "transcripts").mkdir()
    row = {
        "id": "talk",
        "kind": "lecture",
        "title": "Wooden bridges",
        "segments": [{"start": None, "end": None, "speaker": "lecturer", "text": "A bridge. " * 150} for _ in range(9)],
        "topics": [{"title": None, "spans": [[i, i]]} for i in range(9)],
    }
    with gzip.open(tmp_path / "transcripts" / "vt_ssum.train.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(
            json.dumps(each) + "\n" for each in (row, row | {"id": "again"}, row | {"id": "none", "title": None})
        )
    first, second = lecture_recordings(tmp_path, "train", Tagger.load(), most=5)
    assert first.spans == (((0, 2),), ((3, 5),), ((6, 8),))
    assert first.titles == ("Wooden bridges",) * 3
    assert "." in first.segments[0].text
    assert second.segments[0].text.startswith("a bridge a bridge")


def test_log_odds_are_shrunk_towards_the_average_stem() -> None:
    counts = TitleCounts()
    counts.said.update({"often": 8, "other": 62})
    counts.titled.update({"often": 6, "other": 1})
    odds = counts.log_odds(shrink=4.0)
    assert odds["often"] == round(math.log((6 + 0.4) / (2 + 3.6)) - math.log(0.1 / 0.9), 2) == 2.33
    assert counts.log_odds(shrink=4.0, least=9).keys() == {"other"}
    assert TitleCounts().log_odds(shrink=4.0) == {}


def test_a_recordings_prior_has_not_seen_its_own_group(meetings: list[TitledRecording]) -> None:
    priors = held_out_priors(meetings, shrink=2.0)
    others = count_meetings([each for each in meetings if each.group != meetings[0].group])
    assert {k: v for k, v in priors[0].items() if others.said[k]} == others.log_odds(shrink=2.0)
    assert priors[0] == priors[1] != priors[2]


def test_bins_keep_the_middle_of_a_lopsided_column() -> None:
    column = np.concatenate([np.zeros(990), np.linspace(0.1, 1, 10)])
    (edges,) = bin_edges(column[:, None], 8)
    assert np.all(np.diff(edges) > 0)
    assert len(edges) >= 3


def test_folded_tables_are_the_trees_themselves() -> None:
    rng = np.random.default_rng(3)
    rows = rng.integers(0, 6, size=(3000, 4)).astype(float)
    logit = (rows[:, 0] > 2) * (rows[:, 1] > 3) * 3.0 + rows[:, 2] * 0.5 - 2.5
    labels = (rng.random(3000) < 1 / (1 + np.exp(-logit))).astype(float)
    settings = CurveSettings(bins=12, trees=60, min_rows=20, pairs=2)
    curve = fit_curve(rows, labels, np.ones(3000), ("a", "b", "c", "d"), settings)
    assert (0, 1) in {term.features for term in curve.terms}
    assert sum(len(term.features) == 2 for term in curve.terms) <= 2
    assert np.corrcoef(curve.log_odds(rows), logit)[0, 1] > 0.95
    assert abs(curve.score(rows).mean() - labels.mean()) < 0.01


def test_folding_equals_the_boosters_own_prediction() -> None:
    from distill.keywords.fit import _boost, _fold

    rng = np.random.default_rng(5)
    binned = rng.integers(0, 5, size=(1500, 3)).astype(float)
    labels = ((binned[:, 0] > 2) ^ (binned[:, 1] > 1)).astype(float)
    settings = CurveSettings(trees=30, min_rows=10)
    model = _boost(binned, labels, np.ones(1500), settings, [(0, 1)])
    edges = np.array([0.5, 1.5, 2.5, 3.5])
    curve = _fold(model, [edges] * 3, ("a", "b", "c"))
    np.testing.assert_allclose(curve.log_odds(binned), model.decision_function(binned), atol=1e-9)


def test_a_tiny_training_run_finds_the_subjects(meetings: list[TitledRecording]) -> None:
    recipe = KeywordsRecipe(curve=CurveSettings(trees=30, min_rows=5, pairs=4), rare_kept=1.0, title_least=1)
    body = fit_keywords(meetings, [], TitleCounts(), Background.load(), recipe)
    assert json.dumps(body) == json.dumps(fit_keywords(meetings, [], TitleCounts(), Background.load(), recipe))
    model = TfidfKeywords(body, Background.load())
    assert keywords_of(meetings[0], model)[0][0] == "battery"
    metrics = judge(meetings, model, Tagger.load())
    assert (metrics.hit, metrics.fillers, metrics.repeats) == (1.0, 0.0, 0.0)
