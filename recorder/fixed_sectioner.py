"""Sections that the user has set: the cuts are known before the first segment arrives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recorder.cuts import Cut
from recorder.errors import BoundaryError, SessionError
from recorder.text import Token
from recorder.transcript import Segment

__all__ = ["FixedSectioner"]


class FixedSectioner:
    """Cuts exactly before the given segments, with strength 1.

    Args:
        boundaries: first segments of the sections, ascending, each once; 0 may be there and means nothing, because
            the first section begins there anyway. [0, 41, 90] -> cuts before segments 41 and 90.

    Raises:
        BoundaryError: a boundary is negative, not a whole number, or not above the one before it.
    """

    def __init__(self, boundaries: Sequence[int]) -> None:
        previous = -1
        for place, boundary in enumerate(boundaries):
            if isinstance(boundary, bool) or not isinstance(boundary, int) or boundary <= previous:
                raise BoundaryError(
                    f"section boundaries must be segment indexes from 0, ascending, each once; "
                    f"boundary number {place + 1} is {boundary!r} after {previous!r}."
                    if place
                    else f"section boundaries must be segment indexes from 0; the first one is {boundary!r}."
                )
            previous = boundary
        self._boundaries = tuple(boundary for boundary in boundaries if boundary > 0)
        self._next = 0  # position in _boundaries of the first one not yet reached
        self._segments = 0
        self._finished = False

    def feed(self, segment: Segment, tokens: Sequence[Token]) -> list[Cut]:
        """Return the cut before `segment`, if the user set one; `tokens` are not looked at."""
        if self._finished:
            raise SessionError("feed() was called after finish(); start a new sectioner for a new recording.")
        index = self._segments
        self._segments += 1
        if self._next < len(self._boundaries) and self._boundaries[self._next] == index:
            self._next += 1
            return [Cut(index, 1.0)]
        return []

    def finish(self) -> list[Cut]:
        """Nothing is left to decide.

        Raises:
            BoundaryError: a boundary lies at or behind the number of segments that were fed.
        """
        self._finished = True
        if self._next < len(self._boundaries):
            raise BoundaryError(
                f"a section is to begin at segment {self._boundaries[self._next]}, but the transcript has only "
                f"{self._segments} segments, numbered from 0. Leave that boundary out, or check that the boundaries "
                "belong to this transcript."
            )
        return []

    def to_dict(self) -> dict[str, Any]:
        """The complete state, ready for JSON."""
        return {
            "kind": "fixed",
            "boundaries": list(self._boundaries),
            "segments": self._segments,
            "finished": self._finished,
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> FixedSectioner:
        """The inverse of `to_dict`."""
        sectioner = cls(state["boundaries"])
        sectioner._segments = state["segments"]
        sectioner._finished = state["finished"]
        sectioner._next = sum(boundary < sectioner._segments for boundary in sectioner._boundaries)
        return sectioner
