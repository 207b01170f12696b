"""Exporting a projection layer and running the file, for tests and the bench."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray


def export(layer: keras.layers.Layer, folder: Path) -> bytes:
    """The layer alone as a `.tflite`: uint8 [1, n_bytes] in, LiteRT's own operators only."""
    inputs = keras.Input((layer.projection.n_bytes,), batch_size=1, dtype="uint8", name="text")
    model = keras.Model(inputs, layer(inputs))
    model.export(str(folder), format="tf_saved_model", verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    return bytes(converter.convert())


def operators(file: bytes) -> list[str]:
    """Names of the operators that the file uses, in order; custom and Flex operators are called CUSTOM."""
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(file, 0))
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    return [names[codes[op.opcodeIndex]] for graph in model.subgraphs for op in graph.operators]


class Runner:
    """One file, one thread; rows uint8 [batch, n_bytes] to its outputs, largest first."""

    def __init__(self, file: bytes) -> None:
        self.interpreter = Interpreter(model_content=file, num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        details = sorted(self.interpreter.get_output_details(), key=lambda d: -int(np.prod(d["shape"])))
        self.outputs = [detail["index"] for detail in details]

    def __call__(self, rows: NDArray[np.uint8]) -> list[NDArray[Any]]:
        found: list[list[NDArray[Any]]] = [[] for _ in self.outputs]
        for row in rows:
            self.interpreter.set_tensor(self.input, row[None])
            self.interpreter.invoke()
            for results, output in zip(found, self.outputs, strict=True):
                results.append(self.interpreter.get_tensor(output)[0])
        return [np.stack(results) for results in found]
