"""One message of a conversation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from smartreply.errors import MessageError

__all__ = ["ME", "THEM", "Message"]

ME = "me"
"""The sender whose replies are suggested: the user of this device."""

THEM = "them"
"""The other side, where nobody needs to tell several people apart; any other user id is the other side, too."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        text: what was written; may be empty (a picture), though not the last one that is to be answered.
        sender: "me" for the user of this device; "them" or any user id for the other side.
        timestamp: seconds since 1970 (a float, as of `time.time()` or `datetime.timestamp()`), or None.

    Raises:
        MessageError: a field of another type, an empty sender, a timestamp that is no finite number.
    """

    text: str
    sender: str = THEM
    timestamp: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise MessageError(f"the text of a message must be a str. Got {self.text!r:.80}.")
        if not isinstance(self.sender, str) or not self.sender:
            raise MessageError(f'the sender of a message must be "me", "them" or a user id. Got {self.sender!r:.80}.')
        if self.timestamp is not None and not _is_time(self.timestamp):
            raise MessageError(
                f"the timestamp of a message must be seconds since 1970, or None. Got {self.timestamp!r:.80}."
            )

    @property
    def from_me(self) -> bool:
        """Whether the user of this device wrote it."""
        return self.sender == ME


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
