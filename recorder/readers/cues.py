"""What WebVTT and SRT have in common: timing lines, and which text belongs to which cue.

One pass over the lines. A timing line always opens a cue, with or without a blank line before it. Text behind a
blank line that no timing line follows belongs to the cue before: nothing that was said is dropped because of a
blank line too many.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from recorder.readers.clock import CLOCK, clock_seconds, mend_seconds, mend_span
from recorder.readers.markup import plain_text
from recorder.readers.report import Report

__all__ = ["Cue", "Timing", "drop_rolling_lines", "read_timing", "scan_cues"]

_EXACT = re.compile(rf"\s*(-?{CLOCK})\s*(-->|->|--&gt;|[–—]>|=>)\s*(-?{CLOCK})(?=\s|$)(.*)")
_CLOCKISH = re.compile(r"[-0-9:., xXoOlI?]{4,30}")
_SETTING = re.compile(r"[A-Za-z]+[0-9]?:\S+")
_COMMENT = re.compile(r"NOTE(?:\s|$)|STYLE\s*$|REGION\s*$")
_INDEX = re.compile(r"\W{0,3}[0-9]{1,9}\W{0,3}")


@dataclass(frozen=True, slots=True)
class Timing:
    """A timing line: its two times as written (None where unreadable) and what stands behind them."""

    start: float | None
    end: float | None
    rest: str
    exact: bool


@dataclass(slots=True)
class Cue:
    """A cue: the number of its timing line, its times in seconds, and its lines of text with their numbers."""

    line: int
    start: float | None
    end: float | None
    lines: list[tuple[int, str]] = field(default_factory=list)


def read_timing(line: str) -> Timing | None:
    """The timing line that `line` is, or None when it is text. Damage in one of the two times is tolerated."""
    if ">" not in line and "&gt;" not in line:
        return None
    match = _EXACT.match(line)
    if match is not None:
        start, arrow, end, rest = match.groups()
        return Timing(clock_seconds(start), clock_seconds(end), rest.strip(), arrow == "-->")
    left, arrow, right = line.partition("-->")
    if not arrow or len(left) > 40:
        return None
    left = "".join(left.split())
    token, _, rest = right.strip().partition(" ")
    begin, finish = clock_seconds(left), clock_seconds(token)
    if finish is None and len(right) <= 40:
        whole = clock_seconds("".join(right.split()))
        if whole is not None:
            finish, token, rest = whole, "".join(right.split()), ""
    if begin is None and finish is None:
        # Two damaged times are still a timing line when they look like nothing else.
        if not all(_CLOCKISH.fullmatch(side) and ":" in side for side in (left, token)):
            return None
    elif not all(re.search("[0-9]", side) for side in (left, token)):
        return None
    return Timing(begin, finish, rest.strip(), False)


class _Scanner:
    """The state of one pass: the cues so far, and the block of lines since the last blank or timing line."""

    def __init__(self, report: Report, *, webvtt: bool) -> None:
        self.report = report
        self.webvtt = webvtt
        self.cues: list[Cue] = []
        self.block: list[tuple[int, str]] = []
        self.fresh = False  # the block stands directly below a timing line

    def timing(self, number: int, timing: Timing) -> None:
        """Close what was open and open a cue."""
        self._take_identifier()
        self.close()
        warn = self.report.at(number)
        if timing.start is None or timing.end is None:
            side = "times" if timing.start is timing.end else ("start" if timing.start is None else "end")
            warn(f"the cue's {side} cannot be read; taken as missing, the text is kept")
        elif not timing.exact:
            warn("the timing line is not written as 'start --> end'; read all the same")
        start = None if timing.start is None else mend_seconds(timing.start, "the cue's start", warn)
        end = None if timing.end is None else mend_seconds(timing.end, "the cue's end", warn)
        start, end = mend_span(start, end, warn, "the cue")
        self.cues.append(Cue(number, start, end))
        if timing.rest and not all(_SETTING.fullmatch(part) for part in timing.rest.split()):
            warn("text behind the times on the timing line; taken as the cue's text")
            self.cues[-1].lines.append((number, timing.rest))
        self.fresh = True

    def text(self, number: int, line: str) -> None:
        """A line that is neither blank nor a timing line."""
        if self.block and self.block[-1][0] < number - 1:  # a lone number before a blank line was no index
            self.close()
        self.block.append((number, line))

    def blank(self) -> None:
        """The end of a block; a lone number stays open, it may be the index of a cue below a blank line."""
        if self.fresh or not (len(self.block) == 1 and _INDEX.fullmatch(self.block[0][1].strip())):
            self.close()
        self.fresh = False

    def close(self) -> None:
        """Hand the open block to the cue it belongs to."""
        block, self.block = self.block, []
        if not block:
            return
        number, first = block[0]
        if self.fresh:
            self.cues[-1].lines += block
        elif self.webvtt and _COMMENT.match(first):
            return
        elif not self.webvtt and len(block) > 1 and first.strip().isdecimal():
            self.report.damage(number, "a cue without a timing line; its text is kept without times")
            self.cues.append(Cue(number, None, None, block[1:]))
        elif not self.cues:
            self.report.damage(number, f"text before the first cue; skipped: {first.strip()[:40]!r}")
        else:
            self.report.damage(
                number, f"a blank line inside a cue; its text joined to the cue of line {self.cues[-1].line}"
            )
            self.cues[-1].lines += block

    def _take_identifier(self) -> None:
        """Take the cue's identifier off the open block, above the timing line that has just come."""
        if not self.block:
            return
        number, last = self.block[-1]
        if self.fresh:
            if last.strip().isdecimal():
                self.block.pop()
            self.report.damage(number, "no blank line between two cues; read as two")
        elif len(self.block) == 1 and self.webvtt:
            if not _COMMENT.match(last):
                self.block.pop()
        elif _INDEX.fullmatch(last.strip()):
            self.block.pop()

    def finish(self) -> None:
        """The end of the file."""
        if not self.fresh and len(self.block) == 1 and self.block[0][1].strip().isdecimal():
            number, _ = self.block.pop()
            self.report.damage(number, "a cue number with no cue below it; skipped")
        self.close()


def scan_cues(lines: Sequence[str], first: int, report: Report, *, webvtt: bool) -> list[Cue]:
    """The cues of `lines[first:]`, in order, with everything that was not quite right reported."""
    scanner = _Scanner(report, webvtt=webvtt)
    for index in range(first, len(lines)):
        line = lines[index]
        timing = read_timing(line)
        if timing is not None:
            scanner.timing(index + 1, timing)
        elif line.strip():
            scanner.text(index + 1, line)
        elif not line or scanner.block or not scanner.fresh:
            scanner.blank()  # white space right below the times is an empty line of text (YouTube writes it)
    scanner.finish()
    return drop_rolling_lines(scanner.cues, report)


def drop_rolling_lines(cues: list[Cue], report: Report) -> list[Cue]:
    """Take out what rolling captions repeat.

    Automatic captions (YouTube's) show each line twice, first below and then above the next one. When more than
    half of the cues begin with the line that the cue before ended with, and a good part has two lines, the
    repeated ones are left out, and cues that have nothing else.
    """
    shown = [[text for text in (plain_text(line) for _, line in cue.lines) if text] for cue in cues]
    filled = [texts for texts in shown if texts]
    repeated = [after[0] for before, after in pairwise(filled) if before[-1] == after[0]]
    rolling = len(repeated) * 2 >= len(filled) and sum(len(texts) > 1 for texts in filled) * 4 >= len(filled)
    # Captions repeat each line once or twice; someone who says "Yeah." in every cue repeats one line often.
    if not rolling or len(set(repeated)) < 2 or len(set(repeated)) * 3 < len(repeated):
        return cues
    previous = None
    count = 0
    for cue, texts in zip(cues, shown, strict=True):
        if texts and texts[0] == previous:
            count += 1
            first = next(index for index, (_, line) in enumerate(cue.lines) if plain_text(line))
            del cue.lines[: first + 1]
        if texts:
            previous = texts[-1]
    report.note(None, f"rolling captions: {count} lines that repeat the cue before were left out")
    return [cue for cue in cues if any(plain_text(line) for _, line in cue.lines)]
