"""The terminal view of an outline: a rail of sections on the left, times, keywords by weight, stars for highlights.

Everything shown comes from somebody else's text, so nothing of it is taken as markup or as a control sequence. Lines
are laid out here rather than by rich, so that a terminal without UTF-8 gets plain ASCII throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recorder.clock import clock, to_ms
from recorder.excerpts import excerpt
from recorder.outline import Keyword, Outline, Section
from recorder.transcript import Segment, Transcript
from recorder.writers.timeline import one_line, title_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["render_outline"]

_MIN_WIDTH, _MAX_WIDTH = 40, 110
_MAX_EXTRA_ROWS = 4  # how much longer than its text a section's rail may become
_STRONG, _WEAK = 0.66, 0.33  # keyword scores from which on they are bold, and below which they are dim

# Mid tones: readable on dark and on light backgrounds.
_PALETTE = ("#3a86ff", "#d6336c", "#e8890c", "#2b9a4b", "#8e5bd8", "#0fa3b1")


@dataclass(frozen=True, slots=True)
class _Glyphs:
    star: str
    heights: str  # the bar's blocks, from unimportant to important
    thick: str  # rail of a highlighted section
    thin: str  # rail of any other
    dot: str
    times: str
    ellipsis: str
    quotes: tuple[str, str]


_UNICODE = _Glyphs("★", "▁▂▃▄▅▆▇█", "█", "▌", "·", "×", "…", ("“", "”"))
_ASCII = _Glyphs("*", "_-=#", "#", "|", "-", "x", "...", ('"', '"'))


class _Pen:
    """Makes safe text for one console: one line, only characters that its encoding has, cut to a width in cells."""

    def __init__(self, console: Console) -> None:
        self.encoding = console.encoding
        self.glyphs = _UNICODE if self.encoding.startswith("utf") else _ASCII
        self.width = max(_MIN_WIDTH, min(console.width, _MAX_WIDTH))

    def safe(self, text: str) -> str:
        return one_line(text).encode(self.encoding, "replace").decode(self.encoding)

    def fit(self, text: str, width: int) -> str:
        """`text`, made safe, in at most `width` cells, with an ellipsis where it was cut."""
        from rich.cells import cell_len, set_cell_size

        text = self.safe(text)
        if cell_len(text) <= width:
            return text
        return set_cell_size(text, max(width - len(self.glyphs.ellipsis), 0)).rstrip() + self.glyphs.ellipsis


def render_outline(outline: Outline, *, transcript: Transcript | None, console: Console) -> None:
    """Print `outline` to `console`, 40 to 110 cells wide.

    Times stand on the left; without times the numbers of the first segments (from 0) take their place. The rail's
    length follows the sections' length (seconds, or words where there are no times). A console without colour loses
    nothing but the colours, one without UTF-8 gets ASCII.
    """
    pen = _Pen(console)
    weights = _weights(outline, transcript)
    lines = _header(outline, transcript, pen)
    lines += _bar(outline, weights, pen)
    lines += _sections(outline, transcript, weights, pen)
    for line in lines:
        line.rstrip()
        console.print(line, no_wrap=True, overflow="ignore", crop=True)


def _weights(outline: Outline, transcript: Transcript | None) -> list[float]:
    """Length of each section: seconds where every section has them, else words, else segments; never 0."""
    lengths: list[float] = []
    for section in outline.sections:
        if section.start is None or section.end is None:
            break
        lengths.append(max(section.end - section.start, 0.001))
    else:
        return lengths
    if transcript is None:
        return [section.last_segment - section.first_segment + 1 for section in outline.sections]
    return [1 + sum(len(part.text.split()) for part in _segments(section, transcript)) for section in outline.sections]


def _segments(section: Section, transcript: Transcript) -> tuple[Segment, ...]:
    return transcript.segments[section.first_segment : section.last_segment + 1]


def _header(outline: Outline, transcript: Transcript | None, pen: _Pen) -> list[Text]:
    from rich.text import Text

    titles = [title for title in map(one_line, outline.titles) if title]
    lines = [Text()]
    if titles:
        lines.append(Text("  " + pen.fit(titles[0], pen.width - 2), style="bold"))
    if len(titles) > 1:
        others = f" {pen.glyphs.dot} ".join(titles[1:])
        lines.append(Text("  " + pen.fit("or: " + others, pen.width - 2), style="italic"))
    facts = [outline.source] if outline.source else []
    if outline.duration is not None:
        facts.append(clock(to_ms(outline.duration)))
    if transcript is not None:
        facts.append(_count(sum(len(segment.text.split()) for segment in transcript.segments), "word"))
        speakers = {segment.speaker for segment in transcript.segments if segment.speaker}
        if speakers:
            facts.append(_count(len(speakers), "speaker"))
    facts.append(_count(len(outline.sections), "section"))
    marked = sum(section.highlighted for section in outline.sections)
    if marked:
        facts.append(f"{pen.glyphs.star} {marked} highlighted")
    return [*lines, *_facts([pen.fit(fact, pen.width - 2) for fact in facts], pen), Text()]


def _facts(facts: list[str], pen: _Pen) -> list[Text]:
    """Facts beside each other with dots between them, wrapped between facts."""
    from rich.cells import cell_len
    from rich.text import Text

    rows = [facts[0]]
    for fact in facts[1:]:
        row = f"{rows[-1]} {pen.glyphs.dot} {fact}"
        rows[-1:] = [row] if cell_len(row) <= pen.width - 2 else [rows[-1], fact]
    return [Text("  " + row, style="dim") for row in rows]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _bar(outline: Outline, weights: list[float], pen: _Pen) -> list[Text]:
    """The whole recording as one line: a block per section, as long as it lasts and as high as it is important.

    Stars stand above the highlighted ones.
    """
    from rich.text import Text

    width = pen.width - 2
    if not weights or len(weights) > width // 2:
        return []  # blocks narrower than two cells say nothing
    cells = _shares(weights, width, least=2)
    stars, blocks = Text("  "), Text("  ")
    for number, (section, size) in enumerate(zip(outline.sections, cells, strict=True)):
        style = _PALETTE[number % len(_PALETTE)]
        star = pen.glyphs.star if section.highlighted else ""
        stars.append(star.center(size - 1) + " ", style=style)
        heights = pen.glyphs.heights
        block = heights[min(max(int(section.importance * len(heights)), 0), len(heights) - 1)]
        blocks.append(block * (size - 1) + " ", style=style)
    rows = [stars] if any(section.highlighted for section in outline.sections) else []
    return [*rows, blocks, Text()]


def _shares(weights: list[float], total: int, *, least: int) -> list[int]:
    """`total` split in whole numbers in proportion to `weights`, each at least `least` (largest remainders)."""
    spare = total - least * len(weights)
    exact = [spare * weight / sum(weights) for weight in weights]
    shares = [int(value) for value in exact]
    by_remainder = sorted(range(len(weights)), key=lambda place: (shares[place] - exact[place], place))
    for place in by_remainder[: spare - sum(shares)]:
        shares[place] += 1
    return [least + share for share in shares]


def _sections(outline: Outline, transcript: Transcript | None, weights: list[float], pen: _Pen) -> list[Text]:
    from rich.text import Text

    if not outline.sections:
        return [Text("  no sections", style="dim")]
    labels = _labels(outline)
    gutter = max(map(len, labels))
    bodies = [
        _body(section, number, transcript, _PALETTE[number % len(_PALETTE)], pen, pen.width - gutter - 6)
        for number, section in enumerate(outline.sections)
    ]
    rows = _shares(weights, sum(map(len, bodies)), least=0)
    lines: list[Text] = []
    for number, (section, body) in enumerate(zip(outline.sections, bodies, strict=True)):
        height = min(max(len(body), rows[number]), len(body) + _MAX_EXTRA_ROWS)
        rail = pen.glyphs.thick if section.highlighted else pen.glyphs.thin
        for row in range(height):
            line = Text("  " + (labels[number] if row == 0 else "").rjust(gutter) + " ")
            line.append(rail, style=_PALETTE[number % len(_PALETTE)])
            lines.append(line.append("  ").append_text(body[row]) if row < len(body) else line)
        lines.append(Text())
    return lines


def _labels(outline: Outline) -> list[str]:
    """Where each section begins: its time, or "#41", the index of its first segment, where it has none."""
    return [
        clock(to_ms(section.start)) if section.start is not None else f"#{section.first_segment}"
        for section in outline.sections
    ]


def _body(
    section: Section, number: int, transcript: Transcript | None, colour: str, pen: _Pen, width: int
) -> list[Text]:
    """The text beside the rail: title (with its length at the right), keywords, one quoted line."""
    from rich.cells import cell_len
    from rich.text import Text

    star = pen.glyphs.star + " " if section.highlighted else ""
    length = ""
    if section.start is not None and section.end is not None:
        length = clock(max(to_ms(section.end) - to_ms(section.start), 0))
    title = pen.fit(title_of(section, number + 1), width - len(star) - len(length) - 2)
    head = Text().append(star, style=f"bold {colour}").append(title, style="bold")
    gap = width - len(star) - cell_len(title) - len(length)
    lines = [head.append(" " * gap).append(length, style="dim")]
    lines += _keywords(section.keywords, colour, pen, width)
    said = excerpt(section, transcript)
    if said is not None:
        before, after = pen.glyphs.quotes if '"' not in said.text else ("", "")
        who = f"{pen.fit(said.speaker, width // 3)}: " if said.speaker else ""
        quote = pen.fit(said.text, width - cell_len(who) - 2)
        lines.append(Text(f"{who}{before}{quote}{after}", style="dim italic"))
    return lines


def _keywords(keywords: tuple[Keyword, ...], colour: str, pen: _Pen, width: int) -> list[Text]:
    """Keywords with the number of their mentions, wrapped between keywords; the weight shows the score."""
    from rich.cells import cell_len
    from rich.text import Text

    lines: list[Text] = []
    used = width  # so that the first keyword opens a line
    for keyword in keywords:
        count = f" {pen.glyphs.times}{len(keyword.mentions)}" if len(keyword.mentions) > 1 else ""
        text = pen.fit(keyword.text, width - len(count))
        size = cell_len(text) + len(count)
        if used + 3 + size > width:
            lines.append(Text())
            used = 0
        else:
            lines[-1].append("   ")
            used += 3
        style = f"bold {colour}" if keyword.score >= _STRONG else "dim" if keyword.score < _WEAK else colour
        lines[-1].append(text, style=style).append(count, style="dim")
        used += size
    return lines
