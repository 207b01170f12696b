"""A tiny corpus in the development corpora's form, made of the shipped examples."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from recorder import read_transcript

__all__ = ["write_meetings"]

EXAMPLES = Path(__file__).parents[2] / "examples"
_TITLES = ("Beta feedback", "Photo guide", "Spare parts", "Price", "Launch ride", "Next steps")


def _meeting(number: int) -> dict[str, Any]:
    """The example meeting, its turns rotated by `number` sections so that no two are equal."""
    segments = [segment.to_dict() for segment in read_transcript(EXAMPLES / "meeting.vtt").segments]
    firsts = json.loads((EXAMPLES / "meeting.chapters.json").read_text())["first_segments"]
    parts = [segments[a:b] for a, b in pairwise([*firsts, len(segments)])]
    order = [(i + number) % len(parts) for i in range(len(parts))]
    topics: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for i in order:
        topics.append({"title": _TITLES[i], "spans": [[len(rows), len(rows) + len(parts[i]) - 1]]})
        rows += parts[i]
    asked = [topic["spans"][0] for topic, i in zip(topics, order, strict=True) if i in (1, 2, 3)]
    return {
        "id": f"tiny-{number}",
        "source": "tiny",
        "kind": "meeting",
        "meeting": f"TS{number:03}a",
        "domain": "Product" if number % 2 else "Academic",
        "segments": rows,
        "topics": topics,
        "queries": [{"query": "What was decided?", "answer": "", "spans": asked}],
        "highlights": None,
    }


def write_meetings(data: Path, name: str = "qmsum", *, n_train: int = 6, n_valid: int = 2) -> Path:
    """Write `transcripts/<name>.{train,valid}.jsonl.gz` below `data` and return `data`."""
    folder = data / "transcripts"
    folder.mkdir(parents=True, exist_ok=True)
    for split, numbers in (("train", range(n_train)), ("valid", range(n_train, n_train + n_valid))):
        with gzip.open(folder / f"{name}.{split}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(_meeting(number)) + "\n" for number in numbers)
    return data
