"""From cues to segments: voices inside a cue, "Name: text" turns, word times. Shared by WebVTT and SRT."""

from __future__ import annotations

from collections.abc import Sequence

from recorder.readers.cues import Cue
from recorder.readers.document import Placed
from recorder.readers.markup import Run, parse_markup, run_words
from recorder.readers.report import Report
from recorder.readers.speakers import find_names, turn_of
from recorder.transcript import Segment, Word

__all__ = ["segments_of"]


def segments_of(cues: Sequence[Cue], report: Report) -> list[Placed]:
    """One segment per cue, or several when a cue has several voices; a cue without text gives an empty one."""
    parsed: list[tuple[Cue, list[Run]]] = []
    for cue in cues:
        runs = parse_markup("\n".join(line for _, line in cue.lines))
        _check_stamps(cue, runs, report)
        parsed.append((cue, runs))
    unnamed = (line for _, runs in parsed for run in runs if run.speaker is None for line in run.text.split("\n"))
    names = find_names(unnamed)
    placed: list[Placed] = []
    for cue, runs in parsed:
        placed += [(cue.line, segment) for segment in _cue_segments(cue, runs, names)]
    return placed


def _check_stamps(cue: Cue, runs: Sequence[Run], report: Report) -> None:
    """Leave out word times that run backwards or begin before their cue."""
    latest = cue.start or 0.0
    for run in runs:
        kept: list[tuple[int, float]] = []
        for offset, time in run.stamps:
            if time < latest:
                report.damage(cue.line, f"a word time ({time:g} s) lies before the one before it; left out")
                continue
            latest = time
            kept.append((offset, time))
        run.stamps = kept


def _cue_segments(cue: Cue, runs: Sequence[Run], names: frozenset[str]) -> list[Segment]:
    """The segments of one cue; without word times they share the cue's times."""
    begins = [_first_stamp(run) for run in runs]
    segments: list[Segment] = []
    for number, run in enumerate(runs):
        start = cue.start if number == 0 or begins[number] is None else begins[number]
        end = cue.end
        if number + 1 < len(runs) and begins[number + 1] is not None:
            end = begins[number + 1]
        if start is not None and end is not None and end < start:
            end = None
        words = run_words(run, start if number == 0 else None, end)
        if run.speaker is None and names:
            segments += _named(run.text, words, start, end, names)
        else:
            segments.append(Segment(start, end, run.text.strip(), run.speaker, words))
    return segments


def _first_stamp(run: Run) -> float | None:
    if not run.stamps:
        return None
    lead = len(run.text) - len(run.text.lstrip())
    offset, time = run.stamps[0]
    return time if offset <= lead else None


def _named(
    text: str, words: Sequence[Word], start: float | None, end: float | None, names: frozenset[str]
) -> list[Segment]:
    """Split the lines of a cue into turns; each word of `words` goes with its line, names are no words."""
    turns: list[tuple[str | None, list[str], list[Word]]] = []
    used = 0
    for line in text.strip().split("\n"):
        turn = turn_of(line)
        size = len(line.split())
        taken = list(words[used : used + size])
        used += size
        if turn is not None and turn[0] in names:
            name, offset = turn
            turns.append((name, [line[offset:]], taken[len(line[:offset].split()) :]))
        elif turns:
            turns[-1][1].append(line)
            turns[-1][2].extend(taken)
        else:
            turns.append((None, [line], taken))
    segments: list[Segment] = []
    for number, (speaker, lines, own) in enumerate(turns):
        begin = own[0].start if number and own and own[0].start is not None else start
        segments.append(Segment(begin, end, "\n".join(lines).strip(), speaker, tuple(own)))
    return segments
