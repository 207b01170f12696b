"""Recordings with titled sections: meetings with the titles of their topics, lectures with the title of the talk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from distill.corpora import TranscriptExample, read_jsonl, read_transcripts
from recorder.observers import Observer
from recorder.records import SectionRecord, Tags, build_record, merge_records
from recorder.text import tokenize
from recorder.transcript import Segment

__all__ = [
    "LECTURE_SECTIONS",
    "TitledRecording",
    "as_recognised",
    "joined_slides",
    "lecture_recordings",
    "meeting_recordings",
    "record_of",
]

_NOTE = re.compile(r"[\[{<][^\]}>]*[\]}>]")
_MARKS = re.compile(r"[^\w\s'’]")
_SERIES = re.compile(r"(?:ES|IS|TS)\d{4}")
_LECTURE_SECTION_WORDS = 700
LECTURE_SECTIONS = range(3, 13)
"""So many sections has a lecture that is used."""

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class TitledRecording:
    """One recording with gold sections.

    Attributes:
        id: unique, lower-case copies share it.
        group: recordings of one series: all or none of a group may be used to judge its members.
        domain: "Academic", "Product", "Committee", "Lecture".
        labels: the speakers' labels.
        titles: one per section.
        spans: inclusive segment spans of each section.
        segments: the whole transcript.
        records: one per section.
    """

    id: str
    group: str
    domain: str
    labels: tuple[str, ...]
    titles: tuple[str, ...]
    spans: tuple[tuple[tuple[int, int], ...], ...]
    segments: tuple[Segment, ...]
    records: tuple[SectionRecord, ...]


def as_recognised(text: str) -> str:
    """What a plain recogniser would have written: lower case, no marks. "Well, I [laughs] do!" gives "well i do"."""
    return " ".join(_MARKS.sub(" ", _NOTE.sub(" ", text)).lower().split())


def record_of(
    segments: Sequence[Segment], spans: Spans, tagger: Tags, observers: Sequence[Observer] = ()
) -> SectionRecord:
    """The record of a section that lies in one or more inclusive spans of segments."""
    blocks = []
    for first, last in spans:
        inside = segments[first : last + 1]
        blocks.append(build_record(first, inside, [tokenize(segment.text) for segment in inside], tagger, observers))
    return merge_records(blocks)


def meeting_recordings(data: Path, split: str, tagger: Tags, *, lower: bool = False) -> list[TitledRecording]:
    """The QMSum meetings of a split with their titled topics; `lower` takes them as a recogniser writes."""
    recordings = []
    for example in read_transcripts(data, "qmsum", split):
        topics = [topic for topic in example.topics if topic.title and topic.spans]
        series = _SERIES.match(example.meeting)
        recordings.append(
            _recording(
                example,
                series.group() if series else example.meeting,
                example.domain,
                [topic.title or "" for topic in topics],
                [topic.spans for topic in topics],
                tagger,
                lower,
            )
        )
    return recordings


def lecture_recordings(data: Path, split: str, tagger: Tags, *, most: int) -> list[TitledRecording]:
    """The first `most` VT-SSum lectures of 3 to 12 sections; neighbouring slides are joined to 700 words or more.

    Every section bears the lecture's title. Every second lecture is taken as a recogniser writes.
    """
    recordings: list[TitledRecording] = []
    titles = {row["id"]: row.get("title") for row in read_jsonl(data / "transcripts" / f"vt_ssum.{split}.jsonl.gz")}
    for example in read_transcripts(data, "vt_ssum", split):
        spans = joined_slides(example)
        title = titles[example.id]
        if len(recordings) == most:
            break
        if title and len(spans) in LECTURE_SECTIONS:
            each = [((first, last),) for first, last in spans]
            lower = len(recordings) % 2 == 1
            recordings.append(_recording(example, example.id, "Lecture", [title] * len(each), each, tagger, lower))
    return recordings


def joined_slides(example: TranscriptExample) -> list[tuple[int, int]]:
    """The spans of a lecture's sections: neighbouring slides until they have more than 700 words."""
    spans: list[tuple[int, int]] = []
    first, words = 0, 0
    for topic in example.topics:
        last = topic.spans[-1][1]
        words += sum(len(segment.text.split()) for segment in example.segments[topic.spans[0][0] : last + 1])
        if words > _LECTURE_SECTION_WORDS and last >= first:
            spans.append((first, last))
            first, words = last + 1, 0
    return spans


def _recording(
    example: TranscriptExample,
    group: str,
    domain: str,
    titles: Sequence[str],
    spans: Sequence[Spans],
    tagger: Tags,
    lower: bool,
) -> TitledRecording:
    segments = example.segments
    if lower:
        segments = tuple(Segment(each.start, each.end, as_recognised(each.text), each.speaker) for each in segments)
    return TitledRecording(
        example.id,
        group,
        domain,
        tuple(sorted({segment.speaker for segment in segments if segment.speaker})),
        tuple(titles),
        tuple(tuple(span) for span in spans),
        segments,
        tuple(record_of(segments, span, tagger) for span in spans),
    )
