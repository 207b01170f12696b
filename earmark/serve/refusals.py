"""Errors as a small page for people and as JSON for programs."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response

from earmark.serve.pages import POLICY, render

__all__ = ["refusal"]

_TITLES = {
    400: "That cannot be done",
    401: "A token, please",
    403: "Not allowed",
    404: "Nothing here",
    405: "Not this way",
    408: "It took too long",
    409: "Not now",
    413: "Too large",
    503: "Too busy",
}


def refusal(headers: Headers, status: int, message: str, advice: str = "") -> Response:
    """The answer with this status; `headers` are the request's and say whether a page or JSON is wanted."""
    more = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if "text/html" in headers.get("accept", ""):
        title = _TITLES.get(status, "Something went wrong")
        text = render("error.html.j2", title=title, message=message, advice=advice, status=status)
        return HTMLResponse(text, status, headers={"Content-Security-Policy": POLICY, **more})
    body = {"error": message, "advice": advice} if advice else {"error": message}
    return JSONResponse(body, status, headers=more)
