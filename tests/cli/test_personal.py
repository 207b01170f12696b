"""`earmark personal`: show, export, import, forget."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from earmark.cli import app
from smartreply.errors import PersonalError
from smartreply.personal import OWN_AFTER, Personal
from tests.smartreply.personal_world import situation

pytestmark = pytest.mark.runtime


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "me.earmark"
    with Personal.open(path) as personal:
        for text in ["Yup"] * 2 + ["[bold]Whoop[/]"] * OWN_AFTER:
            personal.learn(situation(), text, ("Yes", "No", "Maybe"))
    return path


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["personal", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def error(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["personal", *map(str, arguments)])
    assert isinstance(result.exception, PersonalError), result.output  # the main command prints it and exits with 1
    return str(result.exception)


def test_show_is_a_table(file: Path) -> None:
    lines = run("show", file).splitlines()
    assert lines[0].startswith("5 choices learnt from.")
    rows = [line.split() for line in lines]
    assert ["reply", "whose", "picked", "typed", "passed", "over", "today"] in rows
    yup = next(row for row in rows if row[:1] == ["Yup"])
    assert yup[1:5] == ["list", "0", "2", "0"]
    assert float(yup[5]) > 0
    assert ["[bold]Whoop[/]", "own", "0", "3", "0", "+1.00"] in rows
    assert next(row for row in rows if row[:1] == ["no"])[1:3] == ["0", "5"]


def test_show_as_json(file: Path) -> None:
    found = json.loads(run("show", file, "--json"))
    assert (found["format"], found["events"]) == ("earmark.personal", 5)
    rows = {row["text"]: row for row in found["replies"]}
    assert set(rows) == {"Yes", "No", "Maybe", "Yup", "[bold]Whoop[/]"}
    assert rows["Yup"]["today"] > 0 > rows["Yes"]["today"]
    assert {row["name"] for row in found["intents"]} == {"yes", "no", "maybe"}


def test_an_empty_file_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / "me").touch()
    assert run("show", tmp_path / "me").startswith("0 choices learnt from.")
    assert (tmp_path / "me").stat().st_size == 0


def test_export_and_import(file: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "me.json", tmp_path / "other"
    run("export", file, "-o", out)
    run("import", out, other)
    assert run("show", other, "--json") == run("show", file, "--json")
    assert "has learnt already. Add --force to replace it" in error("import", out, other)
    run("import", out, other, "--force")
    result = CliRunner().invoke(app, ["personal", "export", str(file), "-o", str(out)])
    assert "exists already" in str(result.exception)
    run("export", file, "-o", out, "--force")


def test_forget_leaves_nothing(file: Path, tmp_path: Path) -> None:
    assert run("forget", file) == f"{file} is erased.\n"
    assert list(tmp_path.iterdir()) == []
    assert error("forget", file) == f"there is no personal file at {file}."
    assert error("show", file) == f"there is no personal file at {file}."
    assert error("export", file, "-o", tmp_path / "x.json") == f"there is no personal file at {file}."
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_file_is_left_alone(tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    diary.write_text("dear diary\n" * 100)
    assert "diary.txt is not a personal file of Earmark" in error("forget", diary)
    assert "diary.txt is not a personal file of Earmark" in error("show", diary)
    assert diary.read_text() == "dear diary\n" * 100
