"""The three ways to run smart scrolling, and records that carry what their models read."""

from __future__ import annotations

from distill.keywords.data import TitledRecording
from recorder.models import Models
from recorder.records import SectionRecord, build_record, merge_records
from recorder.text import tokenize

__all__ = ["SIDES", "load", "records_of"]

SIDES = {"tfidf": "earmark, TF-IDF alone", "transformer": "earmark, transformer alone", "both": "**earmark, fused**"}
"""The values of `--models`, and their names in tables."""


def load(side: str) -> Models:
    """The shipped models of one of `SIDES`."""
    return Models.load(models=side)


def records_of(recording: TitledRecording, models: Models) -> list[SectionRecord]:
    """The sections' records with the models' evidence; one block for each span."""
    records = []
    for spans in recording.spans:
        blocks = []
        for first, last in spans:
            inside = recording.segments[first : last + 1]
            tokens = [tokenize(segment.text) for segment in inside]
            blocks.append(build_record(first, inside, tokens, models.tagger, models.observers))
        records.append(merge_records(blocks))
    return records
