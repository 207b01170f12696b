"""The contract every network keeps, written once; a network's test file calls what applies to it.

`build` makes a fresh model, `inputs` are arrays by input name. A model returns one array or arrays by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

Arrays = Mapping[str, np.ndarray]


def outputs_of(model: Any, inputs: Arrays) -> dict[str, np.ndarray]:
    """What `model` says without training: float32 arrays by name ("output" for a single one)."""
    found = model(dict(inputs), training=False)
    named = found if isinstance(found, dict) else {"output": found}
    return {name: np.asarray(keras.ops.cast(value, "float32")) for name, value in named.items()}


def assert_same(first: Arrays, second: Arrays, *, within: float) -> None:
    assert first.keys() == second.keys()
    for name in first:
        assert first[name].shape == second[name].shape
        assert float(np.abs(first[name] - second[name]).max(initial=0.0)) <= within, name


def check_config_round_trip(model: Any, inputs: Arrays) -> None:
    """The configuration survives JSON and makes the same network, by names, shapes and numbers."""
    config = json.loads(json.dumps(model.get_config()))
    again = type(model).from_config(config)
    assert json.loads(json.dumps(again.get_config())) == config
    assert [(w.path, w.shape) for w in again.weights] == [(w.path, w.shape) for w in model.weights]
    again.set_weights(model.get_weights())
    assert_same(outputs_of(model, inputs), outputs_of(again, inputs), within=0.0)


def check_saving(model: Any, inputs: Arrays, folder: Path) -> None:
    """A saved model loads without naming its classes and says the same."""
    path = folder / "model.keras"
    model.save(path)
    again = keras.saving.load_model(path)
    assert type(again) is type(model)
    assert_same(outputs_of(model, inputs), outputs_of(again, inputs), within=0.0)


def check_dtypes(build: Callable[[], Any], inputs: Arrays, *, float32: set[str], within: float) -> None:
    """Under mixed precision weights and the outputs named in `float32` stay float32; numbers stay near."""
    plain = build()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        mixed = build()
    finally:
        keras.config.set_dtype_policy(before)
    assert {weight.dtype for weight in mixed.weights} == {"float32"}
    mixed.set_weights(plain.get_weights())
    raw = mixed(dict(inputs), training=False)
    named = raw if isinstance(raw, dict) else {"output": raw}
    assert {name for name, value in named.items() if value.dtype == "float32"} == float32
    assert_same(outputs_of(plain, inputs), outputs_of(mixed, inputs), within=within)


def check_variable_length(model: Any, inputs: Arrays, *, extra: int, within: float, keep: set[str]) -> None:
    """`extra` columns of zeros at the end of every input leave the outputs named in `keep` alone."""
    longer = {name: np.pad(value, ((0, 0), (0, extra))) for name, value in inputs.items()}
    first, second = outputs_of(model, inputs), outputs_of(model, longer)
    assert_same({name: first[name] for name in keep}, {name: second[name] for name in keep}, within=within)


def check_export_parity(model: Any, inputs: Arrays, folder: Path, *, within: float) -> Path:
    """The model as a `.tflite` of built-in operators, with the shapes of `inputs`, says the same in LiteRT."""
    path = folder / "model.tflite"
    path.write_bytes(convert(model, inputs, folder / "saved"))
    operators = operator_names(path)
    assert not [name for name in operators if name.startswith(("CUSTOM", "Flex"))], operators
    # Without XNNPACK: its reordered sums belong to another comparison.
    interpreter = Interpreter(
        str(path), num_threads=1, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    )
    found = interpreter.get_signature_runner("serving_default")(**inputs)
    assert_same(outputs_of(model, inputs), found, within=within)
    return path


def convert(model: Any, inputs: Arrays, folder: Path) -> bytes:
    """`model` as float32 LiteRT bytes; static shapes, input and output names kept as the signature."""

    def serve(**named: Any) -> dict[str, Any]:
        found = model(named, training=False)
        return found if isinstance(found, dict) else {"output": found}

    specs = {name: tf.TensorSpec(value.shape, value.dtype, name=name) for name, value in inputs.items()}
    module = tf.Module()
    module.kept = [weight.value for weight in model.weights]  # else the graph would read variables nobody saved
    tf.saved_model.save(module, str(folder), signatures=tf.function(serve).get_concrete_function(**specs))
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    converted: bytes = converter.convert()
    return converted


def operator_names(path: Path) -> list[str]:
    """The operators of a `.tflite`: built-in names, or CUSTOM:<name>."""
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(path.read_bytes(), 0))
    return [
        f"CUSTOM:{code.customCode.decode()}" if code.customCode else names[code.builtinCode]
        for code in model.operatorCodes
    ]
