"""Reading the development corpora: one gzip JSONL file per set and split under the folder given as `--data`.

The corpora are never part of the project; only figures computed from them (counts, weights, scores) are.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earmark.errors import EarmarkError
from recorder.transcript import Segment

__all__ = ["CorpusError", "Topic", "TranscriptExample", "parse_transcript", "read_jsonl", "read_transcripts"]


class CorpusError(EarmarkError):
    """A corpus file is missing or is not what its name promises."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A gold section: its title (or None) and inclusive segment spans (first, last)."""

    title: str | None
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class TranscriptExample:
    """One transcript of a corpus with its gold annotation.

    Attributes:
        id: unique within the corpora.
        kind: "meeting", "lecture", "interview", "dialogue".
        domain: for QMSum and ExplainMeetSum "Academic" | "Product" | "Committee"; otherwise "".
        segments: the turns or sentences in order; times are None where the corpus has none.
        topics: gold sections, in the corpus's order (spans may overlap or leave gaps); empty without gold.
        query_spans: inclusive segment spans that some query asks about; empty without gold.
        highlights: segment indexes of an extractive summary; empty without gold.
        meeting: the meeting's name: equal across corpora that annotate the same meeting.
    """

    id: str
    kind: str
    domain: str
    segments: tuple[Segment, ...]
    topics: tuple[Topic, ...]
    query_spans: tuple[tuple[int, int], ...]
    highlights: tuple[int, ...]
    meeting: str

    @property
    def topic_starts(self) -> list[int]:
        """First segments of the topics' spans, sorted, without 0: the boundaries that somebody may announce."""
        firsts = {first for topic in self.topics for first, _ in topic.spans}
        return sorted(first for first in firsts if 0 < first < len(self.segments))

    @property
    def boundaries(self) -> list[int]:
        """First segments of the gold sections, sorted, without 0: wherever the topic changes.

        A segment's topic is that of the last listed span that holds it, or none; talk between two topics is a section
        of its own. Cut-nothing then scores the Pk of the published floors (.36 | .34 | .37 on QMSum validation).
        """
        labels = [-1] * len(self.segments)
        for label, topic in enumerate(self.topics):
            for first, last in topic.spans:
                inside = range(first, min(last + 1, len(labels)))
                labels[first : last + 1] = [label] * len(inside)
        return [i for i in range(1, len(labels)) if labels[i] != labels[i - 1]]


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a gzip JSONL file.

    Raises:
        CorpusError: the file is missing or a line is not a JSON object (names file and line).
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    value = json.loads(line)
                except ValueError as error:
                    raise CorpusError(f"{path}:{number}: not a JSON object ({error}).") from error
                if not isinstance(value, dict):
                    raise CorpusError(f"{path}:{number}: not a JSON object, got {type(value).__name__}.")
                yield value
    except (OSError, EOFError) as error:
        raise CorpusError(
            f"cannot read the corpus file {path}: {error}. Pass the corpora's folder with --data DIR."
        ) from error


def read_transcripts(data: Path, name: str, split: str | None = None) -> list[TranscriptExample]:
    """Read `transcripts/<name>[.<split>].jsonl.gz` below `data`, e.g. ("qmsum", "train") or ("changelog", None)."""
    file = f"{name}.{split}.jsonl.gz" if split else f"{name}.jsonl.gz"
    return [parse_transcript(row) for row in read_jsonl(data / "transcripts" / file)]


def parse_transcript(row: dict[str, Any]) -> TranscriptExample:
    """One line of a transcripts file."""
    segments = tuple(
        Segment(_seconds(item.get("start")), _seconds(item.get("end")), item["text"], item.get("speaker"))
        for item in row["segments"]
    )
    topics = tuple(
        Topic(topic.get("title"), tuple((first, last) for first, last in topic["spans"]))
        for topic in row.get("topics") or ()
    )
    spans = tuple((first, last) for query in row.get("queries") or () for first, last in query.get("spans") or ())
    return TranscriptExample(
        id=row["id"],
        kind=row["kind"],
        domain=(row.get("domain") or "").split("(")[0],
        segments=segments,
        topics=topics,
        query_spans=spans,
        highlights=tuple(row.get("highlights") or ()),
        meeting=row.get("meeting") or row["id"],
    )


def _seconds(value: Any) -> float | None:
    return None if value is None or value < 0 else float(value)
