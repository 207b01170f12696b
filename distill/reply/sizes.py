"""The names of the student's sizes, known without loading a network."""

from __future__ import annotations

from earmark.errors import EarmarkError

__all__ = ["SIZES", "check_size"]

SIZES = ("small", "medium", "large")
"""Those of `models.reply_net.REPLY_SIZES`."""


def check_size(size: str) -> str:
    """The size itself.

    Raises:
        EarmarkError: there is no such size.
    """
    if size not in SIZES:
        raise EarmarkError(f"the size of the student must be one of {', '.join(SIZES)}. Got {size!r}.")
    return size
