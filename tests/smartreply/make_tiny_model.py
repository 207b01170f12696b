"""Writes tests/smartreply/data/tiny.tflite: a smart reply model that knows nothing, but has every output.

    python -m tests.smartreply.make_tiny_model

Needs the extra `train`. A text's vector is a fixed random projection of its byte counts; what it would take a trained
model to see is told by a byte: "#" is sensitive, "\u00fc" is not English, "~" makes a short reply unlikely, "?" asks
a yes/no question.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from projection import encode_batch
from projection.metadata import ModelFacts
from projection.metadata_writer import with_facts
from smartreply.reply_list import REPLIES_NAME, pack_replies
from tests.smartreply.tiny_replies import TINY

PATH = Path(__file__).parent / "data" / "tiny.tflite"
BYTES, WIDTH = 128, 24
SETTINGS = {
    "trigger_threshold": 0.5, "sensitive_threshold": 0.5, "english_threshold": 0.5, "polar_threshold": 0.5,
    "echo_threshold": 0.98, "scale": 6.0, "score_a": 1.0, "score_b": 0.0, "register_weight": 0.5,
    "prior_default": -3.0, "min_score": 0.0,
}  # fmt: skip


class Tiny:
    def __init__(self) -> None:
        self.table = tf.constant(np.random.default_rng(5).normal(size=(256, WIDTH)).astype(np.float32))
        rows = encode_batch([one.text for one in TINY], BYTES)
        self.vectors = tf.transpose(self.vector(tf.constant(rows)))
        self.priors = tf.constant([one.prior for one in TINY], tf.float32)
        self.registers = tf.constant([float(one.register) for one in TINY])
        self.may_echo = tf.constant([float(one.echo_ok) for one in TINY])

    def counts(self, rows: tf.Tensor) -> tf.Tensor:
        hot = tf.one_hot(tf.cast(rows, tf.int32), 256) * tf.cast(tf.cast(rows, tf.int32) > 0, tf.float32)[..., None]
        return tf.reduce_sum(hot, axis=1)

    def vector(self, rows: tf.Tensor) -> tf.Tensor:
        mixed = tf.matmul(self.counts(rows), self.table) + 1e-3
        return mixed / tf.sqrt(tf.reduce_sum(mixed * mixed, axis=1, keepdims=True))

    def encode(self, text: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"vector": self.vector(text)}

    def suggest(self, text: tf.Tensor, context: tf.Tensor) -> dict[str, tf.Tensor]:
        counts = self.counts(text)

        def seen(byte: int, *, otherwise: float, when: float) -> tf.Tensor:
            return otherwise + (when - otherwise) * tf.minimum(counts[:, byte], 1.0)

        message = self.vector(text)
        query = message + 0.2 * self.vector(context)
        query = query / tf.sqrt(tf.reduce_sum(query * query, axis=1, keepdims=True))
        register = seen(ord("$"), otherwise=0.0, when=1.0)
        logits = SETTINGS["scale"] * tf.matmul(query, self.vectors) + self.priors
        logits += SETTINGS["register_weight"] * register[:, None] * self.registers
        echo = tf.cast(tf.matmul(message, self.vectors) >= SETTINGS["echo_threshold"], tf.float32)
        logits = tf.where(echo * (1 - self.may_echo) > 0.5, -1e4, logits)
        return {
            "logits": logits, "query": query, "message": message, "register": register,
            "sensitive": seen(ord("#"), otherwise=0.02, when=0.97), "topic": tf.constant([3], tf.int32),
            "english": seen(0xBC, otherwise=0.99, when=0.04), "polar": seen(ord("?"), otherwise=0.1, when=0.9),
            "trigger": seen(ord("~"), otherwise=0.8, when=0.12),
        }  # fmt: skip


def main() -> None:
    """Write the file."""
    tiny, module = Tiny(), tf.Module()
    text, context = (tf.TensorSpec([1, BYTES], tf.uint8, name=name) for name in ("text", "context"))
    module.suggest = tf.function(tiny.suggest, input_signature=[text, context])
    module.encode = tf.function(tiny.encode, input_signature=[text])
    signatures = {name: getattr(module, name).get_concrete_function() for name in ("suggest", "encode")}
    folder = PATH.parent / "saved"
    tf.saved_model.save(module, str(folder), signatures=signatures)
    data = tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=list(signatures)).convert()
    for file in sorted(folder.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    folder.rmdir()
    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = pack_replies(TINY)
    tree.buffers.append(buffer)
    entry.name, entry.buffer = REPLIES_NAME, len(tree.buffers) - 1
    tree.metadata = [*(tree.metadata or []), entry]
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    builder.Finish(tree.Pack(builder), b"TFL3")
    intents = tuple(dict.fromkeys(one.intent for one in TINY))
    PATH.write_bytes(with_facts(bytes(builder.Output()), ModelFacts("smartreply", intents, "", SETTINGS)))
    print(PATH, PATH.stat().st_size, zlib.crc32(PATH.read_bytes()))


if __name__ == "__main__":
    main()
