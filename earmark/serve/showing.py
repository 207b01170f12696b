"""Recordings, running sessions and search results as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePath
from urllib.parse import quote

from earmark.serve.live import LiveRecording
from recorder.clock import to_ms
from recorder.library import Entry, Hit, HitLine, Library
from recorder.page import Page, render

__all__ = ["ShownHit", "ShownLine", "hit_address", "live_page", "recording_page", "show_hits"]


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a search result and where it leads."""

    line: HitLine
    address: str


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A search result: where its section is, and its lines."""

    hit: Hit
    address: str
    lines: tuple[ShownLine, ...]


def recording_page(library: Library, slug: str) -> Page:
    """The page of a recording.

    Raises:
        LibraryError: there is none of this name.
    """
    entry: Entry = library.get(slug)
    transcript, outline = library.load(slug)
    return render(outline, transcript, title=None if outline.titles else entry.name, home="/")


def live_page(recording: LiveRecording, name: str) -> Page:
    """The page of a running session, which keeps itself up to date."""
    source = files("earmark.serve")
    return recording.page(
        events=f"/events/{quote(name, safe='')}",
        home="/",
        script=source.joinpath("live.js").read_text(encoding="utf-8"),
        style=source.joinpath("live.css").read_text(encoding="utf-8"),
    )


def show_hits(hits: Iterable[Hit]) -> tuple[ShownHit, ...]:
    """Search results with their addresses."""
    return tuple(
        ShownHit(hit, hit_address(hit), tuple(ShownLine(line, _line_address(hit, line)) for line in hit.lines))
        for hit in hits
    )


def hit_address(hit: Hit) -> str:
    """The address of the hit's section."""
    return f"{_page_address(hit)}#{hit.section.id}"


def _line_address(hit: Hit, line: HitLine) -> str:
    if line.start is None:
        return hit_address(hit)
    seconds = f"{to_ms(line.start) // 10 / 100:.2f}".rstrip("0").rstrip(".")  # as the page writes its times
    return f"{_page_address(hit)}#t={seconds}"


def _page_address(hit: Hit) -> str:
    if hit.finished:
        return f"/r/{hit.slug}"
    return f"/live/{quote(PurePath(hit.name).stem, safe='')}"
