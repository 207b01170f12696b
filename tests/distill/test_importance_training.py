import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from distill.corpora import CorpusError
from distill.importance import ImportanceRecipe, RatedMeeting, train_importance, turn_auroc
from earmark.cli import app
from recorder.importance import SectionRating
from recorder.records import build_record
from recorder.tagger import Tagger
from recorder.text import tokenize
from recorder.transcript import Segment
from tests.distill.meetings import write_meetings

RECIPE = ImportanceRecipe(lexicon_min_sections=2, folds=3)


def test_training_finds_what_is_asked_about_and_repeats_itself(tmp_path: Path) -> None:
    data = write_meetings(tmp_path / "data")
    metrics = train_importance(data, tmp_path, RECIPE)
    first = (tmp_path / "importance.json").read_bytes()
    assert metrics["meetings"] == {"train": 6, "valid": 2}
    assert metrics["turn_auroc_validation"]["rating"]["all"] > 0.9
    assert metrics["turn_auroc_validation"]["length"]["all"] < 0.9
    assert train_importance(data, tmp_path, RECIPE) == metrics
    assert (tmp_path / "importance.json").read_bytes() == first
    assert SectionRating.load(tmp_path / "importance.json").fusion == {"rating": 0.75, "tfidf": 0.25}


def test_the_recipe_decides_the_table(tmp_path: Path) -> None:
    data = write_meetings(tmp_path / "data", n_train=3, n_valid=1)
    train_importance(data, tmp_path, RECIPE)
    first = (tmp_path / "importance.json").read_bytes()
    train_importance(data, tmp_path, replace(RECIPE, lexicon_size=5))
    assert (tmp_path / "importance.json").read_bytes() != first


def test_the_command_writes_table_recipe_and_metrics(tmp_path: Path) -> None:
    data = write_meetings(tmp_path / "data", n_train=4, n_valid=1)
    out = tmp_path / "out"
    out.mkdir()
    result = CliRunner().invoke(app, ["distill", "importance", "--data", str(data), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads((out / "importance.metrics.json").read_text())
    assert "mass_exponent = 0.5" in (out / "importance.recipe.toml").read_text()


def test_missing_corpora_are_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"cannot read the corpus file .*qmsum.train.jsonl.gz.*--data DIR"):
        train_importance(tmp_path, tmp_path, RECIPE)


def test_auroc_of_turns_by_hand() -> None:
    """Sections of two turns each; the asked one is rated higher: 1. Rated equal: 0.5. Rated lower: 0."""
    segments = [Segment(None, None, text) for text in ("a garden", "two trees", "a pump", "some oil")]
    rows = [tokenize(segment.text) for segment in segments]
    records = tuple(build_record(i, segments[i : i + 2], rows[i : i + 2], Tagger.load()) for i in (0, 2))
    meeting = RatedMeeting("m", "d", records, ((), ()), np.array([False, False, True, True]), np.ones(4))
    for scores, expected in (([0.1, 0.9], 1.0), ([0.5, 0.5], 0.5), ([0.9, 0.1], 0.0)):
        assert turn_auroc([meeting], [scores]) == {"all": expected, "d": expected}
    assert meeting.labels.tolist() == [0.0, 1.0]
