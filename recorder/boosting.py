"""Gradient-boosted regression trees, inference only: every tree looks at the row at once, in numpy.

Leaf values are whole hundred-thousandths, so their sum is exact: the same row scores the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from earmark.errors import ArtifactError

__all__ = ["LEAF_UNIT", "BoostedTrees"]

LEAF_UNIT = 100_000
"""Leaf values are stored as multiples of 1 / LEAF_UNIT."""


class BoostedTrees:
    """A forest whose trees add up to log-odds.

    Args:
        table: lists of equal length, one entry a node: "feature" (int, -1 in a leaf), "threshold" (float),
            "left" and "right" (index of a later node), "missing_left" (0 or 1: where a NaN goes), "value" (int,
            see `LEAF_UNIT`); and "roots" (index of each tree's first node), "baseline" (float, log-odds).
        features: number of features a row has.

    Raises:
        ArtifactError: the lists do not fit together.
    """

    def __init__(self, table: dict[str, Any], features: int) -> None:
        nodes = len(table["feature"])
        columns = ("feature", "threshold", "left", "right", "missing_left", "value")
        if any(len(table[name]) != nodes for name in columns):
            raise ArtifactError("the boosted trees are damaged: their columns differ in length. Reinstall earmark.")
        self._feature: npt.NDArray[np.int64] = np.asarray(table["feature"], dtype=np.int64)
        if nodes and (self._feature.max() >= features or self._feature.min() < -1):
            raise ArtifactError(
                f"the boosted trees use feature {int(self._feature.max())}, but a row has {features} features "
                "(numbered from 0). The model file belongs to another release; reinstall earmark."
            )
        leaf = self._feature < 0
        own = np.arange(nodes, dtype=np.int64)
        # A leaf leads to itself, so that all trees can take the same number of steps.
        self._left = np.where(leaf, own, np.asarray(table["left"], dtype=np.int64))
        self._right = np.where(leaf, own, np.asarray(table["right"], dtype=np.int64))
        inner = ~leaf
        if bool((self._left[inner] <= own[inner]).any() or (self._right[inner] <= own[inner]).any()) or (
            nodes and max(int(self._left.max()), int(self._right.max())) >= nodes
        ):
            raise ArtifactError("the boosted trees are damaged: a branch does not lead onwards. Reinstall earmark.")
        self._feature = np.where(leaf, 0, self._feature)
        self._threshold: npt.NDArray[np.float64] = np.asarray(table["threshold"], dtype=np.float64)
        self._missing_left: npt.NDArray[np.bool_] = np.asarray(table["missing_left"], dtype=bool)
        self._value: npt.NDArray[np.int64] = np.asarray(table["value"], dtype=np.int64)
        self._roots: npt.NDArray[np.int64] = np.asarray(table["roots"], dtype=np.int64)
        self._baseline = float(table["baseline"])
        self._steps = self._depth(leaf)

    def _depth(self, leaf: npt.NDArray[np.bool_]) -> int:
        depth, nodes = 0, self._roots
        while nodes.size and not bool(leaf[nodes].all()):
            inner = nodes[~leaf[nodes]]
            nodes = np.concatenate([self._left[inner], self._right[inner]])
            depth += 1
        return depth

    def score(self, row: Sequence[float]) -> float:
        """Log-odds of one row, shape (features,); NaN is a missing value."""
        values = np.asarray(row, dtype=np.float64)
        nodes = self._roots
        for _ in range(self._steps):
            here = values[self._feature[nodes]]
            left = np.where(np.isnan(here), self._missing_left[nodes], here <= self._threshold[nodes])
            nodes = np.where(left, self._left[nodes], self._right[nodes])
        return self._baseline + int(self._value[nodes].sum()) / LEAF_UNIT
