"""The LSTM trainer of smart reply: the contract, its rows, and the step that trains it beside a student."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from distill.reply.corpus import NOTHING, ReplyCorpus
from distill.reply.lstm_trainer import JointLstm, LstmRecipe, LstmTrainer
from distill.reply.student import StudentRecipe, StudentTraining
from distill.reply.student_run import train_student
from earmark.errors import ArtifactError
from models.lstm_towers import Likeness, LstmTowers
from tests.distill.reply.tiny_corpus import EXCHANGES, corpus, texts, tiny_net
from tests.models import contract

# Keras reads its variables with numpy's old protocol while saving.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

TINY = LstmRecipe(vocabulary=200, embedding_size=8, hidden_size=6, dim=10, dropout=0.0, max_length=12)
STUDENT = StudentRecipe(embedding_epochs=0, pair_epochs=1, set_epochs=0, batch_size=24, pair_rate=5e-3, noisy=0.0)


class Bar:
    """A progress bar that shows nothing."""

    def over(self, items: Any, size: int, label: str) -> Any:
        return items


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ReplyCorpus:
    return corpus(tmp_path_factory.mktemp("cache"))


def rows_of(trainer: LstmTrainer, messages: list[str], replies: list[str]) -> dict[str, np.ndarray]:
    encode = trainer.towers.vocabulary.encode
    query, reply = encode(messages), encode(replies)
    return {
        "query_ids": query["token_ids"], "query_mask": query["padding_mask"],
        "reply_ids": reply["token_ids"], "reply_mask": reply["padding_mask"],
    }  # fmt: skip


@pytest.mark.parametrize("pooling", ["attention", "max"])
def test_contract(pooling: str, tmp_path: Path) -> None:
    words = LstmTrainer.fresh(texts(), TINY).towers.vocabulary
    model = LstmTowers(words, dim=5, embedding_size=4, hidden_size=3, pooling=pooling)
    inputs = rows_of(LstmTrainer(model), ["where are you?", "lunch?"], ["almost there", "sure"])
    contract.check_config_round_trip(model, inputs)
    contract.check_saving(model, inputs, tmp_path)
    contract.check_variable_length(model, inputs, extra=3, within=1e-6, keep={"query", "reply", "logits"})
    found = contract.outputs_of(model, inputs)
    assert np.abs(np.linalg.norm(found["query"], axis=1) - 1.0).max() < 1e-5
    assert np.abs(found["logits"] - 15.0 * found["query"] @ found["reply"].T).max() < 1e-4


def test_a_wrong_pooling_is_refused() -> None:
    words = LstmTrainer.fresh(texts(), TINY).towers.vocabulary
    with pytest.raises(ValueError, match=r"'pooling' parameter of LstmTowers must be one of .* Got 'mean' instead"):
        LstmTowers(words, pooling="mean")


def test_a_saved_trainer_says_the_same(tmp_path: Path) -> None:
    trainer = LstmTrainer.fresh(texts(), TINY)
    trainer.towers.likeness.log_scale.assign(np.log(7.0))
    trainer.save(tmp_path / "lstm.keras")
    again = LstmTrainer.load(tmp_path / "lstm.keras")
    messages, contexts = ["lunch?", "good night"], ["where are you?\nalmost there", ""]
    assert np.array_equal(trainer.queries(messages, contexts), again.queries(messages, contexts))
    assert np.array_equal(trainer.replies(["sure"]), again.replies(["sure"]))
    assert again.scale == pytest.approx(7.0)
    assert again.towers.max_length == 12


def test_another_network_is_refused(tmp_path: Path) -> None:
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "other.keras")
    with pytest.raises(ArtifactError, match=r"other\.keras must be an LstmTowers\. Got Sequential\."):
        LstmTrainer.load(tmp_path / "other.keras")


def test_of_the_context_the_last_turn_is_read() -> None:
    trainer = LstmTrainer.fresh(texts(), TINY)
    one, other = trainer.queries(["lunch?"] * 2, ["good night\nwhere are you?", "where are you?"])
    assert np.abs(one - other).max() < 1e-6
    assert np.abs(one - trainer.queries(["lunch?"])[0]).max() > 1e-3


def test_the_rows_of_a_batch_are_those_of_the_texts(tiny: ReplyCorpus) -> None:
    trainer = LstmTrainer.fresh(tiny.texts, TINY)
    joint = JointLstm(trainer, tiny)
    part = np.nonzero(tiny.reply != NOTHING)[0]
    messages = [tiny.texts[at] for at in tiny.message[part]]
    for hidden in (False, True):
        before = ["" if hidden or at == NOTHING else tiny.texts[at] for at in tiny.before[part]]
        wanted = trainer.towers.vocabulary.encode(messages, context=before, max_length=12)
        found = joint.inputs(part, hidden=hidden)
        assert np.array_equal(found["query_ids"], wanted["token_ids"])
        assert np.array_equal(found["query_mask"], wanted["padding_mask"])
    logits = np.asarray(joint.logits(found, training=False))
    by_text = trainer.scale * trainer.queries(messages) @ trainer.replies([tiny.texts[at] for at in tiny.reply[part]]).T
    assert np.abs(logits - by_text).max() < 1e-4


def test_trainer_and_student_learn_in_one_step(tiny: ReplyCorpus, tmp_path: Path) -> None:
    trainer = LstmTrainer.fresh(tiny.texts, TINY)
    before = [value.copy() for value in trainer.towers.get_weights()]
    said: list[str] = []
    recipe = StudentRecipe(
        embedding_epochs=1, pair_epochs=25, set_epochs=0, batch_size=24, pair_rate=1e-2, noisy=0.0, keep_embedding=0.0
    )
    scale = train_student(
        tiny_net(), tiny, recipe, tmp_path, name="joint", digest="1", heads=JointLstm(trainer, tiny), say=said.append
    ).scale
    first, last = ({part.rsplit(" ", 1)[0].strip(): float(part.rsplit(" ", 1)[1]) for part in
                    line.split(": ", 1)[1].split(",")} for line in (said[1], said[-1]))  # fmt: skip
    assert last["beside"] < 0.4 * first["beside"]
    assert last["pairs"] < 0.8 * first["pairs"]
    assert scale > 0.0
    assert all(np.abs(new - old).max() > 0 for new, old in zip(trainer.towers.get_weights(), before, strict=True))
    messages, replies = zip(*EXCHANGES[:-1], strict=True)  # the last reply is too long to be learned
    product = trainer.queries(messages) @ trainer.replies(replies).T
    assert (product.argmax(axis=1) == np.arange(len(messages))).mean() > 0.8
    # Everything done: a later call gives both their weights back.
    fresh = LstmTrainer.fresh(tiny.texts, TINY)
    net = tiny_net()
    train_student(net, tiny, recipe, tmp_path, name="joint", digest="1", heads=JointLstm(fresh, tiny))
    assert np.array_equal(fresh.replies(replies), trainer.replies(replies))


def test_the_gradient_of_the_student_stops_at_the_trainer(tiny: ReplyCorpus) -> None:
    """With its own loss off nothing is left that could move the trainer."""

    def moved(weight: float) -> list[float]:
        trainer = LstmTrainer.fresh(tiny.texts, TINY)
        training = StudentTraining(tiny_net(), tiny, JointLstm(trainer, tiny, weight=weight), None, STUDENT)
        training.start(5e-3, 4)
        # Else it alone would move the weights.
        training.optimizer.weight_decay = training.optimizer.adam_weight_decay = None
        old = [value.copy() for value in trainer.towers.get_weights()]
        for number in range(2):
            training.pair_epoch(number + 1, Bar())
        return [float(np.abs(a - b).max()) for a, b in zip(trainer.towers.get_weights(), old, strict=True)]

    assert max(moved(0.0)) == 0.0
    assert min(moved(1.0)) > 0.0


def test_the_scale_is_learned_as_a_logarithm() -> None:
    layer = Likeness(scale=4.0)
    found = layer(np.array([[1.0, 0.0]], np.float32), np.array([[0.6, 0.8], [0.0, 1.0]], np.float32))
    assert np.asarray(found)[0].tolist() == pytest.approx([2.4, 0.0], abs=1e-5)
    assert float(layer.log_scale.value) == pytest.approx(np.log(4.0))
