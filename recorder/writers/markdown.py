"""An outline as Markdown notes: one heading per section, keywords with the times they were said, a quote."""

from __future__ import annotations

import re

from recorder.clock import clock, to_ms
from recorder.excerpts import excerpt
from recorder.outline import Keyword, Outline, Section
from recorder.transcript import Transcript
from recorder.writers.timeline import one_line, title_of

__all__ = ["write"]

_SPECIAL = re.compile(r"[\\`*_\[\]<>#|~&$]")
_BLOCK_START = re.compile(r"^(\d*)([-+.)=])")  # "- x" and "1. x" would begin a list
_SHOWN_MENTIONS = 5


def write(outline: Outline, transcript: Transcript | None) -> str:
    """Works with and without times; the line under each heading names the segments, so that it can be read back."""
    lines = [f"# {_escape(outline.titles[0]) if outline.titles else 'Outline'}", ""]
    if len(outline.titles) > 1:
        lines += ["Other titles: " + "; ".join(map(_escape, outline.titles[1:])), ""]
    for number, section in enumerate(outline.sections, start=1):
        star = "★ " if section.highlighted else ""
        lines += [f"## {star}{_escape(title_of(section, number))}", "", _meta(section), ""]
        if section.keywords:
            lines += [f"- {_keyword(keyword)}" for keyword in section.keywords] + [""]
        said = excerpt(section, transcript)
        if said is not None:
            who = f"{_escape(said.speaker)}: " if said.speaker else ""
            lines += [f"> {who}{_escape(said.text)}", ""]
    return "\n".join(lines)


def _meta(section: Section) -> str:
    times = ""
    if section.start is not None and section.end is not None:
        times = f"{clock(to_ms(section.start))}–{clock(to_ms(section.end))} · "
    if section.first_segment == section.last_segment:
        segments = f"segment {section.first_segment}"
    else:
        segments = f"segments {section.first_segment}–{section.last_segment}"
    return f"*{times}{segments} · importance {section.importance:.2f}*"


def _keyword(keyword: Keyword) -> str:
    times = [clock(to_ms(mention.time)) for mention in keyword.mentions if mention.time is not None]
    shown = ", ".join(times[:_SHOWN_MENTIONS])
    more = len(times) - _SHOWN_MENTIONS
    places = f" ({shown} and {more} more)" if more > 0 else f" ({shown})" if shown else ""
    return f"**{_escape(keyword.text)}**{places}"


def _escape(text: str) -> str:
    """Plain text on one line: what Markdown could take for its own goes behind a backslash."""
    text = _SPECIAL.sub(r"\\\g<0>", one_line(text))
    return _BLOCK_START.sub(r"\1\\\2", text)
