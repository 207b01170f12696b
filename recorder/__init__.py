"""Smart scrolling at run time: a transcript in, sections with keywords and highlights out, live or at once."""

from __future__ import annotations

from recorder.chapters import read_boundaries
from recorder.options import Options
from recorder.outline import Keyword, Mention, Outline, Section
from recorder.readers import FORMATS, read_transcript
from recorder.session import Session, SmartScroll
from recorder.transcript import ReadWarning, Segment, Transcript, Word
from recorder.writers import WRITERS, write_outline

__all__ = [
    "FORMATS",
    "WRITERS",
    "Keyword",
    "Mention",
    "Options",
    "Outline",
    "ReadWarning",
    "Section",
    "Segment",
    "Session",
    "SmartScroll",
    "Transcript",
    "Word",
    "read_boundaries",
    "read_transcript",
    "write_outline",
]
