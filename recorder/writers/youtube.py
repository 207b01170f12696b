"""A chapter list for a video's description, by YouTube's rules (support.google.com/youtube/answer/9884579):
the first line says 0:00, there are at least three, in order, each at least ten seconds long.
"""

from __future__ import annotations

from recorder.clock import clock
from recorder.errors import WriteError
from recorder.outline import Outline
from recorder.transcript import Transcript
from recorder.writers.timeline import Chapter, chapters_of

__all__ = ["MIN_CHAPTERS", "MIN_SECONDS", "write"]

MIN_CHAPTERS = 3
MIN_SECONDS = 10

_BRACKETS = str.maketrans("<>", "‹›")  # YouTube refuses a description that has angle brackets


def write(outline: Outline, transcript: Transcript | None) -> str:
    """One line per chapter, whole seconds; chapters that are too short join a neighbour.

    Raises:
        WriteError: fewer than three chapters remain.
    """
    chapters = chapters_of(outline, "youtube", transcript)
    kept = _long_enough(chapters)
    if len(kept) < MIN_CHAPTERS:
        raise WriteError(
            f"'youtube' needs at least {MIN_CHAPTERS} chapters of at least {MIN_SECONDS} seconds, and this outline "
            f"gives {len(kept)} (from {len(chapters)} sections). Ask for more sections (--sections "
            f"{MIN_CHAPTERS} or more), or use 'webvtt' or 'podcast', which have no such rule."
        )
    return "".join(f"{clock(second * 1000)} {title.translate(_BRACKETS)}\n" for second, title in kept)


def _long_enough(chapters: tuple[Chapter, ...]) -> list[tuple[int, str]]:
    """Start in whole seconds and title of the chapters that remain.

    A short chapter joins the one before it when a long one follows (whose start then stays exact); several short
    ones in a row make one chapter as soon as they are long enough together; the first one always begins at 0.
    """
    starts = [0] + [chapter.start // 1000 for chapter in chapters[1:]]
    kept: list[tuple[int, str]] = []
    waiting: tuple[int, str] | None = None  # where the run of short chapters before this one began, and its title
    for place, (start, chapter) in enumerate(zip(starts, chapters, strict=True)):
        end = starts[place + 1] if place + 1 < len(starts) else chapter.end // 1000
        if end - start >= MIN_SECONDS:
            kept.append((start if kept else 0, chapter.title))
            waiting = None
            continue
        waiting = waiting or (start, chapter.title)
        if end - waiting[0] >= MIN_SECONDS:
            kept.append(waiting)
            waiting = None
    return kept
