"""`earmark distill`: one command per trained file, each writes table, recipe and metrics."""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from distill.checkpoint import alone
from distill.corpora import CorpusError
from distill.tagger import TaggerRecipe
from earmark.cli.distill import app
from earmark.errors import ArtifactError
from recorder.tagger import Tagger

SENTENCES = [
    {"doc": "d", "tokens": ["We", "paint", "the", "hall", "."], "upos": ["PRON", "VERB", "DET", "NOUN", "PUNCT"]},
    {"doc": "d", "tokens": ["The", "paint", "dries", "."], "upos": ["DET", "NOUN", "VERB", "PUNCT"]},
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "pos").mkdir(parents=True)
    for name in ("gum", "ewt"):
        for split in ("train", "valid"):
            with gzip.open(tmp_path / "data/pos" / f"{name}.{split}.jsonl.gz", "wt", encoding="utf-8") as file:
                for row in SENTENCES:
                    file.write(json.dumps({**row, "xpos": [""] * len(row["tokens"])}) + "\n")
    return tmp_path / "data"


def test_tagger_writes_table_recipe_and_metrics(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    result = CliRunner().invoke(app, ["tagger", "--data", str(data), "--out", str(out)])
    assert result.exit_code == 0, result.output
    metrics = json.loads(result.stdout)
    assert sorted(path.name for path in out.iterdir()) == ["tagger.json", "tagger.metrics.json", "tagger.recipe.toml"]
    assert json.loads((out / "tagger.metrics.json").read_text()) == metrics
    assert metrics["training_sentences"] == 4
    recipe = tomllib.loads((out / "tagger.recipe.toml").read_text())
    assert TaggerRecipe(**{**recipe, "treebanks": tuple(recipe["treebanks"])}) == TaggerRecipe()
    assert Tagger.load(out / "tagger.json").tag(["we", "paint", "the", "hall"]) == ["PRON", "VERB", "DET", "NOUN"]


@pytest.mark.parametrize("command", ["tagger", "background"])
def test_a_folder_without_corpora_is_one_message(command: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [command, "--data", str(tmp_path), "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, CorpusError)  # the main command prints the message and exits with 1
    assert "cannot read the corpus file" in str(result.exception)
    assert "Pass the corpora's folder with --data DIR." in str(result.exception)


@pytest.mark.parametrize("command", ["tagger", "background", "keywords", "importance", "sections", "reply", "encoder"])
def test_a_folder_that_cannot_be_made_is_told_before_anything_is_read(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "out"
    result = CliRunner().invoke(app, [command, "--data", str(tmp_path), "--out", str(out)])
    assert isinstance(result.exception, ArtifactError)
    assert str(result.exception).startswith(f"cannot write into the folder {out}")


@pytest.mark.parametrize("command", ["keywords", "importance", "sections"])
def test_a_missing_folder_is_made_before_the_training_that_it_is_for(command: str, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    result = CliRunner().invoke(app, [command, "--data", str(tmp_path), "--out", str(out)])
    assert isinstance(result.exception, CorpusError)
    assert out.is_dir()


@pytest.mark.parametrize("command", ["reply", "tokens", "encoder"])
def test_a_second_run_in_the_same_folder_is_one_message(command: str, tmp_path: Path) -> None:
    work = tmp_path / "out" / "work"
    arguments = [command, "--data", str(tmp_path), "--out", str(tmp_path / "out"), "--quick"]
    with alone(work):
        result = CliRunner().invoke(app, arguments)
    assert str(result.exception) == (f"another training is writing into {work}. Wait for it, or choose another folder.")
    assert isinstance(result.exception, ArtifactError)


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert "tagger" in result.stdout
    assert "background" in result.stdout


def test_data_is_required() -> None:
    result = CliRunner().invoke(app, ["tagger"])
    assert result.exit_code == 2
    assert "--data" in result.output
