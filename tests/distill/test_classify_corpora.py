"""Development corpora as labelled text: context stays inside its dialogue, and what is written is read back."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from distill.classify_corpora import read_classify_corpus, write_labelled
from distill.classify_data import LabelledText, read_labelled
from distill.corpora import CorpusError

pytestmark = pytest.mark.runtime


def corpus(folder: Path, *rows: dict[str, Any]) -> Path:
    (folder / "classify").mkdir()
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "classify" / "made.train.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def test_context_stays_inside_its_dialogue(tmp_path: Path) -> None:
    talk = [("1", "hello"), ("1", "hi"), ("1", "how are you?"), ("2", "good morning"), ("2", "yes")]
    data = corpus(tmp_path, *({"text": text, "label": "x", "dialogue": name} for name, text in talk))
    assert [row.context for row in read_classify_corpus(data, "made", "train", context=2)] == [
        (), ("hello",), ("hello", "hi"), (), ("good morning",),
    ]  # fmt: skip
    assert {row.context for row in read_classify_corpus(data, "made", "train")} == {()}


def test_out_of_scope_lines_can_be_left_out(tmp_path: Path) -> None:
    data = corpus(tmp_path, {"text": "a", "label": "x", "oos": False}, {"text": "b", "label": "oos", "oos": True})
    assert [row.line for row in read_classify_corpus(data, "made", "train")] == [1, 2]
    kept = read_classify_corpus(data, "made", "train", out_of_scope=False)
    assert kept == (LabelledText("a", "x", (), 1),)


def test_context_without_dialogues_is_refused(tmp_path: Path) -> None:
    data = corpus(tmp_path, {"text": "a", "label": "x"})
    path = data / "classify" / "made.train.jsonl.gz"
    with pytest.raises(CorpusError, match=re.escape(f"{path}:1: the line names no dialogue, so it has no context")):
        read_classify_corpus(data, "made", "train", context=1)


def test_written_examples_are_read_back(tmp_path: Path) -> None:
    rows = (LabelledText("wie geht's? 👍", '"q"', ("hallo", "na")), LabelledText("a\nb\u2028c", "%"))
    write_labelled(tmp_path / "a.jsonl", rows)
    found = read_labelled(tmp_path / "a.jsonl", context=5)
    assert tuple(replace(row, line=0) for row in found.rows) == rows
    assert found.warnings == ()
