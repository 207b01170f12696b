"""The outline while it grows: a screen that is redrawn on a terminal, otherwise one line per closed section."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import typer

from recorder.clock import clock, to_ms
from recorder.errors import TranscriptError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    from recorder.outline import Outline, Section
    from recorder.session import Session

__all__ = ["Growing", "growing_view", "section_line"]

_REDRAW_SECONDS = 0.5
"""The screen is drawn anew at most this often: a file is read faster than anyone can look."""
_ROWS_BESIDE_SECTIONS = 5


class Growing(Protocol):
    """Something that shows a session's progress."""

    def update(self, session: Session, begun: tuple[int, ...]) -> None:
        """Show what the session holds now; `begun` is what its last `feed` returned."""
        ...


@contextmanager
def growing_view(on_screen: bool) -> Iterator[Growing]:
    """The view to use: a live screen on standard output, or lines on standard error."""
    if not on_screen:
        yield _Lines()
        return
    import rich.console
    import rich.live

    console = rich.console.Console()
    with rich.live.Live(console=console, transient=True, auto_refresh=False) as live:
        screen = _Screen(console, live)
        screen.draw(None, 0)
        yield screen


def section_line(section: Section) -> str:
    """One section on one line: "0:00-3:12  Battery life  (battery, solar cell, price)"."""
    keywords = ", ".join(keyword.text for keyword in section.keywords)
    return "  ".join(part for part in (_span(section), section.title, f"({keywords})" if keywords else "") if part)


def _span(section: Section) -> str:
    """When the section is; without times, which lines it holds, counted from 1."""
    if section.start is None or section.end is None:
        return f"lines {section.first_segment + 1}-{section.last_segment + 1}"
    return f"{clock(to_ms(section.start))}-{clock(to_ms(section.end))}"


class _Lines:
    """A line on standard error as soon as a section is closed."""

    def __init__(self) -> None:
        self._shown = 0  # first segment index of the first section not shown yet

    def update(self, session: Session, begun: tuple[int, ...]) -> None:
        if not begun or (outline := _so_far(session)) is None:
            return
        for section in outline.sections:
            if self._shown <= section.first_segment and section.last_segment < begun[-1]:
                typer.echo(section_line(section), err=True)
        self._shown = begun[-1]


class _Screen:
    """The last sections that fit on the terminal, and where the recording is."""

    def __init__(self, console: Console, live: Live) -> None:
        self._console = console
        self._live = live
        self._drawn = float("-inf")

    def update(self, session: Session, begun: tuple[int, ...]) -> None:
        if begun or time.monotonic() - self._drawn >= _REDRAW_SECONDS:
            self.draw(_so_far(session), session.n_segments)

    def draw(self, outline: Outline | None, n_segments: int) -> None:
        """Draw the outline so far, or only that something is listening."""
        self._live.update(self._table(outline, n_segments), refresh=True)
        self._drawn = time.monotonic()

    def _table(self, outline: Outline | None, n_segments: int) -> Table:
        import rich.box
        import rich.table
        import rich.text

        sections = () if outline is None else outline.sections
        shown = sections[-max(1, self._console.height - _ROWS_BESIDE_SECTIONS) :]
        at = "" if outline is None or outline.duration is None else f" at {clock(to_ms(outline.duration))}"
        table = rich.table.Table(
            box=rich.box.SIMPLE_HEAD,
            expand=True,
            title=f"Listening{at}: {n_segments} lines, {len(sections)} sections (Ctrl-C ends)",
        )
        table.add_column("Time", no_wrap=True)
        table.add_column("Section", no_wrap=True, ratio=1)
        table.add_column("Keywords", no_wrap=True, ratio=2)
        for section in shown:
            still_open = section is sections[-1]
            style = "dim" if still_open else "bold" if section.highlighted else ""
            title = f"{section.title} ..." if still_open else section.title
            keywords = ", ".join(keyword.text for keyword in section.keywords)
            table.add_row(_span(section), rich.text.Text(title), rich.text.Text(keywords), style=style)
        return table


def _so_far(session: Session) -> Outline | None:
    """The outline as it stands, or None while nothing with a word in it has been said."""
    try:
        return session.outline()
    except TranscriptError:
        return None
