"""Loading trained artefacts: one JSON envelope with a format name, a version and a SHA-256 of its body.

A table on disk is ``{"format": "earmark.<kind>", "version": 1, "sha256": "<hex>", "body": {...}}``; the digest is
taken over the bytes of the body as they stand in the file, so checking it costs no second encoding. No pickle
anywhere: loading a table cannot run code.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from earmark.errors import ArtifactError

__all__ = ["load_table", "save_table"]

_BODY = b', "body": '


def save_table(path: Path, *, kind: str, version: int, body: dict[str, Any]) -> None:
    """Write `body` to `path` inside the envelope that `load_table` checks; equal bodies give equal files."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    raw = text.encode("utf-8")
    digest = hashlib.sha256(raw).hexdigest()
    head = json.dumps({"format": f"earmark.{kind}", "version": version, "sha256": digest}).encode()
    path.write_bytes(head[:-1] + _BODY + raw + b"}\n")


def load_table(path: Path, *, kind: str, version: int) -> dict[str, Any]:
    """Read the body of a table written by `save_table`.

    Raises:
        ArtifactError: the file is missing, is not such a table, has another version, or its digest differs.
    """
    try:
        data = path.read_bytes()
        table = json.loads(data)
    except OSError as error:
        raise ArtifactError(
            f"cannot read the model file {path}: {error.strerror}. Reinstall earmark, or pass a folder that has it."
        ) from error
    except ValueError as error:
        raise ArtifactError(f"the model file {path} is not JSON ({error}). Reinstall earmark.") from error
    if not isinstance(table, dict) or table.get("format") != f"earmark.{kind}":
        got = table.get("format") if isinstance(table, dict) else type(table).__name__
        raise ArtifactError(f"the model file {path} must have the format 'earmark.{kind}', got {got!r}.")
    if table.get("version") != version:
        raise ArtifactError(
            f"the model file {path} has version {table.get('version')!r}; this earmark reads version {version}. "
            "Retrain it or install the matching release."
        )
    raw = data[data.find(_BODY) + len(_BODY) : data.rfind(b"}")]
    body = table.get("body")
    if not isinstance(body, dict) or hashlib.sha256(raw).hexdigest() != table.get("sha256"):
        raise ArtifactError(f"the model file {path} is damaged: its SHA-256 does not match. Reinstall earmark.")
    return body
