"""What must never be offered: replies by their text, by their intent, or by a word in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from smartreply.errors import ReplyError
from smartreply.personal_texts import reply_key
from smartreply.reply_texts import words_of

__all__ = ["Blocks"]

_KINDS = ("texts", "intents", "words")


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocked things, each sorted.

    Attributes:
        texts: reply texts; case and a final . or ! do not matter.
        intents: names of intents.
        words: words or several words in a row ("damn", "no way"); case does not matter. What has no letter or digit,
            such as an emoji, blocks every reply that it stands in.
    """

    texts: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def hides(self, text: str, intent: str) -> bool:
        """Whether a reply must not be offered."""
        if intent in self.intents:
            return True
        key = reply_key(text)
        if any(reply_key(one) == key for one in self.texts):
            return True
        if not self.words:
            return False
        inside = " ".join(("", *words_of(text), ""))
        return any(self._stands_in(word, inside, text) for word in self.words)

    @staticmethod
    def _stands_in(word: str, inside: str, text: str) -> bool:
        parts = words_of(word)
        return " ".join(("", *parts, "")) in inside if parts else word in text

    def with_item(self, kind: str, item: str) -> Blocks:
        """With one more."""
        return replace(self, **{kind: tuple(sorted({*getattr(self, kind), _checked(kind, item)}))})

    def without_item(self, kind: str, item: str) -> Blocks:
        """With one fewer.

        Raises:
            ReplyError: it is not blocked.
        """
        before: tuple[str, ...] = getattr(self, kind)
        same = [one for one in before if one == item or (kind != "intents" and reply_key(one) == reply_key(item))]
        if not same:
            listed = ", ".join(repr(one) for one in before) or "none"
            raise ReplyError(f"the {kind[:-1]} {item!r} is not blocked. Blocked {kind}: {listed}.")
        return replace(self, **{kind: tuple(one for one in before if one not in same)})

    def to_dict(self) -> dict[str, Any]:
        """Three lists, by name."""
        return {kind: list(getattr(self, kind)) for kind in _KINDS}

    @classmethod
    def from_dict(cls, value: Any, *, place: str) -> Blocks:
        """Back from `to_dict`.

        Raises:
            ReplyError: another form.
        """
        if not isinstance(value, dict) or sorted(value) != sorted(_KINDS):
            raise ReplyError(f"{place}: 'blocked' must have the lists {', '.join(_KINDS)}. Got {value!r:.80}.")
        blocks = cls()
        for kind in _KINDS:
            if not isinstance(value[kind], list):
                raise ReplyError(f"{place}: blocked {kind} must be a list. Got {value[kind]!r:.80}.")
            for item in value[kind]:
                blocks = blocks.with_item(kind, item)
        return blocks


def _checked(kind: str, item: Any) -> str:
    if not isinstance(item, str) or not item.strip():
        raise ReplyError(f"a blocked {kind[:-1]} must be a str that is not empty. Got {item!r:.80}.")
    return item.strip()
