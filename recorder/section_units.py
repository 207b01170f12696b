"""One candidate place for a cut: a segment that has words, and the cue phrases around its beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recorder.text import Token
from recorder.transcript import Segment

__all__ = ["CUE_AHEAD", "CUE_BEHIND", "Unit", "cue_features", "make_unit"]

CUE_AHEAD = 14
"""Words from the beginning of a unit in which cue phrases are looked for."""
CUE_BEHIND = 8
"""Words before the beginning of a unit in which cue phrases are looked for."""
_NEXT = 5  # words of the next turn that count as an answer to the beginning ("okay", "yes please")
_NEXT_WITHIN = 40  # the next turn counts only when it begins within so many words
_KEEP = 700  # words kept at either end of a very long segment: more than any window reaches


@dataclass(frozen=True, slots=True)
class Unit:
    """A segment with at least one word, as the sectioner keeps it.

    Attributes:
        segment: index from 0 in the transcript.
        words: lower-cased tokens without marks; a segment of over 1,400 words keeps the first and last 700.
        size: number of words before that shortening.
        asks: whether the segment ends with a question mark.
        speaker: the speaker's label, or None.
        start: seconds, or None.
        end: seconds, or None.
    """

    segment: int
    words: tuple[str, ...]
    size: int
    asks: bool
    speaker: str | None
    start: float | None
    end: float | None

    def to_list(self) -> list[Any]:
        """The fields in order, ready for JSON."""
        return [self.segment, list(self.words), self.size, self.asks, self.speaker, self.start, self.end]

    @classmethod
    def from_list(cls, values: Sequence[Any]) -> Unit:
        """The inverse of `to_list`."""
        segment, words, size, asks, speaker, start, end = values
        return cls(segment, tuple(words), size, asks, speaker, start, end)


def make_unit(index: int, segment: Segment, tokens: Sequence[Token]) -> Unit | None:
    """The unit of a segment, or None when it has no word."""
    words = [token.text.lower() for token in tokens if token.text[0].isalnum() or len(token.text) > 1]
    words = [word for word in words if any(map(str.isalnum, word))]
    if not words:
        return None
    size = len(words)
    if size > 2 * _KEEP:
        words = words[:_KEEP] + words[-_KEEP:]
    asks = tokens[-1].text == "?"
    return Unit(index, tuple(words), size, asks, segment.speaker, segment.start, segment.end)


def cue_features(units: Sequence[Unit], at: int) -> list[str]:
    """Names of the cue features that hold at the beginning of `units[at]`, each once, in a fixed order.

    Namespaces: "^" n-grams that open the unit, "r" n-grams in its first words, "$" n-grams that close what came
    before, "l" n-grams in its last words, "n" n-grams that open the next turn, "S"/"P" words of this and the previous
    speaker's label (a chair is often called one), "=" facts.
    Example: "Okay, let's move on" after "... fine ." -> "^okay", "^okay let", "rmove on", "$fine", ...
    """
    unit = units[at]
    previous = units[at - 1] if at else None
    ahead, after = _ahead(units, at)
    behind = _behind(units, at)
    names: dict[str, None] = {}
    for size in (1, 2, 3, 4):
        if len(ahead) >= size:
            names["^" + " ".join(ahead[:size])] = None
        if len(behind) >= size and size < 4:
            names["$" + " ".join(behind[-size:])] = None
    for space, words in (("r", ahead), ("l", behind), ("n", after)):
        for size in (1, 2, 3) if space != "n" else (1, 2):
            for first in range(len(words) - size + 1):
                names[space + " ".join(words[first : first + size])] = None
    if previous is not None and unit.speaker is not None and previous.speaker is not None:
        names["=turn" if unit.speaker != previous.speaker else "=same"] = None
    for space, owner in (("S", unit), ("P", previous)):
        if owner is not None and owner.speaker is not None:
            for word in owner.speaker.lower().split()[:4]:
                names[space + word] = None
    names[f"=size{min(unit.size.bit_length(), 8)}"] = None
    if previous is not None:
        names[f"=before{min(previous.size.bit_length(), 8)}"] = None
    return list(names)


def _ahead(units: Sequence[Unit], at: int) -> tuple[list[str], list[str]]:
    """First words of the stretch that one speaker begins at `at`, and the first words of the turn after it."""
    words: list[str] = []
    spoken = 0
    speaker = units[at].speaker
    for place in range(at, len(units)):
        unit = units[place]
        if unit.speaker != speaker:
            return words, list(unit.words[:_NEXT])
        words.extend(unit.words[: CUE_AHEAD - len(words)])
        spoken += unit.size
        if spoken > _NEXT_WITHIN:
            break
    return words, []


def _behind(units: Sequence[Unit], at: int) -> list[str]:
    """Last words of the stretch before `at`, of one speaker."""
    words: list[str] = []
    while at and len(words) < CUE_BEHIND:
        at -= 1
        words = [*units[at].words[-(CUE_BEHIND - len(words)) :], *words]
        if not at or units[at - 1].speaker != units[at].speaker:
            break
    return words
