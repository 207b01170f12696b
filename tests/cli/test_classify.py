"""`earmark classify` and `earmark distill evaluate` on the tiny committed classifier."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from earmark.cli import app
from earmark.errors import ArtifactError
from tests.projection.test_classifier import MODEL

pytestmark = pytest.mark.runtime


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_best_classes_come_first() -> None:
    lines = run("classify", str(MODEL), "play a song tonight").splitlines()
    assert len(lines) == 3
    assert lines[0].endswith(" %  music")
    shares = [float(line.split("%")[0]) for line in lines]
    assert shares == sorted(shares, reverse=True)
    several = run("classify", str(MODEL), "--top", "1", "order a pizza", "is it windy").splitlines()
    assert [several[0], several[2]] == ["order a pizza", "is it windy"]
    assert [several[1].split()[-1], several[3].split()[-1]] == ["food", "météo"]


def test_json_has_every_class() -> None:
    found = json.loads(run("classify", str(MODEL), "--json", "--context", "will it rain now", "yes please"))
    assert found["label"] == "météo"
    assert sorted(found["scores"]) == ["food", "music", "météo"]
    assert sum(found["scores"].values()) == pytest.approx(1.0, abs=1e-4)


def test_a_missing_model_is_one_message() -> None:
    result = CliRunner().invoke(app, ["classify", "nowhere.tflite", "hi"])
    assert isinstance(result.exception, ArtifactError)  # the main command prints the message and exits with 1
    assert "cannot read the model file nowhere.tflite" in str(result.exception)


def test_evaluate_says_nothing_but_its_figures(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text("text,label\nplay a song tonight,music\norder a pizza please,food\n")
    command = [sys.executable, "-m", "earmark", "distill", "evaluate", str(MODEL), str(tmp_path / "test.csv"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert json.loads(done.stdout)["accuracy"] == 1.0
