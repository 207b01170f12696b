"""The runtime rooms import nothing heavy: proved in fresh interpreters, not by reading code."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import earmark

pytestmark = pytest.mark.runtime

HEAVY = {
    "tensorflow", "keras", "torch", "transformers", "tokenizers", "sklearn", "scipy", "datasketch", "matplotlib",
    "safetensors", "pocketsphinx", "pandas", "distill", "models",
}  # fmt: skip


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sorted(sys.modules), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@cache
def heavy() -> set[str]:
    """What must not be loaded; nltk itself tries scipy and scikit-learn where they are installed, that is not ours."""
    return HEAVY - loaded_by("import nltk")


@pytest.mark.parametrize("room", ["recorder", "smartreply", "projection", "earmark", "earmark.cli"])
def test_importing_a_runtime_room_loads_nothing_heavy(room: str) -> None:
    assert not heavy() & loaded_by(f"import {room}")


def test_a_whole_outline_needs_nothing_heavy() -> None:
    code = (
        "from recorder import SmartScroll, Segment\n"
        "SmartScroll().outline([Segment(None, None, 'the harvest of apples begins in autumn')])"
    )
    assert not heavy() & loaded_by(code)


def test_the_doorstep_imports_no_room() -> None:
    rooms = {"recorder", "smartreply", "projection", "numpy", "nltk", "rich"}
    assert not rooms & loaded_by("import earmark, earmark.errors, earmark.artifacts")


def test_help_loads_no_model_and_nothing_heavy() -> None:
    code = (
        "from typer.testing import CliRunner\nfrom earmark.cli import app\n"
        "result = CliRunner().invoke(app, ['--help'])\nassert result.exit_code == 0, result.output"
    )
    assert not (heavy() | {"nltk", "numpy", "recorder"}) & loaded_by(code)


def imports_of(room: str) -> set[tuple[str, str]]:
    root = Path(earmark.__file__).parent.parent / room
    found = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            found |= {(name.split(".")[0], f"{path}:{node.lineno}") for name in names}  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    ("room", "never"),
    [
        ("recorder", {"smartreply", "models", "distill"}),
        ("smartreply", {"recorder", "models", "distill"}),
        ("projection", {"smartreply", "recorder", "distill"}),
        ("models", {"distill", "smartreply", "recorder", "earmark.cli"}),
    ],
)
def test_the_arrows_go_one_way(room: str, never: set[str]) -> None:
    wrong = [place for name, place in imports_of(room) if name in never]
    assert not wrong, f"{room} must not import {sorted(never)}: {wrong}"
