"""The trained function curve: a few numbers of a candidate in, one score in 0..1 out.

A generalised additive model with pairwise terms (Lou et al., "Accurate intelligible models with pairwise
interactions", KDD 2013): the log-odds are a constant plus tables that look at one or two binned features each. The
tables are folded from depth-two boosted trees by `distill.keywords`; applying them is a look-up and a sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from earmark.errors import ArtifactError

__all__ = ["Curve", "Term"]

Floats = npt.NDArray[np.float64]
Bins = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Term:
    """One table of log-odds.

    Attributes:
        features: column numbers of one or two features.
        table: shape (bins of the first,) or (bins of the first, bins of the second).
    """

    features: tuple[int, ...]
    table: Floats


@dataclass(frozen=True, slots=True)
class Curve:
    """Binned features and the tables over them.

    Attributes:
        names: the features' names, in the order of the columns.
        edges: for each feature its ascending bin edges: a value's bin is the number of edges below it.
        bias: the constant of the log-odds.
        terms: added in this order.
    """

    names: tuple[str, ...]
    edges: tuple[Floats, ...]
    bias: float
    terms: tuple[Term, ...]

    def bin(self, name: str, values: Floats) -> Bins:
        """Bin numbers of one feature's values: edges [1, 2] put 0, 1, 1.5, 3 in 0, 0, 1, 2."""
        return np.searchsorted(self.edges[self.names.index(name)], values)

    def log_odds(self, rows: Floats) -> Floats:
        """Log-odds of each row; `rows` has the shape (candidates, features)."""
        return self._add_up([self.bin(name, rows[:, i]) for i, name in enumerate(self.names)])

    def _add_up(self, bins: Sequence[Bins]) -> Floats:
        total = np.full(len(bins[0]), self.bias)
        for term in self.terms:
            if len(term.features) == 1:
                total += term.table[bins[term.features[0]]]
            else:
                first, second = term.features
                total += term.table.ravel()[bins[first] * term.table.shape[1] + bins[second]]
        return total

    def score(self, rows: Floats) -> Floats:
        """The logistic function of `log_odds`: the share of such candidates that were right in training."""
        return _logistic(self.log_odds(rows))

    def score_bins(self, bins: Sequence[Bins]) -> Floats:
        """`score` of candidates whose features have been binned, one array per feature."""
        return _logistic(self._add_up(bins))

    def to_body(self) -> dict[str, Any]:
        """A JSON-ready dict; log-odds in thousandths."""
        return {
            "names": list(self.names),
            "edges": [edge.tolist() for edge in self.edges],
            "bias": round(self.bias * 1000),
            "terms": [
                [list(term.features), np.rint(term.table * 1000).astype(int).ravel().tolist()] for term in self.terms
            ],
        }

    @classmethod
    def from_body(cls, body: dict[str, Any], expected: Sequence[str]) -> Curve:
        """The inverse of `to_body` (to a thousandth).

        Raises:
            ArtifactError: the features are not `expected`, or a table has another shape than its features' bins.
        """
        names = tuple(body["names"])
        if names != tuple(expected):
            raise ArtifactError(
                f"the curve's features must be {list(expected)}, got {list(names)}. Retrain it with this release."
            )
        edges = tuple(np.array(edge, dtype=np.float64) for edge in body["edges"])
        terms = []
        for features, values in body["terms"]:
            shape = tuple(len(edges[i]) + 1 for i in features)
            if len(values) != int(np.prod(shape)):
                raise ArtifactError(
                    f"the curve's table over {[names[i] for i in features]} must have {int(np.prod(shape))} values, "
                    f"got {len(values)}. Reinstall earmark."
                )
            terms.append(Term(tuple(features), np.array(values, dtype=np.float64).reshape(shape) / 1000))
        return cls(names, edges, body["bias"] / 1000, tuple(terms))


def _logistic(log_odds: Floats) -> Floats:
    chance: Floats = 1.0 / (1.0 + np.exp(-log_odds))
    return chance
