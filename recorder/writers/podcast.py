"""Podcasting 2.0 JSON chapters, version 1.2.0 (podcastindex.org: docs/chapters/jsonChapters.md)."""

from __future__ import annotations

import json
from typing import Any

from recorder.outline import Outline
from recorder.transcript import Transcript
from recorder.writers.timeline import chapters_of, one_line

__all__ = ["write"]


def write(outline: Outline, transcript: Transcript | None) -> str:
    """`startTime` and `endTime` in seconds (5 or 65.9), `title` on one line; the first title suggestion on top."""
    data: dict[str, Any] = {"version": "1.2.0"}
    if outline.titles:
        data["title"] = one_line(outline.titles[0])
    data["chapters"] = [
        {"startTime": _seconds(chapter.start), "endTime": _seconds(chapter.end), "title": chapter.title}
        for chapter in chapters_of(outline, "podcast", transcript)
    ]
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _seconds(ms: int) -> float:
    return ms // 1000 if ms % 1000 == 0 else ms / 1000
