"""The two students: the contract, what a projection shared by them may assume, and the file they become."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from models.projection_net import MESSAGE_SIZES, MessageSize, ProjectionNet
from models.sequence_projection_net import SEQUENCE_SIZES, HeadPooling, SequenceProjectionNet, SequenceSize
from projection import Projection, encode_batch, project_messages, project_tokens
from tests.models import contract

# Keras reads its variables with numpy's old protocol while saving.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

BYTES = Projection(n_bytes=24, words=6)
TEXTS = ["Where is my card?", "thanks", "", "né 🙂 a b c d e f g"]
TEXT = {"text": encode_batch(TEXTS, BYTES.n_bytes)}
BOTH = {**TEXT, "context": encode_batch(["hi", "", "the bus\nis late", ""], BYTES.n_bytes)}

TINY: dict[type[Any], Any] = {
    SequenceProjectionNet: SequenceSize(bits=10, width=6, heads=2, hidden=5),
    ProjectionNet: MessageSize(functions=3, function_bits=4, widths=(6, 5)),
}
STUDENTS = list(TINY)


def build(student: type[Any], *, context: bool = False) -> Any:
    return student(BYTES, TINY[student], num_classes=3, context=context)


@pytest.mark.parametrize("student", STUDENTS)
def test_contract(student: type[Any], tmp_path: Path) -> None:
    for context, inputs in ((False, TEXT), (True, BOTH)):
        model = build(student, context=context)
        contract.check_config_round_trip(model, inputs)
        contract.check_saving(model, inputs, tmp_path)
    contract.check_dtypes(lambda: build(student, context=True), BOTH, float32={"output"}, within=0.05)


@pytest.mark.parametrize("student", STUDENTS)
def test_export_parity(student: type[Any], tmp_path: Path) -> None:
    contract.check_export_parity(
        build(student, context=True), {name: rows[:1] for name, rows in BOTH.items()}, tmp_path, within=1e-5
    )


def test_core_reads_what_numpy_projects() -> None:
    model = build(SequenceProjectionNet, context=True)
    seen: dict[str, Any] = {}
    for row, rows in BOTH.items():
        values, mask = project_tokens(rows, model.projection)
        seen |= {f"{row}_values": values.astype(np.float32), f"{row}_mask": mask.astype(np.float32)}
    assert np.abs(np.asarray(model.core(seen)) - np.asarray(model(BOTH))).max() < 1e-6
    message = build(ProjectionNet)
    bits = {"text_bits": project_messages(TEXT["text"], message.projection).astype(np.float32)}
    assert np.abs(np.asarray(message.core(bits)) - np.asarray(message(TEXT))).max() < 1e-6


def test_padding_says_nothing() -> None:
    model = build(SequenceProjectionNet)
    values, mask = project_tokens(TEXT["text"], model.projection)
    short = {"text_values": values.astype(np.float32), "text_mask": mask.astype(np.float32)}
    noise = np.ones((4, 3, 10), np.float32)  # whatever stands behind the mask
    longer = {
        "text_values": np.concatenate([short["text_values"], noise], 1),
        "text_mask": np.pad(short["text_mask"], ((0, 0), (0, 3))),
    }
    assert np.abs(np.asarray(model.core(short)) - np.asarray(model.core(longer))).max() < 1e-6


def test_fewer_bits_are_the_first_of_more() -> None:
    """Several sizes trained together share one projection: each reads the first bits of the widest."""
    rows = TEXT["text"]
    wide, narrow = (project_tokens(rows, Projection(n_bytes=24, words=6, bits=bits)).values for bits in (64, 10))
    assert np.array_equal(wide[:, :, :10], narrow)


def test_pooling_by_hand() -> None:
    x = np.array([[[1.0, 0.0], [3.0, 2.0], [0.0, 0.0]], [[0.0, 0.0]] * 3], np.float32)
    mask = np.array([[1, 1, 0], [0, 0, 0]], np.float32)
    pool = HeadPooling(2)
    pool(x, mask)
    pool.score.kernel.assign([[0.0, 1.0], [0.0, 0.0]])  # head 0 weighs alike, head 1 by the first component
    share = 1 / (1 + np.exp(-2.0))
    wanted = [[2.0, 1.0, 1 + 2 * share, 2 * share, 3.0, 2.0], [0.0] * 6]
    assert np.abs(np.asarray(pool(x, mask)) - wanted).max() < 1e-6


def test_named_sizes_grow() -> None:
    for student, sizes in ((SequenceProjectionNet, SEQUENCE_SIZES), (ProjectionNet, MESSAGE_SIZES)):
        counts = [student(Projection(), name, num_classes=20).count_params() for name in ("small", "medium", "large")]
        assert list(sizes) == ["small", "medium", "large"]
        assert counts[0] < counts[1] < 180_000 < counts[2] < 900_000, counts


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'size' parameter of SequenceProjectionNet must be one of .* Got 'tiny'"):
        SequenceProjectionNet(BYTES, "tiny", num_classes=2)
    with pytest.raises(ValueError, match=r"'size' parameter of ProjectionNet must be one of .* Got 'tiny'"):
        ProjectionNet(BYTES, "tiny", num_classes=2)
    with pytest.raises(ValueError, match=r"The 'bits' of a SequenceSize must be 1 or more\. Got 0 instead"):
        SequenceSize(bits=0)
    with pytest.raises(ValueError, match=r"The 'dropout' of a SequenceSize must be from 0 to below 1\. Got 1\.0"):
        SequenceSize(dropout=1.0)
    with pytest.raises(ValueError, match=r"The 'widths' of a MessageSize must be one or more numbers"):
        MessageSize(widths=())
    with pytest.raises(ValueError, match=r"The 'dropout' of a MessageSize must be from 0 to below 1\. Got -0\.1"):
        MessageSize(dropout=-0.1)
