"""Readers: one per transcript format, chosen by content; nothing is lost in silence."""

from __future__ import annotations

from recorder.readers.final import parse_final
from recorder.readers.reading import FORMATS, read_transcript

__all__ = ["FORMATS", "parse_final", "read_transcript"]
