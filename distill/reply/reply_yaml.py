"""Reads the reply set as it is written for review: families of intents, and their replies by register.

::

    - family: thanks
      intents:
        - intent: thanks_much
          polarity: "none"      # "yes", "no" or "none"; may be left out
          echo_ok: false        # may be left out
          neutral: ["Thank you so much!"]
          casual: ["You're a lifesaver", {text: "Yes, thanks!!", polarity: "yes"}]
          polite: ["I'm very grateful"]

The form of a reply is derived from its text. Everything that is wrong is reported with file and line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earmark.errors import require_extra
from smartreply.errors import ReplyError
from smartreply.replies import ReplyEntry

__all__ = ["MAX_SHIPPED_BYTES", "form_of", "near_key", "read_reply_yaml"]

MAX_SHIPPED_BYTES = 40
"""The longest reply of a set that ships, in bytes of UTF-8."""

_REGISTERS = {"casual": -1, "neutral": 0, "polite": 1}
_POLARITIES = {"yes": 1, "no": -1, "none": 0}
_FAMILY_KEYS = ("family", "intents")
_INTENT_KEYS = ("intent", "polarity", "echo_ok", *_REGISTERS)
_REPLY_KEYS = ("text", "register", "polarity", "echo_ok")
_JOINERS = ("\ufe0f", "\u200d")  # emoji presentation, and what joins emoji into one


def read_reply_yaml(path: Path | str) -> tuple[ReplyEntry, ...]:
    """The replies of the file at `path`, in its order: neutral, casual and polite as they stand in each intent.

    Raises:
        MissingExtraError: PyYAML is not installed.
        ReplyError: the file cannot be read, or breaks a rule: unknown key, empty intent, an intent or a family twice,
            an unknown register or polarity, a text that is too long, has blanks around it or is there already
            (letter case and punctuation aside; a question mark at the end does tell).
    """
    path = Path(path)
    yaml = require_extra("yaml", extra="train", feature="reading a reply set")
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReplyError(f"{path}: the reply set cannot be read as YAML: {' '.join(str(error).split())}") from error
    if root is None:
        raise ReplyError(f"{path}: the reply set is empty. It must be a list of families.")
    return tuple(_Reader(path).entries(root))


def form_of(text: str) -> str:
    """The form of a reply: "emoji" (nothing but emoji), "question" or "statement".

    A question ends with "?"; emoji and "!" behind it do not matter.
    """
    letters = "".join(character for character in text if not character.isspace() and not _is_emoji(character))
    if not letters:
        return "emoji"
    return "question" if letters.rstrip("!").endswith("?") else "statement"


def near_key(text: str) -> str:
    """What texts have in common that differ in letter case, spaces and punctuation alone; "?" at the end is kept."""
    kept = "".join(c for c in text.casefold() if not unicodedata.category(c).startswith("P") and c not in _JOINERS)
    return " ".join(kept.split()) + ("?" if form_of(text) == "question" else "")


def _is_emoji(character: str) -> bool:
    # So: pictures. Sk beyond the spacing accents: skin tones.
    picture = unicodedata.category(character) in ("So", "Sk") and ord(character) > 0x2000
    return picture or character in _JOINERS


@dataclass(frozen=True, slots=True)
class _Defaults:
    """What holds for the replies of an intent unless they say otherwise."""

    intent: str
    family: str
    register: int = 0
    polarity: int = 0
    echo_ok: bool = False


class _Reader:
    """Walks the nodes of one file; nodes know their line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._families: dict[str, int] = {}
        self._intents: dict[str, tuple[str, int]] = {}  # name -> family, line
        self._texts: dict[str, tuple[str, int]] = {}  # near key -> text, line

    def entries(self, root: Any) -> Iterator[ReplyEntry]:
        for family_node in self._list(root, "the reply set", "families"):
            fields = self._fields(family_node, "a family", _FAMILY_KEYS, needed=_FAMILY_KEYS)
            family = self._word(fields["family"], "the family's name")
            line = _line(fields["family"])
            if family in self._families:
                self._fail(fields["family"], f"the family {family!r} is there twice, first in line "
                           f"{self._families[family]}. Put its intents together.")  # fmt: skip
            self._families[family] = line
            for node in self._list(fields["intents"], f"the family {family!r}", "intents"):
                yield from self._intent(node, family)

    def _intent(self, node: Any, family: str) -> Iterator[ReplyEntry]:
        fields = self._fields(node, "an intent", _INTENT_KEYS, needed=("intent",))
        intent = self._word(fields["intent"], "the intent's name")
        if intent in self._intents:
            other, line = self._intents[intent]
            self._fail(fields["intent"], f"the intent {intent!r} is there twice, first in line {line} in the family "
                       f"{other!r}. An intent has one place and one family.")  # fmt: skip
        self._intents[intent] = (family, _line(fields["intent"]))
        count = 0
        for key, value in fields.items():  # as they stand in the file
            if key not in _REGISTERS:
                continue
            defaults = _Defaults(intent, family, _REGISTERS[key], self._polarity(fields), self._echo_ok(fields))
            for item in self._list(value, f"{key!r} of the intent {intent!r}", "replies"):
                yield self._reply(item, defaults)
                count += 1
        if not count:
            self._fail(node, f"the intent {intent!r} has no replies. Give it some under {', '.join(_REGISTERS)}.")

    def _reply(self, node: Any, defaults: _Defaults) -> ReplyEntry:
        fields = {"text": node}
        if node.id == "mapping":
            fields = self._fields(node, "a reply", _REPLY_KEYS, needed=("text",))
        text = self._word(fields["text"], "a reply's text")
        register = defaults.register
        if "register" in fields:
            register = self._choice(fields["register"], "register", _REGISTERS)
        polarity = self._polarity(fields) if "polarity" in fields else defaults.polarity
        echo_ok = self._echo_ok(fields) if "echo_ok" in fields else defaults.echo_ok
        self._check_text(fields["text"], text)
        try:
            return ReplyEntry(text, defaults.intent, defaults.family, register, polarity, form_of(text), echo_ok)
        except ReplyError as error:
            raise ReplyError(f"{self._path}:{_line(node)}: {error}") from None

    def _check_text(self, node: Any, text: str) -> None:
        if text != text.strip():
            self._fail(node, f"the reply {text!r} begins or ends with a blank. Remove it.")
        size = len(text.encode("utf-8"))
        if size > MAX_SHIPPED_BYTES:
            self._fail(
                node, f"the reply {text!r} has {size} bytes; at most {MAX_SHIPPED_BYTES} are allowed. Shorten it."
            )
        key = near_key(text)
        if key in self._texts:
            other, line = self._texts[key]
            self._fail(node, f"the reply {text!r} differs from {other!r} in line {line} by case and punctuation alone. "
                       "Remove one.")  # fmt: skip
        self._texts[key] = (text, _line(node))

    def _polarity(self, fields: dict[str, Any]) -> int:
        return self._choice(fields["polarity"], "polarity", _POLARITIES) if "polarity" in fields else 0

    def _echo_ok(self, fields: dict[str, Any]) -> bool:
        choices = {"true": 1, "false": 0}
        return bool(self._choice(fields["echo_ok"], "echo_ok", choices)) if "echo_ok" in fields else False

    def _choice(self, node: Any, what: str, choices: dict[str, int]) -> int:
        word = self._word(node, what)
        if word not in choices:
            self._fail(node, f"unknown {what} {word!r}. Allowed: {', '.join(choices)}.")
        return choices[word]

    def _fields(self, node: Any, what: str, allowed: tuple[str, ...], *, needed: tuple[str, ...]) -> dict[str, Any]:
        if node.id != "mapping":
            self._fail(node, f"{what} must have the keys {', '.join(allowed)}. Got a {node.id}.")
        fields: dict[str, Any] = {}
        for key_node, value in node.value:
            key = self._word(key_node, "a key")
            if key not in allowed:
                self._fail(key_node, f"unknown key {key!r} of {what}. Allowed: {', '.join(allowed)}.")
            if key in fields:
                self._fail(key_node, f"the key {key!r} of {what} is there twice. Keep one.")
            fields[key] = value
        for key in needed:
            if key not in fields:
                self._fail(node, f"{what} lacks the key {key!r}.")
        return fields

    def _list(self, node: Any, what: str, of: str) -> list[Any]:
        if node.id != "sequence" or not node.value:
            self._fail(node, f"{what} must be a list of {of} with at least one in it.")
        return list(node.value)

    def _word(self, node: Any, what: str) -> str:
        if node.id != "scalar":
            self._fail(node, f"{what} must be text. Got a {node.id}.")
        return str(node.value)

    def _fail(self, node: Any, message: str) -> None:
        raise ReplyError(f"{self._path}:{_line(node)}: {message}")


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1
