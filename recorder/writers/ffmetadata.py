"""ffmpeg's metadata file: `ffmpeg -i talk.mp3 -i chapters.txt -map_metadata 1 -codec copy out.mp3` puts chapters in."""

from __future__ import annotations

import re

from recorder.outline import Outline
from recorder.transcript import Transcript
from recorder.writers.timeline import chapters_of, one_line

__all__ = ["write"]

_SPECIAL = re.compile(r"[=;#\\\n]")


def write(outline: Outline, transcript: Transcript | None) -> str:
    """Times in milliseconds, TIMEBASE always said: without it ffmpeg takes START and END as nanoseconds.

    ffmpeg's own form can hold a title of several lines, so line ends survive here (escaped), unlike elsewhere.
    """
    lines = [";FFMETADATA1"]
    if outline.titles:
        lines.append(f"title={_escape(outline.titles[0])}")
    chapters = chapters_of(outline, "ffmetadata", transcript)
    for section, chapter in zip(outline.sections, chapters, strict=True):
        lines += ["", "[CHAPTER]", "TIMEBASE=1/1000", f"START={chapter.start}", f"END={chapter.end}"]
        lines.append(f"title={_escape(section.title) or _escape(chapter.title)}")
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    lines = [one_line(line) for line in text.splitlines()]
    return _SPECIAL.sub(lambda match: "\\" + match.group(), "\n".join(line for line in lines if line))
