"""What `earmark scroll --to html` does: one page, and the way from it to the sound."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import typer

from earmark.cli.output import write_text
from earmark.errors import EarmarkError

if TYPE_CHECKING:
    from recorder import Outline, Transcript

__all__ = ["HTML", "check_audio", "emit_page"]

HTML = "html"
"""The form that is a page; no writer, since nothing reads it back."""


def check_audio(audio: Path | None, form: str) -> None:
    """Refuse before the work is done, not after it."""
    if audio is None:
        return
    if form != HTML:
        raise typer.BadParameter(f"it needs --to html; got --to {form}.", param_hint="--audio")
    if not audio.is_file():
        raise EarmarkError(f"there is no file {audio} for --audio. Give the recording's sound file.")


def emit_page(
    outline: Outline, transcript: Transcript, output: Path | None, *, audio: Path | None = None, lang: str = "en"
) -> None:
    """Print the page, or write it to `output`; `audio` becomes a link relative to the page's folder."""
    from recorder.page import render_page

    folder = Path() if output is None else output.parent
    address = None if audio is None else relative_address(audio, folder)
    write_text(output, render_page(outline, transcript, audio=address, lang=lang))


def relative_address(file: Path, folder: Path) -> str:
    """The address of `file` for a page in `folder`: relative, percent-encoded, never with a scheme.

    Raises:
        EarmarkError: there is no relative way (another drive).
    """
    try:
        way = os.path.relpath(file.resolve(), folder.resolve())
    except ValueError as error:
        raise EarmarkError(f"there is no relative path from {folder} to {file}: put both on one drive.") from error
    path = quote(way.replace(os.sep, "/"), safe="/")
    return path if path.startswith("../") else f"./{path}"
