"""WebVTT chapters (W3C WebVTT, "chapter title text"): one plain-text cue per section, none overlapping."""

from __future__ import annotations

from recorder.clock import vtt_time
from recorder.outline import Outline
from recorder.transcript import Transcript
from recorder.writers.timeline import chapters_of

__all__ = ["write"]


def write(outline: Outline, transcript: Transcript | None) -> str:
    """Titles are plain text: markup and `-->` inside them are escaped."""
    lines = ["WEBVTT", ""]
    for number, chapter in enumerate(chapters_of(outline, "webvtt", transcript), start=1):
        title = chapter.title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        lines += [str(number), f"{vtt_time(chapter.start)} --> {vtt_time(chapter.end)}", title, ""]
    return "\n".join(lines)
