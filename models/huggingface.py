"""The gate to `transformers`: named extra when it is missing, and no talk about a torch that nothing here needs."""

from __future__ import annotations

import os
from types import ModuleType

from earmark.errors import require_extra

__all__ = ["import_transformers"]


def import_transformers(part: str = "") -> ModuleType:
    """The package `transformers`, or `part` of it ("utils.hub").

    Raises:
        MissingExtraError: it is not installed; the message names the extra.
    """
    # Without torch it advises on import that "models won't be available"; ours are Keras graphs.
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    return require_extra(f"transformers.{part}" if part else "transformers", extra="train", feature="A BERT trainer")
