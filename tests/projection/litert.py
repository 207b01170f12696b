"""Exporting a projection layer and running the file, for tests and the bench."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray


def export(layers: Sequence[keras.layers.Layer]) -> bytes:
    """The layers side by side as one `.tflite`: uint8 [1, n_bytes] in, LiteRT's own operators only."""
    shape = [1, layers[0].projection.n_bytes]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8)])  # type: ignore[untyped-decorator]
    def graph(text: Any) -> list[Any]:
        return list(keras.tree.flatten([layer(text) for layer in layers]))

    converter = tf.lite.TFLiteConverter.from_concrete_functions([graph.get_concrete_function()], graph)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    return bytes(converter.convert())


def operators(file: bytes) -> list[str]:
    """Names of the operators that the file uses, in order; custom and Flex operators are called CUSTOM."""
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(file, 0))
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    return [names[codes[op.opcodeIndex]] for graph in model.subgraphs for op in graph.operators]


class Runner:
    """One file, one thread; rows uint8 [batch, n_bytes] to its outputs, in order."""

    def __init__(self, file: bytes) -> None:
        self.interpreter = Interpreter(model_content=file, num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.outputs = [detail["index"] for detail in self.interpreter.get_output_details()]

    def __call__(self, rows: NDArray[np.uint8]) -> list[NDArray[Any]]:
        found: list[list[NDArray[Any]]] = [[] for _ in self.outputs]
        for row in rows:
            self.interpreter.set_tensor(self.input, row[None])
            self.interpreter.invoke()
            for results, output in zip(found, self.outputs, strict=True):
                results.append(self.interpreter.get_tensor(output)[0])
        return [np.stack(results) for results in found]
