"""whisper.cpp's JSON, as `-oj` and `-ojf` write it; offsets are milliseconds.

Kept: segments, the speaker that `--diarize` guesses ("?" is none), and from `-ojf` the words, put together from the
tokens (a token that begins with a space opens a word; "[_BEG_]" and its like are no words). Left out by design:
token ids, probabilities, model and settings, and `speaker_turn_next`, which names nobody.
"""

from __future__ import annotations

import re
from typing import Any

from recorder.errors import TranscriptError
from recorder.readers.clock import mend_span, seconds, shown
from recorder.readers.document import Document, Placed
from recorder.readers.report import Warn
from recorder.readers.values import clean, label, make_segment
from recorder.transcript import Segment, Word

__all__ = ["read", "sniff"]

_SPECIAL = re.compile(r"\[_[A-Za-z0-9_]+\]|<\|[^|<>]*\|>")


def sniff(document: Document) -> bool:
    """Whether the file is one JSON object with a list named `transcription`."""
    value = document.value
    return isinstance(value, dict) and isinstance(value.get("transcription"), list)


def read(document: Document) -> list[Placed]:
    """The segments of the file."""
    value = document.value
    if not isinstance(value, dict) or not isinstance(value.get("transcription"), list):
        raise TranscriptError("it is no JSON object with a list named 'transcription'")
    document.report_damage()
    placed: list[Placed] = []
    for number, entry in enumerate(value["transcription"]):
        warn = document.report.at(None, f"transcription[{number}]: ")
        segment = _segment(entry, warn)
        if segment is not None:
            placed.append((None, segment))
    return placed


def _segment(entry: Any, warn: Warn) -> Segment | None:
    if not isinstance(entry, dict):
        warn(f"is {shown(entry)}, not an object; skipped")
        return None
    text = entry.get("text")
    if not isinstance(text, str):
        warn("has no text; skipped")
        return None
    text = clean(text, warn).strip()
    start, end = _span(entry, "it", warn)
    speaker = label(entry.get("speaker"), warn)
    words = _words(entry.get("tokens"), text, warn)
    return make_segment(start, end, text, None if speaker == "?" else speaker, words, warn)


def _span(entry: dict[str, Any], what: str, warn: Warn) -> tuple[float | None, float | None]:
    """Times from `offsets` in milliseconds, or else from `timestamps` as clock times."""
    for key, scale in (("offsets", 1000.0), ("timestamps", 1.0)):
        span = entry.get(key)
        if isinstance(span, dict):
            start = seconds(span.get("from"), f"{what}'s start", warn, scale=scale)
            return mend_span(start, seconds(span.get("to"), f"{what}'s end", warn, scale=scale), warn, what)
    return None, None


def _words(tokens: Any, text: str, warn: Warn) -> tuple[Word, ...]:
    if not isinstance(tokens, list):
        return ()
    spelled: list[str] = []
    spans: list[tuple[float | None, float | None]] = []
    for number, token in enumerate(tokens):
        if not isinstance(token, dict) or not isinstance(token.get("text"), str):
            warn(f"token {number} has no text; skipped")
            continue
        piece = clean(token["text"], warn)
        if not piece.strip() or _SPECIAL.fullmatch(piece.strip()):
            continue
        start, end = _span(token, f"token {number}", warn)
        if spelled and not piece[0].isspace():
            spelled[-1] += piece.rstrip()
            spans[-1] = (spans[-1][0], spans[-1][1] if end is None else end)
        else:
            spelled.append(piece.strip())
            spans.append((start, end))
    # Tokens may cut a letter in two, the segment's text has it whole.
    whole = text.split()
    names = whole if len(whole) == len(spelled) else spelled
    return tuple(
        Word(name, start, None if start is not None and end is not None and end < start else end)
        for name, (start, end) in zip(names, spans, strict=True)
    )
