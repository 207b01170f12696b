"""One line of JSON from a live recogniser: the shapes of vosk, of sherpa-onnx, and our own plain one.

::

    {"start": 1.2, "end": 3.4, "text": "...", "speaker": "Anna", "words": [["so", 1.2, 1.4], ...]}
    {"result": [{"conf": 1.0, "start": 1.2, "end": 1.4, "word": "so"}, ...], "text": "so ..."}       vosk, final
    {"alternatives": [{"confidence": 231.5, "result": [...], "text": "so ..."}]}                     vosk, several
    {"partial": "so"}                                                                                vosk, not final
    {"is_final": true, "segment": 0, "start_time": 0.0, "text": "SO", "timestamps": [0.4], "tokens": [" SO"]}

The last is sherpa-onnx: token times count from `start_time`, and tokens are pieces of words (a leading space or
"▁" opens a word). A line that is not final (`partial`, `is_final` false) or has no text carries no segment.
"""

from __future__ import annotations

from typing import Any

from recorder.errors import TranscriptError
from recorder.readers.clock import seconds, shown
from recorder.readers.report import Warn
from recorder.readers.values import clean, label, load_json, make_segment, read_words
from recorder.transcript import Segment, Word

__all__ = ["final_segment", "parse_final", "partial_text"]

_TEXTS = ("text", "body", "transcript")
_STARTS = ("start", "startTime", "start_time")
_ENDS = ("end", "endTime", "end_time")


def parse_final(line: str, warn: Warn | None = None) -> Segment | None:
    """The segment of one JSON line, or None when the line is empty, a partial hypothesis, or silence.

    Args:
        line: one line, with or without its line end.
        warn: is told of each mend (an end before its start, a word without text, ...), the line being kept.
            Without it a mend is an error.

    Raises:
        TranscriptError: the line is not JSON or has none of the known shapes; the message says why.
    """
    line = line.strip().lstrip("\ufeff")
    if not line:
        return None
    return final_segment(load_json(line), warn or _refuse)


def _refuse(reason: str) -> None:
    raise TranscriptError(reason)


def final_segment(value: Any, warn: Warn) -> Segment | None:
    """`parse_final` for a value that is parsed already."""
    if not isinstance(value, dict):
        raise TranscriptError(f"expected a JSON object with 'text', got {shown(value)}")
    alternatives = value.get("alternatives")
    if isinstance(alternatives, list) and alternatives and isinstance(alternatives[0], dict):
        value = {**value, **alternatives[0]}  # best first
    if value.get("is_final", value.get("final")) is False:
        return None
    text = _first(value, _TEXTS)
    if text is None and "partial" in value:
        return None
    if text is None and isinstance(value.get("result", value.get("words")), list):
        text = " ".join(word.text for word in read_words(value.get("result", value.get("words")), warn))
    if not isinstance(text, str):
        got = "no such key" if text is None else shown(text)
        keys = ", ".join(repr(str(key)[:20]) for key in list(value)[:8])
        raise TranscriptError(f"expected 'text' (or vosk's 'partial') with a string, got {got}; the keys are {keys}")
    text = clean(text, warn).strip()
    if not text:
        return None
    speaker = label(value.get("speaker"), warn)
    if "tokens" in value and "timestamps" in value:
        return _sherpa(value, text, speaker, warn)
    words = read_words(value["result"] if "result" in value else value.get("words"), warn)
    start = seconds(_first(value, _STARTS), "its start", warn)
    return make_segment(start, seconds(_first(value, _ENDS), "its end", warn), text, speaker, words, warn)


def partial_text(value: Any) -> str:
    """What a line that is not final has heard so far; empty for anything else."""
    if not isinstance(value, dict):
        return ""
    text = value.get("partial")
    if text is None and value.get("is_final", value.get("final")) is False:
        text = _first(value, _TEXTS)
    return text.strip() if isinstance(text, str) else ""


def _first(value: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _sherpa(value: dict[str, Any], text: str, speaker: str | None, warn: Warn) -> Segment:
    """Token times count from `start_time`; the last known token time is the earliest possible end."""
    origin = seconds(value.get("start_time"), "its start_time", warn) or 0.0
    tokens, stamps, durations = value["tokens"], value["timestamps"], value.get("durations")
    if not (isinstance(tokens, list) and isinstance(stamps, list) and len(tokens) == len(stamps)):
        warn("'tokens' and 'timestamps' are not lists of one length; word times left out")
        return make_segment(origin, None, text, speaker, (), warn)
    times: list[float | None] = []
    for number, stamp in enumerate(stamps):
        time = seconds(stamp, f"timestamp {number}", warn)
        times.append(None if time is None else origin + time)
    known = [time for time in times if time is not None]
    if not known:  # some models give no times at all
        return make_segment(origin if "start_time" in value else None, None, text, speaker, (), warn)
    ends: list[float | None] = [None] * len(times)
    if isinstance(durations, list) and len(durations) == len(times):
        for number, (time, lasting) in enumerate(zip(times, durations, strict=True)):
            span = seconds(lasting, f"duration {number}", warn)
            ends[number] = None if time is None or span is None else time + span
    words = _spell(text, tokens, times, ends)
    if words is None:
        warn("the tokens do not spell the text; word times left out")
        words = ()
    end = max(known + [time for time in ends if time is not None])
    return make_segment(min(known), end, text, speaker, words, warn)


def _spell(
    text: str, tokens: list[Any], times: list[float | None], ends: list[float | None]
) -> tuple[Word, ...] | None:
    """Words of `text` with the time of the token each begins in, or None when the tokens spell something else."""
    owner: list[int] = []  # for each letter, the token it comes from
    letters: list[str] = []
    for number, token in enumerate(tokens):
        if not isinstance(token, str):
            return None
        for letter in "".join(token.replace("▁", " ").split()):
            letters.append(letter)
            owner.append(number)
    pieces = text.split()
    if "".join(letters).casefold() != "".join(pieces).casefold() or len(letters) != sum(map(len, pieces)):
        return None
    words: list[Word] = []
    position = 0
    for piece in pieces:
        first, last = owner[position], owner[position + len(piece) - 1]
        words.append(Word(piece, times[first], ends[last]))
        position += len(piece)
    return tuple(words)
