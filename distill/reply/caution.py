"""Intents that are offered only when much speaks for them: laughing at the wrong message is worse than a dull reply."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from earmark.errors import EarmarkError

__all__ = ["CAUTION", "read_caution"]

CAUTION = Path(__file__).parent / "data" / "caution.txt"


def read_caution(intents: Iterable[str], path: Path = CAUTION) -> dict[str, float]:
    """By intent what is taken off the prior of its replies (log-odds, 0 or more).

    Args:
        intents: those of the reply list.
        path: lines of an intent and a number; "#" begins a comment.

    Raises:
        EarmarkError: an intent that the list lacks, one twice, or a figure that is not 0 or more.
    """
    known = set(intents)
    found: dict[str, float] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            intent, value = words[0], float(words[1])
        except (IndexError, ValueError):
            value = math.nan
            intent = words[0]
        if intent not in known or intent in found or len(words) != 2 or not 0.0 <= value < math.inf:
            raise EarmarkError(
                f"{path}:{number}: expected an intent of the reply list, once, and a number of 0 or more. Got {line!r}."
            )
        found[intent] = value
    return found
