"""Table (b): the three replies that each system offers, judged by the true ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.reply_data import Case
from bench.reply_judge import Figures, Judge
from bench.reply_suggest import System

__all__ = ["offers_tables"]

_COLUMNS = (
    "three replies",
    "best of three",
    "close (0.7)",
    "intents of three",
    "always three",
    "Self-similarity",
    "generic",
    "echo",
    "intent hit@3",
    "weighted ROUGE",
)


def offers_tables(cases: Sequence[Case], systems: Mapping[str, System], judge: Judge) -> list[str]:
    """Markdown lines: all figures over all sets (each set counts the same), then best of three for each set."""
    sources = list(dict.fromkeys(case.source for case in cases))
    places = {source: np.array([case.source == source for case in cases]) for source in sources}
    figures = {name: _measured(name, system, cases, judge) for name, system in systems.items()}
    lines = [f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    lines += [f"| {name} | {' | '.join(_cells(one, places))} |" for name, one in figures.items()]
    counts = ", ".join(f"{source} {place.sum()}" for source, place in places.items())
    lines += ["", f"Best of three (share close) for each set ({counts}):", ""]
    lines += [f"| three replies | {' | '.join(sources)} |", "|---" * (1 + len(sources)) + "|"]
    for name, one in figures.items():
        cells = [f"{one.best[place].mean():.3f} ({one.close[place].mean():.3f})" for place in places.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    known = float(np.mean(~np.isnan(next(iter(figures.values())).hit)))
    return [*lines, "", f"A reference is close to a reply of the list for {known:.1%} of the messages.", ""]


def _measured(name: str, system: System, cases: Sequence[Case], judge: Judge) -> Figures:
    figures = judge(system(cases))
    print(f"{name}: {figures.best.mean():.3f}", flush=True)
    return figures


def _cells(one: Figures, places: Mapping[str, NDArray[np.bool_]]) -> list[str]:
    def mean(values: NDArray[np.float64], digits: int = 3) -> str:
        parts = [values[place & ~np.isnan(values)] for place in places.values()]
        parts = [part for part in parts if len(part)]
        return f"{np.mean([part.mean() for part in parts]):.{digits}f}" if parts else "-"

    three = np.where(np.isnan(one.intents), np.nan, (one.intents == 3).astype(np.float64))
    return [
        mean(one.best),
        mean(one.close),
        mean(one.intents, 2),
        mean(three),
        mean(one.alike),
        mean(one.generic),
        mean(one.echo),
        mean(one.hit),
        mean(one.rouge, 1),
    ]
