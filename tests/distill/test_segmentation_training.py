"""Training the sectioner on a tiny made-up corpus: a table that loads, finds what it was shown, and is reproducible."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from distill.segmentation.metrics import boundary_match
from distill.segmentation.recordings import Recording, anonymous, bare, fold_of, fragments, load_recordings
from distill.segmentation.train import SectionSettings, train_sections
from distill.segmentation.trees import Bins, TreeSettings, export_trees, fit_forest, mean_log_odds
from earmark.artifacts import save_table
from recorder.boosting import BoostedTrees
from recorder.cuts import select_cuts
from recorder.sectioner import TrainedSectioner
from recorder.text import tokenize
from recorder.transcript import Segment

ROOTS, ENDS = ("bar", "pol", "gri", "mun"), ("den", "tish", "kol", "vet", "sar")
WORDS = tuple(root + end for root in ROOTS for end in ENDS)


def _meeting(name: str) -> dict[str, Any]:
    draw = random.Random(name)
    segments: list[dict[str, Any]] = []
    topics: list[dict[str, Any]] = []
    for topic in range(3):
        first = len(segments)
        own = draw.sample(WORDS, 5)
        for turn in range(42):
            text = " ".join(draw.choices(own, k=9))
            if topic and not turn:
                text = "Okay , next item please . " + text
            segments.append(
                {"speaker": "Chair" if not turn else draw.choice("ABC"), "start": None, "end": None, "text": text}
            )
        topics.append({"title": own[0], "spans": [[first, len(segments) - 1]]})
    return {
        "id": name,
        "source": "made-up",
        "kind": "meeting",
        "domain": "Farm",
        "segments": segments,
        "topics": topics,
    }


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    (data / "transcripts").mkdir()
    for name in ("qmsum.train", "explainmeetsum.train"):
        with gzip.open(data / "transcripts" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            for number in range(9):
                file.write(json.dumps(_meeting(f"farm_{number}")) + "\n")
    return data


SMALL = SectionSettings(
    folds=3, cue_least=3, cue_strength=5.0, trees=TreeSettings(max_iter=20, min_samples_leaf=5), tolerances=(0, 1)
)


def test_learns_what_it_is_shown_and_does_so_again(corpus: Path, tmp_path: Path) -> None:
    body, metrics = train_sections(corpus, SMALL, lambda line: None)
    again, _ = train_sections(corpus, SMALL, lambda line: None)
    assert json.dumps(body, sort_keys=True) == json.dumps(again, sort_keys=True)
    assert metrics["cross_validation"]["Farm"]["f1"] > 0.8
    path = tmp_path / "sections.json"
    save_table(path, kind="sections", version=1, body=body)
    sectioner = TrainedSectioner.load(path)
    meeting = _meeting("unseen")
    cuts = []
    for item in meeting["segments"]:
        segment = Segment(None, None, item["text"], item["speaker"])
        cuts += sectioner.feed(segment, tokenize(segment.text))
    shown = [cut.segment for cut in select_cuts(cuts + sectioner.finish())]
    assert boundary_match(shown, [42, 84], 0) == (2, len(shown), 2)
    assert len(shown) <= 3


def test_exported_trees_score_as_sklearn_does() -> None:
    draw = np.random.default_rng(3)
    rows = draw.normal(size=(600, 4))
    rows[draw.random(rows.shape) < 0.2] = np.nan
    labels = (np.nan_to_num(rows[:, 0]) + np.isnan(rows[:, 1]) > 0.5).astype(float)
    settings = TreeSettings(max_iter=15, min_samples_leaf=10, max_features=1.0)
    bins = Bins(rows, 32)
    codes = bins.codes(rows)
    models = [fit_forest(codes, labels, np.ones(600), settings, seed) for seed in (0, 1)]
    trees = BoostedTrees(json.loads(json.dumps(export_trees(models, bins))), 4)
    ours = [trees.score(row) for row in rows.tolist()]
    assert ours == pytest.approx(mean_log_odds(models, codes).tolist(), abs=1e-3)


def test_copies_keep_words_and_boundaries(corpus: Path) -> None:
    recording = load_recordings(corpus, "qmsum", "train")[0]
    assert recording.gold == (42, 84)
    plain, cut, masked = bare(recording), fragments(recording), anonymous(recording)
    assert {segment.speaker for segment in plain.segments} == {None}
    assert masked.segments[0].speaker == "speaker 1"

    def opening(one: Recording, place: int) -> list[str]:
        text = " ".join(segment.text for segment in one.segments[one.gold[place] :])
        return text.split()[:6]

    assert [opening(cut, place) for place in range(2)] == [opening(plain, place) for place in range(2)]
    words = [" ".join(segment.text for segment in one.segments).split() for one in (plain, cut)]
    assert words[0] == words[1]


def test_meetings_of_one_series_share_a_fold() -> None:
    assert len({fold_of(f"ES2002{letter}", 5) for letter in "abcd"}) == 1
    assert len({fold_of(f"Bmr{number:03}", 5) for number in range(30)}) == 5
