"""`earmark library` as a user runs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from earmark.cli import main

pytestmark = pytest.mark.runtime

VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:05.000\n<v Anna>The supplier has sent the invoice for the \x1b[31mgreenhouse.\n"


class Command:
    """Runs the command line in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._patch, self._said, self.folder = monkeypatch, capsys, folder

    def __call__(self, *arguments: str, library: bool = True) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of `earmark library ...`."""
        more = ["--library", str(self.folder)] if library else []
        self._patch.setattr(sys, "argv", ["earmark", "library", arguments[0], *more, *arguments[1:]])
        try:
            code = main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = self._said.readouterr()
        return code, said.out, said.err


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    (tmp_path / "garden.vtt").write_text(VTT)
    return Command(monkeypatch, capsys, tmp_path)


def test_add_list_search_remove(run: Command) -> None:
    code, out, _ = run("add", str(run.folder / "garden.vtt"))
    assert code == 0
    assert out.startswith("garden  ")
    assert out.endswith("(1 section)\n")
    code, out, _ = run("list")
    assert code == 0
    assert "garden" in out
    assert "0:05" in out
    code, out, _ = run("search", "invoice", "supplier")
    assert code == 0
    assert "0:01  Anna: The supplier has sent the invoice" in out
    assert "\x1b" not in out
    code, out, _ = run("search", "--json", "sent the invoice")
    assert json.loads(out)["hits"][0]["slug"] == "garden"
    assert run("search", "the sent invoice")[0] == 1  # quoted for the shell: a phrase
    assert json.loads(run("list", "--json")[1])[0]["slug"] == "garden"
    assert run("remove", str(run.folder / "garden.vtt"))[1] == "garden is removed.\n"
    assert (run.folder / "garden.vtt").exists()
    code, _, err = run("search", "invoice")
    assert (code, err) == (1, "No section has all of this.\n")
    assert "The library is empty" in run("list")[2]


def test_the_users_own_library_is_used_unless_another_is_named(run: Command) -> None:
    if sys.platform == "darwin":
        pytest.skip("it has no variable for the folder of a user's data")
    assert run("add", str(run.folder / "garden.vtt"), library=False)[0] == 0
    assert (run.folder / "data" / "earmark" / "recordings" / ".earmark-library.db").exists()
    assert run("search", "invoice", library=False)[0] == 0


def test_one_bad_file_does_not_stop_the_others(run: Command) -> None:
    bad = run.folder / "bad.json"
    bad.write_text('{"name": "x"}')
    code, out, err = run("add", str(bad), str(run.folder / "none.vtt"), str(run.folder / "garden.vtt"))
    assert code == 1
    assert out.startswith("garden  ")
    assert "bad.json: looks like JSON but is no transcript" in err
    assert "none.vtt: No such file or directory" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["search", "x"], 1, "earmark: there is no library at"),
        (["list"], 1, "`earmark library add FILE` makes one."),
        (["remove", "x"], 1, "there is no library at"),
        (["search"], 2, "Missing argument"),
    ],
)
def test_mistakes_are_messages(run: Command, arguments: list[str], code: int, message: str) -> None:
    got, _, err = run(*arguments)
    assert got == code
    assert message in " ".join(err.split())


def test_an_unknown_recording_is_a_message(run: Command) -> None:
    run("add", str(run.folder / "garden.vtt"))
    code, _, err = run("remove", "meadow")
    assert code == 1
    assert "there is no recording 'meadow' in the library, which has 1" in err
    code, _, err = run("search", "...")
    assert code == 1
    assert "there is no word to search for" in err
