"""Scorers that need the text itself (a transformer): they hear every segment and leave evidence in the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from recorder.utterance import Utterance

if TYPE_CHECKING:
    from recorder.records import CandidateRecord

__all__ = ["Listener", "Observer"]


class Listener(Protocol):
    """One recording as a scorer hears it, segment by segment.

    Law: its evidence depends on the segments heard and dropped so far and on nothing else: not on when it worked, not
    on whether it was saved and begun again in between.
    """

    @property
    def name(self) -> str:
        """The key of its evidence."""
        ...

    def hear(self, utterance: Utterance) -> None:
        """The next segment. What is certain by now may be worked out here, so that `evidence` has little left."""
        ...

    def evidence(self, n: int, candidates: Sequence[CandidateRecord]) -> Any:
        """Anything JSON can hold exactly about a block of the first `n` segments that were not dropped, and the
        candidates that its record keeps; records keep one value per block, in order. Changes nothing."""
        ...

    def drop(self, n: int) -> None:
        """A block of so many segments has been closed for good."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """What `Observer.begin` needs to go on after the last drop; the segments since then are heard again."""
        ...


class Observer(Protocol):
    """Makes listeners; shared by all recordings."""

    @property
    def name(self) -> str:
        """The key of the evidence."""
        ...

    def begin(self, state: Mapping[str, Any] | None = None) -> Listener:
        """A listener at the beginning of a recording, or where `Listener.to_dict` was called."""
        ...
