"""Runtime: a conversation in, reply suggestions or the reason for silence out.

from smartreply import Message, SmartReply

smart = SmartReply.load()
found = smart.suggest([Message("are we still on for lunch?", "them")])
print(found.status, [reply.text for reply in found.replies], found.reason)
"""

from __future__ import annotations

from smartreply.errors import MessageError, PersonalError, ReplyError, SmartReplyError
from smartreply.history import read_history
from smartreply.message import Message
from smartreply.replies import ReplyEntry
from smartreply.reply_set import ReplySet
from smartreply.smart_reply import SmartReply
from smartreply.suggestions import Reply, Suggestions

__all__ = [
    "Message",
    "MessageError",
    "PersonalError",
    "Reply",
    "ReplyEntry",
    "ReplyError",
    "ReplySet",
    "SmartReply",
    "SmartReplyError",
    "Suggestions",
    "read_history",
]
