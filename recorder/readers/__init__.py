"""Readers: one per transcript format, chosen by content; nothing is lost in silence."""

from __future__ import annotations

from recorder.readers.final import parse_final

__all__ = ["parse_final"]
