"""The root of every error Earmark raises on purpose.

::

    EarmarkError
    ├── ArtifactError        a shipped or trained file is missing, damaged or of another version
    ├── MissingExtraError    a feature needs packages of an extra that is not installed
    ├── recorder.errors.RecorderError
    └── (one small tree per room)

A message says what went wrong, where, what is allowed, what was got, and what to do.
The command line prints the message alone and exits with 1; a traceback is always a bug of ours.
"""

from __future__ import annotations

import importlib
from types import ModuleType

__all__ = ["ArtifactError", "EarmarkError", "MissingExtraError", "require_extra"]


class EarmarkError(Exception):
    """Base class: catch this to catch everything Earmark raises on purpose."""


class ArtifactError(EarmarkError):
    """A trained file cannot be used: it is missing, damaged, or of another format version."""


class MissingExtraError(EarmarkError):
    """A feature needs packages that only an extra of this distribution installs."""


def require_extra(module: str, *, extra: str, feature: str) -> ModuleType:
    """Import `module`, or say which extra brings it.

    Raises:
        MissingExtraError: `module` is not installed; the message names `feature` and the `pip` command.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != module.split(".")[0]:
            raise  # something inside the module is broken: that is not the user's missing extra
        raise MissingExtraError(
            f"{feature} needs the package '{module}', which is not installed. "
            f"Install it with: pip install 'earmark[{extra}]'"
        ) from error
