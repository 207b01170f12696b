"""Random transcripts with outlines over them, for tests of what comes after the sections are found."""

from __future__ import annotations

from hypothesis import strategies as st

from recorder.outline import Keyword, Mention, Outline, Section
from recorder.transcript import ReadWarning, Segment, Transcript

__all__ = ["NASTY", "make_outline", "nasty_text", "recordings"]

NASTY = (
    "",
    " \t ",
    "two\nlines",
    "three\r\nlines\u2028here",
    "\n[CHAPTER]\nTIMEBASE=1/1\nSTART=7",
    "a --> b",
    "00:00:01.000 --> 00:00:02.000",
    "<v Tom>hi</v> & <b>bold</b> &amp;",
    "a=b;c#d\\e\\",
    "\\",
    "[red]rich[/red] [link=x]",
    "*0:01–0:02 · segments 3–4 · importance 0.50*",
    "# heading ## 1. - + *star* _line_ `code` | table ~no~",
    "1:23 not a time",
    "\x1b[31mred\x1b[0m \x00 \x07 \x9b",
    "\u202egnirts \u2066x\ufeff",
    "\ud83d half an emoji",
    "👩‍🔧 café 自転車",
    '"quoted", {"first_segments": [3]}',
)


def nasty_text() -> st.SearchStrategy[str]:
    """Titles, names and lines as the worst file might hold them, lone surrogates included."""
    return st.one_of(st.sampled_from(NASTY), st.text(max_size=10))


def make_outline(
    transcript: Transcript, first_segments: list[int], titles: list[str], *, names: tuple[str, ...] = ("A ride",)
) -> Outline:
    """An outline with one keyword per section; times come from the transcript."""
    ends = [*first_segments[1:], len(transcript.segments)]
    sections = []
    for number, (first, end, title) in enumerate(zip(first_segments, ends, titles, strict=True)):
        inside = transcript.segments[first:end]
        times = [time for segment in inside for time in (segment.start, segment.end) if time is not None]
        mentions = tuple(Mention(index, transcript.segments[index].start) for index in range(first, end))
        sections.append(
            Section(
                id=f"s{number + 1}",
                start=min(times, default=None),
                end=max(times, default=None),
                first_segment=first,
                last_segment=end - 1,
                title=title,
                keywords=(Keyword(title.strip() or "chain", round(1 / (number + 1), 3), mentions),),
                importance=round(1 / (number + 2), 3),
                highlighted=number % 2 == 0,
            )
        )
    warnings = (ReadWarning("ride.vtt", 3, "a damaged time; the cue was skipped"),)
    return Outline(transcript.source, transcript.duration, tuple(sections), names, warnings)


@st.composite
def recordings(
    draw: st.DrawFn, *, min_gap_ms: int = 1, min_segments: int = 1, times: bool = True
) -> tuple[Transcript, Outline, list[int]]:
    """A transcript, an outline over it, and the outline's first segments.

    Starts rise by at least `min_gap_ms`, in whole milliseconds, up to beyond 99 hours.
    """
    count = draw(st.integers(min_segments, 12))
    gap = st.one_of(st.integers(min_gap_ms, min_gap_ms + 5_000), st.integers(min_gap_ms, 90_000_000))
    now = draw(st.integers(0, 9_000))
    steps = draw(st.lists(gap, min_size=count, max_size=count))
    texts = draw(st.lists(st.sampled_from(NASTY), min_size=count, max_size=count))
    segments = []
    for step, text in zip(steps, texts, strict=True):
        start, end = (now / 1000, (now + step) / 1000) if times else (None, None)
        segments.append(Segment(start, end, text, text[:5] or None))
        now += step
    inner = draw(st.sets(st.integers(1, count - 1))) if count > 1 else set()
    firsts = [0, *sorted(inner)]
    titles = draw(st.lists(nasty_text(), min_size=len(firsts), max_size=len(firsts)))
    transcript = Transcript(tuple(segments), source=draw(st.none() | nasty_text()), format="jsonl")
    names = tuple(draw(st.lists(nasty_text(), max_size=3)))
    return transcript, make_outline(transcript, firsts, titles, names=names), firsts
