"""MobileBERT built from the layers of tensorflow/models, an implementation that is not ours, and what it gives.

Run it to write the golden file again that `test_mobilebert.py` compares with everywhere::

    pip install --no-deps --target ORACLE tf-models-official==2.20.0 tf-keras==2.21.0 six
    PYTHONPATH=ORACLE python -m tests.models.mobilebert_oracle

With ORACLE on the path the test also builds these layers itself.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

import numpy as np

from models.mobilebert_edgetpu import MobileBertSize

__all__ = ["GOLDEN", "HAS_ORACLE", "MASK", "SIZE", "TOKENS", "golden", "pretrainer", "save", "states", "tensors_of"]

GOLDEN = Path(__file__).parent / "data" / "mobilebert_golden.npz"
HAS_ORACLE = all(importlib.util.find_spec(name) is not None for name in ("official", "tf_keras"))

SIZE = MobileBertSize(
    blocks=2, bottleneck=8, ffns=2, ffn_width=10, heads=2, hidden=12, embedding=4, vocabulary=23, positions=9, types=2
)
TOKENS = np.array([[2, 5, 22, 7, 1, 3], [2, 15, 3, 0, 0, 0]], np.int32)
MASK = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]], np.int32)


def _layers() -> Any:
    """The module of the layers, without what the packages above it import (TensorFlow Text, Hub, ...)."""
    root = Path(importlib.import_module("official").__path__[0]).parent
    for name in ("official.nlp", "official.nlp.modeling", "official.nlp.modeling.layers"):
        if name not in sys.modules:
            package = types.ModuleType(name)
            package.__path__ = [str(root / name.replace(".", "/"))]
            sys.modules[name] = package
    return importlib.import_module("official.nlp.modeling.layers.mobile_bert_layers")


def pretrainer(size: MobileBertSize, *, seed: int) -> tuple[Any, Any]:
    """(pretrainer, its encoder) with random weights, nested as the public checkpoints are: encoder and head."""
    keras = importlib.import_module("tf_keras")
    layers = _layers()
    inputs = [keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32"), keras.Input((None, None))]
    embedding = layers.MobileBertEmbedding(
        size.vocabulary, size.embedding, size.types, size.hidden, max_sequence_length=size.positions, dropout_rate=0.0
    )
    x = embedding(inputs[0], inputs[1])
    for _ in range(size.blocks):
        block = layers.MobileBertTransformer(
            hidden_size=size.hidden, num_attention_heads=size.heads, intermediate_size=size.ffn_width,
            intra_bottleneck_size=size.bottleneck, num_feedforward_networks=size.ffns,
        )  # fmt: skip
        x = block(x, inputs[2])
    encoder = keras.Model(inputs, x)
    outer = [keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32"), keras.Input((None, None))]
    places = keras.Input((1,), dtype="int32")
    head = layers.MobileBertMaskedLM(embedding.word_embedding.embeddings, output_weights_use_proj=True)
    whole = keras.Model([*outer, places], head(encoder(outer), places))
    chance = np.random.default_rng(seed)
    for variable in whole.variables:
        centre = 1.0 if "gamma" in variable.name else 0.0
        variable.assign(chance.normal(centre, 0.2, variable.shape).astype(np.float32))
    return whole, encoder


def states(encoder: Any, tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The encoder's states, float32 (texts, tokens, hidden); all tokens are of the first type."""
    square = np.repeat(mask[:, None, :], tokens.shape[1], axis=1).astype(np.float32)
    return np.asarray(encoder([tokens, np.zeros_like(tokens), square], training=False))


def save(whole: Any, prefix: Path) -> str:
    """Write the pretrainer as the public checkpoints were written, its optimizer's counter included."""
    tensorflow = importlib.import_module("tensorflow")
    path: str = tensorflow.train.Checkpoint(model=whole, global_step=tensorflow.Variable(7)).save(str(prefix))
    return path


def tensors_of(path: str) -> dict[str, np.ndarray]:
    """Name -> tensor of a checkpoint, its weights alone."""
    reader = importlib.import_module("tensorflow").train.load_checkpoint(path)
    types = reader.get_variable_to_dtype_map()
    return {name: reader.get_tensor(name) for name in sorted(types) if types[name].is_floating}


def golden() -> tuple[dict[str, np.ndarray], np.ndarray]:
    """(name -> tensor of the golden checkpoint, the states that it gives for TOKENS and MASK)"""
    with np.load(GOLDEN) as file:
        shapes: dict[str, list[int]] = json.loads(str(file["shapes"]))
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
        parts = np.split(file["values"], ends[:-1])
        tensors = {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}
        return tensors, file["states"]


def main() -> None:
    """Write the golden file: tensors under their names in a checkpoint, and the states they give."""
    whole, encoder = pretrainer(SIZE, seed=5)
    with tempfile.TemporaryDirectory() as folder:
        tensors = tensors_of(save(whole, Path(folder) / "mobilebert.ckpt"))
    GOLDEN.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        GOLDEN,
        shapes=json.dumps({name: tensor.shape for name, tensor in tensors.items()}),
        values=np.concatenate([tensor.ravel() for tensor in tensors.values()]),
        states=states(encoder, TOKENS, MASK),
    )
    print(GOLDEN, GOLDEN.stat().st_size, "bytes,", len(tensors), "tensors")


if __name__ == "__main__":
    main()
