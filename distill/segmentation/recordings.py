"""Training recordings: meetings with gold sections, and copies of them as poorer transcripts would show them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from distill.corpora import TranscriptExample, read_transcripts
from recorder.transcript import Segment

__all__ = ["Recording", "anonymous", "as_recordings", "bare", "fold_of", "fragments", "load_recordings"]


@dataclass(frozen=True, slots=True)
class Recording:
    """Segments with gold boundaries.

    Attributes:
        id: the meeting's name; equal for all copies of one meeting.
        domain: "Academic", "Product", "Committee", or the corpus's name.
        copy: which rendering of the meeting this is.
        segments: in order.
        gold: first segments of the gold sections, ascending, without 0.
    """

    id: str
    domain: str
    copy: str
    segments: tuple[Segment, ...]
    gold: tuple[int, ...]


def as_recordings(examples: Sequence[TranscriptExample], name: str, *, starts: bool = False) -> list[Recording]:
    """The examples with their gold boundaries, unchanged.

    Args:
        examples: as read from a corpus.
        name: the domain where the corpus knows none.
        starts: gold are the beginnings of topics alone (to learn from: the end of one without a next goes unsaid)
            instead of every change of topic (to measure by).
    """
    return [
        Recording(
            example.meeting,
            example.domain or name,
            name,
            example.segments,
            tuple(example.topic_starts if starts else example.boundaries),
        )
        for example in examples
    ]


def load_recordings(data: Path, name: str, split: str, *, starts: bool = False) -> list[Recording]:
    """All recordings of one corpus split below `data`; `starts` as in `as_recordings`."""
    return as_recordings(read_transcripts(data, name, split), name, starts=starts)


def series_of(meeting: str) -> str:
    """The series of a meeting: "ES2002a" -> "ES2002". ICSI has three long series only: there each meeting is one."""
    return meeting[:6] if meeting[:2] in ("ES", "IS", "TS") else meeting


def fold_of(meeting: str, folds: int) -> int:
    """The fold of a meeting; meetings of one series share it, so that no fold has seen the same people talk."""
    digest = hashlib.sha256(series_of(meeting).encode()).digest()
    return int.from_bytes(digest[:4], "big") % folds


def anonymous(recording: Recording) -> Recording:
    """The same with speakers named A, B, C ... in order of appearance."""
    names: dict[str | None, str | None] = {None: None}
    for segment in recording.segments:
        names.setdefault(segment.speaker, f"speaker {len(names)}")
    segments = tuple(replace(segment, speaker=names[segment.speaker]) for segment in recording.segments)
    return replace(recording, copy=recording.copy + "-anonymous", segments=segments)


def bare(recording: Recording) -> Recording:
    """The same without times and speakers, lower case, without marks."""
    segments = tuple(
        Segment(None, None, "".join(c for c in segment.text.lower() if c.isalnum() or c in " '_-"))
        for segment in recording.segments
    )
    return replace(recording, copy=recording.copy + "-bare", segments=segments)


def fragments(recording: Recording, mean: int = 9) -> Recording:
    """The words cut anew into pieces of about `mean` words, as a live recogniser hands them out; no speakers, no times.

    A piece never crosses a gold boundary: a pause is usual there, and recognisers end their pieces at pauses.
    """
    draw = random.Random(recording.id)
    marks = set(recording.gold)
    segments: list[Segment] = []
    gold: list[int] = []
    held: list[str] = []
    for index, segment in enumerate(bare(recording).segments):
        if index in marks:
            if held:
                segments.append(Segment(None, None, " ".join(held)))
                held = []
            gold.append(len(segments))
        for word in segment.text.split():
            held.append(word)
            if draw.random() < 1 / mean:
                segments.append(Segment(None, None, " ".join(held)))
                held = []
    if held:
        segments.append(Segment(None, None, " ".join(held)))
    gold = sorted({boundary for boundary in gold if 0 < boundary < len(segments)})
    return replace(recording, copy=recording.copy + "-fragments", segments=tuple(segments), gold=tuple(gold))
