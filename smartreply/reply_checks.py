"""What is doubtful about a reply list: said with what and where, never raised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartreply.personal_texts import reply_key

if TYPE_CHECKING:
    from smartreply.reply_rows import ReplyRows

__all__ = ["LONG_BYTES", "Finding", "check_replies"]

LONG_BYTES = 40
"""Longer replies than this fit on few phones beside two others."""

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt.

    Attributes:
        where: the reply, the intent or the block it is about, or "list".
        what: what is doubtful, and what to do.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def check_replies(rows: ReplyRows) -> tuple[Finding, ...]:
    """Doubts about the list with its edits."""
    found = [*_reply_doubts(rows), *_edit_doubts(rows)]
    shown = [one for one, hidden in zip(rows.entries, rows.hidden, strict=True) if not hidden]
    families = {one.family for one in shown}
    if len(families) < _SHOWN:
        found.append(
            Finding("list", f"only {len(families)} families may be offered, so there are never {_SHOWN} suggestions. "
                            "Add replies of other intents, or unblock some.")
        )  # fmt: skip
    for sign, name in ((1, "yes"), (-1, "no")):
        if not any(one.polarity == sign for one in shown):
            found.append(Finding("list", f"no reply says {name} (polarity {sign}), so yes/no questions lack it."))
    return tuple(found)


def _reply_doubts(rows: ReplyRows) -> list[Finding]:
    found = []
    first: dict[str, str] = {}
    families: dict[str, str] = {}
    for one, hidden in zip(rows.entries, rows.hidden, strict=True):
        family = families.setdefault(one.intent, one.family)
        if family != one.family:
            found.append(Finding(one.intent, f"has the families {family!r} and {one.family!r}; give it one."))
        if hidden:
            continue
        key = reply_key(one.text)
        if key in first:
            found.append(Finding(one.text, f"is the same reply as {first[key]!r}; remove one of them."))
        first.setdefault(key, one.text)
        size = len(one.text.encode("utf-8"))
        if size > LONG_BYTES:
            found.append(Finding(one.text, f"has {size} bytes; suggestions of over {LONG_BYTES} are hard to show."))
    return found


def _edit_doubts(rows: ReplyRows) -> list[Finding]:
    found = []
    texts = {one.text for one in rows.entries[: rows.n_model]}
    for one in rows.edits.added:
        if one.text in texts:
            found.append(Finding(one.text, "was added, but the model has it anyway; the model's own counts."))
    for text in rows.edits.removed:
        if text not in texts:
            found.append(Finding(text, "was removed, but this model does not have it."))
    for word in rows.edits.blocks.words:
        alone = type(rows.edits.blocks)(words=(word,))
        if not any(alone.hides(one.text, one.intent) for one in rows.entries):
            found.append(Finding(word, "is a blocked word that stands in no reply of the list."))
    return found
