"""What the templates are given: everything worked out and cleaned, nothing escaped (the templates do that)."""

from __future__ import annotations

from dataclasses import dataclass

from recorder.clock import clock, to_ms
from recorder.outline import Keyword, Outline, Section
from recorder.page.paragraphs import Paragraph, paragraphs_of, shown
from recorder.page.rail import Mark, steps_of
from recorder.transcript import Transcript
from recorder.writers.timeline import one_line, title_of

__all__ = ["PART_STEP", "PART_STEPS", "KeywordView", "ParagraphView", "PartView", "SectionView", "View", "view_of"]

SPEAKER_COLOURS = 6
"""Speakers in the order of their first words get the colours 0..5, then 0 again; page.css has them."""

PART_STEP = 200
"""Characters per step of a part's size."""

PART_STEPS = 12
"""A part ends with the paragraph that reaches so many steps; it has at most twice as many."""

_LEVELS = 5
_RAIL_ROWS = 3


@dataclass(frozen=True, slots=True)
class KeywordView:
    """A keyword: its text, the paragraph of its first mention ("p12"), and the rail step that shows it (or None)."""

    text: str
    target: str
    step: int | None


@dataclass(frozen=True, slots=True)
class ParagraphView:
    """A paragraph: its id ("p12"), second for links ("754", or None), clock time, speaker to show, colour, lines.

    `anchor` is whether this paragraph is the first one of its second and so carries the id "t=754".
    """

    id: str
    second: str | None
    clock: str
    speaker: str | None
    colour: int
    anchor: bool
    lines: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """Some paragraphs, which a browser lays out together and only when they are near; `step` tells their size."""

    step: int
    paragraphs: tuple[ParagraphView, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as the page shows it.

    Attributes:
        id: "s12".
        title: on one line, never empty.
        label: where it begins: clock time, or its number where there are no times.
        span: "12:04 – 18:40", or "".
        level: importance as 0..4.
        highlighted: whether it is marked.
        at: where it begins on the rail, 0..1.
        size: its share of the rail, 0..1.
        characters: its length, for the height that a browser assumes before it has laid the section out.
        keywords: best first.
        parts: its text.
    """

    id: str
    title: str
    label: str
    span: str
    level: int
    highlighted: bool
    at: float
    size: float
    characters: int
    keywords: tuple[KeywordView, ...]
    parts: tuple[PartView, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The whole page: title, facts such as "4,872 words", and sections."""

    title: str
    facts: tuple[str, ...]
    sections: tuple[SectionView, ...]


def view_of(outline: Outline, transcript: Transcript, *, title: str | None = None) -> View:
    """What there is to show of a recording; `title` overrides the outline's first suggestion."""
    texts = [
        paragraphs_of(transcript.segments[section.first_segment : section.last_segment + 1], section.first_segment)
        for section in outline.sections
    ]
    lengths = [100 + sum(paragraph.size for paragraph in paragraphs) for paragraphs in texts]
    whole = sum(lengths)
    places = [sum(lengths[:number]) / whole for number in range(len(lengths))]
    marks = [
        Mark(at, section.importance, section.highlighted, max(1, min(len(section.keywords), _RAIL_ROWS)))
        for at, section in zip(places, outline.sections, strict=True)
    ]
    colours = _colours(transcript)
    seconds: set[str] = set()
    sections = tuple(
        SectionView(
            id=section.id,
            title=title_of(section, number),
            label=str(number) if section.start is None else clock(to_ms(section.start)),
            span=_span(section),
            level=min(int(max(section.importance, 0.0) * _LEVELS), _LEVELS - 1),
            highlighted=section.highlighted,
            at=round(places[number - 1], 5),
            size=round(lengths[number - 1] / whole, 5),
            characters=lengths[number - 1],
            keywords=_keywords(section, texts[number - 1], steps),
            parts=_parts(texts[number - 1], colours, seconds),
        )
        for number, (section, steps) in enumerate(zip(outline.sections, steps_of(marks), strict=True), start=1)
    )
    return View(_title(outline, title), _facts(outline, transcript), sections)


def _title(outline: Outline, title: str | None) -> str:
    names = [title or "", *outline.titles, outline.source or ""]
    return next((name for name in map(one_line, names) if name), "Recording")


def _colours(transcript: Transcript) -> dict[str | None, int]:
    speakers = dict.fromkeys(segment.speaker for segment in transcript.segments if segment.speaker)
    return {speaker: number % SPEAKER_COLOURS for number, speaker in enumerate(speakers)}


def _span(section: Section) -> str:
    if section.start is None or section.end is None:
        return ""
    return f"{clock(to_ms(section.start))} – {clock(to_ms(section.end))}"


def _keywords(section: Section, paragraphs: tuple[Paragraph, ...], steps: tuple[int, ...]) -> tuple[KeywordView, ...]:
    return tuple(
        KeywordView(one_line(keyword.text), _target(section, keyword, paragraphs), step)
        for keyword, step in zip(section.keywords, [*steps, *[None] * len(section.keywords)], strict=False)
    )


def _target(section: Section, keyword: Keyword, paragraphs: tuple[Paragraph, ...]) -> str:
    if not keyword.mentions:
        return section.id
    said = keyword.mentions[0].segment
    starts = [paragraph.lines[0].index for paragraph in paragraphs if paragraph.lines[0].index <= said]
    return f"p{starts[-1]}" if starts else section.id


def _parts(
    paragraphs: tuple[Paragraph, ...], colours: dict[str | None, int], seconds: set[str]
) -> tuple[PartView, ...]:
    """Paragraphs in parts; a part is settled once it is full, whatever follows."""
    parts: list[PartView] = []
    waiting: list[ParagraphView] = []
    size = 0
    for number, paragraph in enumerate(paragraphs, start=1):
        waiting.append(_paragraph(paragraph, colours, seconds))
        size += paragraph.size
        if size >= PART_STEP * PART_STEPS or number == len(paragraphs):
            parts.append(PartView(min(max(round(size / PART_STEP), 1), 2 * PART_STEPS), tuple(waiting)))
            waiting, size = [], 0
    return tuple(parts)


def _paragraph(paragraph: Paragraph, colours: dict[str | None, int], seconds: set[str]) -> ParagraphView:
    """The paragraph; `seconds` collects the seconds that have an anchor already."""
    start = paragraph.start
    second = None if start is None else str(to_ms(start) // 1000)
    anchor = second is not None and second not in seconds
    if second is not None:
        seconds.add(second)
    return ParagraphView(
        id=f"p{paragraph.lines[0].index}",
        second=second,
        clock="" if start is None else clock(to_ms(start)),
        speaker=shown(paragraph.speaker) if paragraph.named and paragraph.speaker else None,
        colour=colours.get(paragraph.speaker, 0),
        anchor=anchor,
        lines=tuple((_seconds(line.start), line.text) for line in paragraph.lines),
    )


def _seconds(time: float | None) -> str | None:
    """Seconds to the hundredth without needless digits: 12.0 -> "12", 3.456 -> "3.45"."""
    return None if time is None else f"{to_ms(time) // 10 / 100:.2f}".rstrip("0").rstrip(".")


def _facts(outline: Outline, transcript: Transcript) -> tuple[str, ...]:
    facts = [] if outline.duration is None else [clock(to_ms(outline.duration))]
    facts.append(_count(sum(len(segment.text.split()) for segment in transcript.segments), "word"))
    speakers = {segment.speaker for segment in transcript.segments if segment.speaker}
    if speakers:
        facts.append(_count(len(speakers), "speaker"))
    facts.append(_count(len(outline.sections), "section"))
    marked = sum(section.highlighted for section in outline.sections)
    if marked:
        facts.append(_count(marked, "highlight"))
    return tuple(facts)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
