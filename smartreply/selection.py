"""Which replies to offer together: different things to say, a yes and a no, never two questions.

The model's graph chooses three by the same rules (docs/smart-reply.md, "Choosing three"); here they are once more in
numpy, so that blocked, added and personal replies take part, and for more or fewer than three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartreply.replies import FORMS, ReplyEntry

__all__ = ["ECHO_LOGIT", "Columns", "choose", "scores"]

ECHO_LOGIT = -1e4
"""The logit of a reply that would say the message over again."""

_NEVER = ECHO_LOGIT / 2  # no real logit comes near it

_QUESTION, _EMOJI = FORMS.index("question"), FORMS.index("emoji")


@dataclass(frozen=True, slots=True)
class Columns:
    """What the choosing needs of each reply, one row a reply.

    Attributes:
        family: int32 [R], equal for replies that must not stand together.
        polarity: int8 [R].
        register: float32 [R].
        form: int8 [R], index into `FORMS`.
        families: the number of each family, by name.
    """

    family: NDArray[np.int32]
    polarity: NDArray[np.int8]
    register: NDArray[np.float32]
    form: NDArray[np.int8]
    families: Mapping[str, int]

    @classmethod
    def of(cls, replies: Sequence[ReplyEntry]) -> Columns:
        """The columns of a reply list; families are numbered in order of appearance."""
        none = np.zeros(0, np.int32)
        return cls(none, none.astype(np.int8), none.astype(np.float32), none.astype(np.int8), {}).extended(replies)

    def extended(self, replies: Sequence[ReplyEntry]) -> Columns:
        """With more replies behind."""
        families = dict(self.families)
        numbers = [families.setdefault(one.family, len(families)) for one in replies]
        return Columns(
            np.append(self.family, np.array(numbers, np.int32)),
            np.append(self.polarity, np.array([one.polarity for one in replies], np.int8)),
            np.append(self.register, np.array([one.register for one in replies], np.float32)),
            np.append(self.form, np.array([FORMS.index(one.form) for one in replies], np.int8)),
            families,
        )


def choose(
    logits: NDArray[np.float32], columns: Columns, *, polar: bool, k: int, blocked: NDArray[np.bool_] | None = None
) -> list[int]:
    """Rows to offer together, at most k, in the order they were picked; of equal logits the first row goes first.

    In each round the best open row is picked, and then closed are: its family; every question once there is one; every
    row of nothing but emoji once there is one. After a yes/no question the second row says the opposite of the first
    (or, where that says neither, yes or no), the third what is missing of yes and no; when both were said, neither.
    Where that would leave nothing open it does not hold for the round. Echoes and blocked rows are never open.

    Args:
        logits: float32 [R].
        columns: of the same R replies.
        polar: whether the message asks a yes/no question.
        k: how many.
        blocked: bool [R], rows that may not be offered.
    """
    shut = logits <= _NEVER
    if blocked is not None:
        shut = shut | blocked
    shut = shut.copy()
    picked: list[int] = []
    said: list[int] = []
    for _ in range(k):
        here = shut
        if polar and picked:
            wrong = shut | _against(columns.polarity, said)
            here = shut if wrong.all() else wrong
        if here.all():
            break
        row = int(np.where(here, -np.inf, logits).argmax())
        picked.append(row)
        if columns.polarity[row]:
            said.append(int(columns.polarity[row]))
        shut |= columns.family == columns.family[row]
        if columns.form[row] in (_QUESTION, _EMOJI):
            shut |= columns.form == columns.form[row]
    return picked


def _against(polarity: NDArray[np.int8], said: list[int]) -> NDArray[np.bool_]:
    """The rows that the rule for yes/no questions closes, given the signs said so far."""
    wrong: NDArray[np.bool_] = polarity != (-said[0] if len(said) == 1 else 0)
    return wrong if said else ~wrong


def scores(logits: NDArray[np.float32], rows: Sequence[int], a: float, b: float) -> list[float]:
    """Calibrated probability of each picked row: sigmoid(a * log_softmax(logits)[row] + b)."""
    wide = logits.astype(np.float64)
    top = wide.max()
    log_total = top + np.log(np.exp(wide - top).sum())
    return [float(1.0 / (1.0 + np.exp(-(a * (wide[row] - log_total) + b)))) for row in rows]
