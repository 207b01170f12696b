"""One segment as it was read when it arrived: tokens, word classes, keyword candidates.

Tagging and searching is most of the work, and it is done here, segment by segment, while the recording runs; closing a
block only adds counts up. That is what makes `finish()` cheap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from recorder.candidates import Occurrence, find_candidates, is_content
from recorder.mention_time import MentionTimes
from recorder.text import Token, is_word, stem
from recorder.transcript import Segment

__all__ = ["Spoken", "Tags", "Utterance", "observe"]


class Tags(Protocol):
    """A part-of-speech tagger: `recorder.tagger.Tagger`, or anything of its shape."""

    def tag(self, tokens: Sequence[str]) -> Sequence[str]:
        """The Universal Dependencies word class of every token."""
        ...


class Spoken(NamedTuple):
    """A candidate where it is said.

    Attributes:
        occurrence: the candidate.
        place: words of the segment before it.
        time: seconds, or None without times.
    """

    occurrence: Occurrence
    place: int
    time: float | None


@dataclass(frozen=True, slots=True)
class Utterance:
    """A segment as it was read.

    Attributes:
        segment: the segment.
        tokens: its tokens.
        n_words: words and numbers, marks and clitics aside.
        n_questions: question marks.
        words: (content stem, occurrences, occurrences as a verb), in the order of their first occurrence.
        candidates: keyword candidates, in order.
    """

    segment: Segment
    tokens: Sequence[Token]
    n_words: int
    n_questions: int
    words: tuple[tuple[str, int, int], ...]
    candidates: tuple[Spoken, ...]


def observe(segment: Segment, tokens: Sequence[Token], tagger: Tags) -> Utterance:
    """Tag, count and search one segment, whose text has been tokenised; depends on nothing but the segment."""
    tags = tagger.tag([token.text for token in tokens])
    n_words = n_questions = 0
    words: dict[str, list[int]] = {}
    places = []  # words of the segment before each token
    for token, tag in zip(tokens, tags, strict=True):
        places.append(n_words)
        if not is_word(token.text):
            n_questions += token.text == "?"
            continue
        n_words += 1
        if is_content(token.text):
            pair = words.setdefault(stem(token.text), [0, 0])
            pair[0] += 1
            pair[1] += tag in ("VERB", "AUX")
    occurrences = find_candidates(tokens, tags)
    times = MentionTimes(segment, tokens) if occurrences else None
    return Utterance(
        segment,
        tokens,
        n_words,
        n_questions,
        tuple((word, count, verbs) for word, (count, verbs) in words.items()),
        tuple(Spoken(each, places[each.token], times.time(each.token)) for each in occurrences if times),
    )
