"""The table of word pieces learns before the blocks, which begin by passing on what they are given."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from distill.encoder.pieces import PieceRows
from distill.encoder.pretrain import SentenceStudent
from distill.encoder.start import start_from
from distill.encoder.words import WordsRecipe, learn_words
from models.mobilebert_edgetpu import MobileBertEdgeTpu, MobileBertSize

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

SIZE = MobileBertSize(
    blocks=2, bottleneck=16, ffns=1, ffn_width=16, hidden=48, embedding=12, vocabulary=80, positions=16
)
WIDTH = 20
RECIPE = WordsRecipe(epochs=6, batch=32, rate=0.3)


def made_rows() -> PieceRows:
    chance = np.random.default_rng(3)
    lengths = chance.integers(3, 12, 640)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return PieceRows(chance.integers(1, SIZE.vocabulary, starts[-1]).astype(np.int32), starts)


def made_targets(rows: PieceRows) -> NDArray[np.float16]:
    """Unit vectors of texts that are the sums of their pieces' vectors, of as many dimensions as the table has."""
    chance = np.random.default_rng(4)
    pieces = chance.normal(size=(SIZE.vocabulary, SIZE.embedding)) @ chance.normal(size=(SIZE.embedding, WIDTH))
    sums = np.add.reduceat(pieces[rows.flat], rows.starts[:-1])
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), np.float16)


def started(rows: PieceRows) -> SentenceStudent:
    keras.utils.set_random_seed(5)
    student = SentenceStudent(MobileBertEdgeTpu(SIZE), width=WIDTH)
    vectors = np.random.default_rng(6).normal(size=(SIZE.vocabulary, WIDTH)).astype(np.float32)
    start_from(student.encoder, student.sentence, vectors, np.bincount(rows.flat, minlength=SIZE.vocabulary))
    return student


def cosine(student: SentenceStudent, rows: PieceRows, targets: NDArray[np.float16]) -> float:
    return float(np.mean(np.sum(student.encode(rows) * targets.astype(np.float32), axis=1)))


def test_blocks_begin_by_passing_on_the_pieces() -> None:
    rows = made_rows()
    student = started(rows)
    table = np.asarray(student.encoder.embedding.word.embeddings)
    means = np.add.reduceat(table[rows.flat], rows.starts[:-1]) / rows.lengths[:, None]
    expected = means @ np.asarray(student.sentence.kernel)[: SIZE.embedding] + np.asarray(student.sentence.bias)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.allclose(student.encode(rows), expected, atol=1e-5)


def test_texts_that_are_sums_of_their_pieces_are_learned_by_the_whole_encoder(tmp_path: Path) -> None:
    rows = made_rows()
    targets, student = made_targets(rows), started(rows)
    before = cosine(student, rows, targets)
    learn_words(student, rows, targets, RECIPE, tmp_path, digest="a")
    assert before < 0.5
    assert cosine(student, rows, targets) > 0.9


def test_a_run_that_was_stopped_goes_on(tmp_path: Path) -> None:
    rows = made_rows()
    targets = made_targets(rows)
    whole = started(rows)
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    learn_words(whole, rows, targets, RECIPE, tmp_path / "whole", digest="a")

    class StoppedError(Exception):
        pass

    def stop(line: str) -> None:
        if line.startswith("words 4 "):
            raise StoppedError  # before its checkpoint is written: the epoch is done again

    with pytest.raises(StoppedError):
        learn_words(started(rows), rows, targets, RECIPE, tmp_path / "parts", digest="a", say=stop)
    resumed = started(rows)
    said: list[str] = []
    learn_words(resumed, rows, targets, RECIPE, tmp_path / "parts", digest="a", say=said.append)
    assert [line[:7] for line in said] == ["words 4", "words 5", "words 6"]
    assert np.array_equal(whole.encode(rows), resumed.encode(rows))
