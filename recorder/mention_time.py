"""Times of single tokens: from word times where a segment has them, else from the segment."""

from __future__ import annotations

from collections.abc import Sequence

from recorder.text import Token
from recorder.transcript import Segment

__all__ = ["MentionTimes"]


class MentionTimes:
    """When a token was said: its word's own start where the segment has word times, else the segment's start.

    Words and tokens are matched by the letters and digits before them, so that marks and spaces do not matter.
    """

    def __init__(self, segment: Segment, tokens: Sequence[Token]) -> None:
        self._start = segment.start
        self._times: list[float | None] = []
        if not segment.words:
            return
        starts = [word.start for word in segment.words for _ in range(_letters(word.text))]
        if len(starts) != sum(_letters(token.text) for token in tokens):
            return  # the words are not those of the text: only the segment's time is sure
        place = 0
        for token in tokens:
            self._times.append(starts[place] if place < len(starts) else None)
            place += _letters(token.text)

    def time(self, token: int) -> float | None:
        """Seconds at which token number `token` of the segment begins, or None without any time."""
        time = self._times[token] if self._times else None
        return self._start if time is None else time


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))
