"""WhisperX's JSON: Whisper's segments with aligned words and speakers.

Kept: segments, speakers, words; a word that alignment gave no time (numbers, signs) is a Word without times. A
segment has one speaker: its own, or else that of most of its words.
"""

from __future__ import annotations

from recorder.errors import TranscriptError
from recorder.readers.document import Document, Placed
from recorder.readers.whisper import read_entries

__all__ = ["read", "sniff"]


def sniff(document: Document) -> bool:
    """Whether the file is one JSON object with segments that have speakers, or words with a score."""
    value = document.value
    if not isinstance(value, dict) or not isinstance(value.get("segments"), list):
        return False
    entries = [entry for entry in value["segments"][:50] if isinstance(entry, dict)]
    if any("body" in entry or "startTime" in entry for entry in entries):
        return False
    if "word_segments" in value or any("speaker" in entry for entry in entries):
        return True
    words = [word for entry in entries if isinstance(entry.get("words"), list) for word in entry["words"][:50]]
    return any(isinstance(word, dict) and ("score" in word or "speaker" in word) for word in words)


def read(document: Document) -> list[Placed]:
    """The segments of the file."""
    value = document.value
    if not isinstance(value, dict) or not isinstance(value.get("segments"), list):
        raise TranscriptError("it is no JSON object with a list of 'segments'")
    document.report_damage()
    return [(None, segment) for segment in read_entries(value["segments"], "segments", document.report)]
