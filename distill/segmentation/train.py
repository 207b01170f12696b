"""Train the section model: cue phrases first, then boosted trees on their out-of-fold scores.

Everything is chosen by cross-validation over the training meetings, meetings of one series kept together. What the
trees learn from is computed by the runtime's own feature stream, so that training and use cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from distill.segmentation.cues import CueTable, cue_matrix, fit_cues, out_of_fold
from distill.segmentation.operating import divide, score_domains
from distill.segmentation.places import Rows, near_gold, place_rows, unit_cues, unit_folds, unit_labels, units_of
from distill.segmentation.recordings import Recording, fragments, load_recordings
from distill.segmentation.stems import STEM_DEFAULT, stem_weights
from distill.segmentation.trees import Bins, TreeSettings, export_trees, fit_forest, mean_log_odds
from recorder.section_features import FEATURES
from recorder.section_path import PathSettings
from recorder.section_units import Unit

__all__ = ["SectionSettings", "train_sections"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SectionSettings:
    """Everything that decides what is trained.

    Attributes:
        folds: of the cross-validation.
        cue_least: meetings that must have a cue feature for it to be considered.
        cue_strength: inverse regularisation of the cue model.
        cue_keep: cue features that ship.
        copy_weight: weight of a sentence-level or fragmented copy beside 1 for the turns.
        copies: whether sentence-level and fragmented copies are learned from.
        tolerances: one forest per entry learns "a section begins at most so many segments away".
        negatives: about so many places away from any boundary are learned from per recording (weighted up).
        domain_weights: weight of a recording of that domain beside 1, because the domains differ in size.
        few: how a recording with at most two named speakers is divided (`recorder.section_path.PathSettings`).
        many: how a meeting is divided.
        seed: of the draw of negatives and of the forests.
        trees: how each forest is grown.
    """

    folds: int = 5
    cue_least: int = 6
    cue_strength: float = 0.1
    cue_keep: int = 8000
    copy_weight: float = 0.5
    copies: bool = True
    tolerances: tuple[int, ...] = (0, 1, 2)
    negatives: int = 250
    domain_weights: dict[str, float] = field(default_factory=lambda: {"Academic": 1.5, "Committee": 3.0})
    few: PathSettings = field(default_factory=lambda: PathSettings(enough=1200, short=1.5, overdue=1200, bias=4.5))
    many: PathSettings = field(default_factory=lambda: PathSettings(enough=350, short=1.5, overdue=2500, bias=2.0))
    seed: int = 0
    trees: TreeSettings = field(default_factory=TreeSettings)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return asdict(self)


def train_sections(
    data: Path, settings: SectionSettings, say: Callable[[str], None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Train on the corpora below `data`.

    Returns:
        the table's body, and the cross-validated scores per domain.
    """
    turns = load_recordings(data, "qmsum", "train", starts=True)
    recordings = list(turns)
    if settings.copies:
        sentences = load_recordings(data, "explainmeetsum", "train", starts=True)
        recordings += sentences + [fragments(recording) for recording in sentences[::2]]
    units = [units_of(recording) for recording in recordings]
    stems = stem_weights(units[: len(turns)])
    say(f"{len(recordings)} recordings, {sum(map(len, units))} units, {len(stems)} stems")
    cues, scores = _cues(recordings, units, len(turns), settings)
    say(f"cue model: {len(cues.weights)} weights")
    rows = [place_rows(own, score.tolist(), stems, STEM_DEFAULT) for own, score in zip(units, scores, strict=True)]
    say(f"{sum(len(one.segments) for one in rows)} places with {len(FEATURES)} features")
    stack = _Stack(recordings, rows, len(turns), settings)
    chances = stack.cross_validate(say)
    predicted = [
        divide(one.segments, one.positions, chance.tolist(), settings.many)
        for one, chance in zip(rows[: len(turns)], chances, strict=True)
    ]
    figures = {domain: score.to_dict() for domain, score in score_domains(turns, predicted).items()}
    say(f"cross-validation: {figures}")
    trees = export_trees(stack.fit(None), stack.bins)
    body = {
        "features": list(FEATURES),
        "cues": cues.weights,
        "cue_bias": cues.bias,
        "stems": stems,
        "stem_default": STEM_DEFAULT,
        "trees": trees,
        "path": {"few": asdict(settings.few), "many": asdict(settings.many)},
    }
    return body, {"cross_validation": figures}


def _cues(
    recordings: Sequence[Recording], units: Sequence[Sequence[Unit]], turns: int, settings: SectionSettings
) -> tuple[CueTable, list[Floats]]:
    """The cue model of all units, and out-of-fold scores per recording."""
    sizes = [len(own) for own in units]
    meetings = [recording.id for recording in recordings]
    matrix = cue_matrix([unit_cues(own) for own in units], meetings, settings.cue_least)
    labels = unit_labels(recordings, units)
    weights = _weights(recordings, sizes, turns, labels, settings)
    folds = unit_folds(recordings, sizes, settings.folds)
    scores = out_of_fold(matrix, labels, weights, folds, strength=settings.cue_strength)
    table = fit_cues(matrix, labels, weights, strength=settings.cue_strength, keep=settings.cue_keep)
    return table, np.split(scores, np.cumsum(sizes)[:-1])


def _weights(
    recordings: Sequence[Recording], sizes: Sequence[int], turns: int, near: Floats, settings: SectionSettings
) -> Floats:
    """The weight of every place, shape (places,); 0 for one that is left out.

    Places without a boundary near by are plentiful and alike: of a long recording a drawn part, weighted up, teaches
    the same in a fraction of the time.
    """
    own = [settings.domain_weights.get(recording.domain, 1.0) for recording in recordings]
    own = [weight * (1.0 if at < turns else settings.copy_weight) for at, weight in enumerate(own)]
    keep = np.repeat([min(1.0, settings.negatives / max(1, size)) for size in sizes], sizes)
    drawn = np.random.default_rng(settings.seed).random(len(near)) < keep
    return np.repeat(own, sizes) * np.where(near > 0, 1.0, drawn / keep)


class _Stack:
    """The rows of all recordings with what is needed to fit forests on some of the folds."""

    def __init__(
        self, recordings: Sequence[Recording], rows: Sequence[Rows], turns: int, settings: SectionSettings
    ) -> None:
        sizes = [len(one.segments) for one in rows]
        self._settings = settings
        self._sizes = sizes[:turns]
        features = np.concatenate([one.features for one in rows])
        self.bins = Bins(features, settings.trees.max_bins)
        self._rows = self.bins.codes(features)
        self._folds = unit_folds(recordings, sizes, settings.folds)
        self._labels = {
            tolerance: np.concatenate(
                [
                    near_gold(recording.gold, one.segments, tolerance)
                    for recording, one in zip(recordings, rows, strict=True)
                ]
            )
            for tolerance in settings.tolerances
        }
        near = [near_gold(recording.gold, one.segments, 3) for recording, one in zip(recordings, rows, strict=True)]
        self._weights = _weights(recordings, sizes, turns, np.concatenate(near), settings)

    def fit(self, without: int | None) -> list[Any]:
        """One forest per tolerance, on every fold but `without`."""
        use = self._weights > 0 if without is None else (self._weights > 0) & (self._folds != without)
        return [
            fit_forest(
                self._rows[use], self._labels[tolerance][use], self._weights[use], self._settings.trees,
                self._settings.seed + tolerance,
            )
            for tolerance in self._settings.tolerances
        ]  # fmt: skip

    def cross_validate(self, say: Callable[[str], None]) -> list[Floats]:
        """Out-of-fold probabilities of the turn-level recordings' places."""
        count = sum(self._sizes)
        odds = np.zeros(count)
        for fold in range(self._settings.folds):
            held = self._folds[:count] == fold
            odds[held] = mean_log_odds(self.fit(fold), self._rows[:count][held])
            say(f"fold {fold + 1} of {self._settings.folds}")
        return np.split(1.0 / (1.0 + np.exp(-odds)), np.cumsum(self._sizes)[:-1])
