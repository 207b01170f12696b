"""Earmark: on-device conversational NLP.

The public names are loaded on first use, so that importing this package (or one of its doorstep modules `errors` and
`artifacts`) loads nothing else:

    from earmark import SmartScroll, read_transcript
    outline = SmartScroll().outline(read_transcript("meeting.vtt"))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from earmark.errors import EarmarkError
    from recorder import Options, Outline, Segment, SmartScroll, Transcript, read_transcript, write_outline
    from smartreply import Message, Reply, ReplySet, SmartReply, Suggestions

__version__ = "0.1.0"

_HOMES = {
    "EarmarkError": "earmark.errors",
    "Message": "smartreply",
    "Options": "recorder",
    "Outline": "recorder",
    "Reply": "smartreply",
    "ReplySet": "smartreply",
    "Segment": "recorder",
    "SmartReply": "smartreply",
    "SmartScroll": "recorder",
    "Suggestions": "smartreply",
    "Transcript": "recorder",
    "read_transcript": "recorder",
    "write_outline": "recorder",
}

__all__ = [
    "EarmarkError",
    "Message",
    "Options",
    "Outline",
    "Reply",
    "ReplySet",
    "Segment",
    "SmartReply",
    "SmartScroll",
    "Suggestions",
    "Transcript",
    "__version__",
    "read_transcript",
    "write_outline",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'earmark' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
