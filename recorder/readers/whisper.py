"""Whisper's JSON: openai-whisper, faster-whisper dumps, OpenAI's `verbose_json`, Hugging Face `chunks`.

Kept: segments with their times, words with theirs (in the segments, or beside them as `verbose_json` has it), a
speaker where one was added. Left out by design: token ids, probabilities, temperatures, the language.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recorder.errors import TranscriptError
from recorder.readers.clock import mend_span, seconds, shown
from recorder.readers.document import Document, Placed
from recorder.readers.report import Report, Warn
from recorder.readers.utterances import join_words
from recorder.readers.values import clean, label, make_segment, read_words
from recorder.transcript import Segment, Word

__all__ = ["read", "read_entries", "sniff"]


def sniff(document: Document) -> bool:
    """Whether the file is one JSON object with a list of segments or chunks, or with text and words beside it."""
    value = document.value
    if not isinstance(value, dict):
        return False
    if any(isinstance(value.get(key), list) for key in ("segments", "chunks")):
        return True
    return isinstance(value.get("words"), list) and isinstance(value.get("text"), str) and "start" not in value


def read(document: Document) -> list[Placed]:
    """The segments of the file."""
    value = document.value
    if not isinstance(value, dict):
        raise TranscriptError("it is no JSON object with 'segments'")
    key = next((key for key in ("segments", "chunks") if isinstance(value.get(key), list)), None)
    document.report_damage()
    beside = read_words(value.get("words"), document.report.at(None))
    if key is None or (not value[key] and beside):
        return [(None, segment) for segment in join_words(beside)]
    segments = read_entries(value[key], key, document.report)
    if beside and not any(segment.words for segment in segments):
        segments = _hand_out(segments, beside)
    return [(None, segment) for segment in segments]


def read_entries(entries: list[Any], key: str, report: Report) -> list[Segment]:
    """The segments of a list of `{"start", "end", "text", "words", "speaker"}`; unusable entries are reported."""
    segments: list[Segment] = []
    for number, entry in enumerate(entries):
        warn = report.at(None, f"{key}[{number}]: ")
        if not isinstance(entry, dict):
            warn(f"is {shown(entry)}, not an object; skipped")
            continue
        words = read_words(entry.get("words"), warn)
        text = entry.get("text")
        if text is None and words:
            text = " ".join(word.text for word in words)
        if not isinstance(text, str):
            warn("has no text; skipped")
            continue
        start, end = _times(entry, warn)
        speaker = label(entry.get("speaker"), warn) or _word_speaker(entry.get("words"))
        segments.append(make_segment(start, end, clean(text, warn).strip(), speaker, words, warn))
    return segments


def _times(entry: dict[str, Any], warn: Warn) -> tuple[float | None, float | None]:
    stamp = entry.get("timestamp")
    if isinstance(stamp, list) and len(stamp) == 2:
        start, end = stamp
    else:
        start, end = entry.get("start"), entry.get("end")
    begin = seconds(start, "its start", warn)
    return mend_span(begin, seconds(end, "its end", warn), warn, "it")


def _word_speaker(words: Any) -> str | None:
    """The speaker of most words, for a segment that names none itself; the first one of equals."""
    counts: dict[str, int] = {}
    for word in words if isinstance(words, list) else ():
        speaker = word.get("speaker") if isinstance(word, dict) else None
        if isinstance(speaker, str) and speaker.strip():
            speaker = clean(speaker, lambda reason: None).strip()
            counts[speaker] = counts.get(speaker, 0) + 1
    return max(counts, key=lambda speaker: counts[speaker]) if counts else None


def _hand_out(segments: Sequence[Segment], words: Sequence[Word]) -> list[Segment]:
    """Give words that stand beside the segments to the segment in whose time they begin; none is left over."""
    shares: list[list[Word]] = [[] for _ in segments]
    current = 0
    for word in words:
        while word.start is not None and current + 1 < len(segments):
            following = segments[current + 1].start
            if following is None or word.start < following:
                break
            current += 1
        if shares:
            shares[current].append(word)
    return [
        Segment(segment.start, segment.end, segment.text, segment.speaker, tuple(share))
        for segment, share in zip(segments, shares, strict=True)
    ]
