"""`earmark personal`: look at what smart reply has learnt from its user, carry it elsewhere, erase it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from smartreply.personal import Personal

__all__ = ["app"]

app = typer.Typer(
    help="What smart reply has learnt from its user: show it, carry it to another device, erase it.",
    no_args_is_help=True,
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The personal file, where the app has placed it.")]


@app.command()
def show(
    file: File,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as one JSON object.")] = False,
) -> None:
    """Show every reply and intent in the file, with counts and what they add to the ranking today (in logits).

    Example:

        earmark personal show me.earmark
    """
    with _existing(file) as personal:
        snapshot = personal.snapshot()
        replies, intents = personal.weights()
    if as_json:
        from smartreply.personal_export import to_dict

        found = to_dict(snapshot)
        for row in found["replies"]:
            row["today"] = round(replies[row["text"]], 4)
        for row in found["intents"]:
            row["today"] = round(intents[row["name"]], 4)
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    choices = "1 choice" if snapshot.events == 1 else f"{snapshot.events} choices"
    typer.echo(f"{choices} learnt from. Nothing but what stands here and fingerprints of typed replies is kept.")
    _table(
        ["reply", "whose", "picked", "typed", "passed over", "today"],
        [
            [one.text, "own" if one.own else "list", one.picked, one.typed, one.passed, f"{replies[one.text]:+.2f}"]
            for one in sorted(snapshot.replies, key=lambda one: (-replies[one.text], one.text))
        ],
    )
    _table(
        ["intent", "chosen", "passed over", "today"],
        [
            [one.name, one.chosen, one.passed, f"{intents[one.name]:+.2f}"]
            for one in sorted(snapshot.intents, key=lambda one: (-intents[one.name], one.name))
        ],
    )


@app.command()
def export(
    file: File,
    output: Annotated[Path, typer.Option("--output", "-o", help="The JSON file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Write over the output if it is there already.")] = False,
) -> None:
    """Write everything learnt to a JSON file, which only the user may read.

    Example:

        earmark personal export me.earmark -o me.json
    """
    from earmark.cli.output import check_output
    from smartreply.personal_export import write_export

    check_output(output, force)
    with _existing(file) as personal:
        write_export(personal.snapshot(), output)


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="JSON", help="A file of `earmark personal export`.")],
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Replace what FILE has learnt already.")] = False,
) -> None:
    """Put an export in the place of what FILE has learnt.

    Example:

        earmark personal import me.json me.earmark
    """
    from smartreply.errors import PersonalError
    from smartreply.personal import Personal
    from smartreply.personal_export import read_export

    snapshot = read_export(source)
    with Personal.open(file) as personal:
        if personal.snapshot().events and not force:
            raise PersonalError(f"{file} has learnt already. Add --force to replace it, or choose another file.")
        personal.replace(snapshot)


@app.command()
def forget(file: File) -> None:
    """Erase the file and whatever stands beside it: what was learnt is overwritten, then removed.

    Example:

        earmark personal forget me.earmark
    """
    from smartreply.errors import PersonalError
    from smartreply.personal_store import erase

    if not erase(file):
        raise PersonalError(f"there is no personal file at {file}.")
    typer.echo(f"{file} is erased.")


def _existing(file: Path) -> Personal:
    from smartreply.errors import PersonalError
    from smartreply.personal import Personal

    if not file.exists():
        raise PersonalError(f"there is no personal file at {file}.")
    return Personal.open(file)


def _table(head: list[str], rows: list[list[Any]]) -> None:
    import rich.console
    import rich.table
    import rich.text

    if not rows:
        return
    table = rich.table.Table(box=None, pad_edge=False)
    for name in head:
        table.add_column(name, justify="right" if name not in ("reply", "intent", "whose") else "left")
    for row in rows:
        table.add_row(*(rich.text.Text(str(cell)) for cell in row))  # not markup: "[b]" may be a reply
    typer.echo()
    rich.console.Console(soft_wrap=True).print(table)
