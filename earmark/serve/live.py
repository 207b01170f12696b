"""A session that is followed: its journal is read as it grows, and its page is kept as pieces that change.

Pieces are parts of the page in `recorder.page`: a section's header, a few paragraphs, the chapter list. Each knows
the version in which it last changed, so that what a reader lacks is found without keeping anything for them: a reader
who stalls costs nothing but a number.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recorder.errors import JournalError, TranscriptError
from recorder.journal import Journal
from recorder.library.sources import stamp_of
from recorder.outline import Outline
from recorder.page import Page, View, render, render_chapters, render_part, render_rail, render_section, view_of
from recorder.page.view import PartView, SectionView
from recorder.session import Session, SmartScroll
from recorder.transcript import Segment, Transcript

__all__ = ["LiveRecording"]

_REST = 2.0  # between two looks at a session at least so many times as long as the last look took,
_LONGEST_REST = 3.0  # but never more than so many seconds


@dataclass(frozen=True, slots=True)
class _Piece:
    """What was last sent of one part of the page, and since which version; None: it has gone."""

    version: int
    value: Any


class LiveRecording:
    """One journal and the page of what is in it so far; methods may be called from any thread.

    Args:
        path: the journal, which another process or this one is writing.
        scroll: makes the outlines.

    Raises:
        JournalError: there is no such journal, or it is damaged.
    """

    def __init__(self, path: Path, scroll: SmartScroll) -> None:
        self.path = path
        self.epoch = secrets.token_hex(4)  # versions of another life of the server say nothing
        self.version = 0
        self.finished = False
        self._scroll = scroll
        self._lock = threading.Lock()
        self._stamp: str | None = None
        self._session: Session | None = None
        self._segments: list[Segment] = []
        self._outline = Outline(None, None, (), ())
        self._pieces: dict[str, _Piece] = {}
        self._views: dict[str, SectionView] = {}
        self._rested_at = 0.0
        self._rest = 0.0

    @property
    def n_segments(self) -> int:
        """Lines so far."""
        return len(self._segments)

    def poll(self) -> bool:
        """Read what is new; whether anything changed. Looks at nothing while the last look is not long enough ago.

        Raises:
            RecorderError: the journal has gone or is damaged.
        """
        with self._lock:
            now = time.monotonic()
            if self.finished or now < self._rested_at + self._rest:
                return False
            stamp = stamp_of(self.path)
            if stamp == self._stamp:
                return False
            changed = self._read()
            self._stamp = stamp
            if changed:
                self._update()
            self._rested_at = time.monotonic()
            self._rest = min((self._rested_at - now) * _REST, _LONGEST_REST)
            return changed

    def page(self, *, events: str, home: str, script: str, style: str) -> Page:
        """The page as it is now, with a script that goes on from there.

        Args:
            events: address of the server-sent events.
            home: address of the list of recordings.
            script: what keeps the page up to date.
            style: what that script's elements look like.
        """
        with self._lock:
            state = json.dumps({"events": events, "from": f"{self.epoch}:{self.version}", "running": not self.finished})
            return render(
                self._outline,
                Transcript(tuple(self._segments), self._outline.source),
                live=True,
                title=self.path.stem,
                home=home,
                scripts=[f"const LIVE = {state.replace('<', chr(92) + 'u003c')};", script],
                styles=[style],
            )

    def since(self, epoch: str, version: int) -> dict[str, Any] | None:
        """What a reader at this version lacks, JSON-ready; None when it is nothing."""
        with self._lock:
            whole = epoch != self.epoch or version > self.version
            if not whole and version == self.version:
                return None
            after = 0 if whole else version
            news = {key: piece.value for key, piece in self._pieces.items() if piece.version > after}
            return {
                "version": f"{self.epoch}:{self.version}",
                "whole": whole,
                "finished": self.finished,
                "pieces": {key: value for key, value in news.items() if not (whole and value is None)},
            }

    def _read(self) -> bool:
        with closing(Journal.read(self.path)) as journal, journal.snapshot():
            self.finished = bool(journal.meta().get("finished"))
            if self._session is None:
                self._session = self._scroll.replay(journal)
                self._segments = list(journal.segments())
                return True
            if journal.n_segments() < len(self._segments):
                raise JournalError(f"{self.path.name} is another session now; load the page again.")
            new = list(journal.segments(len(self._segments)))
        self._session.feed(new)
        self._segments += new
        return bool(new) or self.finished

    def _update(self) -> None:
        """Work out the page anew and note which of its pieces changed."""
        assert self._session is not None
        try:
            self._outline = self._session.finish() if self.finished else self._session.outline()
        except TranscriptError:  # nothing with a word in it yet
            self._outline = Outline(None, None, (), ())
        view = view_of(self._outline, Transcript(tuple(self._segments)), title=self.path.stem)
        self.version += 1
        seen = {"facts", "chapters", "rail"}
        self._put("facts", list(view.facts))
        self._put("chapters", render_chapters(view))
        self._put("rail", render_rail(view))
        self._put_sections(view, seen)
        for key in [key for key, piece in self._pieces.items() if key not in seen and piece.value is not None]:
            self._put(key, None)

    def _put_sections(self, view: View, seen: set[str]) -> None:
        views = {}
        for section in view.sections:
            views[section.id] = section
            old = self._views.get(section.id)
            head = f"section {section.id}"
            if old is not None and _bare(old) == _bare(section):
                html = self._pieces[head].value["html"]
            else:
                html = render_section(_bare(section))
            place = [section.at, section.size, section.characters, _first(section.parts)]
            self._put(head, {"html": html, "place": place})
            seen.add(head)
            known = set(old.parts) if old is not None else set()
            for part in section.parts:
                key = f"part {_first((part,))}"
                seen.add(key)
                if part not in known or key not in self._pieces:
                    self._put(key, render_part(part))
        self._views = views

    def _put(self, key: str, value: Any) -> None:
        old = self._pieces.get(key)
        if old is None or old.value != value:
            self._pieces[key] = _Piece(self.version, value)


def _first(parts: tuple[PartView, ...]) -> int:
    """The segment with which the first of these begins."""
    return int(parts[0].paragraphs[0].id.removeprefix("p")) if parts else 0


def _bare(section: SectionView) -> SectionView:
    """The section without its text and without what changes with every line."""
    return replace(section, at=0.0, size=0.0, characters=0, parts=())
