"""A system's offers beside the true replies: the figures of one row of the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.reply_data import Case
from bench.reply_metrics import CLOSE, echoes, plain, self_similarity, weighted_rouge
from bench.reply_suggest import Offer
from smartreply.replies import ReplyEntry

__all__ = ["Figures", "Judge"]

Floats = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True, slots=True)
class Figures:
    """Per message, float64 [n]; NaN where a figure has no meaning.

    Attributes:
        best: MiniLM cosine of the nearest pair of a reply and a reference.
        close: whether that is `CLOSE` or more.
        intents: how many different intents the three have.
        families: how many different families.
        alike: mean cosine of the pairs of replies.
        generic: share of the three that are among the 100 most frequent short replies of the training pairs.
        echo: whether a reply says the message over again.
        hit: whether the true reply's intent is offered; NaN where no reference is close to a reply of the list.
        rouge: weighted ROUGE, in percent.
    """

    best: NDArray[np.float64]
    close: NDArray[np.float64]
    intents: NDArray[np.float64]
    families: NDArray[np.float64]
    alike: NDArray[np.float64]
    generic: NDArray[np.float64]
    echo: NDArray[np.float64]
    hit: NDArray[np.float64]
    rouge: NDArray[np.float64]


class Judge:
    """Measures offers for a fixed list of messages.

    Replies that are not in the list have the intent of the nearest one that is.

    Args:
        cases: messages and references.
        entries: the reply list; without one, intents and hits are NaN.
        generic: plain texts of the most frequent replies.
        embed: texts to rows of length 1.
    """

    def __init__(
        self, cases: Sequence[Case], entries: Sequence[ReplyEntry], generic: frozenset[str], embed: Embed
    ) -> None:
        self._cases, self._entries, self._generic, self._embed = cases, entries, generic, embed
        embed(sorted({text for case in cases for text in (case.message, *case.references)}))  # at once: it is cheaper
        self._own = embed([entry.text for entry in entries])
        self._rows = {entry.text: row for row, entry in enumerate(entries)}
        self._true = [self._true_intents(case) for case in cases]

    def __call__(self, offers: Sequence[Offer]) -> Figures:
        """The figures of one system, a row a message."""
        self._embed(sorted({text for offer in offers for text in offer.texts}))  # at once: batches are cheaper
        columns = [self._one(case, offer, k) for k, (case, offer) in enumerate(zip(self._cases, offers, strict=True))]
        return Figures(*np.array(columns, np.float64).T)

    def _one(self, case: Case, offer: Offer, k: int) -> tuple[float, ...]:
        vectors = self._embed(offer.texts)
        cosines = vectors @ self._embed(case.references).T
        rows = [self._row(text, vector) for text, vector in zip(offer.texts, vectors, strict=True)]
        known = [self._entries[row] for row in rows if row is not None]
        intents = {entry.intent for entry in known}
        allowed = [row is not None and self._entries[row].echo_ok for row in rows]
        if not self._entries:
            allowed = [len(plain(text).split()) <= 2 for text in offer.texts]
        said = vectors @ self._embed([case.message])[0]
        true = self._true[k]
        return (
            float(cosines.max()),
            float(cosines.max() >= CLOSE),
            len(intents) if known else np.nan,
            len({entry.family for entry in known}) if known else np.nan,
            self_similarity(vectors) if len(vectors) > 1 else np.nan,
            float(np.mean([plain(text) in self._generic for text in offer.texts])),
            float(echoes(case.message, offer.texts, said, allowed)),
            float(bool(intents & true)) if true else np.nan,
            100 * weighted_rouge(offer.texts, case.references),
        )

    def _row(self, text: str, vector: Floats) -> int | None:
        if not self._entries:
            return None
        row = self._rows.get(text)
        return int((self._own @ vector).argmax()) if row is None else row

    def _true_intents(self, case: Case) -> set[str]:
        """Intents of the list's replies that are nearest to the references, where near enough."""
        if not self._entries:
            return set()
        cosines = self._embed(case.references) @ self._own.T
        return {self._entries[int(row.argmax())].intent for row in cosines if row.max() >= CLOSE}
