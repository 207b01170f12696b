"""The style sheet and the scripts of a page, and the policy that lets these run and nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from recorder.page.view import PART_STEP, PART_STEPS, View

__all__ = ["policy", "script", "source", "style"]

_SCRIPTS = ("core.js", "rail.js", "search.js", "copy.js", "audio.js")


@cache
def source(name: str) -> str:
    """One file of this folder as text."""
    return files("recorder.page").joinpath(name).read_text(encoding="utf-8")


def style(view: View) -> str:
    """The style sheet, with the places of this recording's sections.

    They are rules and not `style` attributes because the policy names what is allowed by its hash. Ids are ours.
    """
    places = "\n".join(
        f"#r-{section.id}{{--at:{section.at};--size:{section.size}}}#{section.id}{{--characters:{section.characters}}}"
        for section in view.sections
    )
    sizes = "".join(f".size-{step}{{--characters:{step * PART_STEP}}}" for step in range(1, 2 * PART_STEPS + 1))
    return f"{source('page.css')}\n{sizes}\n{places}\n"


def script(more: Sequence[str] = ()) -> str:
    """All scripts as one, in a scope of their own; `more` are further ones that run in the same scope."""
    parts = "\n".join([*map(source, _SCRIPTS), *more])
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def policy(styles: str, scripts: str, *, connect: bool = False) -> str:
    """A Content-Security-Policy: this style, this script, sound from beside the page; with `connect` its own server."""
    rules = [
        "default-src 'none'",
        f"style-src '{_hash(styles)}'",
        f"script-src '{_hash(scripts)}'",
        "media-src 'self' file:",  # a page opened from a disk has no origin that 'self' could mean
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join([*rules, "connect-src 'self'"] if connect else rules)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
