from pathlib import Path

import pytest

from earmark.artifacts import load_table, save_table
from earmark.errors import ArtifactError, EarmarkError, MissingExtraError, require_extra

pytestmark = pytest.mark.runtime

BODY = {"b": [1, 2.5, "é"], "a": {"x": None, "body": '}, "body": '}}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.json"
    save_table(path, kind="demo", version=1, body=BODY)
    return path


def test_a_table_comes_back_as_it_was_written(table: Path) -> None:
    assert load_table(table, kind="demo", version=1) == BODY


def test_equal_bodies_give_equal_files(table: Path, tmp_path: Path) -> None:
    other = tmp_path / "o.json"
    save_table(other, kind="demo", version=1, body=dict(reversed(list(BODY.items()))))
    assert other.read_bytes() == table.read_bytes()


def test_one_changed_byte_is_noticed(table: Path) -> None:
    table.write_bytes(table.read_bytes().replace(b"2.5", b"2.6"))
    with pytest.raises(ArtifactError, match="is damaged: its SHA-256 does not match"):
        load_table(table, kind="demo", version=1)


def test_a_cut_off_file_is_not_json(table: Path) -> None:
    table.write_bytes(table.read_bytes()[:-5])
    with pytest.raises(ArtifactError, match="is not JSON"):
        load_table(table, kind="demo", version=1)


@pytest.mark.parametrize(("kind", "version", "message"), [("other", 1, "'earmark.other'"), ("demo", 2, "version 1")])
def test_another_kind_or_version_is_refused(table: Path, kind: str, version: int, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        load_table(table, kind=kind, version=version)


@pytest.mark.parametrize("text", ["[]", "3", "{}", '{"format": "earmark.demo", "version": 1}'])
def test_json_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ArtifactError, match="the model file"):
        load_table(path, kind="demo", version=1)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"No such file or directory\. Reinstall earmark"):
        load_table(tmp_path / "none.json", kind="demo", version=1)


def test_a_missing_extra_names_the_install_command() -> None:
    with pytest.raises(MissingExtraError, match=r"dancing needs .*'no_such_module'.*pip install 'earmark\[train\]'"):
        require_extra("no_such_module", extra="train", feature="dancing")


def test_an_installed_module_is_handed_over() -> None:
    assert require_extra("json", extra="train", feature="dancing").loads("1") == 1


def test_a_module_broken_inside_is_not_called_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_inside.py").write_text("import something_it_needs_that_is_not_there\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="something_it_needs"):
        require_extra("broken_inside", extra="train", feature="dancing")


def test_every_error_has_the_root() -> None:
    assert issubclass(ArtifactError, EarmarkError)
    assert issubclass(MissingExtraError, EarmarkError)
