"""A trained student, its gates and a reply list as one `.tflite`: bytes of a conversation in, three replies out.

The file has three signatures that share their weights: ``suggest`` (uint8 ``text`` and ``context``), ``suggest_alone``
(``text``, where there is no context) and ``encode`` (``text``, to a reply's vector); docs/export.md says what comes
out. It is converted with a reply table of made-up sizes that occur nowhere else, so that every tensor whose shape
depends on the list is known, gets a name that says so, and `smartreply.reply_table` can put any list in, first of all
the one asked for.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.quiet import import_tensorflow, quiet
from distill.tflite_operators import foreign_operators
from earmark.errors import ArtifactError, EarmarkError, require_extra
from earmark.tflite_buffers import read_tree
from projection import encode_batch, project_tokens
from projection.metadata import ModelFacts
from projection.metadata_writer import TENSOR_VALUE_LABELS, pack_with_facts
from smartreply.engine import KIND
from smartreply.outputs import Settings
from smartreply.replies import ReplyEntry
from smartreply.reply_table import COLUMNS, TABLE_PREFIX, replace_replies

__all__ = ["QUANTISATIONS", "encode_replies", "export_reply"]

QUANTISATIONS = ("int8", "float")
"""int8: weights in 8 bits, activations quantised while running. float: as trained."""

SIGNATURES = ("suggest", "encode", "suggest_alone")
SUGGESTING = ("suggest", "suggest_alone")
CHUNK = 512
PRIOR_DIGITS = 3


def export_reply(
    net: Any,
    gates: Any,
    replies: Sequence[ReplyEntry],
    settings: Settings,
    *,
    vectors: NDArray[np.float32] | None = None,
    quantisation: str = "int8",
    recipe_sha256: str = "",
) -> bytes:
    """The model file.

    Args:
        net: a trained `models.reply_net.ReplyNet`; its trigger and polar logits are calibrated.
        gates: `models.reply_graph.ReplyGates`.
        replies: the reply list, of at least three families.
        settings: thresholds and weights; they are in the graph and in the file's facts.
        vectors: of the replies, float32 [replies, dim]; by default what the reply tower makes of their texts.
        quantisation: one of `QUANTISATIONS`.
        recipe_sha256: of the recipe that trained it.

    The priors are kept to `PRIOR_DIGITS` digits behind the point, which keeps the list in the file small.

    Raises:
        EarmarkError: unknown quantisation.
        ReplyError: too few families.
        ArtifactError: the graph needs an operator that LiteRT does not bring along.
    """
    if quantisation not in QUANTISATIONS:
        raise EarmarkError(f"The quantisation must be one of {', '.join(QUANTISATIONS)}. Got {quantisation!r}.")
    replies = [replace(one, prior=round(one.prior, PRIOR_DIGITS)) for one in replies]
    if vectors is None:
        vectors = encode_replies(net, [one.text for one in replies])
    data = _convert(net, gates, settings)
    if quantisation == "int8":
        data = _quantise(data)
    foreign = foreign_operators(data)
    if foreign:
        raise ArtifactError(f"the exported model needs operators that LiteRT does not have: {', '.join(foreign)}.")
    tree = read_tree(data, place="(exported)")
    _order_graphs(tree)
    _name_tensors(tree, net.dim)
    _narrow_columns(tree)
    facts = ModelFacts(KIND, ("none",), recipe_sha256, asdict(settings))
    named = pack_with_facts(tree, facts, output=0, place="(exported)", labels=TENSOR_VALUE_LABELS)
    return replace_replies(named, replies, vectors)


def encode_replies(net: Any, texts: Sequence[str]) -> NDArray[np.float32]:
    """What the reply tower makes of texts; float32 [texts, dim], unit length."""
    parts = [np.zeros((0, net.dim), np.float32)]
    for start in range(0, len(texts), CHUNK):
        rows = encode_batch(texts[start : start + CHUNK], net.projection.n_bytes)
        values, mask = project_tokens(rows, net.projection)
        read = {"text_values": values.astype(np.float32), "text_mask": mask.astype(np.float32)}
        parts.append(np.asarray(net.encode_core(read, training=False)["vector"], np.float32))
    return np.concatenate(parts)


# === Made-up sizes ===

NARROW = {"register": "INT8", "polarity": "INT8", "form": "INT8", "echo_ok": "INT8", "family": "INT16"}
"""Columns of whole numbers that the graph reads as float32, and how they are kept."""

_REPLIES, _BYTES = 30_011, 499
"""Of the table that is converted: primes, the first far above the slots of the gates' word list, the second no sum of
widths (a vector of 104 and three heads were 107), so that no other dimension is one of them by chance."""


_SHAPE_BYTES = 64
"""A longer constant is no shape, and may hold such a number by chance."""


def _made_up(dim: int) -> dict[str, NDArray[np.generic]]:
    """A table whose columns all differ, so that the converter keeps each of them."""
    chance = np.random.default_rng(1)
    columns: dict[str, NDArray[np.generic]] = {
        name: chance.normal(size=(1, _REPLIES)).astype(np.float32) for name in COLUMNS
    }
    columns["vectors"] = chance.normal(size=(_REPLIES, dim)).astype(np.float32)
    columns["intent"] = chance.permutation(_REPLIES).astype(np.int16)[None]
    columns["texts"] = chance.integers(32, 127, (_REPLIES, _BYTES)).astype(np.uint8)
    return columns


# === Conversion ===


def _convert(net: Any, gates: Any, settings: Settings) -> bytes:
    """Float32, batch 1, both signatures, the made-up table inside."""
    tf = import_tensorflow("Exporting smart reply")
    from models.reply_graph import ReplyGraph

    graph = ReplyGraph(net, gates, _made_up(net.dim), settings)
    n_bytes = net.projection.n_bytes
    rows = {name: tf.TensorSpec((1, n_bytes), tf.uint8, name=name) for name in ("text", "context")}
    signatures = {
        "suggest": tf.function(graph.suggest).get_concrete_function(**rows),
        "encode": tf.function(graph.encode).get_concrete_function(text=rows["text"]),
        "suggest_alone": tf.function(graph.suggest_alone).get_concrete_function(text=rows["text"]),
    }
    module = tf.Module()
    module.kept = graph.kept  # else the graph would read variables nobody saved
    with tempfile.TemporaryDirectory() as folder, quiet():
        tf.saved_model.save(module, folder, signatures=signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(SIGNATURES))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]  # an operator beyond them is an error
        return bytes(converter.convert())


def _quantise(data: bytes) -> bytes:
    aeq = require_extra("ai_edge_quantizer", extra="train", feature="Quantising a model")
    with tempfile.TemporaryDirectory() as folder, quiet(), contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "float.tflite"
        path.write_bytes(data)
        return bytes(aeq.quantizer.Quantizer(str(path), aeq.recipe.dynamic_wi8_afp32()).quantize().quantized_model)


# === The converted tree ===


def _order_graphs(tree: Any) -> None:
    """Put the graphs in the order of `SIGNATURES`: a reader that knows of none runs the first."""
    by_name = {_text(signature.signatureKey): signature for signature in tree.signatureDefs}
    tree.signatureDefs = [by_name[name] for name in SIGNATURES]
    tree.subgraphs = [tree.subgraphs[signature.subgraphIndex] for signature in tree.signatureDefs]
    for position, signature in enumerate(tree.signatureDefs):
        signature.subgraphIndex = position


def _name_tensors(tree: Any, dim: int) -> None:
    """No names but those that `smartreply.reply_table` looks for and those of inputs and outputs.

    Raises:
        ArtifactError: a column is not there as one constant, or another constant depends on the list.
    """
    columns = {values.tobytes(): name for name, values in _made_up(dim).items()}
    found: list[str] = []
    for number, tensor in enumerate(tensor for graph in tree.subgraphs for tensor in graph.tensors):
        axes, data = _axes(tensor.shape), tree.buffers[tensor.buffer].data
        constant = b"" if data is None else bytes(data)
        what = str(number)
        if axes and constant:
            vectors = [*tensor.shape] == [_REPLIES, dim]  # in 8 bits by now
            what = "vectors" if vectors else columns.get(constant, _text(tensor.name))
            found.append(what)
        elif _names_a_size(tensor, constant):
            found.append(_text(tensor.name))
        tensor.name = f"{TABLE_PREFIX}{what}@{axes}" if axes else None
        if tensor.quantization is not None and tensor.quantization.scale is None:
            tensor.quantization = None  # it says nothing
    if sorted(found) != sorted(COLUMNS * len(SUGGESTING)):
        raise ArtifactError(f"the graphs must depend on the reply list in {sorted(COLUMNS)} only. Got {sorted(found)}.")
    for signature in tree.signatureDefs:
        for entry in (*signature.inputs, *signature.outputs):
            tensor = tree.subgraphs[signature.subgraphIndex].tensors[entry.tensorIndex]
            if not _axes(tensor.shape):
                tensor.name = _text(entry.name)


def _narrow_columns(tree: Any) -> None:
    """Keep whole-number columns in few bits: DEQUANTIZE brings them back once, when the interpreter is first run."""
    from ai_edge_litert import schema_py_generated as schema

    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.DEQUANTIZE
    code.version = 3  # the first that reads int16; the smaller types are older
    tree.operatorCodes.append(code)
    for graph in tree.subgraphs:
        for number, wide in enumerate(list(graph.tensors)):
            prefix, _, what = _text(wide.name).partition("@")[0].rpartition(".")
            if f"{prefix}." == TABLE_PREFIX and what in NARROW:
                _narrow(graph, number, getattr(schema.TensorType, NARROW[what]), len(tree.operatorCodes) - 1)


def _narrow(graph: Any, number: int, kind: int, opcode: int) -> None:
    from ai_edge_litert import schema_py_generated as schema

    narrow, wide = schema.TensorT(), graph.tensors[number]
    narrow.shape, narrow.buffer, narrow.name, narrow.type = wide.shape.copy(), wide.buffer, wide.name, kind
    narrow.quantization = schema.QuantizationParametersT()
    narrow.quantization.scale, narrow.quantization.zeroPoint = np.ones(1, np.float32), np.zeros(1, np.int64)
    graph.tensors.append(narrow)
    wide.buffer, wide.name = 0, f"{TABLE_PREFIX}{number}@R1"
    operator = schema.OperatorT()
    operator.opcodeIndex = opcode
    operator.inputs = np.array([len(graph.tensors) - 1], np.int32)
    operator.outputs = np.array([number], np.int32)
    reader = next(place for place, one in enumerate(graph.operators) if number in one.inputs)
    graph.operators.insert(reader, operator)  # not before all else: it would be a piece of its own for a delegate


def _axes(shape: Any) -> str:
    """Which dimensions follow the reply list, as in "R0L1"; "" for none."""
    letters = {_REPLIES: "R", _BYTES: "L"}
    return "".join(f"{letters[size]}{axis}" for axis, size in enumerate(shape) if size in letters)


def _names_a_size(tensor: Any, constant: bytes) -> bool:
    from ai_edge_litert import schema_py_generated as schema

    if tensor.type != schema.TensorType.INT32 or not 0 < len(constant) <= _SHAPE_BYTES:
        return False
    return bool(np.isin(np.frombuffer(constant, np.int32), (_REPLIES, _BYTES)).any())


def _text(name: Any) -> str:
    return name if isinstance(name, str) else bytes(name or b"").decode("utf-8")
