"""Situations: read and refused, learnt from by hand and in a training, and the ones that ship."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from distill.reply.corpus import NOTHING
from distill.reply.reply_yaml import read_reply_yaml
from distill.reply.set_targets import SetTargets
from distill.reply.situations import Situation, SituationTargets, read_situations
from distill.reply.student import StudentRecipe, StudentTraining
from distill.reply.student_run import train_student
from distill.reply.train import REPLIES
from earmark.errors import EarmarkError
from smartreply.replies import ReplyEntry
from tests.distill.reply.tiny_corpus import corpus, tiny_net

SET = (
    ReplyEntry("congratulations!", "congratulations", "cheer"),
    ReplyEntry("well done lol", "congratulations", "cheer"),
    ReplyEntry("almost there", "near", "place"),
    ReplyEntry("oh no, poor you", "pity", "pity"),
)
OURS = (
    Situation("won", ("i won the race", "first prize for me", "look who is champion"), ("congratulations",)),
    Situation("lost", ("i lost my keys", "missed the last bus", "it rained all day"), ("pity", "near")),
)


def written(folder: Path, text: str) -> Path:
    path = folder / "ours.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_files_are_read_and_what_is_wrong_is_told(tmp_path: Path) -> None:
    good = '- situation: won\n  messages: ["I won!", "first :)"]\n  replies: [cheer, wow]\n'
    assert read_situations({"cheer", "wow"}, written(tmp_path, good)) == (
        Situation("won", ("I won!", "first :)"), ("cheer", "wow")),
    )
    for text, message in (
        (good + good, r"ours\.yaml:4: the situation 'won' is there already, at .*ours\.yaml:1"),
        (good + good.replace(": won", ": other"), r"ours\.yaml:4: the message 'i won!' is there already"),
        (good.replace("wow", "woe"), r"ours\.yaml:1: the reply set has no intent 'woe'"),
        (good.replace("wow", "cheer"), r"ours\.yaml:1: an intent is named twice"),
        (good.replace("replies", "answers"), r"ours\.yaml:1: a situation has the keys situation, messages, replies"),
        (good.replace('"I won!"', "3"), r"ours\.yaml:1: the messages of 'won' must be a list of strings"),
        ("- [", r"ours\.yaml: the situations cannot be read as YAML"),
    ):
        with pytest.raises(EarmarkError, match=message):
            read_situations({"cheer", "wow"}, written(tmp_path, text))


def test_the_loss_by_hand(tmp_path: Path) -> None:
    table = corpus(tmp_path).table
    bias = np.array([0.5, -0.5, 0.0, 0.25])
    own = SituationTargets.of(OURS, SET, table, bias)
    assert len(own) == sum(len(one.split()[0]) for one in OURS)
    logits = np.random.default_rng(1).normal(size=(len(own), 4)).astype(np.float32)
    share = np.exp(logits + bias)
    share /= share.sum(axis=1, keepdims=True)
    log = np.log(np.stack([share[:, 0] + share[:, 1], share[:, 2], share[:, 3]], axis=1))
    wanted = np.array([[1.0, 0, 0]] * len(OURS[0].split()[0]) + [[0, 0.85, 1.0]] * len(OURS[1].split()[0]))
    wanted /= wanted.sum(axis=1, keepdims=True)
    assert float(own.loss(logits, own.wanted)) == pytest.approx(-(wanted * log).sum(axis=1).mean(), rel=1e-5)
    batches = own.batches(2, np.random.default_rng(3))
    first = np.concatenate([next(batches) for _ in range(len(own) // 2)])
    assert len(set(first.tolist())) == len(first)
    assert len(next(own.batches(99, np.random.default_rng(3)))) == len(own)


def test_a_student_learns_them_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    tiny = corpus(tmp_path / "cache")
    targets = SetTargets.of(SET, tiny.table, tmp_path / "cache", tiny.vectors[tiny.reply[tiny.reply != NOTHING]])
    own = SituationTargets.of(OURS, SET, tiny.table, targets.prior_weight * targets.prior)
    recipe = StudentRecipe(embedding_epochs=0, pair_epochs=1, situation_epochs=6, set_epochs=1, batch_size=12,
                           pair_rate=5e-3, situation_rate=2e-2, situation_batch=4)  # fmt: skip

    def train(name: str, epochs: StudentRecipe, told: list[str]) -> list[np.ndarray]:
        net = tiny_net()
        trained = train_student(
            net, tiny, epochs, tmp_path, name=name, digest="d", targets=targets, situations=own, say=told.append
        )
        scales[name] = trained.scale
        assert trained.shifts is not None
        return [*(np.asarray(weight) for weight in net.get_weights()), trained.shifts]

    told: list[str] = []
    scales: dict[str, float] = {}
    whole = train("whole", recipe, told)
    losses = [float(line.rpartition("situations ")[2]) for line in told if "situations " in line]
    assert len(losses) == 6
    assert losses[-1] < 0.7 * losses[0]

    def killed(line: str) -> None:
        if "situation 2" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_student(tiny_net(), tiny, recipe, tmp_path, name="again", digest="d", targets=targets, situations=own,
                      say=killed)  # fmt: skip
    assert all(np.array_equal(*pair) for pair in zip(train("again", recipe, []), whole, strict=True))
    assert whole[-1].any(axis=1).all()  # every reply has moved
    without = StudentTraining(tiny_net(), tiny, None, targets, recipe)
    assert without.situations is None
    told.clear()
    paired = train("none", replace(recipe, situation_epochs=0), told)
    assert not any("situation" in line for line in told)
    stayed = train("stayed", replace(recipe, situation_share=0.0), [])
    assert all(np.array_equal(*pair) for pair in zip(stayed, paired, strict=True))
    gone = train("gone", replace(recipe, situation_share=1.0), [])
    between = [old + recipe.situation_share * (new - old) for old, new in zip(paired, gone, strict=True)]
    assert all(np.allclose(*pair, atol=1e-6) for pair in zip(whole, between, strict=True))
    assert scales["gone"] == scales["none"] != pytest.approx(StudentRecipe().scale)


# === What ships ===


def test_the_shipped_ones_belong_to_the_shipped_replies() -> None:
    intents = {reply.intent for reply in read_reply_yaml(REPLIES)}
    situations = read_situations(intents)
    assert len(situations) > 200
    held = sum(len(one.split()[1]) for one in situations)
    assert 0.08 < held / sum(len(one.messages) for one in situations) < 0.18
    assert len(intents & {name for one in situations for name in one.replies}) > 0.9 * len(intents)
