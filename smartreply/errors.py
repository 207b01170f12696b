"""What can go wrong on purpose in this room.

::

    EarmarkError
    └── SmartReplyError
        ├── MessageError     a conversation cannot be read: what, which message, what is allowed
        ├── ReplyError       a reply or a reply list cannot be used: which one, and why
        └── PersonalError    the file of what was learnt from the user cannot be used
"""

from __future__ import annotations

from earmark.errors import EarmarkError

__all__ = ["MessageError", "PersonalError", "ReplyError", "SmartReplyError"]


class SmartReplyError(EarmarkError):
    """Base class of everything that smart reply raises on purpose."""


class MessageError(SmartReplyError):
    """A message or a conversation cannot be read."""


class ReplyError(SmartReplyError):
    """A reply, or a list of replies, cannot be used."""


class PersonalError(SmartReplyError):
    """The file of what was learnt from the user cannot be used."""
