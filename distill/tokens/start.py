"""Pre-trained token encoders on disk, and students that start from them.

One `.npz` without pickle: "about" (JSON: version, how text becomes token bits, the sizes) and the weights of each
size, float16, as "<size>/<layer>/<weight>": bottleneck, convolutions and the pooling of the text.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import ArtifactError
from projection import Projection

__all__ = ["PRETRAINED", "TOKEN_SETTINGS", "start_students", "write_start"]

PRETRAINED = Path(__file__).parents[1] / "pretrained" / "tokens.npz"
"""What ships: English chat, from all-MiniLM-L6-v2."""

VERSION = 1
ABOUT = "about"

TOKEN_SETTINGS = ("orders", "word_weight", "rule", "seed")
"""What decides a token's bits, their number aside: weights belong to these."""

WIDTHS = ("bits", "width", "blocks", "heads")
"""What decides the shapes."""


def write_start(path: Path, cores: Mapping[str, Any], sizes: Mapping[str, Any], projection: Projection) -> None:
    """Write the weights of sentence cores, without what only pre-training needs.

    Args:
        path: of the file.
        cores: of `models.sequence_projection_net.sentence_core`, by size.
        sizes: their `SequenceSize`s.
        projection: of the widest.
    """
    about = {
        "version": VERSION,
        "projection": _token_settings(projection),
        "sizes": {name: _widths(size) for name, size in sizes.items()},
    }
    arrays: dict[str, NDArray[Any]] = {ABOUT: np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)}
    for name, core in cores.items():
        for weight in core.trainable_variables:
            if not weight.path.startswith("embedding/"):
                arrays[f"{name}/{weight.path}"] = weight.numpy().astype(np.float16)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def start_students(path: Path, students: Mapping[str, Any]) -> None:
    """Give every student (`models.sequence_projection_net.SequenceProjectionNet`) the weights of its size.

    The pooling of a context starts as the pooling of the text does; the layers behind the pooling stay as they are.

    Raises:
        ArtifactError: the file cannot be read, is of another version, or was not made for these students.
    """
    about, arrays = _read(path)
    for name, student in students.items():
        own = {"projection": _token_settings(student.projection), "size": _widths(student.size)}
        wanted = {"projection": about["projection"], "size": about["sizes"].get(name)}
        if json.loads(json.dumps(own)) != wanted:
            raise ArtifactError(
                f"the token encoders in {path} are not for the size {name!r} of this training: they were made for "
                f"{wanted}, and it has {own}. Make fresh ones with `earmark distill tokens`, or start from nothing "
                "(--start none)."
            )
        for weight in student.core.trainable_variables:
            value = arrays.get(f"{name}/{weight.path.replace('context_pooling/', 'text_pooling/')}")
            if value is not None:
                weight.assign(value.astype(np.float32))


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        about = json.loads(arrays.pop(ABOUT).tobytes())
    except FileNotFoundError as error:
        raise ArtifactError(f"there are no token encoders at {path}. `earmark distill tokens` makes some.") from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ArtifactError(
            f"{path} is no file of token encoders (made by `earmark distill tokens`): {error}"
        ) from error
    if about.get("version") != VERSION:
        raise ArtifactError(
            f"the token encoders {path} have version {about.get('version')!r}; this earmark reads version {VERSION}. "
            "Make fresh ones with `earmark distill tokens`."
        )
    return about, arrays


def _token_settings(projection: Projection) -> dict[str, Any]:
    return {name: projection.to_dict()[name] for name in TOKEN_SETTINGS}


def _widths(size: Any) -> dict[str, int]:
    return {name: asdict(size)[name] for name in WIDTHS}
