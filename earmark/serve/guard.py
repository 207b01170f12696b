"""Who may ask: every request passes here before anything else sees it.

In this order: the Host header must name this server; a token is asked for where there is one; a request that changes
something must come from our own pages or from no page at all; a body may not be larger than allowed. What is refused
gets a message that says why and what to do. Every answer carries the security headers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from earmark.serve.refusals import refusal
from earmark.serve.settings import Settings

__all__ = ["COOKIE", "HEADERS", "Guard", "badge_cookie"]

COOKIE = "earmark"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}
"""Set on every answer that does not set them itself."""

_LIVE_PATIENCE = 3600.0  # seconds of silence in a meeting that is posted line by line
_SAFE = ("GET", "HEAD")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class Guard:
    """ASGI middleware with the rules of `settings` around `app`."""

    def __init__(self, app: App, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let the request through to the app, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        guarded = _with_headers(send)
        headers = Headers(scope=scope)
        refused = self._refusal(scope, headers)
        if refused is not None:
            await refusal(headers, *refused)(scope, receive, guarded)
            return
        came = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        if self._settings.token is not None and scope["method"] == "GET" and "token" in came:
            await self._login_by_link(scope, came, receive, guarded)
            return
        patience = _LIVE_PATIENCE if scope["path"].startswith("/api/live/") else self._settings.stall
        await self._app(scope, _limited(receive, self._settings, patience), guarded)

    def _refusal(self, scope: MutableMapping[str, Any], headers: Headers) -> tuple[int, str, str] | None:
        """Status, what is wrong and what to do; None lets the request through."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._settings.knows_host(hosts[0]):
            asked = ", ".join(hosts) or "no host"
            return (
                403,
                f"This server is not called {asked!r}.",
                "Use the address that earmark serve printed, or start it with --allow-host NAME.",
            )
        if not self._has_token(scope, headers):
            return (
                401,
                "This server wants a token, and the request has none or a wrong one.",
                "Open the link that earmark serve printed, or send the header Authorization: Bearer TOKEN.",
            )
        if scope["method"] not in _SAFE and not _from_here(scope, headers, hosts[0]):
            return (
                403,
                "This request comes from a page of another site.",
                "Send it from a page of this server, or from a program without an Origin header.",
            )
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._settings.max_body:
            return 413, *too_large(self._settings)
        return None

    def _has_token(self, scope: MutableMapping[str, Any], headers: Headers) -> bool:
        settings = self._settings
        if settings.token is None or scope["path"] == "/login" or scope["path"].startswith("/static/"):
            return True
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and settings.knows_token(given.strip()):
            return True
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            cookie = None
        if cookie is not None and settings.knows_badge(cookie.value):
            return True
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        return scope["method"] == "GET" and settings.knows_token(query.get("token", ""))

    async def _login_by_link(
        self, scope: MutableMapping[str, Any], came: dict[str, str], receive: Receive, send: Send
    ) -> None:
        """Put the token of a link into a cookie and take it out of the address."""
        from starlette.responses import RedirectResponse

        rest = urlencode({key: value for key, value in came.items() if key != "token"})
        place = "/" + scope["path"].lstrip("/") + (f"?{rest}" if rest else "")
        answer = RedirectResponse(place, status_code=303)
        answer.headers["set-cookie"] = badge_cookie(self._settings)
        await answer(scope, receive, send)


def badge_cookie(settings: Settings) -> str:
    """The Set-Cookie header for a browser that knows the token."""
    return f"{COOKIE}={settings.badge}; Path=/; HttpOnly; SameSite=Lax"


def too_large(settings: Settings) -> tuple[str, str]:
    """What is wrong, and what to do."""
    limit = f"{settings.max_body / (1 << 20):g} MiB"
    return (
        f"The request is larger than {limit}.",
        "Send less at a time, put the file into the folder, or start the server with a larger --max-upload.",
    )


def _from_here(scope: MutableMapping[str, Any], headers: Headers, host: str) -> bool:
    """Whether no foreign page can have sent this: its origin is ours, or no browser sent it."""
    origins = headers.getlist("origin")
    if origins:
        return origins in ([f"http://{host}"], [f"https://{host}"])
    return headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def _limited(receive: Receive, settings: Settings, patience: float) -> Receive:
    """`receive` that ends with an error when the body is too large or stops coming."""
    taken = 0
    ended = False

    async def limited() -> Message:
        nonlocal taken, ended
        if ended:
            return await receive()  # waits for the client to go away: that may take as long as it likes
        try:
            with anyio.fail_after(patience):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, f"Nothing came for {patience:g} s; send the request again.") from None
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if taken > settings.max_body:
                raise HTTPException(413, " ".join(too_large(settings)))
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return guarded
