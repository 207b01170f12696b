"""Times as people and chapter files write them; whole milliseconds inside, so that files round-trip exactly."""

from __future__ import annotations

import math
import re

__all__ = ["clock", "parse_clock", "to_ms", "vtt_time"]

_CLOCK = re.compile(r"(?:(\d{1,9}):)?(\d{1,9}):(\d{1,2})(?:[.,](\d{1,9}))?", re.ASCII)


def to_ms(seconds: float) -> int:
    """Seconds to whole milliseconds, downwards: 12.3456 -> 12345.

    Downwards, because a chapter then never begins after its first segment; the small nudge keeps a time that was
    written in milliseconds (1.001 * 1000 is 1000.9999999999999) where it was.
    """
    return math.floor(seconds * 1000 + 1e-4)


def clock(ms: int) -> str:
    """Milliseconds as a clock without fractions: 65_900 -> "1:05", 360_065_000 -> "100:01:05"."""
    seconds = ms // 1000
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def vtt_time(ms: int) -> str:
    """Milliseconds as WebVTT writes them, hours always there: 65_900 -> "00:01:05.900"."""
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def parse_clock(text: str) -> int | None:
    """Milliseconds of "1:05", "01:01:05.900" or "100:01:05"; None when `text` is not such a time.

    Seconds are 00 to 59, and so are minutes where hours are given; "75:00" is 75 minutes.
    """
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = int(match[1] or 0), int(match[2]), int(match[3])
    if seconds > 59 or (match[1] is not None and minutes > 59):
        return None
    fraction = (match[4] or "").ljust(3, "0")[:3]
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(fraction)
