"""A list of messages, checked and cut down to what the model reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smartreply.errors import MessageError
from smartreply.message import Message

__all__ = ["MAX_MESSAGES", "Conversation", "read_conversation"]

MAX_MESSAGES = 10
"""So many of the last messages are read."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the model reads of a conversation.

    Attributes:
        messages: the last `MAX_MESSAGES`, oldest first.
        text: the last message.
        context: the messages before it, oldest first, one a line.
        silence: why there is nothing to answer, or "" where there is.
    """

    messages: tuple[Message, ...]
    text: str
    context: str
    silence: str


def read_conversation(messages: str | Message | Sequence[Message | str]) -> Conversation:
    """The conversation that `messages` are.

    Where every message has a timestamp they are put in its order, equal ones as they stand; otherwise they are taken
    as they stand, oldest first. Several messages in a row by the other side count together: the last is answered, those
    before it are context like everything else. Messages without text (pictures) are passed over in the context.

    Args:
        messages: one or more; a str is a message from the other side.

    Raises:
        MessageError: something that is no message, with its number.
    """
    checked = _checked(messages)
    if checked and all(message.timestamp is not None for message in checked):
        checked.sort(key=lambda message: message.timestamp or 0.0)
    last = tuple(checked[-MAX_MESSAGES:])
    if not last:
        return Conversation((), "", "", "there are no messages")
    text = _line(last[-1].text)
    context = "\n".join(line for line in (_line(message.text) for message in last[:-1]) if line)
    silence = ""
    if last[-1].from_me:
        silence = "the last message is from me: there is nothing to answer yet"
    elif not text:
        silence = "the last message has no text"
    return Conversation(last, text, context, silence)


def _checked(messages: str | Message | Sequence[Message | str]) -> list[Message]:
    if isinstance(messages, str):
        return [Message(messages)]
    if isinstance(messages, Message):
        return [messages]
    if not isinstance(messages, Sequence) or isinstance(messages, bytes | bytearray | memoryview):
        raise MessageError(f"messages must be a str, a Message or a list of them, oldest first. Got {messages!r:.80}.")
    checked = []
    for number, message in enumerate(messages, 1):
        if isinstance(message, str):
            message = Message(message)
        if not isinstance(message, Message):
            raise MessageError(f"message {number} of {len(messages)} must be a Message or a str. Got {message!r:.80}.")
        checked.append(message)
    return checked


def _line(text: str) -> str:
    """One line without spaces around: line breaks part turns in the context."""
    return " ".join(text.split())
