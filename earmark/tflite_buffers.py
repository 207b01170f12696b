"""Taking a `.tflite` apart into its object tree and packing it again, with buffers where LiteRT wants them."""

from __future__ import annotations

import struct
from typing import Any

from earmark.errors import ArtifactError

__all__ = ["pack_tree", "put_entry", "read_tree"]

ALIGNMENT = 16
"""Bytes: LiteRT's schema wants buffers aligned so; the generated Python code would pack them anywhere."""


def read_tree(data: bytes, *, place: str) -> Any:
    """The `ModelT` of a `.tflite`, with every buffer inside; `place` names the file in messages.

    What a quantiser put behind the flatbuffer is taken in; what was appended as a ZIP archive is left out.

    Raises:
        ArtifactError: damaged.
    """
    from ai_edge_litert import schema_py_generated as schema  # 40 ms: only who needs it pays

    try:
        tree = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    except (struct.error, IndexError, TypeError) as error:
        raise ArtifactError(f"the model file {place} is damaged: {error}. Export or download it again.") from error
    for buffer in tree.buffers:
        if buffer.offset > 1:  # 0 and 1 both mean: inside
            buffer.data, buffer.offset, buffer.size = data[buffer.offset : buffer.offset + buffer.size], 0, 0
    return tree


def put_entry(tree: Any, name: str, body: bytes) -> None:
    """Set the entry `name` of the metadata list, in its old buffer where there is one."""
    from ai_edge_litert import schema_py_generated as schema

    tree.metadata = tree.metadata or []
    for entry in tree.metadata:
        if entry.name in (name, name.encode()):
            tree.buffers[entry.buffer].data = body
            return
    buffer = schema.BufferT()
    buffer.data = body
    tree.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = name, len(tree.buffers) - 1
    tree.metadata.append(entry)


def pack_tree(tree: Any) -> bytes:
    """The bytes of a `ModelT`; equal trees give equal bytes. The tree cannot be read any more afterwards.

    Shapes and other lists of numbers that are alike are written once: of a model of a thousand small tensors they are a
    fiftieth.
    """
    tree.buffers = [_AlignedBuffer(buffer.data) for buffer in tree.buffers]
    builder = _sharing_builder()
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _sharing_builder() -> Any:
    import flatbuffers

    written: dict[tuple[str, bytes], int] = {}

    class SharingBuilder(flatbuffers.Builder):  # type: ignore[misc]
        def CreateNumpyVector(self, x: Any) -> int:
            key = (x.dtype.str, x.tobytes())
            if key not in written:
                written[key] = super().CreateNumpyVector(x)
            return written[key]

    return SharingBuilder(1024)


class _AlignedBuffer:
    """A `BufferT` that packs its bytes at a multiple of `ALIGNMENT`."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def Pack(self, builder: Any) -> int:
        from ai_edge_litert import schema_py_generated as schema

        vector = None if self.data is None else _bytes_vector(builder, bytes(self.data))
        schema.BufferStart(builder)
        if vector is not None:
            schema.BufferAddData(builder, vector)
        end: int = schema.BufferEnd(builder)
        return end


def _bytes_vector(builder: Any, data: bytes) -> int:
    builder.StartVector(1, len(data), ALIGNMENT)
    builder.head = builder.Head() - len(data)
    builder.Bytes[builder.Head() : builder.Head() + len(data)] = data
    end: int = builder.EndVector()
    return end
