"""`earmark reply`: suggestions for one message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.reply_options import EditsOption, ModelOption, NumberOption
from earmark.quiet import quiet

if TYPE_CHECKING:
    from smartreply import SmartReply, Suggestions

__all__ = ["load", "reply", "show"]


def reply(
    text: Annotated[
        str | None, typer.Argument(metavar="[TEXT]", help="The last message, from the other side.", show_default=False)
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option("--history", metavar="CHAT", help="JSON list of the messages before it: text, sender, timestamp."),
    ] = None,
    k: NumberOption = 3,
    always: Annotated[bool, typer.Option("--always", help="Also where a short reply is unlikely.")] = False,
    backoff: Annotated[
        bool, typer.Option("--backoff", help="Where a short reply is unlikely, ones that fit almost anywhere.")
    ] = False,
    model: ModelOption = None,
    edits: EditsOption = None,
    personal: Annotated[
        Path | None, typer.Option("--personal", metavar="MINE", help="The file of what was learnt from me.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: status, reason, replies.")] = False,
) -> None:
    """Suggest replies to a message, or say why not.

    Without TEXT, the last message of the history is answered.

    Examples:

        earmark reply "Any chance you're free tonight?"

        earmark reply "and after that?" --history chat.json --json

        earmark reply "hi" -k 5 --model my.tflite
    """
    from projection.rows import utf8
    from smartreply import Message, read_history

    if text is None and history is None:
        raise typer.BadParameter("give a message, or --history CHAT.", param_hint="TEXT")
    messages = [] if history is None else read_history(history)
    if text is not None:  # arguments that are not UTF-8 arrive as lone surrogates
        last = max((one.timestamp for one in messages if one.timestamp is not None), default=None)
        messages.append(Message(utf8(text).decode("utf-8"), timestamp=last))
    found = load(model, edits, personal).suggest(messages, k, always, backoff=backoff)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        show(found)


def load(model: Path | None, edits: Path | None = None, personal: Path | None = None) -> SmartReply:
    """The model, with the edits of its reply list and what was learnt."""
    from smartreply import SmartReply

    learner = None
    if personal is not None:
        from smartreply.personal import Personal

        learner = Personal.open(personal)
    with quiet():
        smart = SmartReply.load(model, personal=learner)
    if edits is not None:
        smart.replies.load(edits)
    return smart


def show(found: Suggestions, *, numbered: bool = False) -> None:
    """The replies, or the reason for silence, for people."""
    if found.status != "success":
        typer.echo(f"{found.status}: {found.reason}")
    width = max((len(one.text) for one in found.replies), default=0)
    for number, one in enumerate(found.replies, 1):
        if numbered:
            typer.echo(f"  {number}  {one.text}")
        else:
            typer.echo(f"{100 * one.score:5.1f} %  {one.text:<{width}}  {one.intent}")
