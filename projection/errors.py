"""What can go wrong in the projection room.

::

    EarmarkError
    └── ProjectionError      a setting, a text or a file does not fit the projection
"""

from __future__ import annotations

from earmark.errors import EarmarkError

__all__ = ["ProjectionError"]


class ProjectionError(EarmarkError):
    """A setting, an input array or a stored configuration does not fit the projection's specification."""
