"""How much a stem says about the topic: inverse document frequency over blocks of talk, as a small whole number."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from recorder.section_units import Unit
from recorder.text import stem

__all__ = ["STEM_DEFAULT", "stem_weights"]

STEM_DEFAULT = 10
"""Weight of a stem that is too rare to be listed."""
_BLOCK = 200  # words
_LEAST = 60  # blocks that must have a stem for it to be listed


def stem_weights(recordings: Sequence[Sequence[Unit]]) -> dict[str, int]:
    """Weights 0..12: 0 for stems that more than every fifth block has ("the", "okay"), larger for rarer ones."""
    blocks = 0
    counts: Counter[str] = Counter()
    for units in recordings:
        words = [word for unit in units for word in unit.words]
        for first in range(0, len(words), _BLOCK):
            block = {word for word in words[first : first + _BLOCK] if len(word) > 2 and not word[0].isdigit()}
            counts.update({stem(word) for word in block})
            blocks += 1
    weights = {}
    for root in sorted(counts):
        if counts[root] >= _LEAST:
            rarity = math.log(blocks / counts[root])
            weights[root] = 0 if rarity < 1.5 else min(12, round(1.5 * rarity))
    return weights
