"""Tiny corpora of our own making, in the form and under the names that training the encoder reads."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

__all__ = ["write_corpora"]

TOPICS = {
    "Battery life": "battery charger battery power hours battery plug charge energy",
    "Budget of the garden": "budget garden fence money tulips budget price costs garden",
    "Train timetable": "train timetable platform delay train ticket evening station",
    "Kitchen paint": "kitchen paint colour wall brush kitchen white ladder",
}
FILLERS = "well so i think we should maybe look at the that is what it was like yes okay right".split()  # noqa: SIM905
MEETINGS = ("ES2002a", "IS1003b", "TS3005c", "Bmr006", "Bro010", "ES2010d")


def write_corpora(data: Path) -> Path:
    """Fill `data` and give it back."""
    chance = random.Random(7)
    for split in ("train", "valid"):
        meetings = [_meeting(name if split == "train" else f"{name}v", chance) for name in MEETINGS]
        _write(data / "transcripts" / f"qmsum.{split}.jsonl.gz", meetings)
        _write(data / "transcripts" / f"explainmeetsum.{split}.jsonl.gz", [])
        _write(data / "transcripts" / f"vt_ssum.{split}.jsonl.gz", [_lecture(split, chance)])
    for name in ("ami", "icsi"):
        for split in ("train", "valid"):
            _write(data / "transcripts" / f"{name}.{split}.jsonl.gz", [_meeting(f"{name}{split}", chance)])
    for name in ("samsum", "dailydialog", "switchboard"):
        turns = [{"speaker": "AB"[i % 2], "text": _said(topic, chance)} for i, topic in enumerate([*TOPICS] * 4)]
        _write(data / "dialogues" / f"{name}.valid.jsonl.gz", [{"id": name, "source": name, "turns": turns}])
    phrases = [{"id": "d", "text": " ".join(_said(t, chance) + "." for t in TOPICS), "keyphrases": ["battery"]}]
    for name in ("500N-KPCrowd-v1.1", "kdd", "www", "theses100"):
        _write(data / "keyphrases" / f"{name}.jsonl.gz", phrases)
    return data


def _meeting(name: str, chance: random.Random) -> dict[str, Any]:
    segments: list[dict[str, Any]] = []
    topics: list[dict[str, Any]] = []
    queries: list[dict[str, Any]] = []
    for number, title in enumerate(chance.sample([*TOPICS], 3)):
        first = len(segments)
        for turn in range(14):
            segments.append({"speaker": "AB"[turn % 2], "start": None, "end": None, "text": _said(title, chance)})
        topics.append({"title": title, "spans": [[first, len(segments) - 1]]})
        if number < 2:
            queries.append({"query": f"What about {title}?", "answer": title, "spans": [[first, first + 12]]})
    return {"id": f"qmsum-{name}", "meeting": name, "source": "made up", "kind": "meeting", "domain": "Product",
            "segments": segments, "topics": topics, "highlights": None, "queries": queries}  # fmt: skip


def _lecture(split: str, chance: random.Random) -> dict[str, Any]:
    segments: list[dict[str, Any]] = []
    topics: list[dict[str, Any]] = []
    for title in TOPICS:
        first = len(segments)
        segments += [{"speaker": None, "start": None, "end": None, "text": _said(title, chance)} for _ in range(60)]
        topics.append({"title": title, "spans": [[first, len(segments) - 1]]})
    return {"id": f"lecture-{split}", "source": "made up", "kind": "lecture", "title": "Battery and paint",
            "segments": segments, "topics": topics, "highlights": None, "queries": None}  # fmt: skip


def _said(topic: str, chance: random.Random) -> str:
    words = [
        chance.choice(FILLERS) if chance.random() < 0.5 else chance.choice(TOPICS[topic].split()) for _ in range(14)
    ]
    return " ".join(words).capitalize()


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
