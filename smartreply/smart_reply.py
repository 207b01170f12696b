"""A conversation in; replies to offer, or the reason for silence, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smartreply.backoff import backoff_replies
from smartreply.conversation import Conversation, read_conversation
from smartreply.engine import LiteRtEngine
from smartreply.errors import PersonalError, SmartReplyError
from smartreply.gates import gate, is_sensitive
from smartreply.message import Message
from smartreply.outputs import Engine
from smartreply.personal_protocol import Learner, Situation
from smartreply.personal_texts import reply_key
from smartreply.replies import ReplyEntry
from smartreply.reply_rows import ReplyRows, logits_of
from smartreply.reply_set import ReplySet
from smartreply.selection import Columns, choose, scores
from smartreply.suggestions import Reply, Suggestions

__all__ = ["MAX_K", "SmartReply"]

MAX_K = 10


class SmartReply:
    """Suggests replies; made by `SmartReply.load`. May be called from several threads, several at a time.

        smart = SmartReply.load()
        for reply in smart.suggest([Message("lunch?", "them")]):
            print(reply.text, reply.score)

    Attributes:
        replies: what is chosen from; edits of it take effect with the next suggestion.
        personal: what learns from the user, or None.
    """

    def __init__(self, engine: Engine, *, personal: Learner | None = None) -> None:
        self._engine = engine
        self.personal = personal
        self.replies = ReplySet(engine)

    @classmethod
    def load(cls, path: str | Path | None = None, *, personal: Learner | None = None) -> SmartReply:
        """The shipped English model, or that of a `.tflite`; nothing is downloaded.

        Args:
            path: a file of `earmark export smartreply` or `earmark replies build`.
            personal: learns from the user; `smartreply.personal.Personal` is the one that ships.

        Raises:
            ArtifactError: the file cannot be read, is damaged, or is another kind of model.
        """
        return cls(LiteRtEngine.load(path), personal=personal)

    def suggest(
        self,
        messages: str | Message | Sequence[Message | str],
        k: int = 3,
        always: bool = False,
        *,
        backoff: bool = False,
    ) -> Suggestions:
        """Replies to the last message, the best first and then what goes with it, or none and the reason.

        Args:
            messages: oldest first; the last 10 are read. A str is a message from the other side. See
                `smartreply.conversation.read_conversation`.
            k: how many replies, 1 to 10; fewer come back when no more may stand together.
            always: suggest also where a short reply is unlikely; sensitive topics and other languages stay silent.
            backoff: where a short reply is unlikely, give a few that fit almost anywhere; the status stays "no_reply".

        Raises:
            MessageError: something among the messages that is no message.
            SmartReplyError: k outside of 1 to 10.
        """
        if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MAX_K:
            raise SmartReplyError(f"k, the number of replies, must be an integer from 1 to {MAX_K}. Got {k!r:.80}.")
        conversation = read_conversation(messages)
        if conversation.silence:
            return Suggestions("no_reply", (), conversation.silence)
        rows = self.replies.rows
        situation = self._situation(conversation, rows)
        status, reason = gate(situation.outputs, self._engine.settings, always=always)
        if status == "no_reply" and backoff:
            return Suggestions(status, backoff_replies(rows.edits, k), f"{reason}; these fit almost anywhere")
        if status != "success":
            return Suggestions(status, (), reason)
        replies = self._choose(situation, rows, k)
        if not replies:
            return Suggestions("no_reply", (), "every reply is removed, blocked, or would only echo the message")
        return Suggestions(status, replies, reason)

    def learn(self, messages: str | Message | Sequence[Message | str], chosen: str) -> bool:
        """Take in what the user sent after `messages`; from then on suggestions follow the user's habits more closely.

        Everything stays in the file of `personal`.

        Args:
            messages: as for `suggest`, without what was sent.
            chosen: what the user sent, picked or typed.

        Returns:
            Whether anything was taken in: not where there was nothing to answer, nor where the message is sensitive
            or in another language.

        Raises:
            MessageError: something among the messages that is no message, or `chosen` is no text.
            PersonalError: there is no `personal`.
        """
        personal = self._learner()
        text = Message(chosen).text.strip()
        conversation = read_conversation(messages)
        if conversation.silence or not text:
            return False
        rows = self.replies.rows
        situation = self._situation(conversation, rows)
        status, _ = gate(situation.outputs, self._engine.settings, always=True)
        if status != "success":
            return False
        shown = self._choose(situation, rows, 3)
        personal.learn(situation, text, tuple(reply.text for reply in shown))
        return True

    def forget(self) -> None:
        """Forget everything about the user; nothing stays behind, not even the file.

        Raises:
            PersonalError: there is no `personal`.
        """
        self._learner().forget()

    def _learner(self) -> Learner:
        if self.personal is None:
            raise PersonalError(
                "there is nothing that learns. Load with SmartReply.load(personal=Personal('me.sqlite')) "
                "(from smartreply.personal import Personal)."
            )
        return self.personal

    def _situation(self, conversation: Conversation, rows: ReplyRows) -> Situation:
        engine = self._engine
        outputs = engine.read(conversation.text, conversation.context)
        return Situation(
            messages=conversation.messages,
            outputs=outputs,
            replies=rows.entries,
            logits=rows.logits(outputs, engine.settings),
            encode=engine.encode,
            sensitive=lambda text: is_sensitive(engine.read(text, ""), engine.settings),
            settings=engine.settings,
        )

    def _choose(self, situation: Situation, rows: ReplyRows, k: int) -> tuple[Reply, ...]:
        entries, logits, columns, hidden = self._candidates(situation, rows)
        settings = self._engine.settings
        polar = situation.outputs.polar >= settings.polar_threshold
        picked = choose(logits, columns, polar=polar, k=k, blocked=hidden)
        sure = scores(logits, picked, settings.score_a, settings.score_b)
        return tuple(
            Reply(entries[row].text, score, entries[row].intent) for row, score in zip(picked, sure, strict=True)
        )

    def _candidates(
        self, situation: Situation, rows: ReplyRows
    ) -> tuple[tuple[ReplyEntry, ...], NDArray[np.float32], Columns, NDArray[np.bool_]]:
        """Every reply that takes part, its logit, its columns, and whether it must not be offered."""
        if self.personal is None:
            return rows.entries, situation.logits, rows.columns, rows.hidden
        change = self.personal.adjust(situation)
        logits = situation.logits + change.additions.astype(np.float32)
        blocks = rows.edits.blocks
        own = [
            one
            for one in change.candidates
            if reply_key(one.entry.text) not in rows.keys and not blocks.hides(one.entry.text, one.entry.intent)
        ]
        if not own:
            return rows.entries, logits, rows.columns, rows.hidden
        families = {one.intent: one.family for one in rows.entries}
        added = tuple(replace(one.entry, family=families.get(one.entry.intent, one.entry.family)) for one in own)
        vectors = np.stack([one.vector for one in own])
        more = logits_of(added, vectors, situation.outputs, self._engine.settings)
        more = more + np.array([one.addition for one in own], np.float32)
        entries = (*rows.entries, *added)
        hidden = np.concatenate([rows.hidden, np.zeros(len(own), np.bool_)])
        return entries, np.concatenate([logits, more]), rows.columns.extended(added), hidden
