"""The boosted trees on top of the cue scores, and their export to the table that `recorder.boosting` reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.boosting import LEAF_UNIT

__all__ = ["Bins", "TreeSettings", "export_trees", "fit_forest", "mean_log_odds"]

_ANY = 1e300  # above every value, and JSON can write it
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """How one forest is grown; see sklearn's HistGradientBoostingClassifier for the meaning of each."""

    max_iter: int = 150
    learning_rate: float = 0.05
    max_leaf_nodes: int = 8
    min_samples_leaf: int = 60
    l2_regularization: float = 5.0
    max_features: float = 0.3
    max_bins: int = 64


class Bins:
    """Cuts every feature into a few ranges once, for all forests.

    sklearn's own binning does it again for every forest, and slowly when rows have weights.

    Args:
        rows: shape (places, features); NaN is a missing value.
        most: ranges per feature at most.
    """

    def __init__(self, rows: Floats, most: int) -> None:
        self._edges: list[Floats] = []
        for column in rows.T:
            known = column[~np.isnan(column)]
            quantiles = np.quantile(known, np.linspace(0, 1, most + 1)[1:-1]) if len(known) else np.zeros(0)
            # Rounded here, so that what is learned is what ships.
            self._edges.append(np.unique([float(f"{edge:.5g}") for edge in quantiles]))

    def codes(self, rows: Floats) -> Floats:
        """Number of edges below each value, NaN kept; a wholly unknown feature becomes 0. Same shape as `rows`."""
        codes = np.empty_like(rows)
        for place, edges in enumerate(self._edges):
            column = rows[:, place]
            codes[:, place] = np.where(np.isnan(column), np.nan, np.searchsorted(edges, column, side="left"))
            if not len(edges):
                codes[:, place] = 0.0
        return codes

    def threshold(self, feature: int, code: float) -> float:
        """The value t such that x <= t exactly where the code of x is <= `code`."""
        if code == np.inf:  # the split between known and missing
            return _ANY
        return float(self._edges[feature][int(np.floor(code))])


def fit_forest(codes: Floats, labels: Floats, weights: Floats, settings: TreeSettings, seed: int) -> Any:
    """Fit one forest on codes of `Bins`, shape (places, features)."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    filled = np.where(np.isnan(codes).all(axis=0), 0.0, codes)  # a feature that is nowhere known cannot be binned
    model = HistGradientBoostingClassifier(
        max_iter=settings.max_iter,
        learning_rate=settings.learning_rate,
        max_leaf_nodes=settings.max_leaf_nodes,
        min_samples_leaf=settings.min_samples_leaf,
        l2_regularization=settings.l2_regularization,
        max_features=settings.max_features,
        early_stopping=False,
        random_state=seed,
    )
    return model.fit(filled, labels, sample_weight=weights)


def mean_log_odds(models: Sequence[Any], codes: Floats) -> Floats:
    """Mean of the forests' log-odds, shape (places,)."""
    total = np.zeros(len(codes))
    for model in models:
        total += model.decision_function(codes)
    return total / len(models)


def export_trees(models: Sequence[Any], bins: Bins) -> dict[str, Any]:
    """One table whose log-odds are the mean of the forests' log-odds."""
    columns: dict[str, list[Any]] = {
        name: [] for name in ("feature", "threshold", "left", "right", "missing_left", "value", "roots")
    }
    share = LEAF_UNIT / len(models)
    for model in models:
        for (predictor,) in model._predictors:
            first = len(columns["feature"])
            columns["roots"].append(first)
            for node in predictor.nodes:
                leaf = bool(node["is_leaf"])
                columns["feature"].append(-1 if leaf else int(node["feature_idx"]))
                columns["threshold"].append(
                    0.0 if leaf else bins.threshold(int(node["feature_idx"]), node["num_threshold"])
                )
                columns["left"].append(0 if leaf else first + int(node["left"]))
                columns["right"].append(0 if leaf else first + int(node["right"]))
                columns["missing_left"].append(int(node["missing_go_to_left"]))
                columns["value"].append(round(float(node["value"]) * share) if leaf else 0)
    baseline = sum(float(np.ravel(model._baseline_prediction)[0]) for model in models) / len(models)
    return {**columns, "baseline": round(baseline, 6)}
