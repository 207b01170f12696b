"""The pre-trained encoder learns its two tasks in one pass: what is a keyword here, and what will people ask about.

A batch is some sections of one recording. Keywords: every occurrence of a candidate has the mean logit of its pieces,
a candidate the mean of its best and its average occurrence; two losses, one by one (cross-entropy) and against the
section's other candidates (listwise, which is what a list of five is about). Ratings: pairwise within the recording, so
nothing is gained from which recording it is. MiniLM goes on teaching: its vector of every window keeps the encoder's
sentence space, how near a candidate is to its section for MiniLM is a soft label beside the hard ones, and with every
batch goes one of the short texts that the encoder was distilled on: windows alone would make it forget those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.checkpoint import keep_variables, restore_variables
from distill.encoder.head_examples import HeadExamples
from distill.encoder.heads import EncoderHeads
from distill.encoder.pieces import PieceRows, length_batches
from distill.encoder.pretrain import half_of, sentence_losses
from distill.optimizer import FlatAdamW
from distill.quiet import import_tensorflow
from distill.training_log import progress

__all__ = ["TuneRecipe", "TuneTargets", "tune"]

PARTS = ("keyword", "list", "soft", "rating", "sentence", "text", "relation")


@dataclass(frozen=True, slots=True)
class TuneRecipe:
    """How the heads are trained, and the encoder with them.

    Attributes:
        epochs: passes over the examples.
        windows: most windows of a batch; a longer section is cut.
        rate: highest learning rate.
        average: of the weights, as in `FlatAdamW`.
        list_weight: of the listwise keyword loss.
        soft_weight: of MiniLM's soft labels.
        rating_weight: of the pairwise rating loss.
        sentence_weight: of staying in MiniLM's sentence space, windows.
        text_weight: the same of texts.
        relation_weight: of the similarities within a batch of texts.
        text_pieces: most pieces of such a batch.
        soft_scale: MiniLM's cosines are multiplied with it before the softmax.
        seed: of the order.
    """

    epochs: int = 1
    windows: int = 32
    rate: float = 1e-4
    average: float = 0.99
    list_weight: float = 1.0
    soft_weight: float = 0.2
    rating_weight: float = 0.5
    sentence_weight: float = 1.0
    text_weight: float = 6.0
    relation_weight: float = 3.0
    text_pieces: int = 2048
    soft_scale: float = 12.0
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class TuneTargets:
    """What is learned; n windows, c candidates, s sections, t texts.

    Attributes:
        wanted: float32 (c,), how much of a keyword each candidate is, 0..1.
        weight: float32 (c,), how far that is known, 0 not at all.
        near: float32 (c,), MiniLM's cosine of candidate and section.
        vectors: float16 (n, 384), MiniLM's unit vector of each window.
        rating: float32 (s,), share of what is asked about, NaN where unknown.
        texts: (t,), of the distillation.
        text_vectors: float16 (t, 384), MiniLM's of those.
    """

    wanted: NDArray[np.float32]
    weight: NDArray[np.float32]
    near: NDArray[np.float32]
    vectors: NDArray[np.float16]
    rating: NDArray[np.float32]
    texts: PieceRows
    text_vectors: NDArray[np.float16]


def tune(
    heads: EncoderHeads,
    examples: HeadExamples,
    targets: TuneTargets,
    recipe: TuneRecipe,
    work: Path,
    *,
    digest: str,
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Train `heads` in place, or go on from the checkpoint in `work`; it ends with the averaged weights."""
    tf = import_tensorflow("Training the encoder's heads")
    plans = [_plan(examples, recipe, epoch) for epoch in range(recipe.epochs)]
    steps = sum(map(len, plans))
    half = _half(heads)
    optimizer = FlatAdamW(half.variables, rate=recipe.rate, steps=steps, weight_decay=0.01, average=recipe.average)
    state = [*half.variables, *optimizer.variables]
    path = work / "heads.npz"
    done = restore_variables(path, state, digest=digest)
    variables = [variable.value for variable in half.variables]

    def step(batch: dict[str, Any]) -> Any:
        with tf.GradientTape() as tape:
            parts = _losses(half, batch, recipe)
            weights = (1.0, recipe.list_weight, recipe.soft_weight, recipe.rating_weight, recipe.sentence_weight,
                       recipe.text_weight, recipe.relation_weight)  # fmt: skip
            loss = sum(weight * part for weight, part in zip(weights, parts, strict=True))
        slopes = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        optimizer.apply([tf.convert_to_tensor(slope) for slope in slopes])
        return parts

    traced: Any = None
    with progress("heads", total=recipe.epochs, done=done) as bar:
        for epoch, plan in enumerate(plans):
            if epoch < done:
                continue
            losses = []
            pairs = zip(plan, cycle(_text_plan(targets.texts, recipe, epoch)), strict=False)
            for sections, texts in bar.over(pairs, len(plan), f"heads {epoch + 1}/{recipe.epochs}"):
                batch = _batch(examples, targets, sections, recipe.windows) | _text_batch(targets, texts)
                if traced is None:
                    signature = {name: _any_size(array) for name, array in batch.items()}
                    traced = tf.function(step, input_signature=[signature], autograph=False)
                losses.append([float(part) for part in traced(batch)])
            mean = np.nanmean(losses, axis=0)
            say(f"heads {epoch + 1}: " + ", ".join(f"{n} {v:.4f}" for n, v in zip(PARTS, mean, strict=True)))
            keep_variables(path, state, done=epoch + 1, digest=digest)
    for variable, value in zip(heads.variables, optimizer.averages, strict=True):
        variable.assign(value)


def _half(heads: EncoderHeads) -> EncoderHeads:
    """A copy whose encoder computes in bfloat16."""
    copy = EncoderHeads(half_of(heads.student))
    for ours, theirs in zip(copy.variables, heads.variables, strict=True):
        ours.assign(theirs)
    return copy


# === Losses ===


def _losses(heads: EncoderHeads, batch: dict[str, Any], recipe: TuneRecipe) -> tuple[Any, ...]:
    import tensorflow as tf

    found = heads(batch["ids"], tf.cast(batch["ids"] > 0, tf.float32))
    keyword, listed, soft = _keyword_losses(found["keyword"], batch, recipe)
    count = tf.shape(batch["rating"])[0]
    mean = tf.math.unsorted_segment_mean(found["rating"], batch["window_section"], count)
    away = tf.reduce_mean(1.0 - tf.reduce_sum(found["sentence"] * tf.cast(batch["vectors"], tf.float32), axis=1))
    unit = heads.student(batch["text_ids"], tf.cast(batch["text_ids"] > 0, tf.float32))
    texts = sentence_losses(unit, tf.cast(batch["text_vectors"], tf.float32))
    return keyword, listed, soft, _pairwise(mean, batch["rating"], batch["group"]), away, *texts


def _keyword_losses(logits: Any, batch: dict[str, Any], recipe: TuneRecipe) -> tuple[Any, Any, Any]:
    import tensorflow as tf

    sums = tf.pad(tf.cumsum(logits, axis=1), [[0, 0], [1, 0]])
    first = tf.gather_nd(sums, tf.stack([batch["place_window"], batch["place_first"]], axis=1))
    last = tf.gather_nd(sums, tf.stack([batch["place_window"], batch["place_last"] + 1], axis=1))
    each = (last - first) / tf.cast(batch["place_last"] + 1 - batch["place_first"], tf.float32)
    count = tf.shape(batch["wanted"])[0]
    mean = tf.math.unsorted_segment_mean(each, batch["place_candidate"], count)
    best = tf.maximum(tf.math.unsorted_segment_max(each, batch["place_candidate"], count), -30.0)
    said = tf.math.unsorted_segment_sum(tf.ones_like(each), batch["place_candidate"], count) > 0
    logit = tf.where(said, 0.5 * (mean + best), -8.0)
    wanted, weight = batch["wanted"], tf.where(said, batch["weight"], 0.0)
    cross = tf.nn.sigmoid_cross_entropy_with_logits(wanted, logit)
    keyword = tf.math.divide_no_nan(tf.reduce_sum(weight * cross), tf.reduce_sum(weight))
    section = batch["candidate_section"]
    n_sections = tf.shape(batch["rating"])[0]
    known = tf.where(weight > 0, wanted, 0.0)
    listed = _listwise(logit, known, section, n_sections)
    near = _softmax(recipe.soft_scale * batch["near"], section, n_sections)
    return keyword, listed, _listwise(logit, near, section, n_sections)


def _softmax(logits: Any, section: Any, n_sections: Any) -> Any:
    """A softmax over each section's candidates."""
    import tensorflow as tf

    highest = tf.stop_gradient(tf.math.unsorted_segment_max(logits, section, n_sections))
    raised = tf.exp(logits - tf.gather(highest, section))
    return raised / tf.gather(tf.math.unsorted_segment_sum(raised, section, n_sections), section)


def _listwise(logits: Any, wanted: Any, section: Any, n_sections: Any) -> Any:
    """Cross-entropy between the softmax over a section's candidates and its labels, mean over sections with any."""
    import tensorflow as tf

    logs = tf.math.log(_softmax(logits, section, n_sections) + 1e-9)
    total = tf.math.unsorted_segment_sum(wanted, section, n_sections)
    each = -tf.math.divide_no_nan(tf.math.unsorted_segment_sum(wanted * logs, section, n_sections), total)
    return tf.math.divide_no_nan(tf.reduce_sum(each), tf.reduce_sum(tf.cast(total > 0, tf.float32)))


def _pairwise(score: Any, rating: Any, group: Any) -> Any:
    """Logistic loss over pairs of one group, weighted by how far their ratings differ."""
    import tensorflow as tf

    known = tf.math.is_finite(rating) & (group >= 0)
    value = tf.where(known, rating, 0.0)
    gap = value[:, None] - value[None, :]
    pair = known[:, None] & known[None, :] & (group[:, None] == group[None, :])
    weight = tf.where(pair, tf.nn.relu(gap), 0.0)
    loss = tf.nn.softplus(score[None, :] - score[:, None])
    return tf.math.divide_no_nan(tf.reduce_sum(weight * loss), tf.reduce_sum(weight))


# === Batches ===


def _plan(examples: HeadExamples, recipe: TuneRecipe, epoch: int) -> list[NDArray[np.intp]]:
    """The sections of each batch: of one recording, shuffled, at most `recipe.windows` windows together."""
    chance = np.random.default_rng([recipe.seed, epoch])
    sizes = np.minimum(np.diff(examples.window_bounds), recipe.windows)
    batches: list[NDArray[np.intp]] = []
    for recording in np.unique(examples.section_recordings):
        sections = chance.permutation(np.nonzero(examples.section_recordings == recording)[0])
        part: list[int] = []
        used = 0
        for section in sections:
            if part and used + sizes[section] > recipe.windows:
                batches.append(np.sort(np.array(part)))
                part, used = [], 0
            part.append(int(section))
            used += int(sizes[section])
        batches.append(np.sort(np.array(part)))
    return [batches[index] for index in chance.permutation(len(batches))]


def _batch(
    examples: HeadExamples, targets: TuneTargets, sections: NDArray[np.intp], most: int
) -> dict[str, NDArray[Any]]:
    """Arrays of some sections, numbered anew."""
    windows = np.concatenate([_range(examples.window_bounds, section, most) for section in sections])
    candidates = np.concatenate([_range(examples.candidate_bounds, section) for section in sections])
    places = np.concatenate([_range(examples.place_bounds, section) for section in sections])
    places = places[np.isin(examples.place_windows[places], windows)]  # beyond a cut section's windows
    return {
        "ids": examples.ids[windows],
        "vectors": targets.vectors[windows],
        "window_section": np.searchsorted(sections, examples.window_sections[windows]).astype(np.int32),
        "place_candidate": np.searchsorted(candidates, examples.place_candidates[places]).astype(np.int32),
        "place_window": np.searchsorted(windows, examples.place_windows[places]).astype(np.int32),
        "place_first": examples.place_firsts[places],
        "place_last": examples.place_lasts[places],
        "candidate_section": np.searchsorted(sections, examples.candidate_sections[candidates]).astype(np.int32),
        "wanted": targets.wanted[candidates],
        "weight": targets.weight[candidates],
        "near": targets.near[candidates],
        "rating": targets.rating[sections],
        "group": examples.section_groups[sections],
    }


def _text_plan(texts: PieceRows, recipe: TuneRecipe, epoch: int) -> list[NDArray[np.intp]]:
    """Batches of the distillation's texts, one for each step; they begin anew where there are fewer."""
    chance = np.random.default_rng([recipe.seed, epoch, 1])
    return [*length_batches(texts.lengths, most_pieces=recipe.text_pieces, rows=(16, 128), chance=chance)]


def _text_batch(targets: TuneTargets, texts: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    ids, _ = targets.texts.batch(texts)
    return {"text_ids": ids, "text_vectors": targets.text_vectors[texts]}


def _range(bounds: NDArray[np.int64], section: int, most: int | None = None) -> NDArray[np.int64]:
    first, end = int(bounds[section]), int(bounds[section + 1])
    return np.arange(first, end if most is None else min(end, first + most))


def _any_size(array: NDArray[Any]) -> Any:
    """The array's kind with open sizes."""
    import tensorflow as tf

    return tf.TensorSpec([None] * array.ndim, array.dtype)
