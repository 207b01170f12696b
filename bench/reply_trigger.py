"""Table (c): when to offer something. Does the trigger's probability mean what it says, and what does silence buy?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.reply_data import joined
from bench.reply_metrics import calibration_error, coverage_precision
from bench.reply_scorers import Student
from distill.reply.corpus import is_short
from distill.reply.pairs import Pair

__all__ = ["trigger_lines"]

COVERAGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def trigger_lines(name: str, model: Student, pairs: Sequence[Pair]) -> list[str]:
    """Markdown lines: threshold and precision for each coverage, the calibration error, and the statuses."""
    found = [model.read(pair.message, joined(pair.context)) for pair in pairs]
    trigger = np.array([float(one["trigger"].reshape(-1)[0]) for one in found])
    status = np.array([int(one["status"].reshape(-1)[0]) for one in found])
    right = np.array([is_short(pair.reply) for pair in pairs])
    rows = coverage_precision(trigger, right, COVERAGES)
    lines = [
        f"{name}: {len(pairs)} messages, {right.mean():.3f} of them got a short reply; calibration error (15 bins) "
        f"{calibration_error(trigger, right):.3f}; AUROC {_auroc(trigger, right):.3f}. As shipped: shown "
        f"{np.mean(status == 0):.3f}, silent for want of a short reply {np.mean(status == 1):.3f}, for the language "
        f"{np.mean(status == 2):.3f}, for the topic {np.mean(status == 3):.3f}; "
        f"{_share(right[status == 0])} of the shown got a short reply.",
        "",
        "| coverage | " + " | ".join(f"{coverage:.0%}" for coverage in COVERAGES) + " |",
        "|---" * (1 + len(COVERAGES)) + "|",
        "| trigger from | " + " | ".join(f"{threshold:.3f}" for threshold, _ in rows) + " |",
        "| precision | " + " | ".join(f"{precision:.3f}" for _, precision in rows) + " |",
        "",
    ]
    print("\n".join(lines), flush=True)
    return lines


def _share(values: NDArray[np.bool_]) -> str:
    return f"{values.mean():.3f}" if len(values) else "none"


def _auroc(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Chance that one with a short reply scores above one without; ties count half."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores):
        same = scores == value
        ranks[same] = ranks[same].mean()
    yes, no = right.sum(), (~right).sum()
    return float((ranks[right].sum() - yes * (yes + 1) / 2) / (yes * no)) if yes and no else float("nan")
