"""Bring your own replies: a text file in, a model file with those replies out, without any training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from projection.metadata import model_bytes
from smartreply.engine import SHIPPED, LiteRtEngine
from smartreply.errors import ReplyError
from smartreply.grouping import central, group
from smartreply.outputs import Engine
from smartreply.replies import ReplyEntry
from smartreply.reply_file import OwnReply, read_reply_file
from smartreply.reply_texts import form_of, intent_name, plain_polarity

__all__ = ["MAX_OWN", "build_model", "describe_replies"]

MAX_OWN = 5_000
"""So many replies of one's own at most: grouping looks at every pair."""

SAME = 0.8
"""Cosine from which on a reply is taken to be as polite, and to say as much yes or no, as its nearest neighbour."""

TOGETHER = 0.6
"""Mean cosine from which on replies make one intent."""

MIN_FAMILIES = 3


def build_model(replies: str | Path, out: str | Path, *, model: str | Path | None = None) -> tuple[ReplyEntry, ...]:
    """Write a model file that suggests the replies of a text file.

    Args:
        replies: see `smartreply.reply_file.read_reply_file`.
        out: the `.tflite` to write; put in place whole or not at all.
        model: whose network to use; by default the shipped one. A reply that is in its list keeps what it learned.

    Returns:
        The replies as they stand in the new file, with their intents.

    Raises:
        ReplyError: the file of replies is no such file, has too few or too many replies, or `out` cannot be written.
        ArtifactError: the model cannot be used.
    """
    from smartreply.reply_table import read_vectors, replace_replies

    own = read_reply_file(replies)
    data, place = model_bytes(SHIPPED if model is None else Path(model))
    engine = LiteRtEngine(data, place=place)
    entries, vectors = describe_replies(own, engine, place=str(replies))
    learned = dict(zip([one.text.casefold() for one in engine.replies], read_vectors(data), strict=True))
    vectors = np.stack([learned.get(one.text.casefold(), row) for one, row in zip(entries, vectors, strict=True)])
    _write(Path(out), replace_replies(data, entries, vectors))
    return entries


def describe_replies(
    own: tuple[OwnReply, ...], engine: Engine, *, place: str
) -> tuple[tuple[ReplyEntry, ...], NDArray[np.float32]]:
    """What the choosing has to know of each reply, found from its words, its vector and the model's own replies.

    A reply that the model has, too, is described as there. Intents that the file does not name are found by grouping
    (`smartreply.grouping`) and named after their most central reply.

    Returns:
        The entries in the order of the file, and their vectors, float32 [N, D].

    Raises:
        ReplyError: too many replies, or fewer than three intents; `place` names the file.
    """
    if len(own) > MAX_OWN:
        raise ReplyError(f"{place}: a model can be given at most {MAX_OWN:,} replies. Got {len(own):,}.")
    vectors = np.stack([engine.encode(one.text) for one in own])
    drafts = _drafts(own, vectors, engine)
    entries = _with_intents(own, drafts, vectors)
    families = {one.family for one in entries}
    if len(families) < MIN_FAMILIES:
        raise ReplyError(
            f"{place}: three suggestions need at least {MIN_FAMILIES} intents. Found {len(families)} "
            f"({', '.join(sorted(families))}). Add replies that say something else, or name the intents yourself: "
            "the intent, a tab, the reply."
        )
    return entries, vectors


def _drafts(own: tuple[OwnReply, ...], vectors: NDArray[np.float32], engine: Engine) -> list[ReplyEntry]:
    """Everything but the intents."""
    known = engine.replies
    by_text = {one.text.casefold(): one for one in reversed(known)}
    known_vectors = np.stack([engine.encode(one.text) for one in known]) if known else None
    drafts = []
    for one, vector in zip(own, vectors, strict=True):
        same = by_text.get(one.text.casefold())
        if same is not None:
            drafts.append(replace(same, text=one.text))
            continue
        near = None
        if known_vectors is not None:
            cosines = known_vectors @ vector
            best = int(cosines.argmax())
            near = known[best] if cosines[best] >= SAME else None
        polarity = plain_polarity(one.text)
        drafts.append(
            ReplyEntry(
                text=one.text,
                intent="none",
                family="none",
                register=near.register if near else 0,
                polarity=polarity if polarity is not None else near.polarity if near else 0,
                form=form_of(one.text),
                prior=engine.settings.prior_default,
            )
        )
    return drafts


def _with_intents(
    own: tuple[OwnReply, ...], drafts: list[ReplyEntry], vectors: NDArray[np.float32]
) -> tuple[ReplyEntry, ...]:
    names = {row: one.intent for row, one in enumerate(own) if one.intent is not None}
    free = np.array([row for row in range(len(own)) if row not in names], np.int64)
    taken = set(names.values())
    polarity = np.array([drafts[row].polarity for row in free], np.int8)
    for rows in group(vectors[free], polarity, threshold=TOGETHER):
        members = [int(free[row]) for row in rows]
        name = intent_name(own[central(vectors, members)].text, taken)
        taken.add(name)
        names.update(dict.fromkeys(members, name))
    return tuple(replace(draft, intent=names[row], family=names[row]) for row, draft in enumerate(drafts))


def _write(out: Path, data: bytes) -> None:
    beside = out.with_name(f".{out.name}.part")
    try:
        beside.write_bytes(data)
        beside.replace(out)
    except OSError as error:
        raise ReplyError(f"cannot write {out}: {error.strerror}.") from error
