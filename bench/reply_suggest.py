"""Three replies for every message, from each of the systems that are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.reply_data import Case, joined
from bench.reply_metrics import plain
from bench.reply_minilm import MiniLm
from bench.reply_scorers import Scorer, Student
from smartreply.replies import ReplyEntry
from smartreply.selection import ECHO_LOGIT, Columns, choose

__all__ = [
    "CONSTANTS",
    "Offer",
    "System",
    "android",
    "constant",
    "mapped",
    "nearest_messages",
    "popular",
    "ranked",
    "ranked_logits",
    "student",
    "student_without_prior",
]

ECHO = 0.8
"""MiniLM cosine to the message from which a reply is an echo, where no student judges it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a system offers for one message.

    Attributes:
        texts: its replies, best first.
        trigger: P(a short reply follows), where the system says so.
        status: 0 shown, 1 to 3 silent (no reply, language, sensitive).
    """

    texts: tuple[str, ...]
    trigger: float | None = None
    status: int = 0


System = Callable[[Sequence[Case]], list[Offer]]

CONSTANTS: tuple[tuple[str, ...], ...] = (
    ("I don't know", "That's great", "What do you mean?"),
    ("Yes", "No", "Thanks"),
    ("Okay", "Sure", "Why?"),
    ("That sounds great!", "I'm sorry to hear that", "What happened?"),
    ("Yes, I do", "No, I don't", "What about you?"),
)


def constant(texts: tuple[str, ...]) -> System:
    """The same three, whatever was said."""
    return lambda cases: [Offer(texts) for _ in cases]


def android(cases: Sequence[Case]) -> list[Offer]:
    """What the Android 10 model was recorded to offer when it has to; it is silent where it would show nothing."""
    return [Offer(case.forced, status=0 if case.shown else 1) for case in cases]


def popular(entries: Sequence[ReplyEntry]) -> System:
    """The replies of the list with the highest prior, chosen by the product's rules."""
    logits = np.array([entry.prior for entry in entries], np.float32)
    rows = choose(logits, Columns.of(entries), polar=False, k=3)
    return constant(tuple(entries[row].text for row in rows))


def ranked(
    scorer: Scorer, entries: Sequence[ReplyEntry], minilm: MiniLm, *, scale: float = 1.0, prior: float = 0.0
) -> System:
    """A list ranked by scale * cosine + prior * log popularity; echoes out, three chosen by the product's rules."""

    def offer(cases: Sequence[Case]) -> list[Offer]:
        columns = Columns.of(entries)
        logits = ranked_logits(scorer, entries, minilm, cases, scale=scale, prior=prior)
        rows = [choose(row, columns, polar=False, k=3) for row in logits]
        return [Offer(tuple(entries[k].text for k in row)) for row in rows]

    return offer


def ranked_logits(
    scorer: Scorer, entries: Sequence[ReplyEntry], minilm: MiniLm, cases: Sequence[Case], *, scale: float, prior: float
) -> NDArray[np.float32]:
    """Logits [cases, replies] of a scorer that is not a student; echoes (by MiniLM) at `ECHO_LOGIT`."""
    texts = [entry.text for entry in entries]
    messages = [case.message for case in cases]
    queries = scorer.queries(messages, [joined(case.context) for case in cases])
    logits = scale * (queries @ scorer.replies(texts).T)
    logits += prior * np.array([entry.prior for entry in entries], np.float32)
    same = minilm(messages) @ minilm(texts).T >= ECHO
    same &= ~np.array([entry.echo_ok for entry in entries])
    return np.where(same, ECHO_LOGIT, logits).astype(np.float32)


def student(model: Student, *, context: bool = True) -> System:
    """The exported model's own three."""

    def offer(cases: Sequence[Case]) -> list[Offer]:
        offers = []
        for case in cases:
            found = model.read(case.message, joined(case.context) if context else "")
            texts = tuple(model.entries[row].text for row in found["indices"].reshape(-1))
            offers.append(Offer(texts, float(found["trigger"].reshape(-1)[0]), int(found["status"].reshape(-1)[0])))
        return offers

    return offer


def student_without_prior(model: Student) -> System:
    """The exported model with every prior at 0: its logits without them, chosen from in numpy."""
    columns = Columns.of(model.entries)
    priors = np.array([entry.prior for entry in model.entries], np.float32)
    polar_threshold = model.setting("polar_threshold")

    def offer(cases: Sequence[Case]) -> list[Offer]:
        offers = []
        for case in cases:
            found = model.read(case.message, joined(case.context))
            logits = found["logits"][0]
            logits = np.where(logits <= ECHO_LOGIT / 2, logits, logits - priors)
            polar = float(found["polar"].reshape(-1)[0]) >= polar_threshold
            rows = choose(logits.astype(np.float32), columns, polar=polar, k=3)
            offers.append(Offer(tuple(model.entries[row].text for row in rows)))
        return offers

    return offer


def nearest_messages(messages: Sequence[str], replies: Sequence[str]) -> System:
    """The replies that the three most similar messages of the training pairs got (tf-idf of words, cosine)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b", dtype=np.float32)
    table = vectorizer.fit_transform(messages).T.tocsr()

    def offer(cases: Sequence[Case]) -> list[Offer]:
        offers = []
        for start in range(0, len(cases), 100):
            found = (vectorizer.transform([case.message for case in cases[start : start + 100]]) @ table).tocsr()
            for row in range(found.shape[0]):
                scores = found.getrow(row)
                offers.append(Offer(_three(scores.indices, scores.data, replies)))
        return offers

    return offer


def _three(indices: NDArray[np.int32], scores: NDArray[np.float32], replies: Sequence[str]) -> tuple[str, ...]:
    """The first three different replies by falling score; of equal scores the earliest pair."""
    best = np.argsort(-scores, kind="stable")[:200]
    found: dict[str, str] = {}
    for place in [*(int(indices[k]) for k in best), *range(200)]:
        found.setdefault(plain(replies[place]), replies[place])
        if len(found) == 3:
            break
    return tuple(found.values())


def mapped(system: System, entries: Sequence[ReplyEntry], minilm: MiniLm) -> System:
    """Every reply of a system replaced by the nearest of the list (MiniLM) that is not yet among the three."""
    texts = [entry.text for entry in entries]

    def offer(cases: Sequence[Case]) -> list[Offer]:
        vectors = minilm(texts)
        offers = []
        found = system(cases)
        minilm(sorted({text for one in found for text in one.texts}))  # at once: batches are cheaper
        for one in found:
            taken: list[int] = []
            for row in minilm(one.texts) @ vectors.T:
                row[taken] = -2
                taken.append(int(row.argmax()))
            offers.append(Offer(tuple(texts[k] for k in taken)))
        return offers

    return offer
