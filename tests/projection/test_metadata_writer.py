"""Facts inside a `.tflite`: written, read back, harmless to the interpreter, and found by standard readers."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from flatbuffers import Builder, encode, number_types
from flatbuffers.table import Table
from hypothesis import given
from hypothesis import strategies as st

from distill.tflite_operators import Operator, foreign_operators, list_operators
from earmark.errors import ArtifactError
from projection.metadata import METADATA_NAME, ModelFacts, read_facts
from projection.metadata_writer import LABELS_FILE, with_facts
from tests.distill.tiny_tflite import ADDED, tiny_tflite

pytestmark = pytest.mark.runtime

FACTS = ModelFacts("classifier", ("ja", 'fo_o_fw_"_by_bc', "%", "mañana 👍"), "ab" * 32, {"context": 2, "mean": 0.5})


def buffers(data: bytes) -> list[np.ndarray]:
    """The bytes of every buffer, as views into one array, so that their places can be compared."""
    model = schema.Model.GetRootAsModel(data, 0)
    found = (model.Buffers(index).DataAsNumpy() for index in range(model.BuffersLength()))
    return [array for array in found if isinstance(array, np.ndarray)]


def run(data: bytes) -> list[float]:
    interpreter = Interpreter(
        model_content=data, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    )
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.array([[1.0, 2.0]], np.float32))
    interpreter.invoke()
    scores: list[float] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).tolist()[0]
    return scores


def test_facts_come_back_and_the_model_still_runs(tmp_path: Path) -> None:
    data = with_facts(tiny_tflite(), FACTS)
    assert read_facts(data) == FACTS
    path = tmp_path / "model.tflite"
    path.write_bytes(data)
    assert read_facts(path) == FACTS
    assert run(data) == run(tiny_tflite()) == [11.0, 22.0]
    with pytest.raises(FrozenInstanceError):
        FACTS.kind = "other"  # type: ignore[misc]


def with_weights_outside(data: bytes) -> bytes:
    """The model with its one filled buffer behind the flatbuffer, as quantisers write large models."""
    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    weights = bytes(tree.buffers[1].data)
    tree.buffers[1].data = None
    packed = b"??"
    for _ in range(2):  # the place depends on the length of what comes before
        tree.buffers[1].offset, tree.buffers[1].size = len(packed), len(weights)
        builder = Builder(256)
        builder.Finish(tree.Pack(builder), b"TFL3")
        packed = bytes(builder.Output()) + bytes(-len(builder.Output()) % 16)
    return packed + weights


def test_weights_behind_the_flatbuffer_are_not_lost() -> None:
    outside = with_weights_outside(tiny_tflite())
    assert run(outside) == [11.0, 22.0]
    assert run(with_facts(outside, FACTS)) == [11.0, 22.0]
    assert read_facts(with_facts(outside, FACTS)) == FACTS


@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1), max_size=9), st.text())
def test_any_printable_labels_come_back(labels: list[str], kind: str) -> None:
    facts = ModelFacts(kind.encode("utf-8", "ignore").decode(), tuple(labels))
    assert read_facts(with_facts(tiny_tflite(), facts)) == facts


def test_writing_is_repeatable_and_replaces() -> None:
    once = with_facts(tiny_tflite(), FACTS)
    assert with_facts(tiny_tflite(), FACTS) == once
    other = ModelFacts("classifier", ("a", "b"))
    twice = with_facts(once, other)
    assert read_facts(twice) == other
    assert twice == with_facts(twice, other)
    assert len(buffers(twice)) == len(buffers(once)) == 3  # the constant and two of metadata
    assert zipfile.ZipFile(io.BytesIO(twice)).namelist() == [LABELS_FILE]


def test_buffers_are_aligned() -> None:
    data = with_facts(tiny_tflite(), FACTS)
    base = np.frombuffer(data, np.uint8).ctypes.data
    assert [(array.ctypes.data - base) % 16 for array in buffers(data)] == [0, 0, 0]
    assert buffers(data)[0].tobytes() == ADDED.tobytes()


def test_standard_readers_find_the_labels() -> None:
    data = with_facts(tiny_tflite(), FACTS)
    model = schema.Model.GetRootAsModel(data, 0)
    names = {model.Metadata(index).Name(): model.Metadata(index).Buffer() for index in range(model.MetadataLength())}
    assert set(names) == {METADATA_NAME.encode(), b"TFLITE_METADATA"}
    standard = model.Buffers(names[b"TFLITE_METADATA"]).DataAsNumpy().tobytes()
    assert standard[4:8] == b"M001"
    # ModelMetadata.subgraph_metadata[0].output_tensor_metadata[0].associated_files[0], by the schema's field numbers.
    root = Table(bytearray(standard), encode.Get(number_types.UOffsetTFlags.packer_type, standard, 0))
    graph = first(root, 3)
    assert [string(first(graph, 2), 0), string(first(graph, 3), 0)] == [b"text", b"scores"]
    file = first(first(graph, 3), 6)
    assert string(file, 0) == b"labels.txt"
    assert file.Get(number_types.Int8Flags, file.Pos + file.Offset(4 + 2 * 2)) == 2  # TENSOR_AXIS_LABELS
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.read(LABELS_FILE).decode() == 'ja\nfo_o_fw_"_by_bc\n%\nmañana 👍\n'
    assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def first(table: Any, slot: int) -> Any:
    """The first table of the vector in a field."""
    return Table(table.Bytes, table.Indirect(table.Vector(table.Offset(4 + 2 * slot))))


def string(table: Any, slot: int) -> bytes:
    found: bytes = table.String(table.Offset(4 + 2 * slot) + table.Pos)
    return found


def test_models_without_labels_get_no_archive() -> None:
    data = with_facts(tiny_tflite(), ModelFacts("encoder", ()))
    assert read_facts(data).labels == ()
    assert not zipfile.is_zipfile(io.BytesIO(data))


@pytest.mark.parametrize("label", ["", " ", "a\nb", "a\u2028b"])
def test_labels_that_are_no_line_are_refused(label: str) -> None:
    with pytest.raises(ArtifactError, match=re.escape(f"a class name must be one line and not blank. Got {label!r}.")):
        with_facts(tiny_tflite(), ModelFacts("classifier", ("a", label)))


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    with pytest.raises(ArtifactError, match=re.escape(f"cannot read the model file {path}: No such file")):
        read_facts(path)
    path.write_bytes(b"PK\x03\x04 no model")
    with pytest.raises(ArtifactError, match=re.escape(f"{path} is not a .tflite: it must have b'TFL3' at byte 4.")):
        read_facts(path)
    with pytest.raises(ArtifactError, match=r"\(\d+ bytes\) has no metadata 'EARMARK_MODEL': it was not written by"):
        read_facts(tiny_tflite())
    with pytest.raises(ArtifactError, match=r"the model file \(12 bytes\) is damaged: .*Export or download it again\."):
        read_facts(b"\xff\xff\xff\x7fTFL3\x00\x00\x00\x00")
    with pytest.raises(ArtifactError, match=r"the output must be 0 to 0 for the model file .*\. Got 1\."):
        with_facts(tiny_tflite(), FACTS, output=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "x"}, "the facts in m must have the format 'earmark.tflite'. Got {'format': 'x'"),
        ({"version": 9}, "the facts in m have version 9; this earmark reads version 1. Export the model again"),
        ({"labels": [1]}, "the facts in m are damaged: {'format': 'earmark.tflite'"),
        ({"kind": None}, "the facts in m are damaged"),
        ({"recipe_sha256": 1}, "the facts in m are damaged"),
        ({"settings": []}, "the facts in m are damaged"),
    ],
)
def test_wrong_facts_are_told(change: dict[str, object], message: str) -> None:
    assert ModelFacts.from_dict(FACTS.to_dict(), place="m") == FACTS
    with pytest.raises(ArtifactError, match=re.escape(message)):
        ModelFacts.from_dict({**FACTS.to_dict(), **change}, place="m")
    with pytest.raises(ArtifactError, match=re.escape("Got ['list'].")):
        ModelFacts.from_dict(["list"], place="m")


def test_operators_are_listed_and_foreign_ones_told() -> None:
    assert list_operators(with_facts(tiny_tflite(), FACTS)) == (Operator("ADD", 1, False),)
    assert foreign_operators(tiny_tflite()) == ()
    assert list_operators(tiny_tflite(custom="FlexErf")) == (Operator("FlexErf", 1, True),)
    assert foreign_operators(tiny_tflite(custom="FlexErf")) == ("FlexErf",)


def test_reading_needs_nothing_of_training() -> None:
    code = "import sys, projection.metadata; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"tensorflow", "keras", "distill", "models", "ai_edge_litert"} & set(done.stdout.split())
