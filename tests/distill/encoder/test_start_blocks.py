"""An encoder that begins as the lower blocks of its teacher says what they say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from distill.encoder.pretrain import SentenceStudent
from distill.encoder.start_blocks import start_from_blocks
from distill.half import in_half
from distill.minilm import SentenceEncoder
from earmark.errors import EarmarkError
from models.bert import BertConfig
from models.mobilebert_edgetpu import MOBILEBERT_SIZES, MobileBertEdgeTpu, MobileBertSize
from tests.models.tiny_bert import tiny_tensors, write_bert

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijkl"]
TEACHER = BertConfig(
    vocabulary_size=len(WORDS), num_layers=3, hidden_size=16, num_heads=2, intermediate_size=24, max_positions=12
)
SIZE = MobileBertSize(
    blocks=2, bottleneck=16, ffns=1, ffn_width=24, heads=2, hidden=16, embedding=16, vocabulary=len(WORDS),
    positions=12, norm="layer",
)  # fmt: skip
IDS = np.array([[2, 5, 9, 7, 3, 0], [2, 4, 3, 0, 0, 0]], np.int32)
MASK = (IDS > 0).astype(np.int32)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """With relu, so that nothing is lost but what is left out; its last four units say nearly nothing."""
    tensors = tiny_tensors(TEACHER)
    for layer in range(TEACHER.num_layers):
        tensors[f"encoder.layer.{layer}.output.dense.weight"][:, -4:] *= 1e-4
    folder = write_bert(tmp_path_factory.mktemp("bert") / "bert", TEACHER, WORDS, tensors, hidden_act="relu")
    return SentenceEncoder(folder).encoder


def started(size: MobileBertSize, teacher: Any) -> SentenceStudent:
    student = SentenceStudent(MobileBertEdgeTpu(size), width=16)
    start_from_blocks(student.encoder, student.sentence, teacher)
    return student


def lower(teacher: Any, blocks: int) -> np.ndarray:
    x = teacher.embedding(IDS, np.zeros_like(IDS))
    for block in teacher.blocks[:blocks]:
        x = block(x, MASK)
    return np.asarray(x)


@pytest.mark.parametrize("blocks", [1, 2])
def test_it_says_what_the_lower_blocks_say(teacher: Any, blocks: int) -> None:
    student = started(replace(SIZE, blocks=blocks), teacher)
    states = np.asarray(student.encoder({"ids": IDS, "mask": MASK.astype(np.float32)}))
    said = MASK > 0
    assert np.allclose(states[said], lower(teacher, blocks)[said], atol=1e-4)
    means = (lower(teacher, blocks) * MASK[:, :, None]).sum(axis=1) / MASK.sum(axis=1, keepdims=True)
    assert np.allclose(student(IDS, MASK.astype(np.float32)), means / np.linalg.norm(means, axis=1)[:, None], atol=1e-4)


def test_the_loudest_units_stay(teacher: Any) -> None:
    student = started(replace(SIZE, ffn_width=20), teacher)
    states = np.asarray(student.encoder({"ids": IDS, "mask": MASK.astype(np.float32)}))
    assert np.allclose(states[MASK > 0], lower(teacher, 2)[MASK > 0], atol=0.01)
    fewer = started(replace(SIZE, ffn_width=16), teacher)
    lost = np.asarray(fewer.encoder({"ids": IDS, "mask": MASK.astype(np.float32)}))
    assert np.abs(lost - lower(teacher, 2))[MASK > 0].max() > 0.1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"norm": "affine"}, r"must have norm 'layer'\. Got 'affine'"),
        ({"bottleneck": 8}, r"must have bottleneck 16\. Got 8"),
        ({"heads": 4}, r"must have heads 2\. Got 4"),
        ({"blocks": 4}, r"must have blocks of 3 or less\. Got 4"),
        ({"ffn_width": 32}, r"must have ffn_width of 24 or less\. Got 32"),
    ],
)
def test_what_does_not_fit_is_told(teacher: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(EarmarkError, match=message):
        started(replace(SIZE, **changes), teacher)


def test_ours_has_the_widths_of_minilm() -> None:
    size = MOBILEBERT_SIZES["earmark"]
    assert (size.hidden, size.bottleneck, size.embedding, size.heads, size.vocabulary) == (384, 384, 384, 12, 30522)
    assert not size.narrows
    assert MOBILEBERT_SIZES["xxs"].narrows


def test_in_half_a_copy_says_nearly_the_same(teacher: Any) -> None:
    before = keras.config.dtype_policy()
    student = started(SIZE, teacher)
    with in_half():
        half = SentenceStudent(MobileBertEdgeTpu(SIZE), width=16)
    assert keras.config.dtype_policy() == before
    for ours, theirs in zip(half.variables, student.variables, strict=True):
        assert ours.dtype == "float32"
        ours.assign(theirs)
    mask = MASK.astype(np.float32)
    exact, rough = (np.asarray(one(IDS, mask), np.float32) for one in (student, half))
    assert exact.dtype == np.float32
    assert 1e-5 < np.abs(exact - rough).max() < 0.05
