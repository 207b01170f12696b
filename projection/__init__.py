"""text -> bits: a locality-sensitive projection with no vocabulary and no table, specified to the byte.

`Projection` holds the settings, `project_tokens` and `project_messages` are the numpy reference, `encode_batch` makes
the rows of bytes that an exported graph reads. `projection.keras_layer` (extra `train`) has the same as Keras layers,
`projection.index` a near-duplicate index. Everything here is imported on first use; importing needs numpy alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from projection.classifier import Classifier
    from projection.config import Projection
    from projection.errors import ProjectionError
    from projection.hamming import hamming_distance, hamming_matrix, pack_bits, unpack_bits
    from projection.index import NearIndex
    from projection.reference import TokenBits, project_messages, project_tokens
    from projection.rows import encode, encode_batch
    from projection.tokens import tokenize

__all__ = [
    "Classifier", "NearIndex", "Projection", "ProjectionError", "TokenBits", "encode", "encode_batch",
    "hamming_distance", "hamming_matrix", "pack_bits", "project_messages", "project_tokens", "tokenize", "unpack_bits",
]  # fmt: skip

_HOMES = {
    "Classifier": "classifier",
    "Projection": "config",
    "ProjectionError": "errors",
    "encode": "rows",
    "encode_batch": "rows",
    "hamming_distance": "hamming",
    "hamming_matrix": "hamming",
    "pack_bits": "hamming",
    "unpack_bits": "hamming",
    "NearIndex": "index",
    "TokenBits": "reference",
    "project_messages": "reference",
    "project_tokens": "reference",
    "tokenize": "tokens",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'projection' has no attribute '{name}'")
    return getattr(import_module(f"projection.{_HOMES[name]}"), name)
