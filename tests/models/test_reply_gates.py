"""The gates: their word list looked up in the graph, the contract, and what the list alone decides."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from distill.export import _quantise
from models.lexicon_match import LexiconMatch
from models.reply_gates import EnglishGate, JointGates, SensitiveGate
from projection import Projection, encode_batch, project_tokens
from projection.keras_layer import TokenProjection
from tests.models import contract

# Keras reads its variables with numpy's old protocol while saving.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

PROJECTION = Projection(bits=256, orders=(2, 3), words=32, n_bytes=128)
TOPICS = {"kms": (1, 0, 0, 0, 0), "kill myself": (1, 0, 0, 0, 0), "want to die": (1, 0, 0, 0, 0),
          "porn": (0, 0, 0, 0, 1)}  # fmt: skip
ENGLISH = {"ok": (1, 0, 0), "lol": (1, 1, 0), "at": (1, 0, 0), "wie": (0, 1, 0), "!": (0, 0, 1), "😂": (0, 0, 1)}


def read(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    values, mask = project_tokens(texts, PROJECTION)
    return values.astype(np.float32), mask.astype(np.float32)


def test_the_list_knows_its_phrases_and_nothing_else() -> None:
    match = LexiconMatch({"a": (1, 0), "to die": (0, 2), "kill my self": (3, 0)}, PROJECTION)
    texts = ["a", "A to die!", "die to a", "please kill my self", "kill my selfs", ""]
    found = np.asarray(match(read(texts)[0]))
    assert found.shape == (6, 3 * 32, 2)
    assert found.max(axis=1).tolist() == [[1, 0], [1, 2], [1, 0], [3, 0], [0, 0], [0, 0]]
    assert found[1].nonzero()[0].tolist() == [0, 32 + 1]  # "a" at token 0, "to die" from token 1 on


def test_thousands_of_words_share_a_table() -> None:
    words = [f"{first}{second}{number}" for first in "abcdefgh" for second in "klmnop" for number in range(60)]
    match = LexiconMatch({word: (index % 7,) for index, word in enumerate(words)}, PROJECTION)
    found = np.asarray(match(read(words)[0]))[:, 0, 0]
    assert found.tolist() == [index % 7 for index in range(len(words))]
    others = np.asarray(match(read([f"x{word}" for word in words])[0]))
    assert others.max() == 0
    assert len(match.tables.kept) < 1.3 * len(words)


def test_a_list_that_cannot_be_looked_up_is_refused() -> None:
    with pytest.raises(ValueError, match=r"The 'entries' of a LexiconMatch must not be empty\."):
        LexiconMatch({}, PROJECTION)
    with pytest.raises(ValueError, match=r"must be 1 to 3 tokens of the projection.* Got \['one two three four'\]"):
        LexiconMatch({"one two three four": (1,)}, PROJECTION)
    with pytest.raises(ValueError, match=r"must be 1 to 3 tokens of the projection.* Got \['wow!'\]"):
        LexiconMatch({"wow!": (1,)}, PROJECTION)
    with pytest.raises(ValueError, match=r"must all have the same number of columns\."):
        LexiconMatch({"a": (1,), "b": (1, 0)}, PROJECTION)
    with pytest.raises(ValueError, match=r"at most 255 different rows\. Got 256\."):
        LexiconMatch({f"w{index}": (index // 255, index % 255) for index in range(1, 257)}, PROJECTION)
    with pytest.raises(ValueError, match=r"must be told apart by the projection"):
        LexiconMatch({"Wow": (1,), "wow": (0,)}, PROJECTION)


def test_phrases_force_the_sensitive_gate() -> None:
    gate = SensitiveGate(TOPICS, PROJECTION)
    inputs = read(["I'd kill myself", "KMS", "we want to die", "porn...", "kill the lights", ""])
    gate(*inputs)
    gate.logits.set_weights([np.zeros_like(weight) for weight in gate.logits.get_weights()])
    gate.logits.bias.assign([9.0, 0, 0, 0, 0, 0])  # the network itself finds everything harmless
    share, topic = (np.asarray(each) for each in gate.judge(*inputs))
    assert (share.shape, topic.shape) == ((6, 1), (6,))
    assert topic.dtype == np.int32
    assert share[:4].min() >= 0.999
    assert share[4:].max() < 0.01
    assert topic[:4].tolist() == [0, 0, 0, 4]


def test_the_english_list_and_messages_without_words_pass() -> None:
    gate = EnglishGate(ENGLISH, PROJECTION)
    inputs = read(["ok", "LOL ok!!!", "😂😂", "!", "", "wie", "ok wie", "ok nothing"])
    gate(*inputs)
    gate.logit.kernel.assign(np.zeros((16, 1), np.float32))
    gate.logit.bias.assign([-9.0])  # the network itself finds nothing English
    share = np.asarray(gate.judge(*inputs))
    assert share.shape == (8, 1)
    assert (share[[0, 2, 3, 4], 0] >= 0.999).all()
    assert (share[[5, 6, 7], 0] < 0.01).all()
    assert share[1, 0] < 0.01  # "!!!" is another token than "!", and this list does not have it


@pytest.mark.parametrize("gate", [EnglishGate, SensitiveGate])
def test_padding_says_nothing_and_configuration_survives(gate: type[Any]) -> None:
    made = gate(ENGLISH if gate is EnglishGate else TOPICS, PROJECTION, width=5)
    values, mask = read(["ok then, kill the lights", "Want to die", "", "né 🙂"])
    first = np.asarray(made(values, mask))
    assert np.abs(first - np.asarray(made(values[:, :12], mask[:, :12]))).max() < 1e-6
    again = gate.from_config(made.get_config())
    again(values, mask)
    again.set_weights(made.get_weights())
    assert np.array_equal(first, np.asarray(again(values, mask)))
    assert again.get_config() == made.get_config()


def test_together_the_gates_say_what_each_says() -> None:
    keras.utils.set_random_seed(4)
    english, sensitive = EnglishGate(ENGLISH, PROJECTION), SensitiveGate({**TOPICS, "ok": (0, 0, 1, 0, 0)}, PROJECTION)
    inputs = read(["ok", "lol ok!", "I'd kill myself", "wie wie", "", "what is this 😂", "want to die porn"])
    found = JointGates(english, sensitive).judge(*inputs)
    for first, second in zip((english.judge(*inputs), *sensitive.judge(*inputs)), found, strict=True):
        assert np.abs(np.asarray(first) - np.asarray(second)).max() < 1e-6


@keras.saving.register_keras_serializable(package="tests")
class Both(keras.layers.Layer):  # type: ignore[misc]
    """The two gates over one projection, as the exported graph has them."""

    def __init__(self) -> None:
        super().__init__()
        self.project = TokenProjection(PROJECTION)
        self.english, self.sensitive = EnglishGate(ENGLISH, PROJECTION), SensitiveGate(TOPICS, PROJECTION)
        self.joint = JointGates(self.english, self.sensitive)

    def call(self, inputs: dict[str, Any], training: bool = False) -> dict[str, Any]:
        values, mask = self.project(inputs["text"])
        self.english(values, mask)
        self.sensitive(values, mask)
        english, share, topic = self.joint.judge(values, mask)
        return {"english": english, "sensitive": share, "topic": topic}


def test_exported_and_quantised_the_gates_say_the_same(tmp_path: Path) -> None:
    keras.utils.set_random_seed(3)
    both = Both()
    row = {"text": encode_batch(["i'd kill myself 😂"], PROJECTION.n_bytes)}
    both(row)
    path = contract.check_export_parity(both, row, tmp_path, within=1e-4)
    small = Interpreter(
        model_content=_quantise(path.read_bytes(), full=False, calibration=()),
        num_threads=1,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    ).get_signature_runner("serving_default")
    for text, forced in [("i'd kill myself 😂", 0), ("porn", 4), ("kill it myself", None), ("ok!", None), ("😂", None)]:
        row = {"text": encode_batch([text], PROJECTION.n_bytes)}
        wanted, found = contract.outputs_of(both, row), small(**row)
        if forced is not None:
            assert found["sensitive"][0, 0] >= 0.998, text
            assert found["topic"].tolist() == [forced], text
        for name in ("english", "sensitive"):
            assert abs(float(wanted[name][0, 0] - found[name][0, 0])) < 0.05, (text, name)
    tf.keras.backend.clear_session()
