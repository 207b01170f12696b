"""From a trained student to the numbers in its file: heads and scores that are probabilities.

Everything is fitted on dialogues that no training saw. A suggestion counts as right when MiniLM's cosine between it and
what was really answered is at least `NEAR`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.reply.corpus import NOTHING, ReplyCorpus
from distill.reply.set_targets import NEAR, SHARPNESS, SetTargets
from earmark.errors import require_extra
from smartreply.outputs import Settings

__all__ = ["Read", "calibrate_heads", "calibration_error", "fit_settings", "platt", "read_corpus"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Read:
    """What a student says of every pair of a corpus.

    Attributes:
        query: float32 (pairs, dim).
        message: float32 (pairs, dim).
        trigger, polar, register: float32 (pairs,); the first two are logits.
    """

    query: Floats
    message: Floats
    trigger: Floats
    polar: Floats
    register: Floats


def read_corpus(net: Any, corpus: ReplyCorpus, *, context: bool = True, batch: int = 512) -> Read:
    """Run `net` over the pairs, with or without what came before each message."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def run(message: Any, before: Any) -> Any:
        table = tf.constant(corpus.table.values)
        inputs = {}
        for name, rows in (("text", message), ("context", before)):
            inputs[f"{name}_values"] = tf.cast(tf.gather(table, rows), tf.float32)
            inputs[f"{name}_mask"] = tf.cast(rows > 0, tf.float32)
        return net.core(inputs, training=False)

    parts: dict[str, list[Floats]] = {name: [] for name in ("query", "message", "trigger", "polar", "register")}
    for start in range(0, len(corpus), batch):
        rows = corpus.contexts[corpus.context[start : start + batch]]
        found = run(corpus.rows[corpus.message[start : start + batch]], rows if context else np.zeros_like(rows))
        for name, values in parts.items():
            values.append(np.asarray(found[name], np.float32))
    joined = {name: np.concatenate(values) for name, values in parts.items()}
    return Read(joined["query"], joined["message"], *(joined[name][:, 0] for name in ("trigger", "polar", "register")))


def platt(scores: Floats, right: NDArray[np.bool_]) -> tuple[float, float]:
    """a, b of P(right) = sigmoid(a * score + b); Platt 1999. Where all or none are right, a is 0."""
    if right.all() or not right.any():
        share = (right.sum() + 1.0) / (len(right) + 2.0)
        return 0.0, float(np.log(share / (1.0 - share)))
    linear = require_extra("sklearn.linear_model", extra="train", feature="Calibrating smart reply")
    model = linear.LogisticRegression(C=1e6, max_iter=1000).fit(scores[:, None], right)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def calibration_error(probabilities: Floats, right: NDArray[np.bool_], *, bins: int = 15) -> float:
    """Expected calibration error: mean distance of stated and true share, over bins of equal count, by their size."""
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return float(sum(len(part) * abs(probabilities[part].mean() - right[part].mean()) for part in parts) / len(order))


def calibrate_heads(net: Any, corpus: ReplyCorpus, read: Read) -> dict[str, tuple[float, float]]:
    """Fold Platt's a and b of the trigger and the yes/no head into their dense layers; what they were."""
    known = np.isfinite(corpus.polar)
    found = {
        "trigger": platt(read.trigger, corpus.short > 0.5),
        "polar": platt(read.polar[known], corpus.polar[known] > 0.5),
    }
    for name, (a, b) in found.items():
        layer = net.towers.get_layer(name)
        kernel, bias = layer.get_weights()
        layer.set_weights([kernel * a, bias * a + b])
    return found


def fit_settings(
    read: Read, corpus: ReplyCorpus, targets: SetTargets, vectors: Floats, scale: float, *, thresholds: dict[str, float]
) -> tuple[Settings, dict[str, Any]]:
    """Fit a and b of the scores.

    Args:
        read: of held-out pairs.
        corpus: those pairs.
        targets: the reply set.
        vectors: of the set's replies by the student, float32 (replies, dim).
        scale: that the student learned.
        thresholds: the settings that are not fitted here, by name.

    Returns:
        The settings, and figures.
    """
    covered, cosine = _covered(corpus, targets)
    product = scale * (read.query[covered] @ vectors.T)
    weight = targets.prior_weight
    everyone = np.nonzero(corpus.reply != NOTHING)[0]
    logits = scale * (read.query[everyone] @ vectors.T) + weight * targets.prior
    picks, log_share = _top_families(logits, [reply.family for reply in targets.replies])
    answers = corpus.vectors_of(corpus.reply[everyone])
    right = np.stack([(answers * targets.vectors[pick]).sum(axis=1) >= NEAR for pick in picks.T], axis=1)
    a, b = platt(log_share.reshape(-1), right.reshape(-1))
    settings = Settings(scale=scale, score_a=a, score_b=b, prior_default=0.0, **thresholds)
    stated = 1.0 / (1.0 + np.exp(-(a * log_share + b)))
    return settings, {
        "prior_weight": weight,
        "set_loss": round(_set_loss(product + weight * targets.prior, cosine), 4) if len(covered) else None,
        "score_ece": round(calibration_error(stated.reshape(-1), right.reshape(-1)), 4),
        "right_among_three": round(float(right.any(axis=1).mean()), 4),
        "covered": round(len(covered) / max(len(everyone), 1), 4),
    }


def _covered(corpus: ReplyCorpus, targets: SetTargets) -> tuple[NDArray[np.intp], Floats]:
    """Pairs whose answer is close to some reply of the set, and the cosines of each to all of them."""
    there = np.nonzero(corpus.reply != NOTHING)[0]
    cosine = corpus.vectors_of(corpus.reply[there]) @ targets.vectors.T
    near = cosine.max(axis=1) >= NEAR
    return there[near], cosine[near]


def _set_loss(logits: Floats, cosine: Floats) -> float:
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_share = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    wanted = np.exp(SHARPNESS * (cosine - cosine.max(axis=1, keepdims=True)))
    wanted /= wanted.sum(axis=1, keepdims=True)
    return float(-(wanted * log_share).sum(axis=1).mean())


def _top_families(logits: Floats, families: Sequence[str]) -> tuple[NDArray[np.intp], Floats]:
    """The best reply of each of the three best families, and the log share of each; (rows, 3) both."""
    names = sorted(set(families))
    number = np.array([names.index(family) for family in families])
    members = [np.nonzero(number == one)[0] for one in range(len(names))]
    best = np.stack([part[np.argmax(logits[:, part], axis=1)] for part in members], axis=1)
    values = np.take_along_axis(logits, best, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")[:, :3]
    shifted = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=1, keepdims=True)) + logits.max(axis=1, keepdims=True)
    return np.take_along_axis(best, order, axis=1), np.take_along_axis(values, order, axis=1) - total
