"""Everybody who watches a running session: one look at the journal for all of them, and a wake-up when it has grown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import anyio.to_thread

from earmark.errors import EarmarkError
from earmark.serve.live import LiveRecording
from recorder.session import SmartScroll

__all__ = ["Hub", "Watched"]

_LOOK_SECONDS = 0.25
_HEARTBEAT_SECONDS = 15.0
_MOST_KEPT = 8


class Watched:
    """One session and those who watch it."""

    def __init__(self, recording: LiveRecording) -> None:
        self.recording = recording
        self.readers = 0
        self.failure: str | None = None
        self._grown = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """Look once, now."""
        if await anyio.to_thread.run_sync(self.recording.poll):
            self._grown.set()
            self._grown = asyncio.Event()

    async def events(self, epoch: str, version: int) -> AsyncIterator[str]:
        """Server-sent events from this version on, until the session ends; a comment when there is nothing to say.

        Nothing is queued: each turn sends what this reader lacks by then.
        """
        self.readers += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._keep_looking())
        try:
            while True:
                grown = self._grown
                news = await anyio.to_thread.run_sync(self.recording.since, epoch, version)
                if news is not None:
                    epoch, _, number = news["version"].partition(":")
                    version = int(number)
                    text = json.dumps(news, ensure_ascii=False, separators=(",", ":"))
                    yield f"id: {news['version']}\ndata: {text}\n\n"
                if self.failure is not None:
                    yield f"event: failure\ndata: {json.dumps(self.failure)}\n\n"
                    return
                if self.recording.finished:
                    return
                try:
                    await asyncio.wait_for(grown.wait(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": nothing new\n\n"
        finally:
            self.readers -= 1

    async def _keep_looking(self) -> None:
        while self.readers and not self.recording.finished:
            try:
                await self.look()
            except EarmarkError as error:
                self.failure = str(error)
                self._grown.set()
                return
            await asyncio.sleep(_LOOK_SECONDS)
        self._grown.set()


class Hub:
    """The sessions that are watched, and a few that were; belongs to one event loop."""

    def __init__(self, scroll: SmartScroll) -> None:
        self._scroll = scroll
        self._watched: dict[Path, Watched] = {}

    async def watched(self, path: Path) -> Watched:
        """The session of this journal, read up to now.

        Raises:
            RecorderError: there is no journal, or it is damaged.
        """
        watched = self._watched.pop(path, None)
        if watched is None or watched.failure is not None:
            watched = Watched(LiveRecording(path, self._scroll))
        self._watched[path] = watched  # the newest last
        for old in [path for path, each in self._watched.items() if not each.readers][:-_MOST_KEPT]:
            del self._watched[old]
        await watched.look()
        return watched

    def all(self) -> tuple[Watched, ...]:
        """Every session that is kept here."""
        return tuple(self._watched.values())
