"""Replies that fit almost anywhere, for apps that would rather show those than nothing."""

from __future__ import annotations

from smartreply.reply_edits import Edits
from smartreply.suggestions import Reply

__all__ = ["BACKOFF", "backoff_replies"]

BACKOFF = (
    ("Okay", "okay"),
    ("Thanks for telling me", "thanks"),
    ("👍", "thumbs_up"),
    ("I see", "understood"),
    ("Let me get back to you", "later"),
    ("Got it", "received"),
    ("Tell me more", "tell_me_more"),
    ("Good to know", "good_to_know"),
    ("Let me think about it", "thinking"),
    ("Talk soon", "talk_soon"),
)
"""Text and intent, in the order they are offered; none of them says yes or no, promises or feels anything."""


def backoff_replies(edits: Edits, k: int) -> tuple[Reply, ...]:
    """The first k that are neither removed nor blocked; their score is 0, since nothing speaks for them."""
    open_ones = [
        Reply(text, 0.0, intent)
        for text, intent in BACKOFF
        if text not in edits.removed and not edits.blocks.hides(text, intent)
    ]
    return tuple(open_ones[:k])
