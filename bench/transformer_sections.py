"""Ratings of sections: every scorer alone and fused, beside length alone and closeness to MiniLM's centroid."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.reply_minilm import MiniLm
from bench.transformer_models import SIDES
from distill.corpora import TranscriptExample, read_transcripts
from distill.encoder.section_labels import without_length
from distill.importance import RatedMeeting, build_meetings, turn_auroc
from recorder.fusion import fuse
from recorder.models import Models

__all__ = ["section_part"]

_STRETCH = 80  # words that MiniLM sees at once

Scores = list[list[float]]  # by meeting and section


def section_part(data: Path, models: Mapping[str, Models], *, cache: Path | None = None, peers: bool) -> list[str]:
    """The table, as lines of Markdown; `models` are those of `SIDES`, `cache` a folder for MiniLM's embeddings."""
    examples = read_transcripts(data, "qmsum", "valid")
    scores: dict[str, Scores] = {}
    meetings: list[RatedMeeting] = []
    for side, label in SIDES.items():
        meetings = build_meetings(examples, models[side], models[side].observers)
        scores |= _scores(models[side], meetings, label, each=side == "both")
    rows: dict[str, Scores] = {"length of the section alone": [_words(meeting) for meeting in meetings]}
    if peers:
        rows["closeness to the recording's centroid, MiniLM"] = _centroids(examples, meetings, cache)
    rows |= scores
    domains = sorted({meeting.domain for meeting in meetings})
    lines = [
        f"## Ratings of sections: QMSum validation, {len(meetings)} meetings with asked and unasked turns",
        "",
        "AUROC of turns against the spans of queries, sections cut at the gold boundaries, mean over meetings; 0.5 is",
        "chance. Last column: the same with the logarithm of the section's length regressed out, meeting by meeting.",
        "",
        f"| rating | {' | '.join(domains)} | all | without length |",
        "|---" * (len(domains) + 3) + "|",
    ]
    for label, row in rows.items():
        rest = [
            without_length(values, _words(meeting), np.zeros(len(values), int)).tolist()
            for meeting, values in zip(meetings, row, strict=True)
        ]
        plain, flat = turn_auroc(meetings, row), turn_auroc(meetings, rest)
        cells = [*(f"{plain[domain]:.3f}" for domain in (*domains, "all")), f"{flat['all']:.3f}"]
        lines.append(f"| {label} | {' | '.join(cells)} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return [*lines, ""]


def _words(meeting: RatedMeeting) -> list[float]:
    return [float(record.n_words) for record in meeting.records]


def _scores(models: Models, meetings: Sequence[RatedMeeting], label: str, *, each: bool) -> dict[str, Scores]:
    """What the models make of it, and with `each` also what every scorer says alone."""
    found: dict[str, Scores] = {label: []}
    for meeting in meetings:
        alone = {scorer.name: [scorer.score(meeting.records, meeting.keywords)] for scorer in models.section_scorers}
        for name, values in alone.items() if each else ():
            found.setdefault(f"scorer {name!r} alone", []).append(values[0])
        found[label].append(fuse(alone, models.section_weights)[0])
    return found


def _centroids(examples: Sequence[TranscriptExample], meetings: Sequence[RatedMeeting], cache: Path | None) -> Scores:
    """Cosine between a section's mean vector and the recording's: both means over stretches of 80 words."""
    embed = MiniLm(cache / "minilm-stretches.npz" if cache is not None else None)
    texts = {example.meeting: [segment.text for segment in example.segments] for example in examples}
    rows = []
    for meeting in meetings:
        stretches, sections = [], []
        for number, record in enumerate(meeting.records):
            words = " ".join(texts[meeting.name][record.first_segment : record.last_segment + 1]).split() or ["-"]
            parts = [" ".join(words[at : at + _STRETCH]) for at in range(0, len(words), _STRETCH)]
            stretches += parts
            sections += [number] * len(parts)
        vectors, places = embed(stretches), np.array(sections)
        centre = vectors.mean(axis=0)
        means = [vectors[places == number].mean(axis=0) for number in range(len(meeting.records))]
        rows.append([float(mean @ centre / np.linalg.norm(mean) / np.linalg.norm(centre)) for mean in means])
    return rows
