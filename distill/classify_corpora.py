"""The development corpora of labelled text as examples: `classify/<name>.<split>.jsonl.gz` below the `--data` folder.

SwDA's lines name their dialogue, so the utterances before a line can become its context. CLINC150's out-of-scope
lines can be left out. Everything else stands as in the files; the corpora themselves are never part of the project.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from distill.classify_data import LabelledText
from distill.corpora import CorpusError, read_jsonl

__all__ = ["read_classify_corpus", "write_labelled"]


def read_classify_corpus(
    data: Path, name: str, split: str, *, context: int = 0, out_of_scope: bool = True
) -> tuple[LabelledText, ...]:
    """The examples of one split in the file's order.

    Args:
        data: the corpora's folder.
        name: "atis", "banking77", "clinc150", "swda".
        split: "train", "valid" or "test".
        context: utterances before each line, of its own dialogue, either speaker's.
        out_of_scope: keep the lines marked ``"oos": true``.

    Raises:
        CorpusError: the file is missing or damaged, or context was asked of lines that name no dialogue.
    """
    path = data / "classify" / f"{name}.{split}.jsonl.gz"
    rows: list[LabelledText] = []
    dialogue: object = None
    before: list[str] = []
    for line, row in enumerate(read_jsonl(path), start=1):
        if context and "dialogue" not in row:
            raise CorpusError(f"{path}:{line}: the line names no dialogue, so it has no context; use --context 0.")
        if row.get("dialogue") != dialogue:
            dialogue, before = row.get("dialogue"), []
        if out_of_scope or not row.get("oos"):
            rows.append(LabelledText(row["text"], row["label"], tuple(before), line))
        before = [*before, row["text"]][-context:] if context else []
    return tuple(rows)


def write_labelled(path: Path, rows: Iterable[LabelledText]) -> None:
    """Write examples as JSON Lines that `read_labelled` reads back (without line numbers)."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            value: dict[str, object] = {"text": row.text, "label": row.label}
            if row.context:
                value["context"] = list(row.context)
            file.write(json.dumps(value, ensure_ascii=False) + "\n")
