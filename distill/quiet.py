"""TensorFlow without its talk."""

from __future__ import annotations

import os
import sys
from types import ModuleType

from earmark.errors import require_extra
from earmark.quiet import quiet

__all__ = ["import_tensorflow", "quiet"]


def import_tensorflow(feature: str) -> ModuleType:
    """The package `tensorflow`, loaded without its talk.

    Raises:
        MissingExtraError: it is not installed; the message names `feature` and the extra.
    """
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet():
        module = require_extra("tensorflow", extra="train", feature=feature)
        module.constant(0)  # the devices are looked for, and talked about, on first use
        return module
