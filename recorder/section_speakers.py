"""Who speaks around a place, and who leads: the one who has given most of the cues so far is often the chair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from recorder.section_units import Unit
from recorder.section_windows import divergence

__all__ = ["SpeakerLedger", "speaker_features"]

_MOST = 64  # speakers remembered; beyond that the one with the fewest words is forgotten
_NAN = math.nan


class SpeakerLedger:
    """What each speaker has done so far: words, the place of the last one, sum of cue chances."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[int, int, float]] = {}
        self.words = 0
        self.cues = 0.0

    def add(self, unit: Unit, position: int, chance: float) -> None:
        """Count a unit that begins at word `position` and begins a section with probability `chance`."""
        if unit.speaker is None:
            return
        words, _, cues = self._entries.pop(unit.speaker, (0, 0, 0.0))
        self._entries[unit.speaker] = (words + unit.size, position + len(unit.words), cues + chance)
        self.words += unit.size
        self.cues += chance
        if len(self._entries) > _MOST:
            del self._entries[min(self._entries, key=lambda name: (self._entries[name][0], name))]

    def standing(self, speaker: str, position: int) -> list[float]:
        """Share of all words, share of all cues, number of speakers with more words, words since the last word."""
        words, last, cues = self._entries.get(speaker, (0, -1, 0.0))
        return [
            words / self.words if self.words else 0.0,
            cues / self.cues if self.cues else 0.0,
            float(sum(other > words for other, _, _ in self._entries.values())),
            float(min(position - last, 5000)) if last >= 0 else 5000.0,
        ]

    def to_list(self) -> list[Any]:
        """The state, ready for JSON."""
        return [self.words, self.cues, [[name, *entry] for name, entry in self._entries.items()]]

    @classmethod
    def from_list(cls, values: list[Any]) -> SpeakerLedger:
        """The inverse of `to_list`."""
        ledger = cls()
        ledger.words, ledger.cues, entries = values
        ledger._entries = {name: (words, last, cues) for name, words, last, cues in entries}
        return ledger


def speaker_features(
    units: Sequence[Unit], starts: Sequence[int], at: int, ledger: SpeakerLedger, chance: float
) -> list[float]:
    """Twelve numbers about the speakers around `units[at]`, NaN where no speaker is known."""
    unit = units[at]
    previous = units[at - 1] if at else None
    if unit.speaker is None or previous is None or previous.speaker is None:
        return [_NAN] * 12
    values = [float(unit.speaker != previous.speaker)]
    sides = []
    for reach in (100, 300):
        left, right = _side(units, starts, at, -reach), _side(units, starts, at, reach)
        values.append(divergence(left, right) if left and right else _NAN)
        sides = [left, right]
    values += [float(len(side)) for side in sides]
    values += ledger.standing(unit.speaker, starts[at])
    values.append(ledger.standing(previous.speaker, starts[at])[0])
    for side in sides[::-1]:
        values.append(side.get(unit.speaker, 0) / sum(side.values()) if side else _NAN)
    return values


def _side(units: Sequence[Unit], starts: Sequence[int], at: int, reach: int) -> dict[str, int]:
    """Words per speaker within `reach` words right (or left, when negative) of the beginning of `units[at]`."""
    counts: dict[str, int] = {}
    place, room = starts[at], abs(reach)
    index = at if reach > 0 else at - 1
    while 0 <= index < len(units) and room > 0:
        unit = units[index]
        if reach > 0 and starts[index] >= place + reach:
            break
        words = min(room, len(unit.words))
        if unit.speaker is not None:
            counts[unit.speaker] = counts.get(unit.speaker, 0) + words
        room -= words
        index += 1 if reach > 0 else -1
    return counts
