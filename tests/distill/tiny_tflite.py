"""A `.tflite` made by hand from the schema: output = input + (10, 20), float32 [1, 2]; no converter needed."""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

ADDED = np.array([[10.0, 20.0]], np.float32)


def tiny_tflite(*, custom: str = "") -> bytes:
    """The model's bytes; with `custom` the operator is a custom one of that name."""
    tensors = [_tensor("text", 0), _tensor("added", 1), _tensor("scores", 0)]
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = 0, [0, 1], [2]
    graph = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs, graph.operators = tensors, [0], [2], [operator]
    code = schema.OperatorCodeT()
    code.builtinCode = schema.BuiltinOperator.CUSTOM if custom else schema.BuiltinOperator.ADD
    code.deprecatedBuiltinCode, code.customCode, code.version = code.builtinCode, custom or None, 1
    empty, filled = schema.BufferT(), schema.BufferT()
    filled.data = ADDED.tobytes()
    model = schema.ModelT()
    model.version, model.subgraphs, model.operatorCodes, model.buffers = 3, [graph], [code], [empty, filled]
    if not custom:
        operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.AddOptions, schema.AddOptionsT()
    builder = flatbuffers.Builder(256)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(name: str, buffer: int) -> Any:
    tensor = schema.TensorT()
    tensor.name, tensor.buffer, tensor.shape, tensor.type = name, buffer, [1, 2], schema.TensorType.FLOAT32
    return tensor
