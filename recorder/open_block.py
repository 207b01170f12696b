"""The block that is still being said: its segments as they were read, and what the scorers heard of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recorder.models import Models
from recorder.records import SectionRecord, record_of
from recorder.text import tokenize
from recorder.transcript import Segment
from recorder.utterance import Utterance, observe

__all__ = ["OpenBlock"]


class OpenBlock:
    """Segments since the last cut.

    Args:
        models: read every segment once, as it comes.
        first: number in the recording of the block's first segment.
        heard: what `heard` gave, to go on in a recording that was saved.
    """

    def __init__(self, models: Models, first: int = 0, heard: Mapping[str, Any] | None = None) -> None:
        self._models = models
        self._first = first
        self._utterances: list[Utterance] = []
        self._listeners = [each.begin((heard or {}).get(each.name)) for each in models.observers]

    def __len__(self) -> int:
        return len(self._utterances)

    def __iter__(self) -> Iterator[Segment]:
        return (utterance.segment for utterance in self._utterances)

    def add(self, segment: Segment) -> Utterance:
        """Read the next segment."""
        utterance = observe(segment, tokenize(segment.text), self._models.tagger)
        self._utterances.append(utterance)
        for listener in self._listeners:
            listener.hear(utterance)
        return utterance

    def record(self) -> SectionRecord:
        """What would be kept of the block if the recording ended here."""
        return record_of(self._first, self._utterances, self._listeners)

    def close(self, end: int) -> SectionRecord:
        """What is kept of the block before segment number `end`, where the next one begins for good."""
        n = end - self._first
        record = record_of(self._first, self._utterances[:n], self._listeners)
        self._first = end
        del self._utterances[:n]
        for listener in self._listeners:
            listener.drop(n)
        return record

    def heard(self) -> dict[str, Any]:
        """What the scorers need to know of the blocks before, by their names; ready for JSON, of bounded size."""
        return {listener.name: listener.to_dict() for listener in self._listeners}
