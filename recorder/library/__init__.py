"""A library of recordings: transcripts and their outlines in one SQLite file, with full-text search."""

from __future__ import annotations

from recorder.library.entries import Entry
from recorder.library.folder import Folder
from recorder.library.hits import Hit, HitLine
from recorder.library.store import Library

__all__ = ["Entry", "Folder", "Hit", "HitLine", "Library"]
