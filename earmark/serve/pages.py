"""The server's own pages; a recording's page comes from `recorder.page`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import jinja2

from recorder.clock import clock, to_ms
from recorder.page.assets import source as page_source

__all__ = ["POLICY", "asset", "render"]

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of these pages: their own files, and nothing written into them."""

_ASSETS = {"serve.css": "text/css", "serve.js": "text/javascript", "icon.svg": "image/svg+xml", "page.css": "text/css"}


def render(name: str, **values: Any) -> str:
    """A page from a template of this folder."""
    return _environment().get_template(name).render(values)


def asset(name: str) -> tuple[str, str] | None:
    """Text and media type of a file that pages link to; None when there is no such file."""
    if name not in _ASSETS:
        return None
    return (page_source(name) if name == "page.css" else _source(name)), _ASSETS[name]


@cache
def _source(name: str) -> str:
    return files("earmark.serve").joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(clock=lambda seconds: clock(to_ms(seconds)), ago=_ago, lasting=_length)
    return made


def _ago(seconds: float) -> str:
    """How long ago: "now", "12 s ago", "3 min ago", "5 h ago", "2 days ago"."""
    if seconds < 3:
        return "now"
    for size, unit in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''} ago"
    return f"{int(seconds)} s ago"


def _length(seconds: float) -> str:
    """How long a recording is: "42 s", "28 min", "2 h 05 min"."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{round(seconds)} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
