"""Training the section rating: which sections of meetings do people ask about?

Labels: a gold section of QMSum is asked about when more than half of its words lie inside some query's span. Two linear
models are fitted apart and added: one over features relative to the recording, one over stems (pruned to the heaviest).
Their mixture, the exponent of the keyword mass and the fusion weights are chosen by cross-validation over meeting
series (ES2002a..d share their talk, so they stay in one fold), by the AUROC of turns against query spans.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from distill.checkpoint import make_folder
from distill.corpora import TranscriptExample, read_transcripts
from earmark.artifacts import save_table
from earmark.errors import require_extra
from recorder.background import Background
from recorder.duplicates import ScoredKeyword
from recorder.fusion import fuse
from recorder.importance import (
    IMPORTANCE_KIND,
    IMPORTANCE_VERSION,
    SECTION_FEATURES,
    KeywordMass,
    SectionRating,
    lexicon_vector,
    relative,
    section_features,
)
from recorder.keywords import TfidfKeywords
from recorder.models import Models
from recorder.observers import Observer
from recorder.records import SectionRecord, build_record
from recorder.tagger import Tagger
from recorder.text import is_word, tokenize

__all__ = ["ImportanceRecipe", "RatedMeeting", "build_meetings", "evaluate", "train_importance", "turn_auroc"]

Floats = npt.NDArray[np.float64]
_LEXICON_SCALE = 1000


@dataclass(frozen=True, slots=True)
class ImportanceRecipe:
    """Everything that decides the table, apart from the corpora.

    Attributes:
        corpus: transcripts set with topics and query spans; its `train` split trains, `valid` only reports.
        feature_c: inverse L2 strength of the feature model.
        lexicon_c: inverse L2 strength of the stem model.
        lexicon_min_sections: stems in fewer training sections are left out.
        lexicon_size: so many of the heaviest stems are kept.
        lexicon_share: weight of the stem model in the sum, 0..1.
        mass_exponent: length correction of the keyword mass.
        rating_weight: weight of the rating in the fusion; the keyword mass has the rest.
        folds: folds of the cross-validation, by meeting series.
    """

    corpus: str = "qmsum"
    feature_c: float = 0.03
    lexicon_c: float = 1.0
    lexicon_min_sections: int = 15
    lexicon_size: int = 600
    lexicon_share: float = 0.6
    mass_exponent: float = 0.5
    rating_weight: float = 0.75
    folds: int = 5


@dataclass(frozen=True, slots=True)
class RatedMeeting:
    """One meeting, cut at its gold boundaries, with what queries ask about.

    Attributes:
        name: the meeting; its first five letters name the series.
        domain: QMSum's domain.
        records: one per section.
        keywords: each section's chosen keywords.
        asked: for every turn whether a query's span holds it.
        words: words of every turn.
    """

    name: str
    domain: str
    records: tuple[SectionRecord, ...]
    keywords: tuple[tuple[ScoredKeyword, ...], ...]
    asked: npt.NDArray[np.bool_]
    words: Floats

    @property
    def labels(self) -> Floats:
        """Share of each section's words that queries ask about."""
        return np.array(
            [
                np.average(self.asked[r.first_segment : r.last_segment + 1], weights=self.turn_weights(r))
                for r in self.records
            ]
        )

    def turn_weights(self, record: SectionRecord) -> Floats:
        """Words of the section's turns, never all zero."""
        return self.words[record.first_segment : record.last_segment + 1] + 1e-6


def build_meetings(
    examples: Sequence[TranscriptExample], models: Models, observers: Sequence[Observer] = ()
) -> list[RatedMeeting]:
    """Meetings that have both asked and unasked turns, with records and keywords as the product makes them.

    `observers` are those of the models that read the text itself.
    """
    meetings = []
    for example in examples:
        asked = np.zeros(len(example.segments), dtype=bool)
        for first, last in example.query_spans:
            asked[first : last + 1] = True
        if asked.all() or not asked.any():
            continue
        tokens = [tokenize(segment.text) for segment in example.segments]
        cuts = [0, *example.boundaries, len(example.segments)]
        records = tuple(
            build_record(a, example.segments[a:b], tokens[a:b], models.tagger, observers)
            for a, b in itertools.pairwise(cuts)
        )
        meetings.append(
            RatedMeeting(
                example.meeting,
                example.domain,
                records,
                tuple(tuple(chosen) for chosen in models.choose_keywords(records)),
                asked,
                np.array([sum(is_word(token.text) for token in row) for row in tokens], dtype=np.float64),
            )
        )
    return meetings


def turn_auroc(meetings: Sequence[RatedMeeting], scores: Sequence[Sequence[float]]) -> dict[str, float]:
    """AUROC of turns against query spans, every turn carrying its section's score: mean over meetings.

    Returns:
        "all" and one entry per domain; 0.5 is chance.
    """
    metrics = require_extra("sklearn.metrics", extra="train", feature="earmark distill importance")
    found: dict[str, list[float]] = {"all": []}
    for meeting, row in zip(meetings, scores, strict=True):
        spread = np.zeros(len(meeting.asked))
        for record, score in zip(meeting.records, row, strict=True):
            spread[record.first_segment : record.last_segment + 1] = score
        value = float(metrics.roc_auc_score(meeting.asked, spread))
        found["all"].append(value)
        found.setdefault(meeting.domain, []).append(value)
    return {domain: round(float(np.mean(values)), 4) for domain, values in sorted(found.items())}


# --- fitting -----------------------------------------------------------------------------------------------------


def fit(meetings: Sequence[RatedMeeting], recipe: ImportanceRecipe, background: Background) -> dict[str, Any]:
    """The table's body from training meetings."""
    linear = require_extra("sklearn.linear_model", extra="train", feature="earmark distill importance")
    labels = np.concatenate([meeting.labels for meeting in meetings]) > 0.5

    rows = np.array([row for meeting in meetings for row in _features(meeting, background)])
    spread = rows.std(axis=0)
    spread[spread == 0] = 1.0
    model = linear.LogisticRegression(C=recipe.feature_c, max_iter=2000).fit(rows / spread, labels)
    weights = (1 - recipe.lexicon_share) * model.coef_[0] / spread

    vectors = [lexicon_vector(record) for meeting in meetings for record in meeting.records]
    counts = Counter(stem for vector in vectors for stem in vector)
    stems = sorted(stem for stem, count in counts.items() if count >= recipe.lexicon_min_sections)
    matrix = np.array([[vector.get(stem, 0.0) for stem in stems] for vector in vectors])
    model = linear.LogisticRegression(C=recipe.lexicon_c, max_iter=2000).fit(matrix, labels)
    heaviest = sorted(zip(stems, model.coef_[0], strict=True), key=lambda pair: (-abs(pair[1]), pair[0]))
    lexicon = sorted(heaviest[: recipe.lexicon_size])
    return {
        "features": list(SECTION_FEATURES),
        "weights": [round(float(weight), 6) for weight in weights],
        "lexicon": " ".join(stem for stem, _ in lexicon),
        "lexicon_weights": [round(_LEXICON_SCALE * recipe.lexicon_share * float(weight)) for _, weight in lexicon],
        "lexicon_scale": _LEXICON_SCALE,
        "mass_exponent": recipe.mass_exponent,
        "fusion": {"rating": recipe.rating_weight, "tfidf": round(1 - recipe.rating_weight, 6)},
    }


def _features(meeting: RatedMeeting, background: Background) -> list[list[float]]:
    return relative(section_features(meeting.records, meeting.keywords, background))


def _folds(meetings: Sequence[RatedMeeting], n_folds: int) -> Iterator[tuple[list[int], list[int]]]:
    """Train and held-out meeting indexes; a series is never split."""
    series = sorted({meeting.name[:5] for meeting in meetings})
    fold = {name: place % n_folds for place, name in enumerate(series)}
    for held in range(n_folds):
        out = [i for i, meeting in enumerate(meetings) if fold[meeting.name[:5]] == held]
        kept = [i for i, meeting in enumerate(meetings) if fold[meeting.name[:5]] != held]
        if out and kept:
            yield kept, out


# --- reporting ---------------------------------------------------------------------------------------------------

Scores = dict[str, list[list[float]]]


def _rate(body: dict[str, Any], meetings: Sequence[RatedMeeting], background: Background) -> Scores:
    rating, mass = SectionRating(body, background), KeywordMass(body["mass_exponent"])
    scores: Scores = {"length": [], "tfidf": [], "rating": [], "fused": []}
    for meeting in meetings:
        alone = {each.name: each.score(meeting.records, meeting.keywords) for each in (mass, rating)}
        scores["length"].append([float(record.n_words) for record in meeting.records])
        scores["tfidf"].append(alone["tfidf"])
        scores["rating"].append(alone["rating"])
        scores["fused"].append(fuse({name: [row] for name, row in alone.items()}, body["fusion"])[0])
    return scores


def _without_length(meetings: Sequence[RatedMeeting], scores: Sequence[Sequence[float]]) -> list[list[float]]:
    """The scores with the section's log length regressed out, meeting by meeting."""
    rest = []
    for meeting, row in zip(meetings, scores, strict=True):
        length = np.log1p([record.n_words for record in meeting.records])
        length -= length.mean()
        values = np.array(row) - np.mean(row)
        slope = float(values @ length / (length @ length)) if len(row) > 2 and length @ length > 0 else 0.0
        rest.append([float(value) for value in values - slope * length])
    return rest


def evaluate(body: dict[str, Any], meetings: Sequence[RatedMeeting]) -> dict[str, dict[str, float]]:
    """Turn AUROC of length alone, each model, their fusion, and the fusion with length regressed out."""
    scores = _rate(body, meetings, Background.load())
    scores["fused_without_length"] = _without_length(meetings, scores["fused"])
    return {name: turn_auroc(meetings, rows) for name, rows in scores.items()}


def train_importance(data: Path, out: Path, recipe: ImportanceRecipe) -> dict[str, Any]:
    """Fit on the train split, write `importance.json`, and report cross-validated and validation AUROC."""
    make_folder(out)
    models = Models(Tagger.load(), (TfidfKeywords.load(),), {"tfidf": 1.0}, (), {})  # rates no section: not trained yet
    background = Background.load()
    train = build_meetings(read_transcripts(data, recipe.corpus, "train"), models)
    body = fit(train, recipe, background)
    save_table(out / "importance.json", kind=IMPORTANCE_KIND, version=IMPORTANCE_VERSION, body=body)
    held: Scores = {}
    order: list[int] = []
    for kept, left in _folds(train, recipe.folds):
        fold = fit([train[i] for i in kept], recipe, background)
        order += left
        for name, rows in _rate(fold, [train[i] for i in left], background).items():
            held.setdefault(name, []).extend(rows)
    reordered = [train[i] for i in order]
    held["fused_without_length"] = _without_length(reordered, held["fused"])
    valid = build_meetings(read_transcripts(data, recipe.corpus, "valid"), models)
    return {
        "turn_auroc_cross_validated": {name: turn_auroc(reordered, rows) for name, rows in held.items()},
        "turn_auroc_validation": evaluate(body, valid),
        "meetings": {"train": len(train), "valid": len(valid)},
        "sections": {"train": sum(len(meeting.records) for meeting in train)},
    }
