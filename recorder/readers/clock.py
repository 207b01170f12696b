"""Times as transcripts write them, turned into seconds.

The parser takes `1:02:03.500`, `02:03,5`, `120:00:00.000`: hours may be missing or have any number of digits,
the decimals may follow a dot or a comma.
"""

from __future__ import annotations

import math
import re
from typing import Any

from recorder.readers.report import Warn

__all__ = ["CLOCK", "MAX_SECONDS", "clock_seconds", "mend_seconds", "mend_span", "seconds", "shown"]

MAX_SECONDS = 1e10
"""Times beyond this (317 years) are no times: they are taken as missing, with a warning."""

CLOCK = r"(?:[0-9]{1,6}:)?[0-9]{1,3}:[0-9]{1,2}(?:[.,][0-9]{1,9})?"
"""A regular expression, without groups, for the clock times that `clock_seconds` reads."""

_CLOCK = re.compile(r"(-?)(?:([0-9]{1,6}):)?([0-9]{1,3}):([0-9]{1,2})(?:[.,]([0-9]{1,9}))?")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")


def clock_seconds(text: str) -> float | None:
    """Seconds of a clock time, negative if it has a minus sign, or None when `text` is not one.

    "01:02.500" is 62.5; minutes and seconds above 59 are taken at their word ("90:00" is 5400.0).
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    sign, hours, minutes, whole, fraction = match.groups()
    # Integer milliseconds first, so that 00:00:01.100 is the same float as 1.1.
    digits = (fraction or "").ljust(9, "0")
    nanos = ((int(hours or 0) * 60 + int(minutes)) * 60 + int(whole)) * 10**9 + int(digits)
    value = nanos / 10**9
    return -value if sign else value


def mend_seconds(value: float, what: str, warn: Warn) -> float | None:
    """`value` if a Segment may have it; otherwise 0.0 (negative) or None (not finite, absurd), with a warning."""
    if not math.isfinite(value):
        warn(f"{what} is not a finite number; taken as missing")
        return None
    if value > MAX_SECONDS:
        warn(f"{what} is {value:g} seconds, more than any recording has; taken as missing")
        return None
    if value < 0:
        warn(f"{what} is negative ({value:g} s); taken as 0")
        return 0.0
    return value + 0.0  # turns -0.0 into 0.0


def shown(value: Any) -> str:
    """A JSON value as it may stand in a message: short, and never the inside of a list or an object."""
    if isinstance(value, (list, dict)):  # their repr may be as long as the file, or nested too deep
        return f"a list of {len(value)}" if isinstance(value, list) else f"an object with {len(value)} keys"
    return repr(value)[:40]


def seconds(value: Any, what: str, warn: Warn, *, scale: float = 1.0) -> float | None:
    """Seconds of a JSON value: a number divided by `scale`, or a string with a number or a clock time.

    Anything else is reported through `warn` and taken as missing; None is missing without a word.
    """
    if value is None:
        return None
    if isinstance(value, str):
        clock = clock_seconds(value)
        if clock is not None:
            return mend_seconds(clock, what, warn)
        if _NUMBER.fullmatch(value.strip()):
            return mend_seconds(float(value) / scale, what, warn)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return mend_seconds(float(value) / scale, what, warn)
        except OverflowError:
            warn(f"{what} is too large a number; taken as missing")
            return None
    warn(f"{what} is {shown(value)}, not a time; taken as missing")
    return None


def mend_span(
    start: float | None, end: float | None, warn: Warn, what: str = "the line"
) -> tuple[float | None, float | None]:
    """`start` and `end`, the end left out with a warning when it lies before the start."""
    if start is not None and end is not None and end < start:
        warn(f"{what} ends ({end:g} s) before it starts ({start:g} s); its end is taken as missing")
        return start, None
    return start, end
