"""What a trained `.tflite` says about itself: class names, the recipe's digest, and settings its reader needs.

The facts stand as JSON in a buffer of the model that the model's own metadata list names `EARMARK_MODEL`, so a model
is one file and any reader of the LiteRT schema finds them. Reading needs numpy and ai-edge-litert only;
`projection.metadata_writer` writes them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from earmark.errors import ArtifactError

__all__ = ["METADATA_NAME", "METADATA_VERSION", "ModelFacts", "model_bytes", "read_facts"]

METADATA_NAME = "EARMARK_MODEL"
METADATA_VERSION = 1
FORMAT = "earmark.tflite"
IDENTIFIER = b"TFL3"
"""Bytes 4 to 7 of every `.tflite`."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Facts inside a `.tflite`.

    Attributes:
        kind: what the model is, such as "classifier".
        labels: class names; position k names score k of the output.
        recipe_sha256: hex digest of the recipe file that trained it; "" when there is none.
        settings: whatever else its reader needs, such as {"context": 2}; values are JSON scalars.
    """

    kind: str
    labels: tuple[str, ...]
    recipe_sha256: str = ""
    settings: Mapping[str, str | int | float | bool] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that stands in the file."""
        return {
            "format": FORMAT,
            "version": METADATA_VERSION,
            "kind": self.kind,
            "labels": list(self.labels),
            "recipe_sha256": self.recipe_sha256,
            "settings": dict(self.settings),
        }

    @classmethod
    def from_dict(cls, value: Any, *, place: str) -> ModelFacts:
        """Back from `to_dict`; `place` names the file in messages.

        Raises:
            ArtifactError: another format or version, or a field of a wrong type.
        """
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise ArtifactError(f"the facts in {place} must have the format {FORMAT!r}. Got {value!r:.80}.")
        if value.get("version") != METADATA_VERSION:
            raise ArtifactError(
                f"the facts in {place} have version {value.get('version')!r}; this earmark reads version "
                f"{METADATA_VERSION}. Export the model again or install the matching release."
            )
        kind, labels, recipe, settings = (value.get(key) for key in ("kind", "labels", "recipe_sha256", "settings"))
        named = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
        if not (isinstance(kind, str) and named and isinstance(recipe, str) and isinstance(settings, dict)):
            raise ArtifactError(f"the facts in {place} are damaged: {value!r:.200}. Export the model again.")
        return cls(kind, tuple(labels or ()), recipe, settings)


def read_facts(model: Path | bytes, *, place: str | None = None) -> ModelFacts:
    """The facts inside a `.tflite` (a path, or its bytes); `place` is what messages call it, by default the path.

    Raises:
        ArtifactError: not a readable `.tflite`, or one without these facts.
    """
    data, found = model_bytes(model)
    place = place or found
    try:
        body = _metadata_buffer(data)
        value = None if body is None else json.loads(body)
    except (struct.error, IndexError, ValueError, TypeError) as error:
        raise ArtifactError(f"the model file {place} is damaged: {error}. Export or download it again.") from error
    if body is None:
        raise ArtifactError(
            f"the model file {place} has no metadata {METADATA_NAME!r}: it was not written by earmark. "
            "Export it with `earmark distill`."
        )
    return ModelFacts.from_dict(value, place=place)


def model_bytes(model: Path | bytes) -> tuple[bytes, str]:
    """The bytes of a `.tflite` and how to call it in a message.

    Raises:
        ArtifactError: it cannot be read or does not begin like a `.tflite`.
    """
    if isinstance(model, bytes):
        data, place = model, f"({len(model)} bytes)"
    else:
        place = str(model)
        try:
            data = model.read_bytes()
        except OSError as error:
            raise ArtifactError(f"cannot read the model file {place}: {error.strerror}.") from error
    if data[4:8] != IDENTIFIER:
        raise ArtifactError(f"the model file {place} is not a .tflite: it must have {IDENTIFIER!r} at byte 4. "
                            f"Got {data[4:8]!r}.")  # fmt: skip
    return data, place


def _metadata_buffer(data: bytes) -> bytes | None:
    from ai_edge_litert import schema_py_generated as schema  # 40 ms: only who asks for the facts pays them

    model = schema.Model.GetRootAsModel(data, 0)
    for index in range(model.MetadataLength()):
        entry = model.Metadata(index)
        if entry.Name() == METADATA_NAME.encode():
            return bytes(model.Buffers(entry.Buffer()).DataAsNumpy())
    return None
