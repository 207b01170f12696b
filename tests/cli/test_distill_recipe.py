"""A family is made again by the command that its card gives; options, TensorBoard events, wrong recipes."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shlex
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from distill.artefact import recipe_toml
from distill.classify import ClassifyRecipe, RecipeError
from distill.classify_recipe import read_recipe
from distill.distortion import Distortion, DistortionError
from distill.joint import LossError, LossWeights
from earmark.cli import app
from tests.distill.requests import requests, write_files


def run(folder: Path, *more: str) -> Any:
    files = ["--train", str(folder / "train.jsonl"), "--valid", str(folder / "valid.jsonl")]
    return CliRunner().invoke(app, ["distill", "classify", *files, "--out", str(folder / "out"), *more])


def test_the_command_of_the_card_makes_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, requests(60, seed=1), 20)
    result = run(
        tmp_path, "--sizes", "small", "--epochs", "2", "--batch", "8", "--rate", "0.004", "--loss", "1,0.7,0.4",
        "--temperature", "1.5", "--smoothing", "0.2", "--average", "0.5",
        "--distorted", "0.3", "--distortion", "0.1,0,0.4", "--seed", "5", "--tensorboard",
        "--trainer-epochs", "2", "--patience", "3", "--way", "plain", "--network", "message",
        "--trainer", "lstm", "--start", "none",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    out = tmp_path / "out"
    recipe = read_recipe(out / "recipe.toml")
    assert recipe == ClassifyRecipe(
        sizes=("small",), epochs=2, batch_size=8, rate=0.004, distorted=0.3, seed=5, trainer_epochs=2, patience=3,
        trainer="lstm", way="plain", network="message", start="none", distortion=Distortion(0.1, 0.0, 0.4),
        loss=LossWeights(1.0, 0.7, 0.4, temperature=1.5, smoothing=0.2), average=0.5,
    )  # fmt: skip
    _events_are_the_log(out)

    card = (out / "card.md").read_text(encoding="utf-8")
    command = re.search(r"^    earmark (distill classify --recipe .+)$", card, flags=re.MULTILINE)
    assert command is not None
    digest = hashlib.sha256((tmp_path / "train.jsonl").read_bytes()).hexdigest()
    assert f"- `train.jsonl`: SHA-256 {digest}" in card
    assert json.loads((out / "metrics.json").read_text(encoding="utf-8"))["files"]["train"]["sha256"] == digest
    (tmp_path / "recipe.toml").write_bytes((out / "recipe.toml").read_bytes())
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, shlex.split(command[1]))
    assert result.exit_code == 0, result.output
    for name in ("small.tflite", "recipe.toml", "log.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (out / name).read_bytes(), name
    assert not (tmp_path / "again" / "tensorboard").exists()


def _events_are_the_log(out: Path) -> None:
    import tensorflow as tf
    from tensorflow.core.util.event_pb2 import Event

    (path,) = (out / "tensorboard").iterdir()
    found: dict[tuple[int, str], float] = {}
    for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
        event = Event.FromString(record)
        for value in event.summary.value:
            assert value.metadata.plugin_data.plugin_name == "scalars"
            found[event.step, value.tag] = float(tf.make_ndarray(value.tensor))
    with (out / "log.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = {(int(row["epoch"]), name.replace(" ", "/", 1).replace(" ", "_")): float(value)
              for row in rows for name, value in row.items() if name != "epoch"}  # fmt: skip
    assert (1, "small/valid_loss") in wanted
    assert found.keys() == wanted.keys()
    assert all(np.isclose(found[key], wanted[key], rtol=1e-4) for key in wanted)


def test_a_recipe_goes_to_a_file_and_back(tmp_path: Path) -> None:
    recipe = ClassifyRecipe(sizes=("large", "small"), context=2, quantise_aware=3, loss=LossWeights(mimic=0.25))
    path = tmp_path / "recipe.toml"
    path.write_text(recipe_toml("classify", recipe), encoding="utf-8")
    assert read_recipe(path) == recipe
    path.write_text("rate = 1\n[loss]\nmimic = 2\n", encoding="utf-8")
    assert read_recipe(path) == ClassifyRecipe(rate=1.0, loss=LossWeights(mimic=2.0))


def test_wrong_recipes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    for text, message in (
        ("pace = 3", r"recipe\.toml: pace is no setting; there are trainer, source, way, "),
        (
            "[loss]\nmimik = 3",
            r"recipe\.toml: loss\.mimik is no setting; there are trainer, mimic, labels, temperature, smoothing\.",
        ),
        ("epochs = true", r"recipe\.toml: epochs must be of the type int\. Got True\."),
        ('sizes = "small"', r"recipe\.toml: sizes must be a list of strings\. Got 'small'\."),
        ("loss = 3", r"recipe\.toml: loss must be a table\. Got 3\."),
        ("epochs = -1", r"recipe\.toml: The 'epochs' of the training must be 0 or more\. Got -1\."),
        ("epochs 3", r"recipe\.toml is no TOML file: "),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RecipeError, match=message):
            read_recipe(path)
    with pytest.raises(RecipeError, match=r"cannot read the recipe .*nothing\.toml: No such file"):
        read_recipe(tmp_path / "nothing.toml")


def test_wrong_options_are_told_before_anything_is_written(tmp_path: Path) -> None:
    write_files(tmp_path, requests(60, seed=1), 20)
    for more, kind, message in (
        (("--rate", "0"), RecipeError, "The learning rate must lie above 0 and be at most 1. Got 0.0."),
        (("--loss", "1,0,0"), LossError, "LossWeights must give 'mimic' or 'labels' a weight above 0"),
        (("--temperature", "0"), LossError, "The 'temperature' of LossWeights must lie between 0.1 and 100. Got 0.0."),
        (("--distortion", "2,0,0"), DistortionError, "The 'typo' of a Distortion must lie between 0 and 1. Got 2.0."),
        (("--smoothing", "1"), LossError, "The 'smoothing' of LossWeights must be from 0 to below 1. Got 1.0."),
        (("--average", "1"), RecipeError, "The 'average' of the training must be from 0 to below 1. Got 1.0."),
        (("--distorted", "-1"), RecipeError, "The share of distorted texts must lie between 0 and 1. Got -1.0."),
    ):
        result = run(tmp_path, *more)
        assert isinstance(result.exception, kind), result.output
        assert message in str(result.exception)
    for option in ("--loss", "--distortion"):
        result = run(tmp_path, option, "1,2")
        assert result.exit_code == 2
        assert "three numbers with commas" in " ".join(result.output.split())
    assert not (tmp_path / "out").exists()


def test_the_defaults_that_the_help_tells_are_those_of_the_recipe() -> None:
    recipe = ClassifyRecipe()
    values = asdict(recipe) | {
        "batch": recipe.batch_size, "quantise": recipe.quantisation, "sizes": ",".join(recipe.sizes),
        "loss": ",".join(f"{one:g}" for one in (recipe.loss.trainer, recipe.loss.mimic, recipe.loss.labels)),
        "temperature": recipe.loss.temperature, "smoothing": recipe.loss.smoothing,
        "distortion": ",".join(f"{getattr(recipe.distortion, one.name):g}" for one in fields(recipe.distortion)[:3]),
    }  # fmt: skip
    command = get_command(app).commands["distill"].commands["classify"]  # type: ignore[attr-defined]
    told = {option.name: found[1] for option in command.params
            if (found := re.search(r"Default: (.+?)\.$", option.help or ""))}  # fmt: skip
    del told["bert"]
    assert len(told) == 20
    for name, text in told.items():
        value = values[name]
        assert text == (f"{value:g}" if isinstance(value, float) else str(value)), name
