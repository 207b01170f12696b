"""The reply list as one suggestion sees it: the model's replies, then the added ones; made anew by every edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smartreply.outputs import Outputs, Settings
from smartreply.personal_texts import reply_key
from smartreply.replies import ReplyEntry
from smartreply.reply_edits import Edits
from smartreply.selection import ECHO_LOGIT, Columns

__all__ = ["ReplyRows", "logits_of", "rows_of"]


@dataclass(frozen=True, slots=True)
class ReplyRows:
    """A reply list with its edits worked in; never changed.

    Attributes:
        edits: what the app changed.
        entries: the model's replies, then the added ones that take part.
        n_model: how many are the model's.
        vectors: float32 [len(entries) - n_model, D] of the added ones.
        columns: of all entries.
        hidden: bool [len(entries)]: removed or blocked.
        keys: `reply_key` of every entry.
    """

    edits: Edits
    entries: tuple[ReplyEntry, ...]
    n_model: int
    vectors: NDArray[np.float32]
    columns: Columns
    hidden: NDArray[np.bool_]
    keys: frozenset[str]

    def logits(self, outputs: Outputs, settings: Settings) -> NDArray[np.float32]:
        """float32 [len(entries)]: the model's own, then those of the added replies by the same formula."""
        if not len(self.vectors):
            return outputs.logits
        added = logits_of(self.entries[self.n_model :], self.vectors, outputs, settings)
        return np.concatenate([outputs.logits, added])


def logits_of(
    entries: Sequence[ReplyEntry], vectors: NDArray[np.float32], outputs: Outputs, settings: Settings
) -> NDArray[np.float32]:
    """Logits of replies that the model's file does not have, float32 [N].

    scale * (query . vector) + prior + register_weight * register * the reply's register, and `ECHO_LOGIT` where the
    reply says the message over again.
    """
    priors = np.array([one.prior for one in entries], np.float32)
    registers = np.array([one.register for one in entries], np.float32)
    logits = np.float32(settings.scale) * (vectors @ outputs.query) + priors
    logits = logits + np.float32(settings.register_weight * outputs.register) * registers
    may_echo = np.array([one.echo_ok for one in entries], np.bool_)
    echoes = (vectors @ outputs.message >= np.float32(settings.echo_threshold)) & ~may_echo
    return np.where(echoes, np.float32(ECHO_LOGIT), logits).astype(np.float32)


def rows_of(model: Sequence[ReplyEntry], edits: Edits, vectors: Mapping[str, NDArray[np.float32]]) -> ReplyRows:
    """Work `edits` into the model's list.

    An added reply whose text the model has does not take part; one whose intent the model knows gets the family that
    the model gives to the intent.

    Args:
        model: the model's reply list.
        edits: what the app changed.
        vectors: float32 [D] by text, at least of the added replies.
    """
    texts = {one.text for one in model}
    families = {one.intent: one.family for one in model}
    added = []
    for one in edits.added:
        if one.text not in texts:
            family = families.setdefault(one.intent, one.family)
            added.append(one if one.family == family else replace(one, family=family))
    entries = (*model, *added)
    removed = frozenset(edits.removed)
    hidden = np.array(
        [one.text in removed or edits.blocks.hides(one.text, one.intent) for one in model]
        + [edits.blocks.hides(one.text, one.intent) for one in added],
        np.bool_,
    )
    stacked = np.stack([vectors[one.text] for one in added]) if added else np.zeros((0, 0), np.float32)
    return ReplyRows(
        edits=edits,
        entries=entries,
        n_model=len(model),
        vectors=stacked,
        columns=Columns.of(entries),
        hidden=hidden,
        keys=frozenset(reply_key(one.text) for one in entries),
    )
