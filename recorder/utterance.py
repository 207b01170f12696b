"""One segment as it was read when it arrived: tokens, word classes, keyword candidates.

Tagging and searching is most of the work, and it is done here, segment by segment, while the recording runs; closing a
block only adds counts up. That is what makes `finish()` cheap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from recorder.candidates import Occurrence, find_candidates
from recorder.text import Token
from recorder.transcript import Segment

__all__ = ["Tags", "Utterance", "observe"]


class Tags(Protocol):
    """A part-of-speech tagger: `recorder.tagger.Tagger`, or anything of its shape."""

    def tag(self, tokens: Sequence[str]) -> Sequence[str]:
        """The Universal Dependencies word class of every token."""
        ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """A segment, its tokens, their word classes (one each), and the keyword candidates in it, in order."""

    segment: Segment
    tokens: Sequence[Token]
    tags: Sequence[str]
    occurrences: Sequence[Occurrence]


def observe(segment: Segment, tokens: Sequence[Token], tagger: Tags) -> Utterance:
    """Tag and search one segment, whose text has been tokenised; depends on nothing but the segment."""
    tags = tagger.tag([token.text for token in tokens])
    return Utterance(segment, tokens, tags, find_candidates(tokens, tags))
