"""Which sections of a meeting are worth reading: labels for the section head, and how a rating is judged.

Labels are shares of a section's words, so that a long section is not better for being long:

* **asked**: words of turns that some query's span holds (QMSum);
* **summary**: words of sentences that carry the answer to "Summarize the whole meeting" (ExplainMeetSum);
* **evidence**: words of sentences that carry any answer (ExplainMeetSum);
* **extractive**: words of the acts of the extractive summary (AMI, ICSI).

They rank the sections of one meeting, cut in one way, against each other; across meetings they say little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from distill.corpora import read_jsonl

__all__ = ["RATINGS", "TurnShares", "pair_auroc", "section_ratings", "turn_shares", "without_length"]

RATINGS = ("asked", "summary", "evidence", "extractive")
"""The columns of `HeadExamples.ratings`."""

Floats = npt.NDArray[np.float64]
TurnShares = npt.NDArray[np.float64]  # (turns, 1 + ratings): words, then words of each rating; NaN where unknown


def turn_shares(data: Path, split: str) -> dict[str, TurnShares]:
    """By meeting of QMSum: for every turn its words, and how many of them each rating counts.

    ExplainMeetSum numbers sentences, each of which knows its turn; where it lacks the meeting its columns are NaN.
    """
    path = data / "transcripts" / f"explainmeetsum.{split}.jsonl.gz"
    explained = {row["meeting"]: row for row in read_jsonl(path)} if path.exists() else {}
    found = {}
    for row in read_jsonl(data / "transcripts" / f"qmsum.{split}.jsonl.gz"):
        meeting = row.get("meeting") or row["id"]
        table = np.full((len(row["segments"]), 1 + len(RATINGS)), np.nan)
        table[:, 0] = [_words(segment["text"]) for segment in row["segments"]]
        table[:, 1] = 0.0
        for query in row.get("queries") or ():
            for first, last in query.get("spans") or ():
                table[first : last + 1, 1] = table[first : last + 1, 0]
        if meeting in explained:
            _add_sentences(table, explained[meeting])
        found[meeting] = table
    return found


def _words(text: str) -> int:
    return len(text.split())


def _add_sentences(table: TurnShares, row: Mapping[str, Any]) -> None:
    carried = {
        index for query in row.get("queries") or () for part in query.get("evidence") or () for index in part["central"]
    }
    for column, chosen in ((2, row.get("highlights")), (3, sorted(carried)), (4, row.get("extractive"))):
        if chosen:
            table[:, column] = 0.0
            for index in chosen:
                segment = row["segments"][index]
                table[segment["turn"], column] += _words(segment["text"])
    table[:, 2:] = np.minimum(table[:, 2:], table[:, :1])


def section_ratings(table: TurnShares, spans: Iterable[tuple[int, int]]) -> Floats:
    """The ratings of a section: shape (4,), shares of its words; NaN where the meeting has no such annotation."""
    turns = np.concatenate([np.arange(first, last + 1) for first, last in spans])
    words = max(float(table[turns, 0].sum()), 1.0)
    return np.asarray(table[turns, 1:].sum(axis=0) / words, np.float64)


def pair_auroc(
    scores: Sequence[float] | Floats, labels: Sequence[float] | Floats, groups: Sequence[int] | npt.NDArray[np.integer]
) -> float:
    """Share of the pairs of sections of one group, unequal in their labels by 0.1 or more, that the scores put in the
    right order; equal scores are half right. Mean over groups with such pairs; NaN without any.

    With labels 0 and 1 this is the AUROC within each group. NaN labels and negative groups are left out.
    """
    values, wanted, members = np.asarray(scores, float), np.asarray(labels, float), np.asarray(groups)
    shares = []
    for group in np.unique(members[members >= 0]):
        inside = (members == group) & ~np.isnan(wanted)
        ahead = wanted[inside][:, None] - wanted[inside][None, :] >= 0.1
        if ahead.any():
            gap = values[inside][:, None] - values[inside][None, :]
            shares.append(float(np.mean((gap[ahead] > 0) + 0.5 * (gap[ahead] == 0))))
    return float(np.mean(shares)) if shares else float("nan")


def without_length(
    scores: Sequence[float] | Floats, words: Sequence[float] | Floats, groups: Sequence[int] | npt.NDArray[np.integer]
) -> Floats:
    """The scores with log(1 + words) regressed out, group by group; groups of two or fewer lose only their mean."""
    values, members = np.array(scores, float), np.asarray(groups)
    lengths = np.log1p(np.asarray(words, float))
    for group in np.unique(members):
        inside = members == group
        length = lengths[inside] - lengths[inside].mean()
        rest = values[inside] - values[inside].mean()
        square = float(length @ length)
        slope = float(rest @ length) / square if inside.sum() > 2 and square > 0 else 0.0
        values[inside] = rest - slope * length
    return values
