"""Smart reply's training: losses by hand, both stages, what a killed run goes on with, and the calibration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from distill.reply.calibrate import calibrate_heads, calibration_error, fit_settings, platt, read_corpus
from distill.reply.corpus import NOTHING, ReplyCorpus
from distill.reply.pair_trainer import CachedHeads
from distill.reply.set_targets import NEAR, SHARPNESS, SOFT_EDGE, SetTargets
from distill.reply.student import StudentRecipe
from distill.reply.student_run import train_student
from distill.reply.trainer import TrainerHeads, TrainerRecipe, in_batch_loss, train_heads
from earmark.errors import ArtifactError
from smartreply.replies import ReplyEntry
from tests.distill.reply.tiny_corpus import corpus, tiny_net

RECIPE = StudentRecipe(
    embedding_epochs=1,
    pair_epochs=2,
    set_epochs=0,
    embedding_batch=12,
    batch_size=12,
    rate=5e-3,
    pair_rate=5e-3,
    noisy=0.3,
)
REPLIES = (
    ReplyEntry("yes, see you at eight", "yes", "answer", polarity=1),
    ReplyEntry("no, not today", "no", "answer", polarity=-1),
    ReplyEntry("congratulations!", "congratulations", "cheer"),
    ReplyEntry("almost there", "near", "place"),
    ReplyEntry("done", "done", "done"),
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def tiny(cache: Path) -> ReplyCorpus:
    return corpus(cache)


@pytest.fixture(scope="module")
def heads(tiny: ReplyCorpus) -> TrainerHeads:
    return train_heads(tiny, TrainerRecipe(hidden=16, epochs=2, batch_size=12, dropout=0.0))


@pytest.fixture(scope="module")
def targets(tiny: ReplyCorpus, cache: Path) -> SetTargets:
    answers = tiny.vectors[tiny.reply[tiny.reply != NOTHING]]
    return SetTargets.of(REPLIES, tiny.table, cache, answers)


def log_softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    wide = logits.astype(np.float64)
    wide = wide - wide.max(axis=-1, keepdims=True)
    return np.asarray(wide - np.log(np.exp(wide).sum(axis=-1, keepdims=True)))


# --- losses ---


def test_in_batch_loss_by_hand() -> None:
    logits = np.random.default_rng(1).normal(size=(4, 4)).astype(np.float32)
    number = np.array([7, 3, 7, 1], np.int32)  # the first and the third reply are the same
    wanted = np.array([[0.5, 0, 0.5, 0], [0, 1, 0, 0], [0.5, 0, 0.5, 0], [0, 0, 0, 1]])
    by_hand = -0.5 * ((wanted * log_softmax(logits)).sum(1) + (wanted * log_softmax(logits.T)).sum(1))
    assert np.abs(np.asarray(in_batch_loss(logits, number)) - by_hand).max() < 1e-5


def test_the_reply_sets_loss_by_hand(targets: SetTargets, tiny: ReplyCorpus) -> None:
    answers = tiny.vectors_of(tiny.reply[[0, 2, 8]])
    logits = np.random.default_rng(2).normal(size=(3, len(REPLIES))).astype(np.float32)
    cosine = answers @ targets.vectors.T
    weight = 1 / (1 + np.exp(-(cosine.max(1) - NEAR) / SOFT_EDGE))
    found = log_softmax(logits + targets.prior_weight * targets.prior)
    each = -(np.exp(log_softmax(SHARPNESS * cosine)) * found).sum(1)
    by_hand = (weight * each).sum() / weight.sum()
    assert float(targets.loss(logits, answers, answers)) == pytest.approx(by_hand, rel=1e-3)


def test_the_trainers_choice_by_hand(targets: SetTargets, tiny: ReplyCorpus, heads: TrainerHeads) -> None:
    told = replace(targets, trainer=heads.scale * heads.replies(targets.vectors))
    answers, messages = tiny.vectors_of(tiny.reply[[0, 2, 8]]), tiny.vectors_of(tiny.message[[0, 2, 8]])
    messages[1] = targets.vectors[1]  # says what the second reply says: that one must not be learned as an answer
    logits = np.random.default_rng(2).normal(size=(3, len(REPLIES))).astype(np.float32)
    queries = heads.queries(messages)
    wanted = heads.scale * queries @ heads.replies(targets.vectors).T + targets.prior_weight * targets.prior
    wanted[1, 1] = -1e4
    found = log_softmax(logits + targets.prior_weight * targets.prior)
    beside = -(np.exp(log_softmax(wanted)) * found).sum(1).mean()
    by_hand = 0.5 * float(targets.loss(logits, answers, messages)) + beside
    assert float(told.loss(logits, answers, messages, queries)) == pytest.approx(by_hand, rel=1e-3)


# --- the trainer ---


def test_untrained_heads_are_the_cosine(tiny: ReplyCorpus) -> None:
    heads = train_heads(tiny, TrainerRecipe(hidden=8, epochs=0))
    vectors = tiny.vectors_of(tiny.message[:5])
    assert np.abs(heads.queries(vectors) - vectors).max() < 1e-3
    assert heads.scale == pytest.approx(20.0, rel=1e-5)


def test_trained_heads_find_the_replies_and_come_back_from_disk(tiny: ReplyCorpus, tmp_path: Path) -> None:
    said: list[str] = []
    heads = train_heads(
        tiny, TrainerRecipe(hidden=32, epochs=30, batch_size=22, rate=5e-3, dropout=0.0, no_context=0.5), said.append
    )
    losses = [float(line.rsplit(" ", 1)[1]) for line in said]
    assert losses[-1] < 0.5 * losses[0]
    part = np.nonzero((tiny.reply != NOTHING) & (tiny.before == NOTHING))[0]
    logits = heads.queries(tiny.vectors_of(tiny.message[part])) @ heads.replies(tiny.vectors_of(tiny.reply[part])).T
    assert (logits.argmax(1) == np.arange(len(part))).mean() > 0.8
    heads.save(tmp_path / "heads.npz")
    again = TrainerHeads.load(tmp_path / "heads.npz")
    vectors = tiny.vectors_of(tiny.reply[:3])
    assert np.array_equal(again.replies(vectors), heads.replies(vectors))
    assert again.scale == heads.scale


def test_cached_heads_say_what_the_heads_say(tiny: ReplyCorpus, heads: TrainerHeads) -> None:
    trainer = CachedHeads(heads, tiny)
    part = np.nonzero(tiny.reply != NOTHING)[0][:8]
    messages, replies = tiny.vectors_of(tiny.message[part]), tiny.vectors_of(tiny.reply[part])
    for hidden, before in ((True, None), (False, tiny.vectors_of(tiny.before[part]))):
        found = np.asarray(trainer.logits(trainer.inputs(part, hidden=hidden), training=True))
        wanted = heads.scale * heads.queries(messages, before) @ heads.replies(replies).T
        assert np.abs(found - wanted).max() < 0.02  # the replies' vectors are kept in half precision
    assert not trainer.variables


# --- the student ---


def test_a_killed_run_goes_on_as_if_nothing_had_happened(
    tiny: ReplyCorpus, heads: TrainerHeads, tmp_path: Path
) -> None:
    class Killed(Exception):
        pass

    def run(folder: str, *, kill: str = "") -> tuple[list[NDArray[Any]], float, list[str]]:
        said: list[str] = []

        def say(line: str) -> None:
            if kill and kill in line:
                raise Killed  # before this epoch is written
            said.append(line)

        (tmp_path / folder).mkdir(exist_ok=True)
        net = tiny_net(dropout=0.2)
        scale = train_student(net, tiny, RECIPE, tmp_path / folder, name="s", digest="d", heads=heads, say=say).scale
        return [*net.core.get_weights(), *net.encode_core.get_weights()], scale, said

    weights, scale, said = run("whole")
    assert len(said) == 3
    for kill in ("pair 1", "pair 2"):  # between the stages, and within one
        with pytest.raises(Killed):
            run("killed", kill=kill)
    again, same_scale, rest = run("killed")
    assert rest == said[2:]
    assert same_scale == scale
    assert all(np.array_equal(one, other) for one, other in zip(weights, again, strict=True))
    done, same_scale, nothing = run("whole")
    assert nothing == []
    assert same_scale == scale
    assert all(np.array_equal(one, other) for one, other in zip(weights, done, strict=True))
    with pytest.raises(ArtifactError, match=r"belongs to a training with other settings"):
        train_student(tiny_net(), tiny, RECIPE, tmp_path / "whole", name="s", digest="other")


def losses_of(line: str) -> dict[str, float]:
    parts = (part.strip().rsplit(" ", 1) for part in line.split(": ", 1)[1].split(","))
    return {name: float(value) for name, value in parts}


def test_both_stages_learn(tiny: ReplyCorpus, heads: TrainerHeads, targets: SetTargets, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = StudentRecipe(
        embedding_epochs=15,
        pair_epochs=30,
        set_epochs=20,
        embedding_batch=24,
        batch_size=24,
        rate=1e-2,
        pair_rate=1e-2,
        noisy=0.0,
    )
    net = tiny_net()
    scale = train_student(
        net, tiny, recipe, tmp_path, name="s", digest="d", heads=heads, targets=targets, say=said.append
    ).scale
    stages = {
        stage: [losses_of(line) for line in said if line.startswith(f"s, {stage} ")] for stage in ("embedding", "pair")
    }
    assert stages["embedding"][-1]["embedding"] < 0.8 * stages["embedding"][0]["embedding"]
    first, last = stages["pair"][0], stages["pair"][-1]
    assert set(first) == {"pairs", "trainer", "embedding", "heads"}  # the set joins in the last epochs
    assert set(last) == {*first, "set", "echo"}
    assert last["pairs"] < 0.7 * first["pairs"]
    assert last["heads"] < first["heads"]
    assert last["set"] < stages["pair"][-20]["set"]
    assert scale > 0.0


def test_parts_can_be_left_out(tiny: ReplyCorpus, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = StudentRecipe(embedding_epochs=0, pair_epochs=1, set_epochs=1, batch_size=24)
    train_student(tiny_net(), tiny, recipe, tmp_path, name="s", digest="d", say=said.append)
    assert [set(losses_of(line)) for line in said] == [{"pairs", "embedding", "heads"}]


# --- the calibration ---


def test_calibration_error_of_worked_values() -> None:
    stated = np.array([0.1, 0.1, 0.8, 0.8], np.float32)
    right = np.array([False, False, True, False])
    # Two bins of two: |.1 - 0| and |.8 - .5|.
    assert calibration_error(stated, right, bins=2) == pytest.approx(0.2, abs=1e-6)
    assert calibration_error(stated, right, bins=1) == pytest.approx(abs(0.45 - 0.25), abs=1e-6)
    assert calibration_error(np.array([1.0], np.float32), np.array([True]), bins=15) == 0.0


def test_platt_finds_the_curve_that_was_drawn_from() -> None:
    scores = np.repeat(np.array([-1.0, 0.0, 1.0, 2.0], np.float32), 10_000)
    share = 1 / (1 + np.exp(-(1.5 * scores - 0.5)))
    right = np.tile(np.arange(10_000), 4) < share * 10_000  # exactly that share of each
    a, b = platt(scores, right)
    assert a == pytest.approx(1.5, abs=0.01)
    assert b == pytest.approx(-0.5, abs=0.01)


def test_the_heads_take_their_calibration_into_their_weights(tiny: ReplyCorpus) -> None:
    net = tiny_net()
    before = read_corpus(net, tiny)
    found = calibrate_heads(net, tiny, before)
    after = read_corpus(net, tiny)
    for name, old, new in (("trigger", before.trigger, after.trigger), ("polar", before.polar, after.polar)):
        a, b = found[name]
        assert np.abs(new - (a * old + b)).max() < 1e-3 * max(1.0, abs(a))
    assert np.array_equal(before.register, after.register)
    # Platt's fit makes the mean probability the share of what is right.
    assert (1 / (1 + np.exp(-after.trigger))).mean() == pytest.approx(float(tiny.short.mean()), abs=0.01)


def test_reading_without_context_is_reading_the_message_alone(tiny: ReplyCorpus) -> None:
    net = tiny_net()
    alone, together = read_corpus(net, tiny, context=False), read_corpus(net, tiny, batch=5)
    first = tiny.context == 0
    assert np.abs(alone.query[first] - together.query[first]).max() < 1e-5
    assert np.abs(alone.query[~first] - together.query[~first]).max() > 1e-4
    assert np.abs(alone.message - together.message).max() < 1e-5


def test_settings_are_fitted_on_real_answers(tiny: ReplyCorpus, targets: SetTargets) -> None:
    net = tiny_net()
    vectors = np.asarray(net.encode_core(_values(tiny, targets.rows), training=False)["vector"])
    names = (
        "trigger_threshold", "sensitive_threshold", "english_threshold", "polar_threshold", "echo_threshold",
        "register_weight",
    )  # fmt: skip
    settings, figures = fit_settings(
        read_corpus(net, tiny), tiny, targets, vectors, 3.0, thresholds=dict.fromkeys(names, 0.5)
    )
    assert settings.scale == 3.0
    assert settings.trigger_threshold == 0.5
    assert figures["prior_weight"] == targets.prior_weight
    assert 0.0 < figures["set_loss"] < 5.0
    # Five of the eleven short replies are in the set, word for word; four families are there to pick three from.
    assert figures["covered"] == pytest.approx(5 / 11, abs=1e-3)
    assert 0.0 <= figures["score_ece"] <= 1.0
    assert 0.0 < figures["right_among_three"] <= 1.0


def _values(tiny: ReplyCorpus, rows: NDArray[np.int32]) -> dict[str, NDArray[np.float32]]:
    return {"text_values": tiny.table.values[rows].astype(np.float32), "text_mask": (rows > 0).astype(np.float32)}
