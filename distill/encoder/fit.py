"""From the encoder's numbers to scores, and how much they count beside the counting models.

Fitted on training meetings that neither the heads nor the counting models of this step have seen: the counting models
are trained once more without them, since their tables know the titles of the meetings they were trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from distill.corpora import read_transcripts
from distill.importance import ImportanceRecipe, RatedMeeting, build_meetings, turn_auroc
from distill.importance import fit as fit_importance
from distill.keywords.data import TitledRecording, lecture_recordings, meeting_recordings, record_of
from distill.keywords.metrics import MeasuredSection, measure
from distill.keywords.priors import count_topics
from distill.keywords.train import KeywordsRecipe, fit_keywords, title_labels
from distill.segmentation.recordings import fold_of
from earmark.errors import require_extra
from recorder.background import Background
from recorder.duplicates import select_keywords
from recorder.encoder import Encoder
from recorder.fusion import fuse
from recorder.importance import KeywordMass, SectionRating, relative
from recorder.keywords import TfidfKeywords
from recorder.models import Models
from recorder.speaker_names import name_words
from recorder.tagger import Tagger
from recorder.transformer import (
    NAME,
    TransformerKeywords,
    TransformerRating,
    TransformerReader,
    TransformerTable,
    keyword_features,
    rating_features,
)
from recorder.wordpiece import WordPiece

__all__ = ["FitRecipe", "choose_share", "fit_table", "is_kept"]

NOISE = 0.01
"""Differences of hit@5 and AUROC that are none."""

Floats = npt.NDArray[np.float64]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FitRecipe:
    """How the table is fitted.

    Attributes:
        folds: one meeting series in so many is kept for it, and is not seen by the heads.
        shares: the transformer's shares that are tried in the fusion.
        keyword_c: inverse L2 strength of the keyword model.
        rating_c: the same of the rating model.
        lexicon_min_sections: of the counting model of ratings (`ImportanceRecipe`).
    """

    folds: int = 5
    shares: tuple[float, ...] = tuple(round(0.05 * step, 2) for step in range(1, 19))
    keyword_c: float = 1.0
    rating_c: float = 1.0
    lexicon_min_sections: int = 15


def is_kept(meeting: str, recipe: FitRecipe) -> bool:
    """Whether a meeting (or its series) is kept for the fit, and so from the heads."""
    return fold_of(meeting, recipe.folds) == 0


def fit_table(
    data: Path, encoder: Encoder, recipe: FitRecipe, *, lectures: int = 160, say: Say = lambda line: None
) -> tuple[TransformerTable, dict[str, Any]]:
    """The table for `encoder`, and what the held meetings gave: by share of the transformer, keywords and ratings.

    Raises:
        CorpusError: a corpus is missing.
    """
    reader = TransformerReader(encoder, WordPiece.load())
    tagger, background = Tagger.load(), Background.load()
    seen: list[TitledRecording] = []
    held: list[TitledRecording] = []
    for lower in (False, True):
        for recording in meeting_recordings(data, "train", tagger, lower=lower):
            (held if is_kept(recording.group, recipe) else seen).append(recording)
    say(f"fitting on {len(held)} recordings, counting models trained without them on {len(seen)}")
    body = fit_keywords(
        seen, lecture_recordings(data, "train", tagger, most=lectures), count_topics(data), background, KeywordsRecipe()
    )
    held = [_read(recording, reader, tagger) for recording in held]
    weights = _keyword_weights(held, recipe)
    table = TransformerTable(encoder.digest, weights, (0.0,) * 3, {}, {})
    keyword_share, keyword_figures = _keyword_share(held, TfidfKeywords(body, background), table, recipe, tagger)

    models = Models.load("tfidf")
    examples = read_transcripts(data, "qmsum", "train")
    apart = [example for example in examples if is_kept(example.meeting, recipe)]
    others = [example for example in examples if not is_kept(example.meeting, recipe)]
    importance = ImportanceRecipe(lexicon_min_sections=recipe.lexicon_min_sections)
    rated = fit_importance(build_meetings(others, models), importance, background)
    meetings = build_meetings(apart, models, (reader,))
    ratings = _rating_weights(meetings, recipe)
    rating_share, section_figures = _section_share(meetings, rated, ratings, recipe, background)
    table = TransformerTable(
        encoder.digest,
        weights,
        ratings,
        {"tfidf": round(1 - keyword_share, 4), NAME: keyword_share},
        {name: round(weight * (1 - rating_share), 6) for name, weight in rated["fusion"].items()}
        | {NAME: rating_share},
    )
    return table, {"keywords": keyword_figures, "sections": section_figures}


def _read(recording: TitledRecording, reader: TransformerReader, tagger: Tagger) -> TitledRecording:
    records = tuple(record_of(recording.segments, spans, tagger, (reader,)) for spans in recording.spans)
    return replace(recording, records=records)


# === Keywords ===


def _keyword_weights(held: Sequence[TitledRecording], recipe: FitRecipe) -> tuple[float, ...]:
    linear = require_extra("sklearn.linear_model", extra="train", feature="earmark distill encoder")
    rows = np.concatenate([keyword_features(record) for recording in held for record in recording.records])
    labels = np.concatenate([title_labels(recording) for recording in held])
    model = linear.LogisticRegression(C=recipe.keyword_c, max_iter=2000).fit(rows, labels)
    return tuple(round(float(value), 6) for value in (*model.coef_[0], model.intercept_[0]))


def _keyword_share(
    held: Sequence[TitledRecording], counting: TfidfKeywords, table: TransformerTable, recipe: FitRecipe, tagger: Tagger
) -> tuple[float, dict[str, Any]]:
    """The share with the best hit@5 and title recall together, smoothed over its neighbours."""
    reading = TransformerKeywords(table)
    scored = [(counting.score(each.records), reading.score(each.records)) for each in held]
    figures = {}
    for share in (0.0, *recipe.shares, 1.0):
        measured = []
        for recording, (tfidf, transformer) in zip(held, scored, strict=True):
            both = {"tfidf": tfidf, NAME: transformer}
            weights = {"tfidf": 1 - share, NAME: share}
            used = {name: rows for name, rows in both.items() if weights[name] > 0}
            measured.append(_measured(recording, fuse(used, weights)))
        found = measure(measured, tagger)
        figures[share] = (round(found.hit or 0.0, 4), round(found.recall or 0.0, 4))
    return choose_share(figures, recipe.shares), {f"{share:.2f}": pair for share, pair in figures.items()}


def _measured(recording: TitledRecording, scores: list[list[float]]) -> list[MeasuredSection]:
    chosen = select_keywords(recording.records, scores, per_section=5, speakers=name_words(recording.labels))
    return [
        MeasuredSection(
            title,
            tuple(segment.text for first, last in spans for segment in recording.segments[first : last + 1]),
            tuple(keyword.text for keyword in row),
        )
        for title, spans, row in zip(recording.titles, recording.spans, chosen, strict=True)
    ]


def choose_share(figures: Mapping[float, tuple[float, ...]], shares: Sequence[float]) -> float:
    """The smallest share whose figures, added up and averaged with those of its neighbours, are nearly the best.

    Some thirty meetings tell no finer differences than `NOISE`, and of what they cannot tell apart the share that
    changes the counting models least is the safest.
    """
    every = sorted(figures)
    sums = np.array([sum(figures[share]) for share in every])
    smooth = np.convolve(np.pad(sums, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    values = {share: float(smooth[every.index(share)]) for share in shares}
    return min(share for share in shares if values[share] >= max(values.values()) - NOISE)


# === Sections ===


def _rating_weights(meetings: Sequence[RatedMeeting], recipe: FitRecipe) -> tuple[float, ...]:
    linear = require_extra("sklearn.linear_model", extra="train", feature="earmark distill encoder")
    rows = np.array([row for meeting in meetings for row in relative(rating_features(meeting.records))])
    labels = np.concatenate([meeting.labels for meeting in meetings]) > 0.5
    spread = rows.std(axis=0)
    spread[spread == 0] = 1.0
    model = linear.LogisticRegression(C=recipe.rating_c, max_iter=2000).fit(rows / spread, labels)
    return tuple(round(float(value), 6) for value in model.coef_[0] / spread)


def _section_share(
    meetings: Sequence[RatedMeeting],
    body: dict[str, Any],
    weights: tuple[float, ...],
    recipe: FitRecipe,
    background: Background,
) -> tuple[float, dict[str, Any]]:
    """The share with the best AUROC of turns, smoothed over its neighbours."""
    table = TransformerTable("", (0.0,), weights, {}, {})
    scorers = (SectionRating(body, background), KeywordMass(body["mass_exponent"]), TransformerRating(table))
    alone = [{each.name: each.score(meeting.records, meeting.keywords) for each in scorers} for meeting in meetings]
    figures = {}
    for share in (0.0, *recipe.shares, 1.0):
        fusion = {name: weight * (1 - share) for name, weight in body["fusion"].items()} | {NAME: share}
        rows = [fuse({name: [row] for name, row in each.items() if fusion[name] > 0}, fusion)[0] for each in alone]
        figures[share] = (turn_auroc(meetings, rows)["all"],)
    return choose_share(figures, recipe.shares), {f"{share:.2f}": pair[0] for share, pair in figures.items()}
