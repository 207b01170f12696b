"""`earmark distill classify` from files to files, after a kill too, and `earmark distill evaluate` on what it wrote."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from distill.classify import RecipeError
from distill.classify_data import ClassifyDataError
from distill.tflite_operators import foreign_operators
from earmark.cli import app
from earmark.errors import ArtifactError
from projection import Classifier
from projection.metadata import read_facts
from tests.distill.requests import requests, write_files

HELD = 20


def command(folder: Path, *more: str) -> list[str]:
    files = ["--train", str(folder / "train.jsonl"), "--valid", str(folder / "valid.jsonl")]
    return ["distill", "classify", *files, "--out", str(folder / "out"), *more]


def test_a_killed_training_goes_on_to_a_family_of_files(tmp_path: Path) -> None:
    write_files(tmp_path, requests(90, seed=1), HELD)
    arguments = command(tmp_path, "--trainer", "none", "--sizes", "small", "--epochs", "20", "--json")
    state = tmp_path / "out" / "work" / "students.npz"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    with subprocess.Popen(
        [sys.executable, "-m", "earmark", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:  # fmt: skip
        while not state.exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert state.exists()
    assert not (tmp_path / "out" / "small.tflite").exists()

    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    metrics = json.loads(result.stdout)
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "card.md", "curves.png", "log.csv", "metrics.json", "recipe.toml", "sizes.md", "sizes.png", "small.tflite",
    ]  # fmt: skip
    assert metrics == json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert len((out / "log.csv").read_text().splitlines()) == 1 + metrics["epochs"] <= 21
    small = metrics["sizes"]["small"]
    assert small["accuracy"] >= 0.9 > 0.5 > metrics["majority"]
    assert abs(small["accuracy_lost"]) <= 0.1
    assert small["kilobytes"] < 100

    recipe = tomllib.loads((out / "recipe.toml").read_text(encoding="utf-8"))
    assert (recipe["trainer"], recipe["sizes"], recipe["epochs"]) == ("none", ["small"], 20)
    assert recipe["loss"]["temperature"] == 0.5
    facts = read_facts(out / "small.tflite")
    assert facts.recipe_sha256 == hashlib.sha256((out / "recipe.toml").read_bytes()).hexdigest()
    assert foreign_operators(out / "small.tflite") == ()
    assert Classifier.load(out / "small.tflite").predict(["sing for me tomorrow", "cook pasta now"]) == [
        "music",
        "food",
    ]
    card = (out / "card.md").read_text(encoding="utf-8")
    assert (out / "sizes.md").read_text(encoding="utf-8") in card
    assert f"Trained from the labels alone. 70 training examples, {metrics['epochs']} epochs, seed 1" in card
    assert (out / "sizes.png").read_bytes()[:4] == (out / "curves.png").read_bytes()[:4] == b"\x89PNG"

    result = CliRunner().invoke(
        app, ["distill", "evaluate", str(out / "small.tflite"), str(tmp_path / "valid.jsonl"), "--json"]
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["accuracy"], found["macro_f1"], found["examples"]) == (small["accuracy"], small["macro_f1"], HELD)
    assert found["unknown_classes"] == []
    shown = CliRunner().invoke(app, ["distill", "evaluate", str(out / "small.tflite"), str(tmp_path / "valid.jsonl")])
    assert f"accuracy  {100 * small['accuracy']:.2f} % of 20" in shown.stdout


def test_wrong_settings_and_data_are_told(tmp_path: Path) -> None:
    write_files(tmp_path, requests(90, seed=1), HELD)
    for more, message in (
        (["--trainer", "gru"], "The trainer must be one of auto, lstm, bert, none. Got 'gru'."),
        (["--sizes", "small,huge"], "The size must be one of small, medium, large. Got 'huge'."),
        (["--sizes", "small,small"], "The sizes must be one or more different names. Got small, small."),
        (["--way", "odd"], "The way must be one of auto, joint, plain. Got 'odd'."),
        (["--quantise", "int4"], "The quantisation must be one of int8, int8-full, float. Got 'int4'."),
    ):
        result = CliRunner().invoke(app, command(tmp_path, *more))
        assert isinstance(result.exception, RecipeError)
        assert str(result.exception) == message
    (tmp_path / "out").write_text("a file")
    result = CliRunner().invoke(app, command(tmp_path, "--trainer", "none"))
    assert isinstance(result.exception, ArtifactError)
    assert str(result.exception).startswith(f"cannot write into the folder {tmp_path / 'out' / 'work'}: ")
    (tmp_path / "out").unlink()
    (tmp_path / "train.jsonl").write_text('{"text": "one class", "label": "only"}\n')
    result = CliRunner().invoke(app, command(tmp_path))
    assert isinstance(result.exception, ClassifyDataError)
    assert "every line has the class 'only'" in str(result.exception)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--train", "--valid", "--out"])
def test_the_files_are_required(option: str, tmp_path: Path) -> None:
    arguments = command(tmp_path)
    at = arguments.index(option)
    result = CliRunner().invoke(app, arguments[:at] + arguments[at + 2 :])
    assert result.exit_code == 2
    assert option in result.output
