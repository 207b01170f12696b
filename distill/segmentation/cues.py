"""The cue model: a sparse logistic regression on the cue phrases around the beginning of a unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.sectioner import CUE_UNIT

__all__ = ["CueMatrix", "CueTable", "cue_matrix", "fit_cues", "out_of_fold"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CueMatrix:
    """Which cue features hold where.

    Attributes:
        names: of the columns, sorted.
        rows: sparse matrix of 0 and 1, shape (units, len(names)).
    """

    names: tuple[str, ...]
    rows: Any


@dataclass(frozen=True, slots=True)
class CueTable:
    """A fitted model as it ships: whole multiples of 1 / `CUE_UNIT` log-odds."""

    weights: dict[str, int]
    bias: int


def cue_matrix(recordings: Sequence[Sequence[Sequence[str]]], meetings: Sequence[str], least: int) -> CueMatrix:
    """Columns for every feature name that occurs in at least `least` different meetings.

    What only a few meetings say is their topic, or somebody's name, and no cue.

    Args:
        recordings: names of the features per unit, per recording.
        meetings: the meeting of each recording; several recordings may be copies of one meeting.
        least: see above.
    """
    from scipy.sparse import csr_matrix

    said: dict[str, set[str]] = {}
    for meeting, own in zip(meetings, recordings, strict=True):
        said.setdefault(meeting, set()).update(name for names in own for name in names)
    counts = Counter(name for names in said.values() for name in names)
    columns = tuple(sorted(name for name, count in counts.items() if count >= least))
    units = [names for own in recordings for names in own]
    number = {name: column for column, name in enumerate(columns)}
    indices: list[int] = []
    ends = [0]
    for names in units:
        indices.extend(number[name] for name in names if name in number)
        ends.append(len(indices))
    ones = np.ones(len(indices), dtype=np.float32)
    return CueMatrix(columns, csr_matrix((ones, indices, ends), shape=(len(units), len(columns))))


def _fit(rows: Any, labels: Floats, weights: Floats, strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    used = weights > 0
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=200, tol=1e-3, random_state=0)
    return model.fit(rows[used], labels[used], sample_weight=weights[used])


def out_of_fold(
    matrix: CueMatrix, labels: Floats, weights: Floats, folds: npt.NDArray[np.int64], *, strength: float
) -> Floats:
    """Log-odds of every unit by a model that saw none of its fold, shape (units,)."""
    scores = np.zeros(len(labels))
    for fold in sorted(set(folds.tolist())):
        seen = folds != fold
        model = _fit(matrix.rows[seen], labels[seen], weights[seen], strength)
        scores[~seen] = model.decision_function(matrix.rows[~seen])
    return scores


def fit_cues(matrix: CueMatrix, labels: Floats, weights: Floats, *, strength: float, keep: int) -> CueTable:
    """Fit on all units and keep the `keep` features that move the score most: weight x root of the count."""
    model = _fit(matrix.rows, labels, weights, strength)
    values = model.coef_[0]
    counts = np.asarray(matrix.rows.sum(axis=0)).ravel()
    order = np.argsort(-np.abs(values) * np.sqrt(counts), kind="stable")[:keep]
    rounded = {matrix.names[column]: round(float(values[column]) * CUE_UNIT) for column in sorted(order.tolist())}
    weights_kept = {name: weight for name, weight in rounded.items() if weight}
    return CueTable(weights_kept, round(float(model.intercept_[0]) * CUE_UNIT))
