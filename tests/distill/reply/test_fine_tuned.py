"""The fine-tuned trainer on a small random BERT: it learns, goes on where it was stopped, and tells what is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from distill.corpora import CorpusError
from distill.minilm import SentenceEncoder
from distill.reply.corpus import ReplyCorpus
from distill.reply.fine_tuned import FineTunedTrainer, FineTuneRecipe, fine_tune
from distill.reply.trainer import TrainerHeads
from earmark.errors import ArtifactError, EarmarkError
from tests.distill.reply.tiny_corpus import EXCHANGES, corpus, tiny_sentence_bert

WIDTH = 16
RECIPE = FineTuneRecipe(steps=60, batch_size=11, layers=1, rate=3e-3, heads_rate=1e-2, keep=20)
MESSAGES = [message for message, _ in EXCHANGES[:-1]]
REPLIES = [reply for _, reply in EXCHANGES[:-1]]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ReplyCorpus:
    return corpus(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sentence_bert(tmp_path_factory.mktemp("bert") / "bert", width=WIDTH)


def heads() -> TrainerHeads:
    chance = np.random.default_rng(5)
    weights = {"scale": np.asarray(10.0, np.float32)}
    for name, inputs in (("query", 2 * WIDTH), ("reply", WIDTH)):
        weights[f"{name}_in"] = chance.normal(size=(inputs, 8)).astype(np.float32)
        weights[f"{name}_bias"] = np.zeros(8, np.float32)
        weights[f"{name}_out"] = np.zeros((8, WIDTH), np.float32)
    return TrainerHeads(weights)


def right(trainer: FineTunedTrainer) -> float:
    """The share of messages whose own reply comes first among all."""
    products = trainer.queries(MESSAGES, [""] * len(MESSAGES)) @ trainer.replies(REPLIES).T
    return float(np.mean(products.argmax(axis=1) == np.arange(len(MESSAGES))))


def test_it_learns_what_frozen_heads_do_not_know(tiny: ReplyCorpus, bert: Path, tmp_path: Path) -> None:
    model = SentenceEncoder(bert)
    first = [np.asarray(variable) for variable in model.encoder.trainable_variables]
    before = right(FineTunedTrainer(model, heads()))
    said: list[str] = []
    trainer = fine_tune(model, tiny, heads(), RECIPE, tmp_path, digest="tiny", say=said.append)
    assert len(said) == 4  # one of them by the lower blocks
    assert before < 0.4
    assert right(trainer) > 0.8
    changed = {variable.path.split("/")[-3 if "block" in variable.path.split("/")[-3] else 0]
               for variable, old in zip(model.encoder.trainable_variables, first, strict=True)
               if not np.array_equal(np.asarray(variable), old)}  # fmt: skip
    assert changed == {"block_1"}  # the last of two; embedding and first block stay
    lengths = np.linalg.norm(trainer.queries(["lunch?"], ["good night"]), axis=1)
    assert np.abs(lengths - 1.0).max() < 1e-5


def test_what_came_before_is_read(tiny: ReplyCorpus, bert: Path) -> None:
    trainer = FineTunedTrainer(SentenceEncoder(bert), _turned(heads()))
    alone, after = trainer.queries(["lunch?", "lunch?"], ["", "good night"])
    assert not np.allclose(alone, after, atol=1e-3)
    frozen = trainer.heads.queries(trainer.model.encode(["lunch?"]))[0]
    assert np.allclose(alone, frozen, atol=1e-6)


def _turned(plain: TrainerHeads) -> TrainerHeads:
    plain.weights["query_out"] = np.random.default_rng(1).normal(size=(8, WIDTH)).astype(np.float32)
    return plain


def test_a_stopped_run_goes_on_as_if_it_had_not_been(tiny: ReplyCorpus, tmp_path: Path) -> None:
    bert = tiny_sentence_bert(tmp_path / "bert", width=WIDTH, dropout=0.1)
    recipe = replace(RECIPE, steps=8, keep=4)
    whole = fine_tune(SentenceEncoder(bert), tiny, heads(), recipe, _new(tmp_path / "a"), digest="tiny")

    class Stopped(Exception):
        pass

    def stop(line: str) -> None:
        if "step 4 " in line:
            raise Stopped

    with pytest.raises(Stopped):
        fine_tune(SentenceEncoder(bert), tiny, heads(), recipe, _new(tmp_path / "b"), digest="tiny", say=stop)
    again = fine_tune(SentenceEncoder(bert), tiny, heads(), recipe, tmp_path / "b", digest="tiny")
    assert np.array_equal(whole.queries(MESSAGES, REPLIES), again.queries(MESSAGES, REPLIES))
    with pytest.raises(ArtifactError):
        fine_tune(SentenceEncoder(bert), tiny, heads(), replace(recipe, seed=2), tmp_path / "b", digest="tiny")


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_what_is_wrong_is_told(tiny: ReplyCorpus, bert: Path, tmp_path: Path) -> None:
    with pytest.raises(EarmarkError, match=r"The 'steps' of a FineTuneRecipe must be 1 or more\. Got 0\."):
        FineTuneRecipe(steps=0)
    with pytest.raises(EarmarkError, match=r"The 'rate' of a FineTuneRecipe must lie between 0 and 1\. Got 2\."):
        FineTuneRecipe(rate=2)
    with pytest.raises(EarmarkError, match=r"'no_context' of a FineTuneRecipe must lie between 0 and 1\. Got 1\.5\."):
        FineTuneRecipe(no_context=1.5)
    with pytest.raises(CorpusError, match=r"needs 500 or more pairs with a short reply, a batch\. Got 22\."):
        fine_tune(SentenceEncoder(bert), tiny, heads(), replace(RECIPE, batch_size=500), tmp_path, digest="tiny")
    with pytest.raises(EarmarkError, match=r"'layers' that are tuned must be at most 2, the encoder's\. Got 3\."):
        fine_tune(SentenceEncoder(bert), tiny, heads(), replace(RECIPE, layers=3), tmp_path, digest="tiny")
