"""Recordings written for these tests, as pages: a talk of many sections, and one whose texts attack the page."""

from __future__ import annotations

import wave
from pathlib import Path

from recorder.outline import Keyword, Mention, Outline, Section
from recorder.page import render_page
from recorder.transcript import Segment, Transcript

__all__ = ["TOPICS", "TORTURE", "silence", "talk", "torture", "write"]

TOPICS = ("budget", "harvest", "bicycles", "lighthouse", "bread", "orchestra", "tunnel", "winter coats")
LINES = 24
"""Lines of a section; each lasts five seconds."""

TORTURE = (
    "<script>window.pwned = 1</script>",
    "</script><script>window.pwned = 2</script>",
    "</style><script>window.pwned = 3</script>",
    "</title></head><body onload=window.pwned=4>",
    "<img src=x onerror=window.pwned=5>",
    "<svg onload=window.pwned=6><a href='javascript:window.pwned=7'>click</a>",
    '" onmouseover="window.pwned=8" x="',
    "' onfocus='window.pwned=9' autofocus='",
    "<!-- --!> ]]> {{ 7*7 }} {% raw %} ${7*7} `${window.pwned=10}`",
    "&lt;b&gt; &amp;lt; &#x3c;script&#x3e;",
    "<iframe srcdoc='<script>parent.pwned=11</script>'></iframe><base href=//evil.example>",
    "שלום עולם \u202eevil\u202c مرحبا \u2067isolate",
    "bell \x07 escape \x1b[31m null \x00 delete \x7f next \x85 csi \x9b",
    "\ud83d half an emoji, a whole one: 👩‍🔧",
    "javascript:window.pwned=12",
)


def talk(*, times: bool = True) -> tuple[Transcript, Outline]:
    """Eight sections of two minutes, two speakers; sections 3 and 6 are highlighted."""
    segments: list[Segment] = []
    sections: list[Section] = []
    for number, topic in enumerate(TOPICS):
        first = len(segments)
        for line in range(LINES):
            start = 5.0 * len(segments) if times else None
            text = f"Line {line + 1} is about the {topic} and what we make of it, all of us, this year and the next."
            speaker = ("Anna", "Bo")[line // 3 % 2]
            segments.append(Segment(start, None if start is None else start + 4.5, text, speaker))
        mentions = tuple(Mention(first + line, segments[first + line].start) for line in range(LINES))
        keywords = tuple(Keyword(text, 0.9, mentions) for text in (topic, "what we make", f"line {number + 1}"))
        start, end = segments[first].start, segments[-1].end
        title = f"{topic.capitalize()} this year"
        importance = (number * 3 % 8) / 8
        sections.append(
            Section(
                f"s{number + 1}", start, end, first, first + LINES - 1, title, keywords, importance, number in (2, 5)
            )
        )
    transcript = Transcript(tuple(segments), source="talk.vtt")
    return transcript, Outline("talk.vtt", transcript.duration, tuple(sections), ("A talk about eight things",))


def torture() -> tuple[Transcript, Outline]:
    """Every text, speaker, title and keyword tries to be something else than text."""
    segments = tuple(Segment(2.0 * place, 2.0 * place + 2, text, text) for place, text in enumerate(TORTURE))
    sections = tuple(
        Section(f"s{place + 1}", 2.0 * place, 2.0 * place + 2, place, place, text,
                (Keyword(text, 0.9, (Mention(place, 2.0 * place),)),), 0.5, place % 3 == 0)
        for place, text in enumerate(TORTURE)
    )  # fmt: skip
    return Transcript(segments, source=TORTURE[1]), Outline(TORTURE[1], 30.0, sections, (TORTURE[1],))


def write(folder: Path, recording: tuple[Transcript, Outline], *, audio: str | None = None) -> Path:
    """The page of a recording as a file in `folder`."""
    transcript, outline = recording
    file = folder / "page.html"
    file.write_text(render_page(outline, transcript, audio=audio), encoding="utf-8")
    return file


def silence(file: Path, seconds: int) -> None:
    """A WAV file of so many seconds in which nothing is to be heard."""
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 8000 * seconds)
