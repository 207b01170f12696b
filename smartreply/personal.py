"""What is learnt from the user, on this device alone: which replies they choose, and short ones of their own.

    with Personal.open("me.earmark") as personal:
        reply = SmartReply.load(personal=personal)
        reply.learn(messages, "Yup")

Kept are the texts of replies (those of the list that were offered or sent, and the user's own once they have typed them
`OWN_AFTER` times), counters, weights and the day; of messages nothing but, for each own reply, one sum of the vectors
of those it answered; of other texts nothing that can be read: a typed text that may become a reply is counted by a
keyed fingerprint. Nothing here opens a connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from smartreply.personal_learning import LearningRates, Offer, Weight, decayed, moved, steps
from smartreply.personal_protocol import Adjustment, Candidate, Situation
from smartreply.personal_records import IntentRecord, ReplyRecord, Snapshot
from smartreply.personal_store import Change, Store
from smartreply.personal_texts import MAX_OWN_BYTES, fingerprint, refusal, reply_key
from smartreply.personal_usage import Usage, used, used_again
from smartreply.replies import ReplyEntry
from smartreply.reply_set import NEAR
from smartreply.reply_texts import form_of, polarity_of

__all__ = ["OWN_AFTER", "OWN_INTENT", "Personal"]

OWN_AFTER = 3
"""A text of the user's own becomes a candidate when it has been typed so often."""

OWN_INTENT = "own_reply"
"""The intent and family of the user's own texts that no reply of the list is like."""

_DAY = 86_400.0


class Personal:
    """One user's habits, in one file. Safe to call from several threads, and from several processes on one file.

    Args:
        path: where the app wants the file; made at the first `learn`, not before.
        rates: how fast and how far choices move the ranking, and how soon that fades.
        clock: seconds since 1970; only whole days are kept.

    Raises:
        PersonalError: the file is foreign, damaged, or of a newer version; later calls: it cannot be used any more.
    """

    def __init__(
        self, path: str | Path, *, rates: LearningRates | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._rates = rates or LearningRates()
        self._clock = clock
        self._lock = threading.RLock()
        self._store = Store(path)
        self._listing: _Listing | None = None
        self._latest: tuple[Snapshot, _Listing, int, Adjustment] | None = None
        try:
            self._store.snapshot()
        except BaseException:
            self._store.close()
            raise

    @classmethod
    def open(cls, path: str | Path) -> Personal:
        """The habits in the file at `path`, or none yet."""
        return cls(path)

    @property
    def path(self) -> Path:
        """Where the file is, or will be."""
        return self._store.path

    @property
    def rates(self) -> LearningRates:
        """How fast and how far choices move the ranking."""
        return self._rates

    def adjust(self, situation: Situation) -> Adjustment:
        """What the habits change: additions within +- `rates.bound`, and the user's own replies."""
        with self._lock:
            snapshot, listing, day = self._store.snapshot(), self._list(situation.replies), self._today()
            latest = self._latest
            if latest is not None and latest[0] is snapshot and latest[1] is listing and latest[2] == day:
                return latest[3]
            habits = _Habits(snapshot, snapshot.events, day, self._rates)
            candidates = tuple(
                Candidate(entry, listing.used(situation, record), habits.addition(record.text, entry.intent))
                for record in snapshot.replies
                if record.own
                for entry in [listing.entry(record, situation.settings.prior_default)]
            )
            additions = np.array([habits.addition(one.text, one.intent) for one in situation.replies], np.float32)
            additions.flags.writeable = False
            adjustment = Adjustment(additions, candidates)
            self._latest = (snapshot, listing, day, adjustment)
            return adjustment

    def learn(self, situation: Situation, chosen: str, shown: Sequence[str]) -> None:
        """Take in that the user sent `chosen` where `shown` was offered."""
        text = chosen.strip()
        keepable = refusal(text) is None and not situation.sensitive(text)
        with self._lock:
            listing = self._list(situation.replies)
            with self._store.changing() as change:
                _Lesson(change, situation, listing, self._rates, self._today()).learn(text, shown, keepable=keepable)

    def forget(self) -> None:
        """Leave nothing behind: every row is overwritten, then the file is removed. Learning may go on after it."""
        with self._lock:
            self._latest = None
            self._listing = None
            self._store.forget()

    def snapshot(self) -> Snapshot:
        """Everything that is kept."""
        with self._lock:
            return self._store.snapshot()

    def replace(self, snapshot: Snapshot) -> None:
        """Put `snapshot` (of another device, say) in the place of everything learnt."""
        with self._lock:
            self._store.replace(snapshot)

    def weights(self) -> tuple[dict[str, float], dict[str, float]]:
        """The weights as of today, in logits: of replies by text, of intents by name."""
        with self._lock:
            snapshot, day = self._store.snapshot(), self._today()
        return (
            {one.text: decayed(one.weight, snapshot.events, day, self._rates) for one in snapshot.replies},
            {one.name: decayed(one.weight, snapshot.events, day, self._rates) for one in snapshot.intents},
        )

    def close(self) -> None:
        """Close the file; further calls are errors."""
        with self._lock:
            self._store.close()

    def __enter__(self) -> Personal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _today(self) -> int:
        return int(self._clock() // _DAY)

    def _list(self, replies: tuple[ReplyEntry, ...]) -> _Listing:
        if self._listing is None or (self._listing.replies is not replies and self._listing.replies != replies):
            self._listing = _Listing(replies)
        return self._listing


class _Listing:
    """A reply list, by text and by key, and vectors of texts that are not on it."""

    def __init__(self, replies: tuple[ReplyEntry, ...]) -> None:
        self.replies = replies
        self.rows = {one.text: row for row, one in enumerate(replies)}
        self._by_key: dict[str, list[int]] | None = None
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def row(self, text: str, logits: NDArray[np.float32]) -> int | None:
        """The row that `text` is: the same text, else the likeliest one with the same key."""
        if text in self.rows:
            return self.rows[text]
        if self._by_key is None:
            self._by_key = {}
            for row, one in enumerate(self.replies):
                self._by_key.setdefault(reply_key(one.text), []).append(row)
        rows = self._by_key.get(reply_key(text), [])
        return max(rows, key=lambda row: (float(logits[row]), -row)) if rows else None

    def vector(self, situation: Situation, text: str) -> NDArray[np.float32]:
        """The vector of a text of the user's own."""
        if text not in self._vectors:
            self._vectors[text] = situation.encode(text)
        return self._vectors[text]

    def used(self, situation: Situation, record: ReplyRecord) -> NDArray[np.float32]:
        """The vector of a text of the user's own after what it was sent for."""
        return used(self.vector(situation, record.text), record.usage)

    def entry(self, record: ReplyRecord, prior: float) -> ReplyEntry:
        """A text of the user's own as a reply: it takes its intent from the reply of the list that it is like."""
        row = self.rows.get(record.alike) if record.alike is not None else None
        polarity = polarity_of(record.text)
        if row is None:
            return ReplyEntry(record.text, OWN_INTENT, OWN_INTENT, 0, polarity, form_of(record.text), prior=prior)
        alike = self.replies[row]
        return ReplyEntry(
            record.text, alike.intent, alike.family, alike.register, alike.polarity or polarity,
            form_of(record.text), alike.echo_ok, max(prior, alike.prior),
        )  # fmt: skip

    def alike(self, situation: Situation, text: str) -> str | None:
        """The reply of the list that is nearest in meaning; 0.1 ms a reply, once for every text that is kept."""
        vector = self.vector(situation, text)
        best, found = NEAR, None
        for one in self.replies:
            cosine = float(vector @ situation.encode(one.text))
            if cosine >= best:
                best, found = cosine, one.text
        return found


class _Habits:
    """The weights of a snapshot as of one choice and day."""

    def __init__(self, snapshot: Snapshot, event: int, day: int, rates: LearningRates) -> None:
        self.replies = {one.text: decayed(one.weight, event, day, rates) for one in snapshot.replies}
        self.intents = {one.name: decayed(one.weight, event, day, rates) for one in snapshot.intents}

    def addition(self, text: str, intent: str) -> float:
        """What is added to the logit of a reply."""
        return self.replies.get(text, 0.0) + self.intents.get(intent, 0.0)


class _Lesson:
    """One choice, on its way into the file."""

    def __init__(self, change: Change, situation: Situation, listing: _Listing, rates: LearningRates, day: int) -> None:
        self._change = change
        self._situation = situation
        self._listing = listing
        self._rates = rates
        self._day = day
        self._replies = {one.text: one for one in change.before.replies}
        self._intents = {one.name: one for one in change.before.intents}
        self._own = {reply_key(one.text): one for one in change.before.replies if one.own}
        self._habits = _Habits(change.before, change.event, day, rates)

    def learn(self, text: str, shown: Sequence[str], *, keepable: bool) -> None:
        """Move the weights of what was offered and sent; count a text that is not known yet."""
        offers = {offer.key: offer for offer in map(self._offer, shown) if offer is not None}
        chosen = self._offer(text) if text else None
        if chosen is None and len(text.encode("utf-8", "replace")) > MAX_OWN_BYTES:
            return  # that nothing short would do says nothing of the short ones
        moves = steps(list(offers.values()), chosen, self._rates)
        for key, step in moves[0].items():
            self._move_reply(key, step, sent=chosen is not None and key == chosen.key, offered=key in offers)
        for name, step in moves[1].items():
            self._move_intent(name, step, sent=chosen is not None and name == chosen.intent)
        if chosen is None and keepable:
            self._count(text)

    def _offer(self, text: str) -> Offer | None:
        situation = self._situation
        row = self._listing.row(text, situation.logits)
        if row is not None:
            one = self._listing.replies[row]
            addition = self._habits.addition(one.text, one.intent)
            return Offer(one.text, one.intent, float(situation.logits[row]), addition)
        record = self._own.get(reply_key(text))
        if record is None:
            return None
        settings = situation.settings
        entry = self._listing.entry(record, settings.prior_default)
        logit = settings.scale * float(situation.outputs.query @ self._listing.used(situation, record))
        logit += entry.prior + settings.register_weight * situation.outputs.register * entry.register
        return Offer(record.text, entry.intent, logit, self._habits.addition(record.text, entry.intent))

    def _move_reply(self, text: str, step: float, *, sent: bool, offered: bool) -> None:
        record = self._replies.get(text, ReplyRecord(text))
        self._change.put_reply(
            replace(
                record,
                picked=record.picked + (sent and offered),
                typed=record.typed + (sent and not offered),
                passed=record.passed + (not sent),
                weight=self._moved(record.weight, step, self._rates.reply_bound),
                usage=self._used(record, step / (self._rates.reply_rate or 1.0)) if record.own else None,
            )
        )

    def _used(self, record: ReplyRecord, surprise: float) -> Usage:
        words = self._listing.vector(self._situation, record.text)
        step = self._rates.usage_rate * surprise
        return used_again(record.usage, words, self._situation.outputs.query, step, self._rates.usage_bound)

    def _move_intent(self, name: str, step: float, *, sent: bool) -> None:
        record = self._intents.get(name, IntentRecord(name))
        self._change.put_intent(
            replace(
                record,
                chosen=record.chosen + sent,
                passed=record.passed + (not sent),
                weight=self._moved(record.weight, step, self._rates.intent_bound),
            )
        )

    def _moved(self, weight: Weight, step: float, bound: float) -> Weight:
        return moved(weight, step, bound, self._change.event, self._day, self._rates)

    def _count(self, text: str) -> None:
        mark = fingerprint(reply_key(text), self._change.salt)
        count = self._change.count_pending(mark)
        if count < OWN_AFTER:
            return
        self._change.drop_pending(mark)
        alike = self._listing.alike(self._situation, text)
        weight = Weight(self._rates.own_start, self._change.event, self._day)
        record = ReplyRecord(text, own=True, alike=alike, typed=count, weight=weight)
        self._change.put_reply(replace(record, usage=self._used(record, 1.0)))
