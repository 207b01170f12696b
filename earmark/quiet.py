"""Libraries without their talk: lines about hardware and conversion steps that concern no user.

They are written by C++ straight to the process's standard error, some before any setting is read, so they are kept
from there for as long as `quiet` lasts. When something goes wrong inside, what was held back is shown after all.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quiet"]


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back what anything writes to standard error (file descriptor 2), and log records up to warnings."""
    before = logging.root.manager.disable
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        outside = os.dup(2)
        os.dup2(held.fileno(), 2)
        logging.disable(logging.WARNING)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(outside, held.read())
            raise
        finally:
            sys.stderr.flush()
            logging.disable(before)
            os.dup2(outside, 2)
            os.close(outside)
