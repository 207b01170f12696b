"""A table in 4 bits: training rounds it just as the file will, so that writing the file costs nothing."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from distill.encoder.export import export_encoder
from distill.encoder.heads import EncoderHeads
from distill.encoder.pretrain import SentenceStudent
from models.mobilebert_edgetpu import LookupEmbedding, MobileBertEdgeTpu, MobileBertSize

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

SIZE = MobileBertSize(
    blocks=1, bottleneck=16, ffns=1, ffn_width=16, hidden=48, embedding=12, vocabulary=80, positions=16
)
IDS = np.array([[2, 5, 9, 70, 33, 3, 0, 0]], np.int32)


def sentence(heads: EncoderHeads) -> np.ndarray:
    found: np.ndarray = np.asarray(heads(tf.constant(IDS), tf.cast(IDS > 0, tf.float32))["sentence"])[0]
    return found


def test_the_file_says_what_the_rounded_network_says() -> None:
    keras.utils.set_random_seed(1)
    heads = EncoderHeads(SentenceStudent(MobileBertEdgeTpu(SIZE), width=24))
    word = heads.student.encoder.embedding.word
    word.embeddings.assign(np.random.default_rng(2).normal(size=word.embeddings.shape))
    rough = sentence(heads)
    word.bits = 4
    rounded = sentence(heads)
    interpreter = Interpreter(model_content=export_encoder(heads, table="int4", length=IDS.shape[1]), num_threads=1)
    interpreter.allocate_tensors()
    file = interpreter.get_signature_runner()(ids=IDS)["sentence"][0]
    assert 1.0 - float(file @ rounded) < 0.1 * (1.0 - float(rough @ rounded))


def test_slopes_pass_through_the_rounding() -> None:
    layer = LookupEmbedding(6, 4)
    layer.build((None,))
    layer.bits = 4
    ids = tf.constant([1, 4])
    with tf.GradientTape() as tape:
        rows = layer(ids)
        total = tf.reduce_sum(rows)
    table = np.asarray(layer.embeddings)
    steps = np.asarray(rows) / (np.abs(table[[1, 4]]).max(axis=1, keepdims=True) / 7)
    assert np.allclose(steps, np.round(steps), atol=1e-5)
    assert np.abs(steps).max() == pytest.approx(7.0)
    slopes = tf.convert_to_tensor(tape.gradient(total, layer.embeddings.value))
    assert np.array_equal(np.asarray(slopes)[:, 0], [0, 1, 0, 0, 1, 0])
