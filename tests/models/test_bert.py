"""BERT: the contract, an independent numpy implementation as the oracle, and MiniLM's own numbers."""

from __future__ import annotations

import importlib.util
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from distill.minilm import MINILM_INSTALL, MINILM_PACKAGE, SentenceEncoder, check_weights, package_folder
from earmark.errors import ArtifactError
from models.bert import BertClassifier, BertConfig, BertEncoder, SentencePooling
from models.bert_tokens import BertTokens
from models.bert_weights import load_bert, load_bert_classifier, read_bert_config
from tests.models import contract
from tests.models.tiny_bert import tiny_tensors, write_bert

HAS_MINILM = importlib.util.find_spec(MINILM_PACKAGE) is not None
# Keras reads its variables with numpy's old protocol while saving.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
needs_minilm = pytest.mark.skipif(not HAS_MINILM, reason=f"MiniLM is not installed: {MINILM_INSTALL}")

WORDS = re.findall(
    r"\S+", "[PAD] [UNK] [CLS] [SEP] [MASK] where is my card ? see you at eight ##s yes no hello there !"
)
TINY = BertConfig(
    vocabulary_size=len(WORDS), num_layers=2, hidden_size=8, num_heads=2, intermediate_size=20, max_positions=16
)
INPUTS = {
    "token_ids": np.array([[2, 5, 6, 7, 3], [2, 15, 3, 0, 0]], np.int32),
    "padding_mask": np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], np.int32),
    "segment_ids": np.array([[0, 0, 0, 1, 1], [0, 0, 0, 0, 0]], np.int32),
}


def write_folder(folder: Path, tensors: dict[str, np.ndarray] | None = None, **changes: Any) -> Path:
    """A Hugging Face folder with TINY's sizes."""
    return write_bert(folder, TINY, WORDS, tensors, **changes)


def reference(tensors: dict[str, np.ndarray], inputs: dict[str, np.ndarray], *, act: str = "gelu") -> np.ndarray:
    """BERT in float64, one sentence at a time and without padding: no mask can be wrong. Zeros where padded."""
    named = {name: value.astype(np.float64) for name, value in tensors.items()}
    out = np.zeros((*inputs["token_ids"].shape, TINY.hidden_size))

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        result: np.ndarray = scaled * named[f"{name}.weight"] + named[f"{name}.bias"]
        return result

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        result: np.ndarray = x @ named[f"{name}.weight"].T + named[f"{name}.bias"]
        return result

    def gelu(x: np.ndarray) -> np.ndarray:
        if act == "gelu":
            bend = np.array([math.erf(value) for value in (x / math.sqrt(2)).ravel()]).reshape(x.shape)
        else:
            bend = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
        result: np.ndarray = x * (1 + bend) / 2
        return result

    for row, mask in enumerate(inputs["padding_mask"]):
        length = int(mask.sum())
        ids, segments = inputs["token_ids"][row, :length], inputs["segment_ids"][row, :length]
        x = named["embeddings.word_embeddings.weight"][ids] + named["embeddings.token_type_embeddings.weight"][segments]
        x = norm(x + named["embeddings.position_embeddings.weight"][:length], "embeddings.LayerNorm")
        for at in (f"encoder.layer.{index}" for index in range(TINY.num_layers)):
            parts = []
            for head in range(TINY.num_heads):
                cut = slice(head * 4, head * 4 + 4)
                query, key, value = (linear(x, f"{at}.attention.self.{n}")[:, cut] for n in ("query", "key", "value"))
                weights = np.exp(query @ key.T / 2.0)
                parts.append(weights / weights.sum(-1, keepdims=True) @ value)
            x = norm(x + linear(np.concatenate(parts, -1), f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm")  # fmt: skip  # noqa: E501
            x = norm(x + linear(gelu(linear(x, f"{at}.intermediate.dense")), f"{at}.output.dense"), f"{at}.output.LayerNorm")  # fmt: skip  # noqa: E501
        out[row, :length] = x
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("bert") / "tiny")


@pytest.fixture(scope="module")
def encoder(folder: Path) -> BertEncoder:
    return load_bert(folder)


def real(array: np.ndarray) -> np.ndarray:
    """Only the rows of tokens: what stands at padding is nobody's business."""
    kept: np.ndarray = array[INPUTS["padding_mask"] == 1]
    return kept


# --- the numbers ---


@pytest.mark.parametrize("act", ["gelu", "gelu_new"])
def test_every_token_equals_the_reference(tmp_path: Path, act: str) -> None:
    found = np.asarray(load_bert(write_folder(tmp_path / "b", hidden_act=act))(INPUTS)["sequence"])
    wanted = reference(tiny_tensors(TINY), INPUTS, act=act)
    assert np.abs(real(found) - real(wanted)).max() < 1e-5
    other = reference(tiny_tensors(TINY), INPUTS, act="gelu_new" if act == "gelu" else "gelu")
    assert np.abs(real(found) - real(other)).max() > 1e-5, "the test must tell the two gelus apart"


def test_the_three_poolings_equal_the_reference(folder: Path) -> None:
    tensors, tokens = tiny_tensors(TINY), reference(tiny_tensors(TINY), INPUTS)
    mean = tokens.sum(1) / INPUTS["padding_mask"].sum(1, keepdims=True)
    pooler = np.tanh(tokens[:, 0] @ tensors["pooler.dense.weight"].T + tensors["pooler.dense.bias"])
    for pooling, wanted in (("mean", mean), ("first", tokens[:, 0]), ("pooler", pooler)):
        plain = np.asarray(load_bert(folder, pooling=pooling)(INPUTS)["sentence"])
        assert np.abs(plain - wanted).max() < 1e-5
        unit = np.asarray(load_bert(folder, pooling=pooling, normalize=True)(INPUTS)["sentence"])
        assert np.abs(unit - wanted / np.linalg.norm(wanted, axis=1, keepdims=True)).max() < 1e-5


def test_checkpoints_with_a_head_and_old_names_load_alike(tmp_path: Path, encoder: BertEncoder) -> None:
    renamed = {
        "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
        for name, value in tiny_tensors(TINY).items()
    }
    renamed["cls.predictions.bias"] = np.zeros(3, np.float32)
    renamed["bert.embeddings.position_ids"] = np.arange(16)[None]
    other = load_bert(write_folder(tmp_path / "old", renamed))
    contract.assert_same(contract.outputs_of(other, INPUTS), contract.outputs_of(encoder, INPUTS), within=0.0)


# --- the contract ---


def test_encoder_contract(encoder: BertEncoder, tmp_path: Path) -> None:
    contract.check_config_round_trip(encoder, INPUTS)
    contract.check_saving(encoder, INPUTS, tmp_path)
    contract.check_dtypes(lambda: BertEncoder(TINY), INPUTS, float32={"sentence"}, within=0.1)
    contract.check_variable_length(encoder, INPUTS, extra=6, within=1e-5, keep={"sentence"})
    contract.check_export_parity(encoder, INPUTS, tmp_path, within=1e-5)


def test_classifier_contract(tmp_path: Path) -> None:
    def build() -> Any:
        return BertClassifier(TINY, num_classes=3, pooling="pooler", dropout=0.2)

    contract.check_config_round_trip(build(), INPUTS)
    contract.check_saving(build(), INPUTS, tmp_path)
    contract.check_dtypes(build, INPUTS, float32={"output"}, within=0.1)
    contract.check_export_parity(build(), INPUTS, tmp_path, within=1e-5)


def test_trainer_and_student_train_in_one_graph(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    small = tiny_tensors(replace(TINY, num_layers=1))
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    folder = write_folder(tmp_path / "b", small, num_hidden_layers=1, **still)
    trainer = load_bert_classifier(folder, num_classes=2, dropout=0.0)
    inputs = {tensor.name: tensor for tensor in trainer.inputs}
    bits = keras.Input((4,), name="bits")
    student = keras.layers.Dense(2, name="student")(bits)
    joint = keras.Model({**inputs, "bits": bits}, {"trainer": trainer(inputs), "student": student})
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    joint.compile(keras.optimizers.Adam(0.01), loss={"trainer": loss, "student": loss}, run_eagerly=True)
    before = trainer.encoder.embedding.words.embeddings.numpy().copy()
    x = {**INPUTS, "bits": np.array([[1, -1, 1, 1], [-1, -1, 1, -1]], np.float32)}
    y = np.array([0, 1])
    history = joint.fit(x, {"trainer": y, "student": y}, epochs=12, verbose=0).history["loss"]
    assert history[-1] < history[0] / 2
    assert np.abs(trainer.encoder.embedding.words.embeddings.numpy() - before).max() > 1e-3


# --- what cannot be loaded ---


def refused(message: str, source: str | Path) -> None:
    with pytest.raises(ArtifactError, match=re.escape(message)):
        load_bert(source)


def test_folders_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    refused(f"there is no folder {tmp_path / 'no'}. Pass a Hugging Face folder", tmp_path / "no")
    (tmp_path / "empty").mkdir()
    refused(f"the folder {tmp_path / 'empty'} has no config.json.", tmp_path / "empty")
    other = write_folder(tmp_path / "type", model_type="roberta")
    refused(f"the model {str(other)!r} must be a 'bert'. Got the model type 'roberta'.", other)
    relative = write_folder(tmp_path / "relative", position_embedding_type="relative_key")
    refused("must be an encoder with absolute positions. Got positions 'relative_key'", relative)
    silu = write_folder(tmp_path / "silu", hidden_act="silu")
    refused("must be one of ['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'relu']. Got 'silu'.", silu)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    tensors = tiny_tensors(TINY)
    lost = {name: value for name, value in tensors.items() if name != "encoder.layer.1.output.dense.bias"}
    refused("have no tensor 'encoder.layer.1.output.dense.bias'; they have", write_folder(tmp_path / "a", lost))
    shape = tensors | {"embeddings.word_embeddings.weight": np.zeros((4, 8), np.float32)}
    refused("must have the shape (20, 8) by its configuration. Got (4, 8).", write_folder(tmp_path / "b", shape))
    more = tensors | {"encoder.layer.2.output.dense.bias": np.zeros(8, np.float32)}
    refused("no place for: 'encoder.layer.2.output.dense.bias'.", write_folder(tmp_path / "c", more))
    broken = write_folder(tmp_path / "d")
    (broken / "model.safetensors").write_bytes(b"no safetensors")
    refused(f"cannot read model.safetensors of the model {str(broken)!r}:", broken)
    (broken / "model.safetensors").unlink()
    refused(f"the folder {broken} has no model.safetensors.", broken)


def test_wrong_parameters_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"'hidden_size' of a BertConfig must be a multiple of 'num_heads' \(3\)\. Got 8"
    ):
        BertConfig(vocabulary_size=3, num_layers=1, hidden_size=8, num_heads=3, intermediate_size=4)
    with pytest.raises(ValueError, match=r"'activation' of a BertConfig must be one of .* Got 'tanh' instead"):
        BertConfig(3, 1, 8, 2, 4, activation="tanh")
    with pytest.raises(ValueError, match=r"'pooling' parameter of SentencePooling must be one of .* Got 'max' instead"):
        SentencePooling(pooling="max", normalize=False)


def test_the_configuration_is_read(folder: Path) -> None:
    assert read_bert_config(folder) == TINY
    assert read_bert_config(str(folder)) == TINY


# --- tokens ---


def test_texts_become_padded_ids(folder: Path) -> None:
    tokens = BertTokens(folder, max_length=8)
    found = tokens.encode(["Where is my cards?", "YES"])
    assert found["token_ids"].tolist() == [[2, 5, 6, 7, 8, 14, 9, 3], [2, 15, 3, 0, 0, 0, 0, 0]]
    assert found["padding_mask"].tolist() == [[1] * 8, [1, 1, 1, 0, 0, 0, 0, 0]]
    assert not found["segment_ids"].any()
    assert {array.dtype for array in found.values()} == {np.dtype(np.int32)}
    assert tokens.encode(["yes"], length=6)["token_ids"].tolist() == [[2, 15, 3, 0, 0, 0]]
    assert tokens.encode(["where is my card ? yes yes yes"])["token_ids"].tolist() == [[2, 5, 6, 7, 8, 9, 15, 3]]
    assert tokens.encode([])["token_ids"].shape == (0, 2)


def test_context_is_the_first_segment_and_keeps_its_end(folder: Path) -> None:
    tokens = BertTokens(folder, max_length=8)
    found = tokens.encode(["yes yes", "no", "where is my card ?"], context=["where is my card ?", "", "hello"])
    assert found["token_ids"].tolist() == [
        [2, 7, 8, 9, 3, 15, 15, 3],
        [2, 16, 3, 0, 0, 0, 0, 0],
        [2, 5, 6, 7, 8, 9, 3, 0],  # no room for any context
    ]
    assert found["segment_ids"].tolist() == [[0, 0, 0, 0, 0, 1, 1, 1], [0] * 8, [0] * 8]


def test_tokenizers_that_do_not_fit_are_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ValueError, match=r"'max_length' of BertTokens must be 4 or more. Got 3 instead"):
        BertTokens(folder, max_length=3)
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        ArtifactError, match=re.escape(f"cannot read the tokenizer of the model '{tmp_path / 'empty'}'")
    ):
        BertTokens(tmp_path / "empty")


# --- MiniLM ---


def test_weights_of_another_model_are_no_minilm(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=re.escape(f"Install them with: {MINILM_INSTALL}")):
        check_weights(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").write_bytes(b"other")
    with pytest.raises(ArtifactError, match=r"must have the SHA-256 53aa5117.*Got d9298a10d1b0735837dc4bd85dac641b"):
        check_weights(tmp_path / "model.safetensors")


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(ArtifactError, match=re.escape(f"'earmark_no_such') is not installed. Install it with: {MINILM_INSTALL}")):  # fmt: skip  # noqa: E501
        package_folder("earmark_no_such")


@needs_minilm
def test_minilm_equals_torch_and_transformers() -> None:
    """Numbers from torch 2.13 and transformers 5.23 (AutoModel, float32, mean pooling, L2)."""
    encoder = SentenceEncoder()
    vectors = encoder.encode(["where is my card?", "See you at 8 — bring the naïve café menu 👍", "yes"], batch_size=2)
    wanted = [
        [-0.008341335691511631, 0.02240302786231041, -0.038021963089704514, 0.029813118278980255, 0.02760978601872921],
        [0.0008975400705821812, 0.012098587118089199, 0.06996528804302216, 0.04680180549621582, 0.0771295428276062],
        [-0.11735708266496658, 0.0006451391382142901, 0.029386386275291443, 0.027500441297888756, 0.014984352514147758],
    ]
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.abs(vectors[:, :5] - wanted).max() < 1e-5
    cosines = [0.16518454253673553, 0.10965685546398163, 0.14969536662101746]
    assert np.abs((vectors @ vectors.T)[[0, 0, 1], [1, 2, 2]] - cosines).max() < 1e-5
