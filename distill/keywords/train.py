"""Training the keyword table: recordings and priors in, `keywords.json` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from distill.checkpoint import make_folder
from distill.keywords.data import TitledRecording, lecture_recordings, meeting_recordings
from distill.keywords.fit import CurveSettings, fit_curve
from distill.keywords.metrics import KeywordMetrics, MeasuredSection, measure, title_stems
from distill.keywords.priors import TitleCounts, count_meetings, count_topics, held_out_priors
from earmark.artifacts import save_table
from recorder.background import Background
from recorder.duplicates import select_keywords
from recorder.features import FEATURES, StemTables, candidate_features
from recorder.keywords import KEYWORDS_KIND, KEYWORDS_VERSION, TfidfKeywords
from recorder.records import Tags
from recorder.speaker_names import name_words
from recorder.tagger import Tagger

__all__ = ["KeywordsRecipe", "fit_keywords", "judge", "keywords_of", "title_labels", "train_keywords"]

Floats = npt.NDArray[np.float64]
_MARGIN = 0.1  # log-odds nearer to 0 than this are not worth their bytes


@dataclass(frozen=True, slots=True)
class KeywordsRecipe:
    """Everything that decides the table.

    Attributes:
        shrink: sections of the average stem added to each stem's title counts in meetings.
        topic_shrink: the same for lectures and documents.
        topic_least: stems said in fewer lectures and documents are left out.
        title_least: the same for sections of meetings.
        lectures: how many training lectures join the meetings.
        lecture_weight: weight of one lecture candidate against one meeting candidate.
        prior_free: share of the training rows that see no title prior, so that the curve can do without.
        rare_kept: share of the candidates said once, and not in the title, that training sees, at greater weight.
        curve: how the curve is fitted.
    """

    shrink: float = 5.0
    topic_shrink: float = 12.0
    topic_least: int = 8
    title_least: int = 4
    lectures: int = 160
    lecture_weight: float = 0.3
    prior_free: float = 0.05
    rare_kept: float = 0.2
    curve: CurveSettings = field(default_factory=CurveSettings)


def train_keywords(data: Path, out: Path, recipe: KeywordsRecipe) -> dict[str, Any]:
    """Train on QMSum and VT-SSum below `data`, write `out`/keywords.json, and measure it on the validation parts.

    Returns:
        The figures by set; their meaning is in `distill.keywords.metrics`.
    """
    make_folder(out)
    tagger, background = Tagger.load(), Background.load()
    meetings = [
        recording for lower in (False, True) for recording in meeting_recordings(data, "train", tagger, lower=lower)
    ]
    lectures = lecture_recordings(data, "train", tagger, most=recipe.lectures)
    body = fit_keywords(meetings, lectures, count_topics(data), background, recipe)
    path = out / "keywords.json"
    save_table(path, kind=KEYWORDS_KIND, version=KEYWORDS_VERSION, body=body)
    model = TfidfKeywords.load(path)
    judged = {
        "qmsum.valid": meeting_recordings(data, "valid", tagger),
        "qmsum.valid, lower case without marks": meeting_recordings(data, "valid", tagger, lower=True),
        "vt_ssum.valid, 40 lectures": lecture_recordings(data, "valid", tagger, most=40),
    }
    figures: dict[str, Any] = {name: judge(each, model, tagger).to_dict() for name, each in judged.items()}
    return figures | {"bytes": path.stat().st_size}


def fit_keywords(
    meetings: Sequence[TitledRecording],
    lectures: Sequence[TitledRecording],
    topics: TitleCounts,
    background: Background,
    recipe: KeywordsRecipe,
) -> dict[str, Any]:
    """The body of the keywords table.

    Args:
        meetings: as written and as recognised; copies share their id.
        lectures: recordings whose titles are those of whole talks.
        topics: title counts of lectures and documents.
        background: the frozen background table.
        recipe: see `KeywordsRecipe`.
    """
    topic = topics.log_odds(shrink=recipe.topic_shrink, least=recipe.topic_least)
    priors = held_out_priors(meetings, shrink=recipe.shrink)
    rng = np.random.default_rng(recipe.curve.seed)
    parts = [
        _examples(
            recording, candidate_features(recording.records, StemTables(background, prior, topic)), weight, rng, recipe
        )
        for recording, prior, weight in (
            *((recording, prior, 1.0) for recording, prior in zip(meetings, priors, strict=True)),
            *((recording, {}, recipe.lecture_weight) for recording in lectures),
        )
    ]
    rows, labels, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    curve = fit_curve(_without_priors(rows, rng, recipe), labels, weights, FEATURES, recipe.curve)
    title = count_meetings(meetings).log_odds(shrink=recipe.shrink, least=recipe.title_least)
    return {"curve": curve.to_body(), "title": _grouped(title), "topic": _grouped(topic)}


def keywords_of(recording: TitledRecording, model: TfidfKeywords, *, per_section: int = 5) -> list[tuple[str, ...]]:
    """The model's keywords for each section of a recording, as an outline would show them."""
    chosen = select_keywords(
        recording.records,
        model.score(recording.records),
        per_section=per_section,
        speakers=name_words(recording.labels),
    )
    return [tuple(keyword.text for keyword in row) for row in chosen]


def judge(recordings: Sequence[TitledRecording], model: TfidfKeywords, tagger: Tags) -> KeywordMetrics:
    """Measure the model on recordings with gold sections."""
    measured = []
    for recording in recordings:
        keywords = keywords_of(recording, model)
        measured.append(
            [
                MeasuredSection(
                    title,
                    tuple(segment.text for first, last in spans for segment in recording.segments[first : last + 1]),
                    row,
                )
                for title, spans, row in zip(recording.titles, recording.spans, keywords, strict=True)
            ]
        )
    return measure(measured, tagger)


def title_labels(recording: TitledRecording) -> Floats:
    """1 for every candidate at least half of whose stems stand in its section's title, else 0."""
    labels = []
    for title, record in zip(recording.titles, recording.records, strict=True):
        wanted = title_stems(title)
        for candidate in record.candidates:
            labels.append(2 * len(wanted.intersection(candidate.stems)) >= len(candidate.stems))
    return np.array(labels, dtype=np.float64)


def _examples(
    recording: TitledRecording, rows: Floats, weight: float, rng: np.random.Generator, recipe: KeywordsRecipe
) -> tuple[Floats, Floats, Floats]:
    """Rows, labels and weights; of the many candidates said once and not in the title only a share is kept."""
    labels = title_labels(recording)
    rare = (labels == 0) & (rows[:, FEATURES.index("log_count")] < np.log(2.5))
    kept = ~rare | (rng.random(len(rows)) < recipe.rare_kept)
    weights = np.where(rare, weight / recipe.rare_kept, weight)
    return rows[kept], labels[kept], weights[kept]


def _without_priors(rows: Floats, rng: np.random.Generator, recipe: KeywordsRecipe) -> Floats:
    """`rows` with the title priors of a share of them set to 0, as for words that training never saw."""
    columns = [i for i, name in enumerate(FEATURES) if name.startswith("title_")]
    blank = rng.random(len(rows)) < recipe.prior_free
    changed = rows.copy()
    for column in columns:
        changed[blank, column] = 0.0
    return changed


def _grouped(table: Mapping[str, float]) -> dict[str, str]:
    """{"remot": 2.5, "control": 2.5} -> {"250": "control remot"}: log-odds in hundredths, steps of 10."""
    groups: dict[str, list[str]] = {}
    for stem, value in sorted(table.items()):
        if abs(value) >= _MARGIN:
            groups.setdefault(str(10 * round(value * 10)), []).append(stem)
    return {value: " ".join(stems) for value, stems in sorted(groups.items())}
