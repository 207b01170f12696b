"""The `earmark` command: one file per command group, nothing heavy before a command needs it.

Exit codes: 0 done; 1 something was wrong with the input or the machine (one message on stderr, no traceback);
2 wrong usage (unknown option, missing argument).
"""

from __future__ import annotations

from typing import Annotated

import typer

from earmark.cli.chat import chat
from earmark.cli.classify import classify
from earmark.cli.distill import app as distill_app
from earmark.cli.export import app as export_app
from earmark.cli.library import app as library_app
from earmark.cli.listen import listen
from earmark.cli.personal import app as personal_app
from earmark.cli.project import project
from earmark.cli.replies import app as replies_app
from earmark.cli.reply import reply
from earmark.cli.scroll import scroll
from earmark.cli.serve import serve
from earmark.errors import EarmarkError

__all__ = ["app", "main"]

app = typer.Typer(
    name="earmark",
    help="Mark what matters in what was said: sections, keywords and highlights, on this device, with no network.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(scroll)
app.command()(listen)
app.command()(serve)
app.command()(reply)
app.command()(chat)
app.command()(project)
app.command()(classify)
app.add_typer(library_app, name="library")
app.add_typer(replies_app, name="replies")
app.add_typer(export_app, name="export")
app.add_typer(distill_app, name="distill")
app.add_typer(personal_app, name="personal")


def _version(asked: bool) -> None:
    if asked:
        from earmark import __version__

        typer.echo(f"earmark {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> int:
    """Run the command line; a user's mistake is one message on stderr and a non-zero exit code."""
    try:
        app()
    except EarmarkError as error:
        typer.echo(f"earmark: {error}", err=True)
        return 1
    return 0
