"""The LSTM trainer: the contract, its vocabulary, and training together with a student."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lstm import AttentionPooling, LstmClassifier, MaxPooling
from models.lstm_vocabulary import PADDING, SEPARATOR, SPECIAL, UNKNOWN, Vocabulary
from tests.models import contract

# Keras reads its variables with numpy's old protocol while saving.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

TEXTS = ["Where is my card?", "where is the bus", "thanks, thanks a lot!", "Thanks for the card"]
WORDS = Vocabulary.from_texts(TEXTS, size=60)
INPUTS = WORDS.encode(["where is my card?", "thanks"])


def build(**changes: Any) -> LstmClassifier:
    arguments: dict[str, Any] = {"num_classes": 3, "embedding_size": 6, "hidden_size": 5, **changes}
    return LstmClassifier(WORDS, **arguments)


# --- the contract ---


@pytest.mark.parametrize("pooling", ["attention", "max"])
def test_contract(pooling: str, tmp_path: Path) -> None:
    model = build(pooling=pooling)
    contract.check_config_round_trip(model, INPUTS)
    contract.check_saving(model, INPUTS, tmp_path)
    contract.check_dtypes(lambda: build(pooling=pooling), INPUTS, float32={"output"}, within=0.05)
    contract.check_variable_length(model, INPUTS, extra=5, within=1e-6, keep={"output"})


def test_export_parity(tmp_path: Path) -> None:
    length = INPUTS["token_ids"].shape[1]
    contract.check_export_parity(build(unroll=True, length=length), INPUTS, tmp_path, within=1e-5)


def test_a_batch_says_what_each_row_says_alone() -> None:
    model = build()
    together = contract.outputs_of(model, WORDS.encode(TEXTS))["output"]
    for row, text in zip(together, TEXTS, strict=True):
        assert np.abs(contract.outputs_of(model, WORDS.encode([text]))["output"][0] - row).max() < 1e-6


def test_a_saved_trainer_brings_its_vocabulary(tmp_path: Path) -> None:
    build().save(tmp_path / "m.keras")
    assert keras.saving.load_model(tmp_path / "m.keras").vocabulary == WORDS


def test_a_wrong_pooling_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'pooling' parameter of LstmClassifier must be one of .* Got 'mean' instead"):
        build(pooling="mean")


def test_poolings_by_hand() -> None:
    x = np.array([[[0.5, -0.5], [0.1, -0.9], [9.0, 9.0]], [[9.0, 9.0]] * 3], np.float32)
    mask = np.array([[1, 1, 0], [0, 0, 0]], np.int32)
    assert np.asarray(MaxPooling()(x, mask)).tolist() == [[0.5, -0.5], [-1.0, -1.0]]
    pool = AttentionPooling()
    pool(x, mask)
    pool.bend.kernel.assign(np.eye(2))
    pool.score.kernel.assign([[2.0], [0.0]])
    odds = np.exp(2 * (np.tanh(0.5) - np.tanh(0.1)))
    share = odds / (1 + odds)
    wanted = [[0.5 * share + 0.1 * (1 - share), -0.5 * share - 0.9 * (1 - share)], [0.0, 0.0]]
    assert np.abs(np.asarray(pool(x, mask)) - wanted).max() < 1e-6


def test_trainer_and_student_train_in_one_graph() -> None:
    keras.utils.set_random_seed(2)
    trainer = build(num_classes=2, dropout=0.0)
    inputs = {tensor.name: tensor for tensor in trainer.inputs}
    bits = keras.Input((3,), name="bits")
    student = keras.layers.Dense(2, name="student")(bits)
    joint = keras.Model({**inputs, "bits": bits}, {"trainer": trainer(inputs), "student": student})
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    joint.compile(keras.optimizers.Adam(0.05), loss={"trainer": loss, "student": loss}, jit_compile=False)
    x = {**WORDS.encode(TEXTS), "bits": np.array([[1, -1, 1], [1, 1, 1], [-1, 1, 1], [-1, -1, 1]], np.float32)}
    y = np.array([0, 0, 1, 1])
    history = joint.fit(x, {"trainer": y, "student": y}, epochs=15, verbose=0).history
    assert history["trainer_loss"][-1] < history["trainer_loss"][0] / 4
    assert history["student_loss"][-1] < history["student_loss"][0]


# --- the vocabulary ---


def test_frequent_words_are_whole_and_others_in_pieces() -> None:
    words = Vocabulary.from_texts(["the cat sat"] * 5 + ["the mat"] * 2 + ["hats"], size=100, min_count=2)
    named = [words.names[number] for number in words.ids("The CAT sat; cats, mats € ")]
    assert named == ["the", "cat", "sat", "[UNK]", "cat", "##s", "[UNK]", "mat", "##s", "[UNK]"]
    assert [words.names[number] for number in words.ids("hmat")] == ["h", "[UNK]", "##at"]
    assert words.names[:3] == SPECIAL


def test_the_size_is_a_limit_and_characters_come_first() -> None:
    texts = [f"word{number} other{number}" for number in range(300)]
    small = Vocabulary.from_texts(texts, size=80, min_count=1)
    assert len(small) == 80
    assert UNKNOWN not in small.ids("wdot ohr")
    assert Vocabulary.from_texts([], size=10).names == SPECIAL


def test_the_order_of_the_texts_does_not_matter() -> None:
    assert Vocabulary.from_texts(TEXTS) == Vocabulary.from_texts(reversed(TEXTS))


@given(st.text(max_size=50))
def test_every_text_has_ids_in_range(text: str) -> None:
    found = WORDS.encode([text])
    assert found["token_ids"].shape == found["padding_mask"].shape
    assert found["padding_mask"].all()
    assert ((found["token_ids"] > PADDING) & (found["token_ids"] < len(WORDS))).all()


def test_rows_keep_their_end_and_context_comes_before() -> None:
    where, bus = WORDS.ids("where is")
    found = WORDS.encode(["where is", "is", ""], context=["is", " ", ""])
    assert found["token_ids"].tolist() == [[bus, SEPARATOR, where, bus], [bus, 0, 0, 0], [UNKNOWN, 0, 0, 0]]
    assert found["padding_mask"].tolist() == [[1, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0]]
    assert WORDS.encode(["where is"], context=["is"], max_length=3)["token_ids"].tolist() == [[SEPARATOR, where, bus]]
    assert WORDS.encode(["where is"], length=4)["token_ids"].tolist() == [[where, bus, 0, 0]]
    assert WORDS.encode([])["token_ids"].shape == (0, 1)


def test_the_vocabulary_survives_json() -> None:
    assert Vocabulary.from_dict(json.loads(json.dumps(WORDS.to_dict()))) == WORDS
    with pytest.raises(ValueError, match=r"The 'names' of a Vocabulary must be different and begin with"):
        Vocabulary(("a", "b"))
    with pytest.raises(ValueError, match=r"Got \('\[PAD\]', '\[UNK\]', '\[SEP\]', 'a', 'a'\)\.\.\. instead\."):
        Vocabulary((*SPECIAL, "a", "a"))
