"""A reply list of a dozen, written for the tests."""

from __future__ import annotations

from smartreply.replies import ReplyEntry

__all__ = ["TINY"]


def _entry(text: str, intent: str, family: str = "", **more: object) -> ReplyEntry:
    return ReplyEntry.from_dict({"text": text, "intent": intent, "family": family or intent, **more}, place="tests")


TINY = (
    _entry("Yes!", "yes", "answer_yes", polarity=1, prior=-2.0),
    _entry("Sure, sounds good", "agree", "answer_yes", polarity=1, prior=-2.5),
    _entry("No, sorry", "no", polarity=-1, prior=-2.5),
    _entry("Maybe later", "maybe", prior=-3.0),
    _entry("Thank you so much", "thanks", "thank", register=1, prior=-2.0),
    _entry("thx", "thanks", "thank", register=-1, prior=-2.5),
    _entry("😂", "laughing", form="emoji", prior=-3.0),
    _entry("🎉", "party", form="emoji", prior=-3.5),
    _entry("Where?", "ask_where", form="question", prior=-3.0),
    _entry("What time?", "ask_time", form="question", prior=-3.0),
    _entry("Hi!", "greeting", echo_ok=True, prior=-2.0),
    _entry("On my way", "on_my_way", prior=-3.0),
)
