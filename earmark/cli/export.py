"""`earmark export`: model files for phones, browsers and everything else that runs LiteRT."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from earmark.cli.reply_options import ModelOption
from earmark.errors import EarmarkError

__all__ = ["app"]

app = typer.Typer(help="Write model files for phones, browsers and other LiteRT interpreters.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass  # keeps `smartreply` a subcommand while it is the only one


@app.command()
def smartreply(
    output: Annotated[Path, typer.Argument(metavar="OUT", help="The .tflite to write.")],
    replies: Annotated[
        Path | None, typer.Option("--replies", metavar="REPLIES", help="Suggest the replies of this text file instead.")
    ] = None,
    model: ModelOption = None,
    force: Annotated[bool, typer.Option("--force", help="Write over OUT if it exists.")] = False,
) -> None:
    """Write smart reply as one file: bytes of the last message in, reply texts out, nothing else needed.

    See docs/export.md for how to call it from Android, iOS, the web and Python.

    Examples:

        earmark export smartreply smartreply.tflite

        earmark export smartreply mine.tflite --replies my.txt
    """
    from earmark.cli.output import check_output

    check_output(output, force)
    if replies is not None:
        from smartreply.own_replies import build_model

        build_model(replies, output, model=model)
    else:
        from smartreply.engine import SHIPPED, LiteRtEngine

        source = SHIPPED if model is None else model
        LiteRtEngine.load(source)  # refuses what is damaged or another kind of model
        try:
            output.write_bytes(source.read_bytes())
        except OSError as error:
            raise EarmarkError(f"cannot write {output}: {error.strerror}.") from error
    typer.echo(f"{output}: {output.stat().st_size / 1024:.0f} KB", err=True)
