"""What `earmark scroll` and `earmark listen` do with an outline: print it or write it, in the form asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from earmark.errors import EarmarkError

if TYPE_CHECKING:
    from recorder import Outline, Transcript

__all__ = ["TERMINAL", "check_output", "emit", "output_form", "write_text"]

TERMINAL = "terminal"
"""The form for people; every other one is a writer's name."""


def output_form(to: str, as_json: bool, more: tuple[str, ...] = ()) -> str:
    """The form that `--to` and `--json` ask for together; a usage error when they disagree or `to` is unknown.

    `more` are forms that this command has besides the terminal and the writers.
    """
    from recorder.writers import WRITERS

    if as_json and to not in (TERMINAL, "json"):
        raise typer.BadParameter(f"--json is short for --to json; it cannot go with --to {to}.")
    form = "json" if as_json else to
    allowed = (TERMINAL, *WRITERS, *more)
    if form not in allowed:
        raise typer.BadParameter(f"must be one of {', '.join(allowed)}; got '{form}'.", param_hint="--to")
    return form


def check_output(output: Path | None, force: bool) -> None:
    """Refuse before the work is done, not after it."""
    if output is None:
        return
    if output.exists() and not force:
        raise EarmarkError(f"{output} exists already. Choose another --output, or add --force to write over it.")
    if not output.parent.is_dir():
        raise EarmarkError(f"the folder {output.parent} for --output does not exist. Create it first.")


def emit(outline: Outline, transcript: Transcript | None, form: str, output: Path | None) -> None:
    """Print the outline in `form`, or write it to `output`."""
    from recorder.writers import write_outline

    if form != TERMINAL:
        write_text(output, write_outline(outline, form, transcript=transcript))
        return

    import rich.console

    from earmark.cli.view import render_outline

    if output is None:
        render_outline(outline, transcript=transcript, console=rich.console.Console())
    else:
        with output.open("w", encoding="utf-8") as file:
            render_outline(outline, transcript=transcript, console=rich.console.Console(file=file, width=100))


def write_text(output: Path | None, text: str) -> None:
    """Write `text` as UTF-8 to `output`, or to the screen."""
    if output is None:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise EarmarkError(f"cannot write {output}: {error.strerror}.") from error
