"""One reply of the reply list, with what the choosing needs to know of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smartreply.errors import ReplyError

__all__ = ["FORMS", "MAX_REPLY_BYTES", "ReplyEntry", "check_intent", "check_text"]

MAX_REPLY_BYTES = 80
"""The longest reply, in bytes of UTF-8; those that ship with earmark have at most 40."""

FORMS = ("statement", "question", "emoji")

_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_FIELDS = ("text", "intent", "family", "register", "polarity", "form", "echo_ok", "prior")


@dataclass(frozen=True, slots=True)
class ReplyEntry:
    """One reply.

    Attributes:
        text: what is sent, at most 80 bytes of UTF-8, one line.
        intent: what it is meant to say, in snake_case, such as "thanks".
        family: one or more intents of which only one may be shown at a time; every intent has one family.
        register: -1 casual, 0 neutral, 1 polite.
        polarity: 1 says yes, -1 says no, 0 neither.
        form: "statement", "question" or "emoji" (nothing but emoji).
        echo_ok: may be offered though it says the same as the message, as "Hi!" does after "hi".
        prior: log of its popularity, added to its logit.

    Raises:
        ReplyError: a field outside of what is allowed.
    """

    text: str
    intent: str
    family: str
    register: int = 0
    polarity: int = 0
    form: str = "statement"
    echo_ok: bool = False
    prior: float = 0.0

    def __post_init__(self) -> None:
        check_text(self.text)
        check_intent(self.intent, self.text)
        check_intent(self.family, self.text, what="family")
        for name, sign in (("register", self.register), ("polarity", self.polarity)):
            if type(sign) is not int or sign not in (-1, 0, 1):
                raise ReplyError(f"the {name} of the reply {self.text!r} must be -1, 0 or 1. Got {sign!r:.80}.")
        if self.form not in FORMS:
            raise ReplyError(f"the form of the reply {self.text!r} must be one of {', '.join(FORMS)}. "
                             f"Got {self.form!r:.80}.")  # fmt: skip
        if not isinstance(self.echo_ok, bool):
            raise ReplyError(f"echo_ok of the reply {self.text!r} must be true or false. Got {self.echo_ok!r:.80}.")
        if isinstance(self.prior, bool) or not isinstance(self.prior, int | float) or not math.isfinite(self.prior):
            raise ReplyError(f"the prior of the reply {self.text!r} must be a finite number. Got {self.prior!r:.80}.")

    def to_dict(self) -> dict[str, Any]:
        """Every field, by name."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_dict(cls, value: Any, *, place: str) -> ReplyEntry:
        """Back from `to_dict`; what is left out has its default. `place` names the entry in messages.

        Raises:
            ReplyError: not an object, a field that is unknown or missing, or a value outside of what is allowed.
        """
        if not isinstance(value, Mapping):
            raise ReplyError(f"{place}: a reply must be an object with 'text' and 'intent'. Got {value!r:.80}.")
        unknown = sorted(str(key) for key in value if key not in _FIELDS)
        if unknown:
            raise ReplyError(f"{place}: unknown field {unknown[0]!r}. Allowed: {', '.join(_FIELDS)}.")
        missing = [name for name in ("text", "intent") if name not in value]
        if missing:
            raise ReplyError(f"{place}: the field {missing[0]!r} is missing. Got {dict(value)!r:.120}.")
        try:
            return cls(**{"family": value["intent"], **value})
        except ReplyError as error:
            raise ReplyError(f"{place}: {error}") from None


def check_text(text: Any) -> None:
    """Refuse what cannot be a reply's text.

    Raises:
        ReplyError: not a str, empty, more than one line, control characters, spaces around it, or over 80 bytes.
    """
    if not isinstance(text, str):
        raise ReplyError(f"the text of a reply must be a str. Got {text!r:.80}.")
    if not text.strip():
        raise ReplyError(f"the text of a reply must not be empty. Got {text!r:.80}.")
    if any(ord(c) < 32 or ord(c) == 127 or "\ud800" <= c <= "\udfff" for c in text):
        raise ReplyError(f"the text of a reply must be one line without control characters. Got {text!r:.80}.")
    if text != text.strip():
        raise ReplyError(f"the text of a reply must not begin or end with a space. Got {text!r:.80}.")
    size = len(text.encode("utf-8"))
    if size > MAX_REPLY_BYTES:
        raise ReplyError(f"a reply may have at most {MAX_REPLY_BYTES} bytes. Got {size} in {text!r:.80}.")


def check_intent(name: Any, text: str, *, what: str = "intent") -> None:
    """Refuse what cannot be the name of an intent or a family.

    Raises:
        ReplyError: not in snake_case; the message names the reply `text`.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ReplyError(
            f"the {what} of the reply {text!r} must be in snake_case, such as 'say_thanks'. Got {name!r:.80}."
        )
