"""The inside of a cue: voice tags, word times, formatting tags, entities.

Tags that mean something here are taken out; anything else in angle brackets ("<laughs>", "a < b") stays as text.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from itertools import pairwise

from recorder.readers.clock import clock_seconds
from recorder.transcript import Word

__all__ = ["Run", "parse_markup", "plain_text", "run_words"]

_TAG = re.compile(r"<([^<>]*)>")
_VOICE = re.compile(r"[vV](?:\.[^\s]*)?(?:\s+(.*))?", re.DOTALL)
_FORMAT = re.compile(r"/?\s*(?:c|i|b|u|s|v|ruby|rt|lang|font|em|strong|span)(?:[.\s][^<>]*)?/?", re.IGNORECASE)
_BREAK = re.compile(r"br\s*/?", re.IGNORECASE)
_OVERRIDE = re.compile(r"\{\\[^{}]*\}")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


@dataclass(slots=True)
class Run:
    """What one voice says inside a cue: its text, and the word times as (offset into the text, seconds)."""

    speaker: str | None = None
    text: str = ""
    stamps: list[tuple[int, float]] = field(default_factory=list)


def _unescape(text: str) -> str:
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda match: html.unescape(match.group()), text).replace("\x00", "\ufffd")


def parse_markup(text: str) -> list[Run]:
    """The runs of a cue in order; runs of white space alone are left out, unless there is nothing else."""
    text = _OVERRIDE.sub("", text)
    runs = [Run()]
    parts: list[str] = []
    length = 0

    def add(piece: str) -> None:
        nonlocal length
        parts.append(piece)
        length += len(piece)

    def close(speaker: str | None) -> None:
        nonlocal length
        runs[-1].text = "".join(parts)
        parts.clear()
        length = 0
        runs.append(Run(speaker))

    position = 0
    for match in _TAG.finditer(text):
        add(_unescape(text[position : match.start()]))
        position = match.end()
        tag = match.group(1).strip()
        seconds = clock_seconds(tag) if tag[:1].isdigit() else None
        if seconds is not None:
            runs[-1].stamps.append((length, seconds))
        elif (voice := _VOICE.fullmatch(tag)) is not None:
            close(" ".join(_unescape(voice.group(1) or "").split()) or None)
        elif tag.lower() == "/v":
            close(None)
        elif _BREAK.fullmatch(tag):
            add("\n")
        elif _FORMAT.fullmatch(tag) is None:
            add(_unescape(match.group()))
    add(_unescape(text[position:]))
    runs[-1].text = "".join(parts)
    for run, following in pairwise(runs):
        if run.stamps and not run.text.strip():  # a word time between two voices is the second one's
            following.stamps.insert(0, (0, run.stamps[-1][1]))
    spoken = [run for run in runs if run.text.strip()]
    return spoken or [next((run for run in runs if run.speaker), runs[0])]


def plain_text(line: str) -> str:
    """One line without anything in angle brackets, for comparing lines with each other."""
    return _TAG.sub("", line).strip() if "<" in line else line.strip()


def run_words(run: Run, start: float | None, end: float | None) -> tuple[Word, ...]:
    """The words of a run whose text is to be stripped; empty when the run has no word times.

    A word begins at the last stamp between the word before it and itself, the first one of all at `start` if no
    stamp stands before it. It ends where the next word begins, the last one at `end`. Words without a stamp of
    their own have no times.
    """
    if not run.stamps:
        return ()
    pieces: list[str] = []
    starts: list[float | None] = []
    upcoming = 0
    for match in re.finditer(r"\S+", run.text):
        begin = start if not pieces else None
        while upcoming < len(run.stamps) and run.stamps[upcoming][0] <= match.start():
            begin = run.stamps[upcoming][1]
            upcoming += 1
        pieces.append(match.group())
        starts.append(begin)
        while upcoming < len(run.stamps) and run.stamps[upcoming][0] < match.end():
            upcoming += 1  # a stamp inside the word, as karaoke files have for syllables
    if not pieces:
        return ()
    if upcoming < len(run.stamps):  # a stamp behind the last word says when it ends
        end = run.stamps[upcoming][1]
    ends = [*starts[1:], end]
    words = []
    for piece, begin, finish in zip(pieces, starts, ends, strict=True):
        if begin is not None and finish is not None and finish < begin:
            finish = None
        words.append(Word(piece, begin, finish))
    return tuple(words)
