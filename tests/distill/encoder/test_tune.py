"""The heads' training: what the encoder knew of short texts before is not lost to windows of recordings."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from distill.encoder.heads import EncoderHeads
from distill.encoder.labels import QUICK_SETTINGS, build_examples
from distill.encoder.pieces import PieceRows
from distill.encoder.pretrain import SentenceStudent
from distill.encoder.targets import rating_targets
from distill.encoder.tune import TuneRecipe, TuneTargets, tune
from models.mobilebert_edgetpu import MobileBertEdgeTpu, MobileBertSize
from recorder.wordpiece import WordPiece
from tests.distill.encoder.made_up import write_corpora

SIZE = MobileBertSize(blocks=1, bottleneck=16, ffns=1, ffn_width=16, hidden=32, embedding=16, positions=128)
TEXTS = ["see you at eight", "the printer is broken again", "happy birthday", "who has the keys", "rain all day"]


@pytest.mark.parametrize(("weight", "kept"), [(0.0, False), (200.0, True)])
def test_texts_beside_keep_the_sentence_space(tmp_path: Path, weight: float, kept: bool) -> None:
    pieces = WordPiece.load()
    examples = build_examples(write_corpora(tmp_path), pieces, QUICK_SETTINGS)
    keras.utils.set_random_seed(1)
    student = SentenceStudent(MobileBertEdgeTpu(SIZE))
    texts = PieceRows.of(TEXTS, pieces)
    before = student.encode(texts)
    wanted, known = examples.targets()
    elsewhere = np.zeros((len(examples.ids), 384), np.float16)
    elsewhere[:, 0] = 1.0  # where windows pull
    targets = TuneTargets(
        wanted, known, np.zeros(len(wanted), np.float32), elsewhere, rating_targets(examples), texts,
        before.astype(np.float16),
    )  # fmt: skip
    heads = EncoderHeads(student)
    recipe = TuneRecipe(epochs=4, windows=8, rate=3e-3, average=0.5, text_weight=weight, relation_weight=0.0)
    tune(heads, examples, targets, recipe, tmp_path, digest="")
    cosines = (student.encode(texts) * before).sum(axis=1)
    assert (cosines.mean() > 0.9) == kept, cosines
