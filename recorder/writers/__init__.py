"""Outlines out: one writer per format, all behind `write_outline`.

Everything these write, `recorder.chapters.read_boundaries` reads back.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from recorder.errors import WriteError
from recorder.outline import Outline
from recorder.transcript import Transcript
from recorder.writers import ffmetadata, markdown, outline_json, podcast, webvtt, youtube

__all__ = ["WRITERS", "write_outline"]

_WRITERS: dict[str, Callable[[Outline, Transcript | None], str]] = {
    "json": outline_json.write,
    "podcast": podcast.write,
    "webvtt": webvtt.write,
    "youtube": youtube.write,
    "ffmetadata": ffmetadata.write,
    "markdown": markdown.write,
}

WRITERS: tuple[str, ...] = tuple(_WRITERS)
"""The formats' names, as `write_outline` and `earmark scroll --to` take them."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def write_outline(outline: Outline, format: str, *, transcript: Transcript | None = None) -> str:
    """An outline as text in one of the formats; it ends in a newline and can be encoded as UTF-8.

    Args:
        outline: what to write.
        format: "json" (docs/outline-json.md), "podcast" (Podcasting 2.0 chapters), "webvtt" (chapters), "youtube"
            (a list for a video's description), "ffmetadata" (for ffmpeg) or "markdown".
        transcript: where the outline came from; gives Markdown its quotes, and the end of the recording where the
            outline has none.

    Raises:
        WriteError: an unknown format; a format of chapters for an outline without times or sections; or, for
            YouTube, fewer than three chapters of ten seconds.
    """
    if format not in _WRITERS:
        raise WriteError(f"the format must be one of {', '.join(WRITERS)}; got {format!r}.")
    # A lone surrogate (half of an emoji in a damaged JSON transcript) has no UTF-8.
    return _LONE_SURROGATE.sub("\ufffd", _WRITERS[format](outline, transcript))
