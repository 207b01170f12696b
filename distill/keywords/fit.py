"""Fitting the keyword curve: boosted trees of depth two over binned features, folded into tables.

A tree of depth two looks at two features at most on every path, so the sum of all its leaves is a sum of tables over
pairs of features: the trees disappear, and what ships is a few small curves and surfaces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.curve import Curve, Term

__all__ = ["CurveSettings", "bin_edges", "fit_curve"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CurveSettings:
    """What decides the shape of the curve.

    Attributes:
        bins: most bins of one feature.
        trees: boosting rounds.
        learning_rate: shrinkage of each round.
        min_rows: least training rows in a leaf.
        l2: ridge penalty of the leaves.
        pairs: number of two-feature tables; found by a first, free run.
        seed: of the booster.
    """

    bins: int = 16
    trees: int = 200
    learning_rate: float = 0.1
    min_rows: int = 60
    l2: float = 5.0
    pairs: int = 40
    seed: int = 0


def bin_edges(rows: Floats, bins: int) -> tuple[Floats, ...]:
    """Ascending edges of at most `bins` bins per column, at quantiles, rounded to four digits."""
    edges = []
    for column in rows.T:
        # Quantiles of the distinct values and of all values: a column that is mostly 0 or 1 keeps its middle.
        shares = np.linspace(0, 1, bins // 2 + 1)[1:-1]
        cuts = np.concatenate([np.quantile(column, shares), np.quantile(np.unique(column), shares)])
        edges.append(np.unique(np.round(cuts, 4)))
    return tuple(edges)


def fit_curve(rows: Floats, labels: Floats, weights: Floats, names: Sequence[str], settings: CurveSettings) -> Curve:
    """Fit the chance of `labels` (0 or 1) and fold the trees.

    Args:
        rows: shape (candidates, features).
        labels: shape (candidates,).
        weights: shape (candidates,).
        names: one for each feature.
        settings: see `CurveSettings`.
    """
    edges = bin_edges(rows, settings.bins)
    binned = np.stack([np.searchsorted(edge, rows[:, i]) for i, edge in enumerate(edges)], axis=1).astype(np.float64)
    free = _boost(binned, labels, weights, settings, None)
    pairs = _strongest_pairs(free, settings.pairs)
    model = _boost(binned, labels, weights, settings, pairs)
    return _fold(model, edges, names)


def _boost(
    binned: Floats, labels: Floats, weights: Floats, settings: CurveSettings, pairs: list[tuple[int, int]] | None
) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    groups: Any = None
    if pairs is not None:
        groups = [set(pair) for pair in pairs] + [{i} for i in range(binned.shape[1])]
    model = HistGradientBoostingClassifier(
        max_iter=settings.trees,
        learning_rate=settings.learning_rate,
        max_depth=2,
        max_leaf_nodes=4,
        min_samples_leaf=settings.min_rows,
        l2_regularization=settings.l2,
        interaction_cst=groups,
        early_stopping=False,
        random_state=settings.seed,
    )
    return model.fit(binned, labels, sample_weight=weights)


def _leaves(model: Any) -> Iterator[tuple[tuple[tuple[int, int, bool], ...], float, int]]:
    """Every leaf as its path of (feature, last bin to the left, went left), its value and its training rows."""
    for trees in model._predictors:
        nodes = trees[0].nodes
        stack: list[tuple[int, tuple[tuple[int, int, bool], ...]]] = [(0, ())]
        while stack:
            index, path = stack.pop()
            node = nodes[index]
            if node["is_leaf"]:
                yield path, float(node["value"]), int(node["count"])
                continue
            feature, cut = int(node["feature_idx"]), int(np.floor(node["num_threshold"]))
            stack.append((int(node["left"]), (*path, (feature, cut, True))))
            stack.append((int(node["right"]), (*path, (feature, cut, False))))


def _strongest_pairs(model: Any, most: int) -> list[tuple[int, int]]:
    """The pairs whose leaves move the log-odds most, summed over the training rows."""
    moved: dict[tuple[int, int], float] = defaultdict(float)
    for path, value, count in _leaves(model):
        features = sorted({feature for feature, _, _ in path})
        if len(features) == 2:
            moved[features[0], features[1]] += abs(value) * count
    ranked = sorted(moved.items(), key=lambda item: (-item[1], item[0]))
    return sorted(pair for pair, _ in ranked[:most])


def _fold(model: Any, edges: Sequence[Floats], names: Sequence[str]) -> Curve:
    tables: dict[tuple[int, ...], Floats] = {}
    for path, value, _ in _leaves(model):
        features = tuple(sorted({feature for feature, _, _ in path}))
        shape = tuple(len(edges[feature]) + 1 for feature in features)
        table = tables.setdefault(features, np.zeros(shape))
        inside = np.ones(shape, dtype=bool)
        for feature, cut, left in path:
            numbers = np.arange(len(edges[feature]) + 1)
            keep = numbers <= cut if left else numbers > cut
            inside &= keep if len(shape) == 1 else (keep[:, None] if feature == features[0] else keep[None, :])
        table[inside] += value
    bias = float(np.ravel(model._baseline_prediction)[0])
    terms = tuple(Term(features, table) for features, table in sorted(tables.items()) if features)
    return Curve(tuple(names), tuple(edges), bias, terms)
