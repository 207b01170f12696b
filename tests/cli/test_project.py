import json

import pytest
from typer.testing import CliRunner

from earmark.cli import app
from projection import Projection, ProjectionError, hamming_matrix, pack_bits, project_messages

pytestmark = pytest.mark.runtime

TEXTS = ["hey, how's it going?", "How's it going buddy?", "the invoice is due on friday"]


def test_it_prints_tokens_bits_and_a_matrix() -> None:
    result = CliRunner().invoke(app, ["project", *TEXTS, "-T", "8", "-d", "8"])
    assert result.exit_code == 0, result.output
    packed = pack_bits(project_messages(TEXTS, Projection(functions=8, function_bits=8)))
    lines = result.stdout.splitlines()
    assert lines[0] == "1. hey, how's it going?"
    assert lines[1] == "   tokens  hey , how's it going ?"
    assert lines[2] == f"   bits    {packed[0].tobytes().hex()}"
    assert "bits that differ, of 64:" in lines
    matrix = [[int(cell) for cell in line.split()[1:]] for line in lines[-3:]]
    assert matrix == hamming_matrix(packed).tolist()


def test_json() -> None:
    result = CliRunner().invoke(app, ["project", "hi", "", "--json", "--seed", "3", "-T", "3", "-d", "3"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    projection = Projection(functions=3, function_bits=3, seed=3)
    assert Projection.from_dict(found["projection"]) == projection
    assert [text["tokens"] for text in found["texts"]] == [["hi"], []]
    values = project_messages(["hi"], projection)[0]
    assert found["texts"][0]["bits"] == "".join("1" if value > 0 else "0" for value in values)
    assert len(found["hamming"]) == 2


def test_one_text_has_no_matrix() -> None:
    result = CliRunner().invoke(app, ["project", "hi"])
    assert result.exit_code == 0
    assert "differ" not in result.stdout


def test_wrong_settings_are_one_sentence() -> None:
    result = CliRunner().invoke(app, ["project", "hi", "-T", "100", "-d", "100"])
    assert isinstance(result.exception, ProjectionError)
    assert "must be at most 4096; got 100 * 100 = 10000" in str(result.exception)


def test_no_text_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["project"]).exit_code == 2
