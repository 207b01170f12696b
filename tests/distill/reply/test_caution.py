"""Which intents are taken back, and what is said when the list is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from distill.reply.caution import read_caution
from distill.reply.reply_yaml import read_reply_yaml
from distill.reply.train import REPLIES
from earmark.errors import EarmarkError


def test_laughing_takes_more_than_congratulating() -> None:
    caution = read_caution(entry.intent for entry in read_reply_yaml(REPLIES))
    assert caution["haha"] > caution["congrats"] > 0
    assert "thanks" not in caution


@pytest.mark.parametrize("line", ["nonsense 1.0", "haha", "haha x", "haha -1", "haha 1 2", "haha nan", "haha inf"])
def test_wrong_lines_are_told(tmp_path: Path, line: str) -> None:
    path = tmp_path / "caution.txt"
    path.write_text(f"# first\n{line}\n", encoding="utf-8")
    with pytest.raises(EarmarkError, match=r"caution\.txt:2: expected an intent of the reply list, once, and a number"):
        read_caution(["haha", "congrats"], path)


def test_an_intent_twice_is_told(tmp_path: Path) -> None:
    path = tmp_path / "caution.txt"
    path.write_text("haha 1\nhaha 2\n", encoding="utf-8")
    with pytest.raises(EarmarkError, match=r"caution\.txt:2: expected an intent"):
        read_caution(["haha"], path)
