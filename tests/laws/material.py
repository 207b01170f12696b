"""Real-shaped transcripts for property tests: the shipped examples, cut, shuffled and stripped."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from pathlib import Path

from recorder import Segment, read_transcript

__all__ = ["example_segments", "transcript"]

EXAMPLES = Path(__file__).parents[2] / "examples"


@cache
def example_segments(name: str) -> tuple[Segment, ...]:
    """The segments of one shipped example."""
    return read_transcript(EXAMPLES / name).segments


def transcript(seed: int, n_pieces: int = 6) -> list[Segment]:
    """A transcript of `n_pieces` runs of example lines, with the faults that real transcripts have.

    Depending on the seed it lacks times, speakers, case or punctuation, has empty lines, repeated lines, times that
    go backwards, very long lines.
    """
    rng = random.Random(seed)
    pool = [example_segments(name) for name in ("meeting.vtt", "lecture.srt", "interview.json", "standup.txt")]
    segments: list[Segment] = []
    for _ in range(n_pieces):
        source = rng.choice(pool)
        begin = rng.randrange(len(source))
        segments += source[begin : begin + rng.randint(1, 40)]
    if rng.random() < 0.3:
        segments = [replace(segment, start=None, end=None, words=()) for segment in segments]
    if rng.random() < 0.3:
        segments = [replace(segment, speaker=None) for segment in segments]
    if rng.random() < 0.3:
        segments = [replace(segment, text=_as_recognised(segment.text)) for segment in segments]
    for _ in range(rng.randint(0, 3)):
        at = rng.randrange(len(segments) + 1)
        segments.insert(at, rng.choice([Segment(None, None, ""), Segment(1.0, 0.5, "uh"), *segments[:1]]))
    if rng.random() < 0.1:
        segments.append(Segment(None, None, " ".join(segment.text for segment in segments)))
    return segments


def _as_recognised(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum() or letter in " '")
