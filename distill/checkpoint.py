"""A training's state on disk: written whole or not at all, by one run at a time, read back only into the same training.

One `.npz` without pickle: arrays under their names, and `about`, a JSON text as bytes. It is written beside its place
and then renamed, so a kill at any moment leaves the last complete one.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from distill.student_rows import Arrays
from earmark.errors import ArtifactError, require_extra

__all__ = [
    "Checkpoint",
    "alone",
    "keep_variables",
    "make_folder",
    "read_checkpoint",
    "restore_variables",
    "write_checkpoint",
]

ABOUT = "about"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """State of a training after some epochs.

    Attributes:
        digest: of the recipe and the data; another training has another one.
        about: what is known besides arrays, as JSON values.
        arrays: by name.
    """

    digest: str
    about: dict[str, Any]
    arrays: Arrays


def make_folder(path: Path) -> None:
    """Make the folder `path` where it is missing, before the training whose result it is to hold.

    Raises:
        ArtifactError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtifactError(f"cannot write into the folder {path}: {error.strerror}. Choose another one.") from error


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """Make the folder `work` and keep other runs out of it meanwhile; a run that is killed keeps nobody out.

    Raises:
        ArtifactError: another run is writing there, or nothing can be.
    """
    filelock = require_extra("filelock", extra="train", feature="Training")
    make_folder(work)
    lock = filelock.FileLock(work / "lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise ArtifactError(
            f"another training is writing into {work}. Wait for it, or choose another folder."
        ) from None
    try:
        yield
    finally:
        lock.release()


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write `checkpoint` to `path` in one step."""
    about = json.dumps({"version": VERSION, "digest": checkpoint.digest, "about": checkpoint.about}, allow_nan=False)
    fresh = path.with_suffix(".part")
    with fresh.open("wb") as file:
        np.savez(file, **{ABOUT: np.frombuffer(about.encode(), np.uint8)}, **checkpoint.arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read_checkpoint(path: Path, *, digest: str) -> Checkpoint | None:
    """The checkpoint at `path`; None when there is none.

    Raises:
        ArtifactError: it is damaged, of another version, or of another training (`digest` differs).
    """
    if not path.exists():
        return None
    remedy = f"Remove {path} to start afresh, or choose another folder."
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        head = json.loads(arrays.pop(ABOUT).tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"the checkpoint {path} is damaged: {error}. {remedy}") from error
    if head.get("version") != VERSION:
        raise ArtifactError(f"the checkpoint {path} has version {head.get('version')!r}; this earmark reads version "
                            f"{VERSION}. {remedy}")  # fmt: skip
    if head["digest"] != digest:
        raise ArtifactError(
            f"the checkpoint {path} belongs to a training with other settings or other data. Give the settings it was "
            f"begun with to go on. {remedy}"
        )
    return Checkpoint(digest, head["about"], arrays)


def keep_variables(path: Path, variables: Sequence[Any], *, done: int, digest: str) -> None:
    """Write variables, in their order, after so many steps or epochs are done."""
    arrays = {f"{index}": np.asarray(variable) for index, variable in enumerate(variables)}
    write_checkpoint(path, Checkpoint(digest, {"done": done}, arrays))


def restore_variables(path: Path, variables: Sequence[Any], *, digest: str) -> int:
    """Assign what `keep_variables` wrote; how much was done, 0 without a checkpoint.

    Raises:
        ArtifactError: as `read_checkpoint`.
    """
    saved = read_checkpoint(path, digest=digest)
    if saved is None:
        return 0
    for index, variable in enumerate(variables):
        variable.assign(saved.arrays[f"{index}"])
    return int(saved.about["done"])
