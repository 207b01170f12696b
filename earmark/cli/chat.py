"""`earmark chat`: both sides of a chat, with suggestions to pick by number."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.reply_options import EditsOption, ModelOption, NumberOption

if TYPE_CHECKING:
    from smartreply import Message, SmartReply

__all__ = ["chat"]


def chat(
    always: Annotated[bool, typer.Option("--always", help="Suggest also where a short reply is unlikely.")] = False,
    k: NumberOption = 3,
    model: ModelOption = None,
    edits: EditsOption = None,
    personal: Annotated[
        Path | None, typer.Option("--personal", metavar="MINE", help="Learn from what I send, in this file.")
    ] = None,
) -> None:
    """Chat in the terminal: write as the other side, then pick a suggestion by its number or write your own.

    Lines take turns: one from them, one from me. An empty line of mine sends nothing, so that they can go on; Ctrl-D
    ends. Piped input works the same way.

    Examples:

        earmark chat

        printf 'lunch?\\n1\\nwhere?\\n\\n' | earmark chat
    """
    from earmark.cli.reply import load, show
    from smartreply import Message

    smart = load(model, edits, personal)
    ask = _ask_terminal if sys.stdin.isatty() else _ask_pipe
    messages: list[Message] = []
    while (line := ask("them: ")) is not None:
        if not line:
            continue
        messages.append(Message(line))
        found = smart.suggest(messages, k, always)
        show(found, numbered=True)
        answer = _answer(ask, [one.text for one in found.replies])
        if answer is None:
            break
        if answer:
            _send(smart, messages, answer)


def _send(smart: SmartReply, messages: list[Message], answer: str) -> None:
    from smartreply import Message

    if smart.personal is not None:
        smart.learn(messages, answer)
    messages.append(Message(answer, "me"))
    typer.echo(f"  > {answer}")


def _answer(ask: Callable[[str], str | None], offered: list[str]) -> str | None:
    """What I send: "" for nothing, None at the end of input."""
    line = ask("me: ")
    if line is None or not line.isdecimal():
        return line
    number = int(line)
    return offered[number - 1] if 1 <= number <= len(offered) else line


def _ask_terminal(prompt: str) -> str | None:
    try:
        return input(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        typer.echo()
        return None


def _ask_pipe(prompt: str) -> str | None:
    """The next line, shown behind its prompt, since nobody sees what a pipe brings."""
    raw = sys.stdin.buffer.readline()
    if not raw:
        return None
    line = raw.decode("utf-8", "replace").strip()
    typer.echo(f"{prompt}{line}")
    return line
