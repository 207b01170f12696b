"""Table (a): how often the true reply comes first among 100 short replies of as many dialogues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bench.reply_data import Task, joined
from bench.reply_metrics import ranked_first
from bench.reply_scorers import Scorer
from distill.reply.pairs import Pair

__all__ = ["ranking_table", "telling"]

BLOCK = 200


def telling(pair: Pair) -> bool:
    """Whether there is something to go by: a message of four words or more, a reply of two or more."""
    return len(pair.message.split()) >= 4 and len(pair.reply.split()) >= 2


def ranking_table(tasks: Mapping[str, Task], scorers: Mapping[str, Scorer]) -> list[str]:
    """Markdown lines: one row a scorer, for each set the share with the last message alone and with context."""
    sets = " | ".join(f"{name} | +context" for name in tasks)
    lines = [f"| scorer | {sets} |", "|---" * (1 + 2 * len(tasks)) + "|"]
    for name, scorer in scorers.items():
        cells = [f"{rank(scorer, task, context=context):.3f}" for task in tasks.values() for context in (False, True)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return [*lines, ""]


def rank(scorer: Scorer, task: Task, *, context: bool) -> float:
    """Share of the task's messages whose true reply comes first."""
    queries = scorer.queries(
        [pair.message for pair in task.pairs],
        [joined(pair.context) if context else "" for pair in task.pairs],
    )
    replies = scorer.replies([pair.reply for pair in task.pairs])
    return ranked_first(_scores(queries, replies, task.candidates))


def _scores(queries: np.ndarray, replies: np.ndarray, candidates: Sequence[Sequence[int]]) -> np.ndarray:
    places = np.array(candidates)
    parts = [
        np.einsum("nd,nkd->nk", queries[start : start + BLOCK], replies[places[start : start + BLOCK]])
        for start in range(0, len(places), BLOCK)
    ]
    return np.concatenate(parts)
