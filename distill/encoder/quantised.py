"""What 8 bits cost: each task measured with the float network and with the file that ships."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.encoder.head_examples import HeadExamples
from distill.encoder.heads import EncoderHeads
from distill.encoder.section_labels import pair_auroc
from distill.encoder.targets import rating_targets
from recorder.encoder import Encoder
from recorder.encoder_windows import CandidatePlaces, pool_candidates

__all__ = ["quantisation_loss"]

MOST = 1500
"""Windows that are compared."""


def quantisation_loss(heads: EncoderHeads, encoder: Encoder, examples: HeadExamples) -> dict[str, dict[str, float]]:
    """Per task the figure in float and in 8 bits, on the first sections of `examples`.

    Keywords: the AUROC of candidates within their section against "wanted at all"; ratings: pairs of sections in the
    right order; sentences: the mean cosine of the two vectors of a window.
    """
    n_sections = int(np.searchsorted(examples.window_bounds, MOST, side="right")) - 1
    examples = examples.subset(np.arange(examples.n_sections) < max(n_sections, 1))
    low = encoder.read(examples.ids)
    parts = [
        {name: np.asarray(value) for name, value in heads(ids, (ids > 0).astype(np.float32)).items()}
        for ids in np.array_split(examples.ids, max(len(examples.ids) // 32, 1))
    ]
    high = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    wanted, known = examples.targets()
    figures = {}
    for name, keyword, rating in (("float", high["keyword"], high["rating"]), ("int8", low.keyword, low.rating)):
        figures[name] = {
            "keywords, AUROC": round(_keyword_auroc(examples, keyword, wanted > 0, known > 0), 4),
            "ratings, pairs": round(_rating_pairs(examples, rating), 4),
        }
    cosines = np.einsum("ij,ij->i", high["sentence"], low.sentence)
    figures["int8"]["sentences, cosine to float"] = round(float(cosines.mean()), 4)
    return figures


def _keyword_auroc(
    examples: HeadExamples, logits: NDArray[np.floating[Any]], wanted: NDArray[np.bool_], known: NDArray[np.bool_]
) -> float:
    places = CandidatePlaces(
        examples.place_candidates, examples.place_windows, examples.place_firsts, examples.place_lasts
    )
    best, mean = pool_candidates(logits, places, len(wanted))
    groups = np.where(known, examples.candidate_sections, -1)
    return pair_auroc(best + mean, wanted.astype(float), groups)


def _rating_pairs(examples: HeadExamples, rating: NDArray[np.floating[Any]]) -> float:
    sums = np.bincount(
        examples.window_sections, weights=rating * examples.lengths, minlength=examples.n_sections
    ) / np.bincount(examples.window_sections, weights=examples.lengths, minlength=examples.n_sections)
    return pair_auroc(sums, rating_targets(examples).astype(float), examples.section_groups)
