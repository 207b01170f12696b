"""Where sections begin: one cut per beginning, and which cuts to show.

A sectioner hands out many fine cuts, each with a strength. Showing fewer is a choice made afterwards, cut by cut, so
that at one granularity a cut that has been shown never moves and never goes away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from recorder.errors import OptionError
from recorder.text import Token
from recorder.transcript import Segment

__all__ = ["DEFAULT_GRANULARITY", "Cut", "Sectioner", "select_cuts"]

DEFAULT_GRANULARITY = 0.5
"""The granularity at which boundary F1 was tuned; see `recorder/pretrained/en/sections.card.md`."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A new section begins here.

    Attributes:
        segment: index from 0 of the first segment of the new section, always > 0.
        strength: 0..1, rounded to 6 decimals, comparable across cuts and across recordings: at granularity g the
            cuts with strength >= 1 - g are shown.
    """

    segment: int
    strength: float


class Sectioner(Protocol):
    """Finds the beginnings of sections while segments arrive.

    Law: feeding the same segments in the same order gives the same cuts, whatever was saved and restored in between,
    and a cut that was returned never moves.
    """

    def feed(self, segment: Segment, tokens: Sequence[Token]) -> list[Cut]:
        """Take the next final segment with its tokens; return the cuts decided now, in order."""
        ...

    def finish(self) -> list[Cut]:
        """The recording has ended: return the cuts still undecided, in order. Nothing may be fed afterwards."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """The complete state, ready for JSON, of a size that does not grow with the recording."""
        ...


def select_cuts(
    cuts: Sequence[Cut], *, granularity: float = DEFAULT_GRANULARITY, sections: int | None = None
) -> list[Cut]:
    """The cuts to show, in order.

    Args:
        cuts: fine cuts as a `Sectioner` returned them, by ascending segment.
        granularity: 0 (no cut but the surest) to 1 (every fine cut); ignored when `sections` is given.
        sections: show this many sections (the `sections` - 1 strongest cuts, the earlier one at equal strength), or
            fewer when the recording has not that many beginnings.

    Raises:
        OptionError: `granularity` is outside 0..1 or `sections` is below 1.
    """
    if sections is not None:
        if sections < 1:
            raise OptionError(
                f"'sections' must be a whole number >= 1, got {sections!r}. Leave it out for the default."
            )
        best = sorted(cuts, key=lambda cut: (-cut.strength, cut.segment))[: sections - 1]
        return sorted(best, key=lambda cut: cut.segment)
    if not 0.0 <= granularity <= 1.0:
        raise OptionError(f"'granularity' must be between 0 (few sections) and 1 (many), got {granularity!r}.")
    return [cut for cut in cuts if cut.strength >= 1.0 - granularity]
