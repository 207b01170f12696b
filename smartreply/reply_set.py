"""The replies of a model, to be edited while it runs."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smartreply.errors import ReplyError
from smartreply.outputs import Engine
from smartreply.replies import ReplyEntry, check_text
from smartreply.reply_checks import Finding, check_replies
from smartreply.reply_edits import Edits, load_edits, save_edits
from smartreply.reply_rows import ReplyRows, rows_of
from smartreply.reply_texts import form_of, intent_name, plain_polarity

__all__ = ["NEAR", "ReplySet"]

NEAR = 0.7
"""Cosine from which on a reply without an intent joins that of its nearest neighbour."""


class ReplySet:
    """The replies that a `SmartReply` chooses from; edits take effect with the next suggestion.

    May be used from several threads: a suggestion that is being made keeps the list it began with.

        replies = SmartReply.load().replies
        replies.add("On my bike!", intent="on_my_way")
        replies.block(word="dude")
        replies.save("replies.json")             # the edits alone; replies.load("replies.json") brings them back

    Iterating gives the replies that may be offered: neither removed nor blocked.
    """

    def __init__(self, engine: Engine, edits: Edits | None = None) -> None:
        self._engine = engine
        self._lock = threading.RLock()
        self._encoded: dict[str, NDArray[np.float32]] = {}
        self._rows = rows_of(engine.replies, Edits(), {})
        if edits is not None:
            self._apply(edits)

    @property
    def rows(self) -> ReplyRows:
        """The list as it is now, with all that choosing needs."""
        return self._rows

    @property
    def edits(self) -> Edits:
        """What was added, removed and blocked."""
        return self._rows.edits

    @property
    def intents(self) -> tuple[str, ...]:
        """The intents of the replies that may be offered, in order of appearance."""
        return tuple(dict.fromkeys(one.intent for one in self))

    def __iter__(self) -> Iterator[ReplyEntry]:
        rows = self._rows
        return (one for one, hidden in zip(rows.entries, rows.hidden, strict=True) if not hidden)

    def __len__(self) -> int:
        return int((~self._rows.hidden).sum())

    def __contains__(self, text: object) -> bool:
        return any(one.text == text for one in self)

    def add(
        self,
        text: str,
        intent: str | None = None,
        *,
        family: str | None = None,
        register: int = 0,
        polarity: int | None = None,
        echo_ok: bool = False,
        prior: float | None = None,
    ) -> ReplyEntry:
        """Add a reply, or bring back one of the model's that was removed.

        Args:
            text: at most 80 bytes of UTF-8, one line.
            intent: what it is meant to say; by default that of the nearest reply (cosine of at least `NEAR`), or else
                a new one of its own, named after the text.
            family: of a new intent, by default its own; replies of one family are never offered together.
            register: -1 casual, 0 neutral, 1 polite.
            polarity: 1 yes, -1 no, 0 neither; by default what its first word says, or its nearest neighbour.
            echo_ok: may be offered though it says the same as the message.
            prior: its popularity, log; by default the model's `prior_default`.

        Returns:
            The reply as it stands in the list.

        Raises:
            ReplyError: it stands in the list already, or a value is outside of what is allowed.
        """
        check_text(text)
        with self._lock:
            edits, rows = self.edits, self._rows
            if text in edits.removed:
                self._apply(replace(edits, removed=tuple(one for one in edits.removed if one != text)))
                return next(one for one in self._rows.entries if one.text == text)
            same = [one for one in rows.entries if one.text.casefold() == text.casefold()]
            if same:
                raise ReplyError(f"the reply {same[0].text!r} stands in the list already, with the intent "
                                 f"{same[0].intent!r}. Got {text!r}.")  # fmt: skip
            if polarity is None:
                polarity = plain_polarity(text)
            near = self._nearest(text) if intent is None or polarity is None else None
            if intent is None:
                taken = {one.intent for one in rows.entries} | {one.family for one in rows.entries}
                intent = near.intent if near else intent_name(text, taken)
            entry = ReplyEntry(
                text=text,
                intent=intent,
                family=self._family(text, intent, family),
                register=register,
                polarity=polarity if polarity is not None else near.polarity if near else 0,
                form=form_of(text),
                echo_ok=echo_ok,
                prior=self._engine.settings.prior_default if prior is None else prior,
            )
            self._apply(replace(edits, added=(*edits.added, entry)))
            return entry

    def remove(self, text: str) -> None:
        """Take a reply out of the list.

        Raises:
            ReplyError: there is no such reply; the message names similar ones.
        """
        with self._lock:
            edits = self.edits
            kept = tuple(one for one in edits.added if one.text != text)
            if len(kept) < len(edits.added):
                self._apply(replace(edits, added=kept))
            elif text in edits.removed or all(one.text != text for one in self._engine.replies):
                near = difflib.get_close_matches(str(text), [one.text for one in self], n=3)
                hint = f" Similar ones: {', '.join(map(repr, near))}." if near else ""
                raise ReplyError(f"there is no reply {text!r} in the list of {len(self)}.{hint}")
            else:
                self._apply(replace(edits, removed=(*edits.removed, text)))

    def block(self, *, text: str | None = None, intent: str | None = None, word: str | None = None) -> None:
        """Never offer a reply again: by its text, by its intent, or by a word (or words in a row) in it.

        Holds for replies that are added or learnt later, too.

        Raises:
            ReplyError: not exactly one of the three, or an intent that no reply has.
        """
        kind, item = _one_of(text, intent, word)
        with self._lock:
            known = {one.intent for one in self._rows.entries}
            if kind == "intents" and item not in known:
                near = ", ".join(difflib.get_close_matches(item, sorted(known), n=3)) or "none"
                raise ReplyError(f"no reply has the intent {item!r}. Similar ones: {near}.")
            self._apply(replace(self.edits, blocks=self.edits.blocks.with_item(kind, item)))

    def unblock(self, *, text: str | None = None, intent: str | None = None, word: str | None = None) -> None:
        """Undo `block`.

        Raises:
            ReplyError: not exactly one of the three, or it is not blocked.
        """
        kind, item = _one_of(text, intent, word)
        with self._lock:
            self._apply(replace(self.edits, blocks=self.edits.blocks.without_item(kind, item)))

    def validate(self) -> tuple[Finding, ...]:
        """What is doubtful about the list as it is; nothing where all is well."""
        return check_replies(self._rows)

    def save(self, path: str | Path) -> None:
        """Write the edits as JSON (docs/smart-reply.md), not the model's own replies."""
        save_edits(self.edits, path)

    def load(self, path: str | Path) -> None:
        """Take the edits of a file in place of the present ones.

        Raises:
            ReplyError: the file cannot be read or is no such file; the list stays as it was.
        """
        edits = load_edits(path)
        with self._lock:
            self._apply(edits)

    def _apply(self, edits: Edits) -> None:
        with self._lock:
            for one in edits.added:
                self._vector(one.text)
            self._rows = rows_of(self._engine.replies, edits, self._encoded)

    def _family(self, text: str, intent: str, family: str | None) -> str:
        known = next((one.family for one in self._rows.entries if one.intent == intent), None)
        if known is not None and family not in (None, known):
            raise ReplyError(f"the intent {intent!r} belongs to the family {known!r}. Got {family!r} with {text!r}.")
        return known or family or intent

    def _vector(self, text: str) -> NDArray[np.float32]:
        if text not in self._encoded:
            self._encoded[text] = self._engine.encode(text)
        return self._encoded[text]

    def _nearest(self, text: str) -> ReplyEntry | None:
        """The reply that is most like `text`, if it is like it at all; the first call encodes the whole list."""
        entries = self._rows.entries
        if not entries:
            return None
        cosines = np.stack([self._vector(one.text) for one in entries]) @ self._vector(text)
        best = int(cosines.argmax())
        return entries[best] if cosines[best] >= NEAR else None


def _one_of(text: str | None, intent: str | None, word: str | None) -> tuple[str, str]:
    given = [(kind, item) for kind, item in (("texts", text), ("intents", intent), ("words", word)) if item is not None]
    if len(given) != 1:
        raise ReplyError(f"exactly one of text, intent and word must be given. Got {len(given)}.")
    return given[0]
