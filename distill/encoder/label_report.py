"""What the labels look like, and whether they make sense: counts by source, agreement with titles, simple baselines.

python -m distill.encoder.label_report EXAMPLES.npz
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from distill.encoder.head_examples import SOURCES, HeadExamples
from distill.encoder.section_labels import RATINGS, pair_auroc, without_length
from recorder.background import Background
from recorder.text import is_word, stem, tokenize

__all__ = ["label_report"]

TOP = 5
Floats = npt.NDArray[np.float64]


def label_report(examples: HeadExamples) -> list[str]:
    """Tables in Markdown.

    For each source: sections that have it, candidates in them, how many are wanted, the share of sections with any (no
    method can hit more), the share that the first five by count x idf hit, the AUROC of count x idf among a section's
    candidates, and of the wanted candidates that have a title's verdict too the share that the title wants.
    For each rating: how well length alone puts sections in order, and their place (later is more) without length.
    """
    lines = [
        f"{len(examples.recording_ids)} recordings, {examples.n_sections} sections, {len(examples.ids)} windows, "
        f"{len(examples.labels)} candidates, {len(examples.place_windows)} occurrences.",
        "",
        "| source | sections | candidates | wanted | share | oracle hit@5 | count x idf hit@5 | AUROC | in title |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    scores = _tfidf(examples)
    for column, source in enumerate(SOURCES):
        lines.append(_source_row(examples, column, source, scores))
    lines += [
        "",
        "| rating | meetings' cuts | sections | mean | length AUROC | place AUROC |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_rating_row(examples, column, rating) for column, rating in enumerate(RATINGS)]
    return lines


def _tfidf(examples: HeadExamples) -> Floats:
    """count x idf of the rarest word, of every candidate."""
    background = Background.load()
    idf = [max((background.idf(each) for each in _stems(text)), default=0.0) for text in examples.texts]
    return np.asarray(examples.candidate_counts[:, 0] * np.array(idf), np.float64)


def _stems(text: str) -> Iterable[str]:
    return (stem(token.text) for token in tokenize(text) if is_word(token.text))


def _source_row(examples: HeadExamples, column: int, source: str, scores: Floats) -> str:
    labels, bounds = examples.labels[:, column], examples.candidate_bounds
    known = labels >= 0
    oracle, hits, areas = [], [], []
    for a, b in pairwise(bounds):
        if a == b or not known[a]:
            continue
        wanted, score = labels[a:b] == 1, scores[a:b]
        oracle.append(wanted.any())
        hits.append(wanted[np.argsort(-score, kind="stable")[:TOP]].any())
        if wanted.any() and not wanted.all():
            areas.append(pair_auroc(score, wanted, np.zeros(b - a, int)))
    if not oracle:
        return f"| {source} | 0 | | | | | | | |"
    both = (labels == 1) & (examples.labels[:, 0] >= 0)
    area = f"{np.mean(areas):.2f}" if areas else "-"
    title = f"{(examples.labels[both, 0] == 1).mean():.2f}" if both.any() else ""
    return (
        f"| {source} | {len(oracle)} | {known.sum()} | {(labels == 1).sum()} | {(labels == 1).sum() / known.sum():.3f} "
        f"| {np.mean(oracle):.2f} | {np.mean(hits):.2f} | {area} | {title} |"
    )


def _rating_row(examples: HeadExamples, column: int, rating: str) -> str:
    values, groups = examples.ratings[:, column].astype(np.float64), examples.section_groups
    words = examples.section_words.astype(np.float64)
    known = ~np.isnan(values)
    if not known.any():
        return f"| {rating} | 0 | 0 | | | |"
    length = pair_auroc(words, values, groups)
    place = without_length(np.arange(len(values), dtype=float), words, groups)
    return (
        f"| {rating} | {len(np.unique(groups[known]))} | {known.sum()} | {values[known].mean():.2f} | {length:.2f} "
        f"| {pair_auroc(place, values, groups):.2f} |"
    )


def main() -> int:
    """Print the report of one file of examples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("examples", type=Path)
    sys.stdout.write("\n".join(label_report(HeadExamples.load(parser.parse_args().examples))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
