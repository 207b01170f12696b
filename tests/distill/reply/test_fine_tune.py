"""Fine-tuning the trainer's last layers: cached states say what the whole network says, and training them helps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from distill.minilm import SentenceEncoder
from distill.reply.corpus import ReplyCorpus
from distill.reply.fine_tune import FineTuneRecipe, FrozenStates, TunedTrainer, _batch, _Tuning, fine_tune
from distill.reply.pairs import Pair
from earmark.errors import EarmarkError
from tests.distill.reply.tiny_corpus import PROJECTION, write_cache
from tests.models.test_bert import TINY, tiny_tensors, write_folder

# Keras reads its variables with numpy's old protocol while saving.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

CONFIG = replace(TINY, num_layers=3, hidden_size=64, num_heads=4, intermediate_size=48)
RECIPE = FineTuneRecipe(
    layers=2, epochs=60, batch_size=8, rate=3e-4, heads_rate=5e-3, hidden=16, dropout=0.0, no_context=0.3
)
SAID = (
    ("where is my card ?", "see you"),
    ("see you at eight !", "yes !"),
    ("hello there", "hello"),
    ("is my card there ?", "no"),
    ("where you at", "at eight"),
    ("yes yes yes", "there there"),
    ("no card ?", "my card !"),
    ("hello ! where ?", "is eight"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tensors = {
        name: value if "LayerNorm" in name else 0.2 * value  # trained networks are not that wild
        for name, value in tiny_tensors(CONFIG).items()
    }
    sizes = {"num_hidden_layers": 3, "hidden_size": 64, "num_attention_heads": 4, "intermediate_size": 48}
    return write_folder(tmp_path_factory.mktemp("bert") / "tiny", tensors, **sizes)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> ReplyCorpus:
    pairs = [Pair((), message, reply, "ours", f"{at}") for at, (message, reply) in enumerate(SAID)]
    # The text before is one that a pair has: others have no vector and count as nothing.
    pairs.append(Pair(("no card ?",), "hello there", "where ?", "ours", "8"))
    texts = list({text: None for pair in pairs for text in (pair.message, pair.reply)})
    return ReplyCorpus.of(pairs, PROJECTION, write_cache(tmp_path_factory.mktemp("cache"), texts))


def tiny_encoder(folder: Path) -> SentenceEncoder:
    return SentenceEncoder(folder, max_length=16)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_cached_states_and_last_layers_equal_the_whole_network(folder: Path, layers: int) -> None:
    encoder = tiny_encoder(folder)
    texts = ["where is my card ?", "hello", "see you at eight ! yes yes yes", "no"]
    states = FrozenStates.of(encoder, texts, layers=layers)
    assert [value.dtype for value in states.values] == [np.float16] * 4
    assert states.lengths.tolist() == [7, 3, 10, 3]  # [CLS] and [SEP] are among them
    tuning = _Tuning(encoder, None, replace(RECIPE, layers=layers), 1)
    found = np.asarray(tuning.top(*states.batch(np.array([2, 0, 3, 1])), training=False))
    assert np.abs(found - encoder.encode(texts)[[2, 0, 3, 1]]).max() < 1e-4


def test_a_batch_has_every_text_once_and_finds_it_again(folder: Path) -> None:
    states = FrozenStates.of(tiny_encoder(folder), ["hello", "where is my card ?", "no", "see you"], layers=1)
    columns = np.array([[1, -1, 0], [0, 1, 2], [1, 0, 0]])
    groups, message, before, reply, number = _batch(states, columns)
    lengths = np.concatenate([mask.sum(axis=1) for _, mask in groups])
    assert lengths.tolist() == [3, 3, 7]
    order = [0, 2, 1]  # texts by length, the earlier one first; number 3 is not asked for
    assert [order[at] for at in message] == [1, 0, 1]
    assert before.tolist() == [3, order.index(1), order.index(0)]  # 3 is the row of zeros behind them
    assert [order[at] for at in reply] == number.tolist() == [0, 2, 0]
    first = groups[0][0][0]
    assert np.array_equal(first[:3], states.values[0])


def test_learning_lowers_the_loss_and_changes_the_last_layers_alone(folder: Path, corpus: ReplyCorpus) -> None:
    encoder = tiny_encoder(folder)
    old = [weight.copy() for weight in encoder.encoder.get_weights()]
    said: list[str] = []
    tuned = fine_tune(corpus, RECIPE, encoder=encoder, say=said.append)
    losses = [float(line.rsplit(" ", 1)[1]) for line in said if "loss" in line]
    assert len(losses) == RECIPE.epochs
    assert losses[-1] < 0.5 * losses[0]
    moved = [float(np.abs(new - was).max()) > 0 for new, was in zip(encoder.encoder.get_weights(), old, strict=True)]
    each = len(encoder.encoder.blocks[0].weights)
    # A key's bias cancels in the softmax; rounding may move it or not.
    assert not any(moved[: -2 * each])
    assert sum(moved[-2 * each :]) >= 2 * each - 2
    messages, replies = zip(*SAID, strict=True)
    ranks = (tuned.queries(messages) @ tuned.replies(replies).T).argmax(axis=1)
    assert (ranks == np.arange(len(SAID))).mean() > 0.7


def test_a_saved_trainer_says_the_same(folder: Path, corpus: ReplyCorpus, tmp_path: Path) -> None:
    tuned = fine_tune(corpus, replace(RECIPE, epochs=1), encoder=tiny_encoder(folder))
    tuned.save(tmp_path / "tuned.npz")
    again = TunedTrainer.load(tmp_path / "tuned.npz", tiny_encoder(folder))
    messages, contexts = ["hello there", "no card ?"], ["yes\nsee you", ""]
    assert np.array_equal(again.queries(messages, contexts), tuned.queries(messages, contexts))
    assert np.array_equal(again.replies(["yes !"]), tuned.replies(["yes !"]))
    assert again.scale == tuned.scale
    assert again.layers == 2


def test_of_the_context_the_last_turn_is_read(folder: Path, corpus: ReplyCorpus) -> None:
    tuned = fine_tune(corpus, replace(RECIPE, epochs=2), encoder=tiny_encoder(folder))
    one, other, none = tuned.queries(["hello"] * 3, ["no\nsee you", "see you", ""])
    assert np.abs(one - other).max() < 1e-6
    assert np.abs(one - none).max() > 1e-4
    assert np.abs(none - tuned.queries(["hello"])[0]).max() < 1e-6


def test_trained_heads_are_where_it_begins(folder: Path, corpus: ReplyCorpus) -> None:
    heads = fine_tune(corpus, replace(RECIPE, epochs=1), encoder=tiny_encoder(folder)).heads
    same = fine_tune(
        corpus, replace(RECIPE, epochs=1, rate=0.0, heads_rate=0.0), heads=heads, encoder=tiny_encoder(folder)
    ).heads
    assert all(np.allclose(same.weights[name], value, atol=1e-6) for name, value in heads.weights.items())


def test_impossible_recipes_are_refused(folder: Path, corpus: ReplyCorpus) -> None:
    encoder = tiny_encoder(folder)
    with pytest.raises(EarmarkError, match=r"'layers' of a FineTuneRecipe must lie between 1 and 3\. Got 4\."):
        fine_tune(corpus, replace(RECIPE, layers=4), encoder=encoder)
    silent = replace(corpus, reply=np.full_like(corpus.reply, -1))
    with pytest.raises(EarmarkError, match=r"needs pairs with a short reply"):
        fine_tune(silent, RECIPE, encoder=encoder)
