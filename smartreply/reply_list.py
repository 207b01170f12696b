"""The reply list as it stands in a model file: compressed JSON in a metadata entry of its own."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence

from earmark.errors import ArtifactError
from smartreply.errors import ReplyError
from smartreply.replies import ReplyEntry

__all__ = ["REPLIES_NAME", "pack_replies", "read_replies", "unpack_replies"]

REPLIES_NAME = "EARMARK_REPLIES"
_VERSION = 1
_MAX_BYTES = 64 * 1024 * 1024  # a damaged file cannot ask for more than this


def pack_replies(replies: Sequence[ReplyEntry]) -> bytes:
    """The bytes of the metadata entry; equal lists give equal bytes."""
    body = {"version": _VERSION, "replies": [one.to_dict() for one in replies]}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return zlib.compress(text.encode("utf-8"), 9)


def unpack_replies(data: bytes, *, place: str) -> tuple[ReplyEntry, ...]:
    """Back from `pack_replies`; `place` names the file in messages.

    Raises:
        ArtifactError: damaged, of another version, or with a reply that is not allowed.
    """
    try:
        stream = zlib.decompressobj()
        value = json.loads(stream.decompress(data, _MAX_BYTES))
    except (zlib.error, ValueError) as error:
        raise ArtifactError(f"the reply list in {place} is damaged: {error}. Export the model again.") from error
    if not isinstance(value, dict) or value.get("version") != _VERSION or not isinstance(value.get("replies"), list):
        got = value.get("version") if isinstance(value, dict) else type(value).__name__
        raise ArtifactError(f"the reply list in {place} must have version {_VERSION}. Got {got!r}.")
    try:
        return tuple(
            ReplyEntry.from_dict(one, place=f"reply {number} in {place}")
            for number, one in enumerate(value["replies"], 1)
        )
    except ReplyError as error:
        raise ArtifactError(f"{error} Export the model again.") from error


def read_replies(data: bytes, *, place: str) -> tuple[ReplyEntry, ...]:
    """The reply list of a `.tflite`.

    Raises:
        ArtifactError: there is none, or it is damaged.
    """
    from ai_edge_litert import schema_py_generated as schema

    try:
        model = schema.Model.GetRootAsModel(data, 0)
        for index in range(model.MetadataLength()):
            entry = model.Metadata(index)
            if entry.Name() == REPLIES_NAME.encode():
                return unpack_replies(bytes(model.Buffers(entry.Buffer()).DataAsNumpy()), place=place)
    except (struct.error, IndexError, TypeError) as error:
        raise ArtifactError(f"the model file {place} is damaged: {error}. Export or download it again.") from error
    raise ArtifactError(f"the model file {place} has no reply list ({REPLIES_NAME!r}). Export the model again.")
