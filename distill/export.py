"""A trained student as one `.tflite`: raw bytes in, class scores out, class names inside, built-in operators only.

The file's inputs are ``text`` and, where the student reads it, ``context``: uint8 (1, n_bytes), as
`projection.encode_batch` makes them. Its outputs are ``scores``, float32 (1, classes), which add up to 1, and
``label``, uint8 (1, longest name), the UTF-8 bytes of the best class's name with zeros behind. The names stand in its
metadata too (`projection.metadata`, and the standard TFLite metadata).
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.quiet import import_tensorflow, quiet
from distill.tflite_operators import foreign_operators, list_operators
from earmark.errors import ArtifactError, EarmarkError, require_extra
from projection.metadata import ModelFacts
from projection.metadata_writer import with_facts

__all__ = ["INT8", "QUANTISATIONS", "export_classifier", "label_rows"]

INT8 = "int8"
QUANTISATIONS = (INT8, "int8-full", "float")
"""int8: weights in 8 bits, activations quantised while running. int8-full: activations too, by calibration, where an
operator has an integer form; inputs and outputs stay as they are. float: as trained."""

SIGNATURE = "serving_default"


def export_classifier(
    model: Any,
    facts: ModelFacts,
    *,
    quantisation: str = INT8,
    calibration: Sequence[dict[str, NDArray[np.uint8]]] = (),
) -> bytes:
    """The file of one student.

    Args:
        model: a `SequenceProjectionNet` or `ProjectionNet`.
        facts: what to write into the file; its labels are the class names in the order of the logits.
        quantisation: one of `QUANTISATIONS`.
        calibration: for "int8-full" some tens of typical inputs by name, uint8 (1, n_bytes) each.

    Raises:
        EarmarkError: unknown quantisation, or none to calibrate with.
        ArtifactError: the graph needs an operator that LiteRT does not bring along.
    """
    if quantisation not in QUANTISATIONS:
        raise EarmarkError(f"The quantisation must be one of {', '.join(QUANTISATIONS)}. Got {quantisation!r}.")
    if quantisation == "int8-full" and not calibration:
        raise EarmarkError("The quantisation 'int8-full' needs texts to calibrate with. Got none.")
    data = _convert(model, facts.labels)
    if quantisation != "float":
        data = _quantise(data, full=quantisation == "int8-full", calibration=calibration)
    foreign = foreign_operators(data)
    if foreign:
        raise ArtifactError(f"the exported model needs operators that LiteRT does not have: {', '.join(foreign)}.")
    return with_facts(data, facts, output=_scores_output(data))


def label_rows(labels: Sequence[str]) -> NDArray[np.uint8]:
    """The UTF-8 bytes of class names, zeros behind; uint8 (classes, longest).

    label_rows(["né", "a"]) is [[110, 195, 169], [97, 0, 0]].
    """
    encoded = [label.encode("utf-8") for label in labels]
    rows = np.zeros((len(encoded), max(map(len, encoded), default=1)), np.uint8)
    for row, name in zip(rows, encoded, strict=True):
        row[: len(name)] = np.frombuffer(name, np.uint8)
    return rows


def _convert(model: Any, labels: Sequence[str]) -> bytes:
    """Float32, batch 1, named inputs and outputs."""
    tf = import_tensorflow("Exporting a model")
    names = label_rows(labels)

    def serve(**rows: Any) -> dict[str, Any]:
        logits = model(rows, training=False)
        best = tf.math.argmax(logits, axis=1, output_type=tf.int32)
        return {"scores": tf.nn.softmax(logits), "label": tf.gather(tf.constant(names), best)}

    specs = {tensor.name: tf.TensorSpec((1, tensor.shape[1]), tf.uint8, name=tensor.name) for tensor in model.inputs}
    module = tf.Module()
    module.kept = [weight.value for weight in model.weights]  # else the graph would read variables nobody saved
    with tempfile.TemporaryDirectory() as folder, quiet():
        tf.saved_model.save(module, folder, signatures=tf.function(serve).get_concrete_function(**specs))
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]  # an operator beyond them is an error
        return bytes(converter.convert())


def _quantise(data: bytes, *, full: bool, calibration: Sequence[dict[str, NDArray[np.uint8]]]) -> bytes:
    aeq = require_extra("ai_edge_quantizer", extra="train", feature="Quantising a model")
    with tempfile.TemporaryDirectory() as folder, quiet(), contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "float.tflite"
        path.write_bytes(data)
        if not full:
            quantizer = aeq.quantizer.Quantizer(str(path), aeq.recipe.dynamic_wi8_afp32())
            return bytes(quantizer.quantize().quantized_model)
        quantizer = aeq.quantizer.Quantizer(str(path))
        for operation in _INTEGER_OPERATORS & {operator.name for operator in list_operators(data)}:
            quantizer.add_static_config(".*", getattr(aeq.qtyping.TFLOperationName, operation), 8, 8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that its interpreter keeps every tensor, as it must
            found = quantizer.calibrate({SIGNATURE: list(calibration)})
            return bytes(quantizer.quantize(found).quantized_model)


_INTEGER_OPERATORS = frozenset({"FULLY_CONNECTED", "CONV_2D"})
"""Nothing before the first of them is touched: the projection's whole numbers must stay exact."""


def _scores_output(data: bytes) -> int:
    """Position of the output with the scores: the only float one."""
    from ai_edge_litert import schema_py_generated as schema

    graph = schema.Model.GetRootAsModel(data, 0).Subgraphs(0)
    kinds = [graph.Tensors(graph.Outputs(index)).Type() for index in range(graph.OutputsLength())]
    return kinds.index(schema.TensorType.FLOAT32)
