"""JSON values that came from outside: parsing that cannot blow up, and strings that can be written again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from recorder.errors import TranscriptError
from recorder.readers.clock import mend_span, seconds, shown
from recorder.readers.report import Warn
from recorder.transcript import Segment, Word

__all__ = ["clean", "label", "load_json", "make_segment", "read_words"]

_LONE = re.compile("[\ud800-\udfff\x00]")


def load_json(text: str) -> Any:
    """The value of `text`.

    Raises:
        TranscriptError: not JSON, nested too deep, or a number with too many digits; the message has line and column.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column" if "\n" in text else "column"
        raise TranscriptError(f"not valid JSON: {error.msg.removesuffix(' at')} at {place} {error.colno}") from error
    except RecursionError as error:
        raise TranscriptError("not usable JSON: values are nested too deep") from error
    except ValueError as error:  # the interpreter's limit on the digits of one integer
        raise TranscriptError("not usable JSON: a number has thousands of digits") from error


def clean(text: str, warn: Warn) -> str:
    """`text` without NUL and with lone surrogates as U+FFFD, so that it can be written as UTF-8."""
    if _LONE.search(text) is None:
        return text
    warn("the text has characters that no file can hold (NUL or half a surrogate pair); mended")
    return _LONE.sub(lambda match: "" if match.group() == "\x00" else "\ufffd", text)


def label(value: Any, warn: Warn) -> str | None:
    """A speaker's label: strings and whole numbers are taken, empty ones and None are no label."""
    if value is None or value == "":
        return None
    if isinstance(value, dict):  # {"speaker": {"name": ...}} as some services nest it
        value = value.get("name", value.get("label", value.get("id")))
        if value is None:
            return None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        warn(f"the speaker is {shown(value)}, not a string; taken as missing")
        return None
    return clean(str(value), warn).strip() or None


def read_words(value: Any, warn: Warn, *, scale: float = 1.0) -> tuple[Word, ...]:
    """Words from `[{"word" or "text", "start", "end"}, ...]` or `[[text, start, end], ...]`; times may be missing."""
    if value is None:
        return ()
    if not isinstance(value, list):
        warn(f"'words' is {shown(value)}, not a list; word times left out")
        return ()
    words: list[Word] = []
    for number, item in enumerate(value):
        what = f"word {number}"
        if isinstance(item, dict):
            text = item.get("word", item.get("text", item.get("punctuated_word")))
            start, end = item.get("start", item.get("startTime")), item.get("end", item.get("endTime"))
        elif isinstance(item, list) and len(item) == 3:
            text, start, end = item
        else:
            warn(f"{what} is {shown(item)}, not a word; skipped")
            continue
        if not isinstance(text, str):
            warn(f"{what} has no text; skipped")
            continue
        text = clean(text, warn).strip()
        if not text:
            continue
        begin = seconds(start, f"{what}'s start", warn, scale=scale)
        begin, finish = mend_span(begin, seconds(end, f"{what}'s end", warn, scale=scale), warn, what)
        words.append(Word(text, begin, finish))
    return tuple(words)


def make_segment(
    start: float | None,
    end: float | None,
    text: str,
    speaker: str | None,
    words: Sequence[Word],
    warn: Warn,
) -> Segment:
    """A Segment whose missing times are filled from its words, and whose end is never before its start."""
    if start is None:
        start = next((word.start for word in words if word.start is not None), None)
    if end is None:
        end = next((word.end for word in reversed(words) if word.end is not None), None)
        if start is not None and end is not None and end < start:
            end = None
    start, end = mend_span(start, end, warn)
    return Segment(start, end, text, speaker, tuple(words))
