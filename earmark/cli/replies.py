"""`earmark replies`: the reply list of a model, and models with replies of your own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from earmark.cli.reply_options import EditsOption, ModelOption
from earmark.errors import EarmarkError

__all__ = ["app"]

app = typer.Typer(help="Replies: list them, check them, build a model with your own.", no_args_is_help=True)

_SUFFIX = ".tflite"


@app.command()
def build(
    replies: Annotated[Path, typer.Argument(metavar="REPLIES", help="Text file: one reply a line.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="The .tflite to write.")],
    model: Annotated[
        Path | None, typer.Option("--model", metavar="FILE", help="Whose network to use, if not the shipped one.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over OUT if it exists.")] = False,
) -> None:
    """Build a model file that suggests your own replies; nothing is trained.

    The file has one reply a line, at most 80 bytes each; lines that begin with # are comments. Replies that say about
    the same are found and grouped, so that two of them are never offered together; to say it yourself, put a name and
    a tab before the reply.

    Examples:

        earmark replies build my.txt -o my.tflite

        earmark reply "are you coming?" --model my.tflite
    """
    from earmark.cli.output import check_output
    from smartreply.own_replies import build_model

    check_output(output, force)
    entries = build_model(replies, output, model=model)
    intents = dict.fromkeys(one.intent for one in entries)
    size = output.stat().st_size / 1024
    typer.echo(f"{output}: {len(entries)} replies in {len(intents)} intents, {size:.0f} KB", err=True)


@app.command(name="list")
def list_replies(
    model: ModelOption = None,
    intent: Annotated[str | None, typer.Option("--intent", metavar="NAME", help="This intent alone.")] = None,
    edits: EditsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a reply, with all that is known.")] = False,
) -> None:
    """List the replies of a model by intent.

    Examples:

        earmark replies list --intent thanks

        earmark replies list --model my.tflite --json
    """
    from earmark.cli.reply import load

    replies = load(model, edits).replies
    names = replies.intents
    if intent is not None and intent not in names:
        raise EarmarkError(f"no reply has the intent {intent!r}. `earmark replies list` shows all {len(names)}.")
    for name in names if intent is None else (intent,):
        members = [one for one in replies if one.intent == name]
        if as_json:
            for one in members:
                typer.echo(json.dumps(one.to_dict(), ensure_ascii=False))
        else:
            typer.echo(f"{name}: {' · '.join(one.text for one in members)}")


@app.command()
def check(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="A text file of replies, or a .tflite; by default the shipped model.",
            show_default=False,
        ),
    ] = None,
    edits: EditsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a finding: where, what.")] = False,
) -> None:
    """Say what is wrong with a text file of replies, or doubtful about a model's list; exit code 1 when anything is.

    Examples:

        earmark replies check my.txt

        earmark replies check --edits edits.json
    """
    from earmark.cli.reply import load
    from smartreply.reply_checks import Finding
    from smartreply.reply_file import reply_file_problems

    if file is not None and file.suffix.lower() != _SUFFIX:
        if edits is not None:
            raise typer.BadParameter("edits belong to a model; give a .tflite or no FILE.", param_hint="--edits")
        parts = [one.removeprefix(f"{file}, ").partition(": ") for one in reply_file_problems(file)]
        found: tuple[Finding, ...] = tuple(Finding(where, what) for where, _, what in parts)
    else:
        found = load(file, edits).replies.validate()
    for one in found:
        typer.echo(json.dumps({"where": one.where, "what": one.what}, ensure_ascii=False) if as_json else str(one))
    if found:
        raise typer.Exit(1)
    typer.echo("nothing to complain about", err=True)
