"""What several sizes in one run cost beside the largest alone, as they share the texts' rows and the trainer's work."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.classify_sets import BenchSet
from distill.classify import ClassifyRecipe, train_students

__all__ = ["times"]

LEARNERS = {"none": (2, 6), "lstm": (2, 6), "bert": (1, 2)}
"""Trainers that learn in the students' steps, and the epochs of two runs: what lies between them is counted."""


def times(bench: BenchSet, recipe: ClassifyRecipe, *, batches: Sequence[int]) -> dict[str, Any]:
    """Processor seconds of an epoch with every size of `recipe` and with its last size alone.

    Tracing, loading and the export are the same for every number of epochs and drop out of the difference.

    Args:
        bench: the set.
        recipe: how; its trainer, way and batch size are set here.
        batches: sizes of a batch.
    """
    found: dict[str, Any] = {}
    for trainer, epochs in LEARNERS.items():
        for batch in batches:
            asked = replace(recipe, trainer=trainer, way="joint", batch_size=batch, patience=epochs[1] + 1)
            every, largest = (_epoch(bench, replace(asked, sizes=sizes), epochs)
                              for sizes in (recipe.sizes, recipe.sizes[-1:]))  # fmt: skip
            found[f"{trainer}/{batch}"] = {"every": every, "largest": largest, "sizes": list(recipe.sizes)}
    return found


def _epoch(bench: BenchSet, recipe: ClassifyRecipe, epochs: tuple[int, int]) -> float:
    spent = []
    for many in epochs:
        with tempfile.TemporaryDirectory() as work:
            start = time.process_time()
            train_students(bench.data, replace(recipe, epochs=many, context=bench.context), Path(work), _silent)
            spent.append(time.process_time() - start)
    return (spent[1] - spent[0]) / (epochs[1] - epochs[0])


def _silent(line: str) -> None:
    """Nothing is told of runs that are only timed."""
