"""Who speaks around a place, and who leads: the one who has given most of the cues so far is often the chair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from recorder.section_units import Unit
from recorder.section_windows import divergence

__all__ = ["SpeakerLedger", "speaker_features"]

_MOST = 64  # speakers remembered; beyond that the one with the fewest words is forgotten
_NEAR, _FAR = 100, 300  # words
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
    near_left, left = _side(units, at, -1)
    near_right, right = _side(units, at, 1)
    for one, other in ((near_left, near_right), (left, right)):
        values.append(divergence(one, other) if one and other else _NAN)
    sides = [left, right]
    values += [float(len(side)) for side in sides]
    values += ledger.standing(unit.speaker, starts[at])
    values.append(ledger.standing(previous.speaker, starts[at])[0])
    for side in sides[::-1]:
        values.append(side.get(unit.speaker, 0) / sum(side.values()) if side else _NAN)
    return values


def _side(units: Sequence[Unit], at: int, step: int) -> tuple[dict[str, int], dict[str, int]]:
    """Words per speaker within 100 and 300 words right (`step` 1) or left (-1) of the beginning of `units[at]`."""
    near: dict[str, int] = {}
    far: dict[str, int] = {}
    index = at if step > 0 else at - 1
    count = len(units)
    spoken = 0
    while 0 <= index < count and spoken < _FAR:
        unit = units[index]
        size, speaker = len(unit.words), unit.speaker
        if speaker is not None:
            if spoken < _NEAR:
                near[speaker] = near.get(speaker, 0) + min(size, _NEAR - spoken)
            far[speaker] = far.get(speaker, 0) + min(size, _FAR - spoken)
        spoken += size
        index += step
    return near, far
