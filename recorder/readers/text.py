"""Plain text: "Name: ..." turns, "[00:12:03] Name: ..." lines, one utterance per line, or mere paragraphs.

Kept: all text, speakers, times at the beginning of lines ("[00:12:03]", "(0:12)", "[00:00.000 --> 00:03.000]" as
Whisper prints it, and bare "00:12:03" when three lines in ten have one). A line without name or time goes on with
the turn above it; a paragraph behind a blank line is a segment of its own with the same speaker. Text without any
mark: one segment per line, or per paragraph when the lines are wrapped. Where segments would have more than 100 words
on average, those of more than 200 are split into their sentences (elsewhere those of more than 1,000), and a sentence
without end into chunks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from recorder.readers.clock import CLOCK, clock_seconds, mend_span
from recorder.readers.document import Document, Placed
from recorder.readers.speakers import find_names, plausible_name, turn_of
from recorder.readers.utterances import LONG, VERY_LONG, split_long
from recorder.transcript import Segment

__all__ = ["read", "sniff"]

_TIME = re.compile(
    rf"""\s*(?P<open>[\[(<])?\s*(?P<start>{CLOCK})(?:\s*(?:-->|->|[–—-])\s*(?P<end>{CLOCK}))?
    \s*(?P<close>[\])>])?(?=\s|$|[\w"'“])(?:\s*[-–—|]\s)?\s*""",
    re.VERBOSE,
)
_NAME_TIME = re.compile(rf"\s*(?P<name>[^\W_][^:\[\]()\n]{{0,47}})[\[(](?P<start>{CLOCK})[\])]\s*:\s+")
_DENSE = 100
_STOPS = (".", "?", "!", "…", '."', '?"', '!"', ":", ")")


@dataclass(slots=True)
class _Line:
    """A line that is not blank, taken apart: its number, what stands before it, and the rest."""

    number: int
    text: str
    start: float | None = None
    end: float | None = None
    boxed: bool = False
    after_blank: bool = False


@dataclass(slots=True)
class _Unit:
    """Lines that make one segment."""

    number: int
    start: float | None
    end: float | None
    speaker: str | None
    lines: list[str] = field(default_factory=list)


def sniff(document: Document) -> bool:
    """Anything that does not look like JSON is text; this format comes last."""
    return not document.looks_json


def read(document: Document) -> list[Placed]:
    """The segments of the file."""
    plain = _split_lines(document)
    timed = _with_times(plain)
    lines = timed if timed is not None else plain
    names = find_names(line.text for line in lines)
    if names or timed is not None:
        units = _turns(lines, names)
    elif _is_wrapped(lines):
        units = _paragraphs(lines)
    else:
        units = [_Unit(line.number, None, None, None, [line.text]) for line in lines]
    limit = _limit(units)
    placed: list[Placed] = []
    for unit in units:
        start, end = mend_span(unit.start, unit.end, document.report.at(unit.number))
        pieces = split_long("\n".join(unit.lines).strip(), limit)
        for index, piece in enumerate(pieces):
            begin = start if index == 0 else None
            finish = end if index + 1 == len(pieces) else None
            placed.append((unit.number, Segment(begin, finish, piece, unit.speaker)))
    return placed


def _limit(units: list[_Unit]) -> int:
    """From how many words on a unit is split: lines stay segments unless the file has too few to make sections of."""
    total = sum(len(line.split()) for unit in units for line in unit.lines)
    return LONG if total > _DENSE * len(units) else VERY_LONG


def _split_lines(document: Document) -> list[_Line]:
    lines: list[_Line] = []
    blank = True
    for number, text in enumerate(document.lines, 1):
        if text.strip():
            lines.append(_Line(number, text.strip(), after_blank=blank))
        blank = not text.strip()
    return lines


def _with_times(lines: list[_Line]) -> list[_Line] | None:
    """The lines with the times they begin with taken off, or None when the file has no times."""
    parsed = [_take_time(line) for line in lines]
    marked = [line for line in parsed if line.start is not None]
    boxed = sum(line.boxed for line in marked)
    often = len(marked) * 10 >= len(lines) * 3
    if boxed and (boxed > 1 or often):
        bare = often
    elif len(marked) > 1 and often:
        bare = True
    else:
        return None
    return [new if new.boxed or bare else old for old, new in zip(lines, parsed, strict=True)]


def _take_time(line: _Line) -> _Line:
    match = _TIME.match(line.text)
    if match is not None and (match["open"] is None) == (match["close"] is None):
        end = None if match["end"] is None else clock_seconds(match["end"])
        rest = line.text[match.end() :]
        return _Line(line.number, rest, clock_seconds(match["start"]), end, match["open"] is not None, line.after_blank)
    match = _NAME_TIME.match(line.text)
    if match is not None and plausible_name(match["name"].strip()):
        rest = f"{match['name'].strip()}: {line.text[match.end() :]}"
        return _Line(line.number, rest, clock_seconds(match["start"]), None, True, line.after_blank)
    return line


def _turns(lines: list[_Line], names: frozenset[str]) -> list[_Unit]:
    """Units that begin at a name or a time; a paragraph behind a blank line goes on with the speaker above."""
    units: list[_Unit] = []
    speaker: str | None = None
    for line in lines:
        text = line.text
        turn = turn_of(text)
        if turn is not None and turn[0] in names:
            speaker, offset = turn
            text = text[offset:]
        elif line.start is None and units and (not line.after_blank or _is_open(units[-1])):
            units[-1].lines.append(text)
            continue
        if line.start is None and units and _is_open(units[-1]):  # a time alone on its line belongs to what follows
            units[-1].speaker = speaker
            units[-1].lines.append(text)
            continue
        units.append(_Unit(line.number, line.start, line.end, speaker, [text] if text else []))
    return units


def _is_open(unit: _Unit) -> bool:
    return not any(line.strip() for line in unit.lines)


def _is_wrapped(lines: list[_Line]) -> bool:
    """Whether lines are broken at a margin: most lines that another one follows directly are long and go on."""
    inner = [line.text for line, after in pairwise(lines) if not after.after_blank]
    if len(inner) < 2:
        return False
    going_on = sum(len(text) >= 40 and not text.endswith(_STOPS) for text in inner)
    longest = max(len(text) for text in inner)
    near_margin = sum(len(text) >= 0.7 * longest for text in inner)
    return longest <= 200 and going_on * 10 >= len(inner) * 6 and near_margin * 10 >= len(inner) * 7


def _paragraphs(lines: list[_Line]) -> list[_Unit]:
    units: list[_Unit] = []
    for line in lines:
        if line.after_blank or not units:
            units.append(_Unit(line.number, None, None, None))
        units[-1].lines.append(line.text)
    return units
