"""MobileBERT-EdgeTPU: published sizes, equality with the layers of tensorflow/models, public checkpoints."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earmark.errors import ArtifactError
from models.mobilebert_checkpoint import from_checkpoint, load_checkpoint_weights, read_checkpoint_size
from models.mobilebert_edgetpu import MOBILEBERT_SIZES, MobileBertEdgeTpu
from tests.models import mobilebert_oracle as oracle

tensorflow = pytest.importorskip("tensorflow", reason="checkpoints are read with the extra 'train'")

# Keras reads its variables with numpy's old protocol.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

ATOL = 1e-5
BLOCK = "model/layer_with_weights-0/layer_with_weights-1/block_layers"
EMBEDDING = "model/layer_with_weights-0/layer_with_weights-0"
VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"


def write(folder: Path, tensors: dict[str, np.ndarray]) -> Path:
    """A checkpoint of these tensors, and what else a training leaves in one."""
    prefix = folder / "model.ckpt-1"
    beside = {
        f"save_counter{VALUE}": np.int64(1),
        f"optimizer/iter{VALUE}": np.int64(9),
        f"{BLOCK}/bottleneck_input/0/bias/.OPTIMIZER_SLOT/optimizer/m{VALUE}": np.zeros(8, np.float32),
    }
    every = beside | tensors
    tensorflow.raw_ops.SaveV2(
        prefix=str(prefix), tensor_names=list(every), shape_and_slices=[""] * len(every), tensors=list(every.values())
    )
    return prefix


def golden_tensors() -> dict[str, np.ndarray]:
    return oracle.golden()[0]


def run(model: Any) -> np.ndarray:
    return np.asarray(model({"ids": oracle.TOKENS, "mask": oracle.MASK.astype(np.float32)}))


# === The network ===


@pytest.mark.parametrize(
    ("name", "parameters"), [("xxs", 9_416_960), ("xs", 27_006_720), ("s", 38_326_016), ("m", 50_951_936)]
)
def test_the_published_sizes(name: str, parameters: int) -> None:
    assert MobileBertEdgeTpu(name).count_params() == parameters


def test_the_states_are_those_of_the_reference(tmp_path: Path) -> None:
    tensors, states = oracle.golden()
    assert np.abs(states).max() > 1
    model = from_checkpoint(write(tmp_path, tensors))
    np.testing.assert_allclose(run(model), states, rtol=0, atol=ATOL)


@pytest.mark.skipif(not oracle.HAS_ORACLE, reason="tf-models-official is not installed: see mobilebert_oracle.py")
@pytest.mark.filterwarnings("ignore")  # of the reference's own code
@pytest.mark.parametrize(
    "size",
    [
        oracle.SIZE,
        replace(oracle.SIZE, blocks=1, heads=4, ffns=1, types=1),
        replace(MOBILEBERT_SIZES["xxs"], vocabulary=50, positions=16),
    ],
)
def test_a_checkpoint_that_the_reference_writes(tmp_path: Path, size: Any) -> None:
    whole, encoder = oracle.pretrainer(size, seed=11)
    if size.hidden > 100:  # keep the states small
        for variable in whole.variables:
            variable.assign(variable * (1.0 if "gamma" in variable.name else 0.1))
    path = oracle.save(whole, tmp_path / "mobilebert.ckpt")
    model = from_checkpoint(tmp_path)
    assert model.size == read_checkpoint_size(path) == size
    np.testing.assert_allclose(run(model), oracle.states(encoder, oracle.TOKENS, oracle.MASK), rtol=0, atol=ATOL)


@pytest.mark.skipif(not oracle.HAS_ORACLE, reason="tf-models-official is not installed: see mobilebert_oracle.py")
@pytest.mark.filterwarnings("ignore")
def test_the_golden_file_is_what_the_reference_gives_now(tmp_path: Path) -> None:
    whole, encoder = oracle.pretrainer(oracle.SIZE, seed=5)
    tensors, states = oracle.golden()
    now = oracle.tensors_of(oracle.save(whole, tmp_path / "mobilebert.ckpt"))
    assert now.keys() == tensors.keys()
    assert all((now[name] == tensors[name]).all() for name in tensors)
    np.testing.assert_allclose(oracle.states(encoder, oracle.TOKENS, oracle.MASK), states, rtol=0, atol=1e-6)


def test_what_is_masked_counts_nothing(tmp_path: Path) -> None:
    model = from_checkpoint(write(tmp_path, golden_tensors()))
    others = oracle.TOKENS.copy()
    others[1, 4:] = 9  # the neighbour of the last token is seen by its embedding, so the first masked one stays
    states = np.asarray(model({"ids": others, "mask": oracle.MASK.astype(np.float32)}))
    np.testing.assert_array_equal(states[1, :3], run(model)[1, :3])


# === Checkpoints ===


def test_the_sizes_are_read_from_the_tensors(tmp_path: Path) -> None:
    assert asdict(read_checkpoint_size(write(tmp_path, golden_tensors()))) == asdict(oracle.SIZE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model/layer_with_weights-0/", ""),
        ("model/layer_with_weights-0/", "student_model/encoder_network/"),
        ("layer_with_weights-0/layer_with_weights-", "encoder/_transformer_layers/"),
        ("model/layer_with_weights-1/embedding_table", f"{EMBEDDING}/word_embedding/embeddings"),
    ],
)  # fmt: skip
def test_names_are_found_under_any_prefix(tmp_path: Path, old: str, new: str) -> None:
    tensors, states = oracle.golden()
    renamed = {name.replace(old, new): tensor for name, tensor in tensors.items()}
    assert renamed.keys() != tensors.keys()
    np.testing.assert_allclose(run(from_checkpoint(write(tmp_path, renamed))), states, rtol=0, atol=ATOL)


def test_blocks_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    tensors = golden_tensors()
    first = {name: tensor for name, tensor in tensors.items() if "weights-1/block_layers" in name}
    many = tensors | {
        name.replace("weights-1/", f"weights-{number}/"): tensor * np.float32(number)
        for number in range(2, 12)
        for name, tensor in first.items()
    }
    model = from_checkpoint(write(tmp_path, many))
    gammas = [float(np.asarray(block.attention_norm.gamma)[0]) for block in model.blocks]
    assert gammas == pytest.approx([gammas[0] * number for number in range(1, 12)])


def test_load_into_a_model_of_the_same_sizes(tmp_path: Path) -> None:
    tensors, states = oracle.golden()
    model = MobileBertEdgeTpu(oracle.SIZE)
    load_checkpoint_weights(model, write(tmp_path, tensors))
    np.testing.assert_allclose(run(model), states, rtol=0, atol=ATOL)


def test_a_model_of_other_sizes_is_refused_and_stays_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path, golden_tensors())
    model = MobileBertEdgeTpu(replace(oracle.SIZE, ffn_width=12))
    before = [np.asarray(weight).copy() for weight in model.weights]
    with pytest.raises(ArtifactError, match=re.escape("ffn/0/0/kernel' of the checkpoint")) as caught:
        load_checkpoint_weights(model, path)
    assert "must have the shape (8, 12) in the model. Got (8, 10)" in str(caught.value)
    assert all((old == np.asarray(new)).all() for old, new in zip(before, model.weights, strict=True))
    with pytest.raises(ArtifactError, match=r"34 tensors of an encoder that the model has no place for"):
        load_checkpoint_weights(MobileBertEdgeTpu(replace(oracle.SIZE, blocks=1)), path)
    with pytest.raises(ArtifactError, match=r"has no tensor for 'block_2/bottleneck_input/0/kernel'"):
        load_checkpoint_weights(MobileBertEdgeTpu(replace(oracle.SIZE, blocks=3)), path)
    heads = MobileBertEdgeTpu(replace(oracle.SIZE, heads=4))
    with pytest.raises(ArtifactError, match=re.escape("must have the shape (8, 4, 2) in the model. Got (8, 2, 4)")):
        load_checkpoint_weights(heads, path)


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (f"{BLOCK}/attention/0/_key_dense/bias", "has no tensor for 'block_0/attention/0/_key_dense/bias' of a Mobile"),
        (f"{BLOCK}/bottleneck_input/0/kernel", "has no tensor for 'block_0/bottleneck_input/0/kernel' of a Mobile"),
        (f"{EMBEDDING}/layer_norm/gamma", "has no tensor for 'layer_norm/gamma'"),
        (f"{BLOCK}/kq_shared_bottleneck", "has no tensor for 'block_0/kq_shared_bottleneck/0/kernel'"),
        ("pos_embedding", "one tensor for 'pos_embedding/embeddings' of a MobileBERT-EdgeTPU encoder. Got none"),
        ("embedding_table", "must have one tensor for 'word_embedding/embeddings or embedding_table' of a"),
        ("block_layers", "no tensor for 'block_0/bottleneck_input/0/kernel' of a MobileBERT-EdgeTPU encoder; of one"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(tmp_path: Path, gone: str, message: str) -> None:
    tensors = {name: tensor for name, tensor in golden_tensors().items() if gone not in name}
    with pytest.raises(ArtifactError, match=re.escape(message)):
        from_checkpoint(write(tmp_path, tensors))


def test_what_is_too_much_is_named(tmp_path: Path) -> None:
    more = {f"{BLOCK}/attention/0/_gate/kernel{VALUE}": np.zeros((2, 2), np.float32)}
    with pytest.raises(
        ArtifactError, match=r"has 1 tensors of an encoder that the model has no place for, .*_gate/ker"
    ):
        from_checkpoint(write(tmp_path, golden_tensors() | more))


def test_a_model_without_bottlenecks_has_no_place_for_one(tmp_path: Path) -> None:
    model = MobileBertEdgeTpu(replace(oracle.SIZE, bottleneck=oracle.SIZE.hidden, norm="layer"))
    with pytest.raises(ArtifactError, match=r"without normalisation\. The model has others"):
        load_checkpoint_weights(model, write(tmp_path, golden_tensors()))


@pytest.mark.parametrize("changes", [{"norm": "batch"}, {"blocks": 0}])
def test_sizes_that_cannot_be(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"The 'norm' of .* must be one of affine, layer|The 'blocks' of"):
        replace(oracle.SIZE, **changes)


def test_two_encoders_in_one_checkpoint_are_refused(tmp_path: Path) -> None:
    tensors = golden_tensors()
    teacher = {f"teacher/{name}": tensor for name, tensor in tensors.items()}
    with pytest.raises(ArtifactError, match=r"must have one tensor for 'pos_embedding/embeddings' .*teacher/model"):
        from_checkpoint(write(tmp_path, tensors | teacher))
    blocks = {name: tensor for name, tensor in teacher.items() if "block_layers" in name}
    with pytest.raises(ArtifactError, match=r"must have one tensor for 'block_[01]/.* Got .*, teacher/model"):
        from_checkpoint(write(tmp_path, tensors | blocks))


def test_a_gap_between_the_blocks(tmp_path: Path) -> None:
    tensors = {name.replace("weights-2/block", "weights-4/block"): value for name, value in golden_tensors().items()}
    with pytest.raises(ArtifactError, match=r"must be numbered without a gap. Got \[1, 4\]"):
        from_checkpoint(write(tmp_path, tensors))


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        (f"{BLOCK}/attention/0/_query_dense/kernel", np.zeros((8, 8)), "must have 3 axes. Got the shape (8, 8)"),
        (f"{BLOCK}/attention/0/_query_dense/kernel", np.zeros((8, 3, 4)), "impossible widths: The 'bottleneck' of a"),
        (f"{BLOCK}/bottleneck_input/0/kernel", np.zeros((12, 24)), "must be of a student, narrower inside"),
        (f"{BLOCK}/attention/1/beta", np.full(8, np.nan), "attention/1/beta' of the checkpoint"),
    ],
)
def test_tensors_that_cannot_be(tmp_path: Path, name: str, tensor: np.ndarray, message: str) -> None:
    tensors = golden_tensors() | {name + VALUE: tensor.astype(np.float32)}
    with pytest.raises(ArtifactError, match=re.escape(message)):
        from_checkpoint(write(tmp_path, tensors))


def test_files_that_are_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"there is no TensorFlow checkpoint .*nowhere'. Name its prefix"):
        from_checkpoint(tmp_path / "nowhere")
    with pytest.raises(ArtifactError, match=r"there is no TensorFlow checkpoint .*, or a folder with a file"):
        from_checkpoint(tmp_path)
    (tmp_path / "broken.index").write_bytes(b"no table")
    with pytest.raises(ArtifactError, match=r"cannot read the TensorFlow checkpoint .*broken"):
        from_checkpoint(tmp_path / "broken")
    path = write(tmp_path, golden_tensors())
    data = next(tmp_path.glob("model.ckpt-1.data*"))
    data.write_bytes(data.read_bytes()[:100])
    with pytest.raises(ArtifactError, match=r"the checkpoint .*model.ckpt-1 is damaged"):
        from_checkpoint(path)
