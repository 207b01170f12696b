"""The application: pages for people, JSON for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from earmark.errors import EarmarkError
from earmark.serve.events import EventStream
from earmark.serve.guard import Guard, badge_cookie
from earmark.serve.hub import Hub
from earmark.serve.keeper import Keeper
from earmark.serve.pages import POLICY, asset, render
from earmark.serve.posts import FinishedError, Posts, Taken
from earmark.serve.refusals import refusal
from earmark.serve.settings import Settings
from earmark.serve.showing import hit_address, live_page, recording_page, show_hits
from earmark.serve.uploads import keep
from recorder.errors import JournalError, LibraryError
from recorder.library import Folder, Library
from recorder.library.sources import JOURNALS, read_bytes
from recorder.live import LONGEST_LINE
from recorder.session import SmartScroll

__all__ = ["create_app"]

_HITS_PER_PAGE = 20
_MOST_READERS = 64


class _Server:
    """The endpoints, and what they share."""

    def __init__(self, settings: Settings, scroll: SmartScroll) -> None:
        self.settings = settings
        self.scroll = scroll
        self.keeper = Keeper(Folder(settings.folder, Library(settings.library), scroll))
        self.posts = Posts(self.keeper.folder.root, scroll)
        self.hub = Hub(scroll)

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Look after the folder as long as the server runs."""
        self.keeper.start()
        yield
        await run_sync(self.keeper.stop)
        await run_sync(self.posts.close)

    # --- pages -----------------------------------------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        """The list of recordings."""
        sessions, entries = await run_sync(self.keeper.listing)
        return _page(
            "home.html.j2",
            sessions=sessions,
            entries=entries,
            problems=self.keeper.folder.problems,
            waiting=self.keeper.waiting,
            trouble=self.keeper.trouble,
            folder=str(self.keeper.folder.root),
            query="",
        )

    async def recording(self, request: Request) -> Response:
        """One recording."""
        page = await run_sync(recording_page, self.keeper.library, request.path_params["slug"])
        return HTMLResponse(page.html, headers={"Content-Security-Policy": f"{page.policy}; frame-ancestors 'none'"})

    async def search(self, request: Request) -> Response:
        """Search results as a page."""
        query = request.query_params.get("q", "").strip()
        if not query:
            return RedirectResponse("/", 303)
        number = _number(request, "page", 1, 1, 1000)
        error, found = None, None
        try:
            found = await run_sync(self._find, query, _HITS_PER_PAGE, (number - 1) * _HITS_PER_PAGE)
        except LibraryError as caught:
            error = str(caught)
        total = found.total if found else 0
        return _page(
            "search.html.j2",
            query=query,
            error=error,
            total=total,
            hits=show_hits(found.hits) if found else (),
            page=number,
            pages=-(-total // _HITS_PER_PAGE),
        )

    async def live(self, request: Request) -> Response:
        """The page of a session that runs."""
        name = request.path_params["name"]
        path = await run_sync(self._journal, name)
        watched = await self.hub.watched(path)
        if watched.recording.finished:
            entry = await run_sync(self.keeper.read, path)
            return RedirectResponse(f"/r/{entry.slug}", 303)
        page = await run_sync(live_page, watched.recording, name)
        return HTMLResponse(page.html, headers={"Content-Security-Policy": f"{page.policy}; frame-ancestors 'none'"})

    async def static(self, request: Request) -> Response:
        """Files that pages link to."""
        found = asset(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "There is no such file.")
        return Response(found[0], media_type=found[1], headers={"Cache-Control": "no-cache"})

    async def login(self, request: Request) -> Response:
        """Take the token from the form of the page that asks for it."""
        form = dict(parse_qsl((await request.body()).decode("latin-1")))
        if not self.settings.knows_token(form.get("token", "")):
            return refusal(request.headers, 401, "That is not the token of this server.")
        return RedirectResponse("/", 303, headers={"Set-Cookie": badge_cookie(self.settings)})

    # --- for programs ----------------------------------------------------------------------------------------------

    async def list_recordings(self, request: Request) -> Response:
        """All recordings and open sessions."""
        sessions, entries = await run_sync(self.keeper.listing)
        return JSONResponse(
            {
                "recordings": [entry.to_dict() for entry in entries],
                "sessions": [
                    {"name": each.name, "segments": each.n_segments, "live": each.live, "url": f"/live/{each.name}"}
                    for each in sessions
                ],
            }
        )

    async def add_recording(self, request: Request) -> Response:
        """Keep a transcript that is the request's body."""
        name = request.query_params.get("name", "recording.txt")
        data = await request.body()
        entry, new = await run_sync(self._keep, name, data)
        body = {"slug": entry.slug, "title": entry.title, "url": f"/r/{entry.slug}", "new": new}
        return JSONResponse(body, 201 if new else 200)

    async def outline(self, request: Request) -> Response:
        """The outline of a recording."""
        try:
            text = await run_sync(self.keeper.library.outline_json, request.path_params["slug"])
        except LibraryError as error:
            raise HTTPException(404, str(error)) from error
        return Response(text, media_type="application/json")

    async def find(self, request: Request) -> Response:
        """Search results."""
        limit, offset = _number(request, "limit", 20, 1, 100), _number(request, "offset", 0, 0, 100_000)
        found = await run_sync(self._find, request.query_params.get("q", ""), limit, offset)
        hits = [{**hit.to_dict(), "url": hit_address(hit)} for hit in found.hits]
        return JSONResponse({"total": found.total, "hits": hits})

    async def session(self, request: Request) -> Response:
        """Where a session stands: how many segments it has, so that a sender knows where to go on."""
        watched = await self.hub.watched(await run_sync(self._journal, request.path_params["name"]))
        recording = watched.recording
        return JSONResponse({"segments": recording.n_segments, "finished": recording.finished})

    async def post_lines(self, request: Request) -> Response:
        """Take final lines; each as soon as it is complete."""
        name, so_far, held = request.path_params["name"], Taken(), b""
        try:
            async for chunk in request.stream():
                *lines, held = (held + chunk).split(b"\n")
                held = held[:LONGEST_LINE]
                if lines:
                    await run_sync(self.posts.take, name, lines, so_far)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it; what came in whole lines is kept
        await run_sync(self.posts.take, name, [held] if held.strip() else [], so_far)
        return JSONResponse(
            {
                "taken": so_far.taken,
                "segments": so_far.segments,
                "warnings": list(so_far.warnings),
                "url": f"/live/{name}",
            }
        )

    async def finish(self, request: Request) -> Response:
        """End a session that was posted."""
        path = await run_sync(self.posts.finish, request.path_params["name"])
        entry = await run_sync(self.keeper.read, path)
        return JSONResponse({"slug": entry.slug, "title": entry.title, "url": f"/r/{entry.slug}"})

    async def events(self, request: Request) -> Response:
        """What changes on the page of a running session."""
        if sum(watched.readers for watched in self.hub.all()) >= _MOST_READERS:
            raise HTTPException(503, f"{_MOST_READERS} pages are being kept up to date; close one of them.")
        watched = await self.hub.watched(await run_sync(self._journal, request.path_params["name"]))
        place = request.headers.get("last-event-id") or request.query_params.get("from", "")
        epoch, _, version = place.partition(":")
        number = int(version) if version.isascii() and version.isdecimal() and len(version) < 16 else 0
        return EventStream(watched.events(epoch, number), self.settings.stall)

    # --- work, in threads ------------------------------------------------------------------------------------------

    def _find(self, query: str, limit: int, offset: int) -> Any:
        return self.keeper.library.search(query, limit=limit, offset=offset)

    def _journal(self, name: str) -> Path:
        """The journal of that name; only files that the folder lists are ever opened."""
        for path in self.keeper.folder.files():
            if path.suffix.lower() in JOURNALS and path.stem == name:
                return path
        raise HTTPException(404, f"There is no session {name!r} in {self.keeper.folder.root}.")

    def _keep(self, name: str, data: bytes) -> tuple[Any, bool]:
        source = read_bytes(data, self.scroll, name=name)  # what is no transcript is refused before it is written
        known = self.keeper.library.with_digest(source.digest)
        if known is not None:
            return known, False
        return self.keeper.read(keep(self.keeper.folder.root, name, data)), True


def create_app(settings: Settings, scroll: SmartScroll | None = None) -> Guard:
    """The application for these settings, with the guard around it.

    Raises:
        RecorderError: the folder or the library cannot be used.
    """
    server = _Server(settings, scroll or SmartScroll())
    app = Starlette(
        routes=[
            Route("/", server.home),
            Route("/r/{slug}", server.recording),
            Route("/search", server.search),
            Route("/live/{name}", server.live),
            Route("/events/{name}", server.events),
            Route("/static/{name}", server.static),
            Route("/login", server.login, methods=["POST"]),
            Route("/api/recordings", server.list_recordings),
            Route("/api/recordings", server.add_recording, methods=["POST"]),
            Route("/api/recordings/{slug}", server.outline),
            Route("/api/search", server.find),
            Route("/api/live/{name}", server.session),
            Route("/api/live/{name}", server.post_lines, methods=["POST"]),
            Route("/api/live/{name}/finish", server.finish, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _refused, EarmarkError: _failed, Exception: _broken},
        lifespan=server.lifespan,
    )
    app.state.keeper = server.keeper
    return Guard(app, settings)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return refusal(request.headers, error.status_code, error.detail)


async def _failed(request: Request, error: Exception) -> Response:
    status = 409 if isinstance(error, JournalError | FinishedError) else 400
    if isinstance(error, LibraryError) and request.url.path.startswith("/r/"):
        status = 404
    return refusal(request.headers, status, str(error))


async def _broken(request: Request, _: Exception) -> Response:
    return refusal(request.headers, 500, "Earmark has a fault here.", "The terminal it runs in shows what happened.")


def _page(name: str, **values: Any) -> Response:
    return HTMLResponse(render(name, **values), headers={"Content-Security-Policy": POLICY})


def _number(request: Request, name: str, usual: int, low: int, high: int) -> int:
    given = request.query_params.get(name, str(usual))
    if not (given.isascii() and given.isdecimal() and len(given) < 10 and low <= int(given) <= high):
        raise HTTPException(400, f"{name} must be a whole number from {low} to {high}, got {given[:40]!r}.")
    return int(given)
