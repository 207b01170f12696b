"""A conversation in a JSON file: a list of {"text", "sender", "timestamp"}."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from smartreply.errors import MessageError
from smartreply.message import Message

__all__ = ["read_history"]

_FIELDS = ("text", "sender", "timestamp")


def read_history(source: str | Path | bytes) -> list[Message]:
    """The messages of a file, in its order.

        [
          {"text": "Are you coming tonight?", "sender": "them", "timestamp": "2026-11-20T18:04:00+00:00"},
          {"text": "I think so", "sender": "me", "timestamp": 1795197960}
        ]

    "sender" is "me", "them" or any user id; "timestamp" may be missing, null, seconds since 1970, or an ISO 8601 time
    with its offset from UTC.

    Args:
        source: a path, or the file's bytes (UTF-8).

    Raises:
        MessageError: the file cannot be read or is no such list; the message says which message and why.
    """
    place = "<bytes>" if isinstance(source, bytes) else str(source)
    try:
        value = json.loads(source if isinstance(source, bytes) else Path(source).read_bytes())
    except OSError as error:
        raise MessageError(f"cannot read {place}: {error.strerror}.") from error
    except ValueError as error:
        raise MessageError(f"{place} is not JSON: {error}.") from error
    if not isinstance(value, list):
        raise MessageError(f"{place} must be a list of messages, oldest first. Got {value!r:.80}.")
    return [_message(one, f"{place}, message {number}") for number, one in enumerate(value, 1)]


def _message(value: Any, place: str) -> Message:
    if not isinstance(value, dict):
        raise MessageError(f'{place}: must be an object such as {{"text": "hi", "sender": "them"}}. Got {value!r:.80}.')
    unknown = [key for key in value if key not in _FIELDS]
    if unknown:
        raise MessageError(f"{place}: unknown field {unknown[0]!r}. Allowed: {', '.join(_FIELDS)}.")
    missing = [key for key in ("text", "sender") if key not in value]
    if missing:
        raise MessageError(f"{place}: the field {missing[0]!r} is missing. Got {value!r:.120}.")
    try:
        return Message(value["text"], value["sender"], _seconds(value.get("timestamp")))
    except MessageError as error:
        raise MessageError(f"{place}: {error}") from None


def _seconds(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise MessageError(
            "the timestamp must be seconds since 1970 or an ISO 8601 time with its offset, such as "
            f"'2026-11-20T18:04:00+00:00'. Got {value!r:.80}."
        )
    return time.timestamp()
