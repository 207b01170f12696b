"""Writing class names and the recipe's digest into a `.tflite`, for our own reader and for everybody else's.

Two entries of the model's metadata list are written. `EARMARK_MODEL` is JSON (`projection.metadata` reads it).
`TFLITE_METADATA` is the standard `ModelMetadata` table ("TensorFlow Lite metadata": identifier M001), which names
`labels.txt` as the axis labels of the output; that file is appended to the model as an uncompressed ZIP archive, where
TensorFlow Lite's own tools, Android's task library and Netron look for it. Interpreters ignore both.

This must be the last step of an export: tools that rewrite a model drop what is appended to it.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from earmark.errors import ArtifactError
from earmark.tflite_buffers import pack_tree, put_entry, read_tree
from projection.metadata import METADATA_NAME, ModelFacts, model_bytes

__all__ = ["LABELS_FILE", "pack_with_facts", "with_facts"]

STANDARD_NAME = "TFLITE_METADATA"
LABELS_FILE = "labels.txt"
TENSOR_AXIS_LABELS, TENSOR_VALUE_LABELS = 2, 3
"""AssociatedFileType of the metadata schema: a name for each position of the output, or for each value in it."""


def with_facts(model: bytes | Path, facts: ModelFacts, *, output: int = 0) -> bytes:
    """The model with `facts` inside; facts from an earlier call are replaced. Equal input gives equal bytes.

    Args:
        model: a `.tflite`.
        facts: what to write; labels without line breaks.
        output: which output of the model has the scores (its position).

    Raises:
        ArtifactError: not a `.tflite`, no such output, or a label that cannot be a line of `labels.txt`.
    """
    data, place = model_bytes(model)
    return pack_with_facts(read_tree(data, place=place), facts, output=output, place=place)


def pack_with_facts(
    tree: Any, facts: ModelFacts, *, output: int, place: str, labels: int = TENSOR_AXIS_LABELS
) -> bytes:
    """As `with_facts`, of an object tree (`earmark.tflite_buffers`), which cannot be read any more afterwards.

    Args:
        tree: a `ModelT`.
        facts: what to write.
        output: which output of the first graph the labels are about.
        place: names the model in messages.
        labels: what they name; `TENSOR_AXIS_LABELS` or `TENSOR_VALUE_LABELS`.
    """
    for label in facts.labels:
        if not label.strip() or label.splitlines() != [label]:
            raise ArtifactError(f"a class name must be one line and not blank. Got {label!r}.")
    num_outputs = len(tree.subgraphs[0].outputs)
    if not 0 <= output < num_outputs:
        raise ArtifactError(f"the output must be 0 to {num_outputs - 1} for the model file {place}. Got {output}.")
    body = json.dumps(facts.to_dict(), ensure_ascii=False, sort_keys=True, allow_nan=False).encode("utf-8")
    put_entry(tree, METADATA_NAME, body)
    put_entry(tree, STANDARD_NAME, _standard_metadata(tree, facts, output, labels))
    return _append_labels(pack_tree(tree), facts.labels)


def _standard_metadata(tree: Any, facts: ModelFacts, output: int, kind: int) -> bytes:
    """The `ModelMetadata` flatbuffer; tables are written by field number of metadata_schema.fbs, version 1.5."""
    import flatbuffers

    graph = tree.subgraphs[0]
    builder = flatbuffers.Builder(256)
    order = "the scores" if kind == TENSOR_AXIS_LABELS else "their numbers"
    labels = _table(builder, {0: LABELS_FILE, 1: f"Class names, one a line, in the order of {order}."}, small={2: kind})
    inputs = [_table(builder, {0: _name(graph, number)}) for number in graph.inputs]
    outputs = []
    for position, number in enumerate(graph.outputs):
        files = {6: _vector(builder, [labels])} if position == output and facts.labels else {}
        outputs.append(_table(builder, {0: _name(graph, number)}, links=files))
    subgraph = _table(builder, {}, links={2: _vector(builder, inputs), 3: _vector(builder, outputs)})
    about = {0: f"earmark {facts.kind}", 1: f"recipe SHA-256: {facts.recipe_sha256}", 2: "1", 7: "1.0.0"}
    builder.Finish(_table(builder, about, links={3: _vector(builder, [subgraph])}), b"M001")
    return bytes(builder.Output())


def _name(graph: Any, number: int) -> str:
    name = graph.tensors[number].name
    return name if isinstance(name, str) else str(name or b"", "utf-8")


def _table(
    builder: Any, texts: dict[int, str], *, links: dict[int, int] | None = None, small: dict[int, int] | None = None
) -> int:
    """Write one table: strings, offsets and single bytes by field number."""
    offsets = {slot: builder.CreateString(text) for slot, text in texts.items()} | (links or {})
    builder.StartObject(8)
    for slot, offset in sorted(offsets.items()):
        builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
    for slot, value in sorted((small or {}).items()):
        builder.PrependInt8Slot(slot, value, 0)
    end: int = builder.EndObject()
    return end


def _vector(builder: Any, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    end: int = builder.EndVector()
    return end


def _append_labels(model: bytes, labels: tuple[str, ...]) -> bytes:
    if not labels:
        return model
    file = io.BytesIO(model)
    with zipfile.ZipFile(file, "a") as archive:  # the archive's offsets count from the start of the model
        entry = zipfile.ZipInfo(LABELS_FILE, date_time=(1980, 1, 1, 0, 0, 0))
        archive.writestr(entry, "".join(f"{label}\n" for label in labels))
    return file.getvalue()
