"""What the heads are to say of the examples: labels joined to one figure, and what MiniLM thinks of the same text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from distill.encoder.head_examples import HeadExamples
from distill.encoder.pieces import PieceRows
from distill.encoder.section_labels import RATINGS
from distill.encoder.tune import TuneTargets
from distill.minilm_int8 import BATCH, LONG, shared_encoder
from distill.reply.embeddings import embed

__all__ = ["ASKED_SHARE", "rating_targets", "tune_targets", "window_vectors"]

ASKED_SHARE = 0.6
"""How much of a section's rating is what people asked about; the rest is what summaries took up, where known."""


def tune_targets(
    examples: HeadExamples,
    texts: PieceRows,
    text_vectors: NDArray[np.float16],
    cache: Path,
    *,
    say: Callable[[str], None] = lambda line: None,
) -> TuneTargets:
    """The targets of all examples, and the distillation's texts; MiniLM's part is kept in the folder `cache`."""
    wanted, weight = examples.targets()
    vectors = window_vectors(examples, cache, say=say)
    sums = np.zeros((examples.n_sections, vectors.shape[1]), np.float32)
    np.add.at(sums, examples.window_sections, examples.lengths[:, None] * vectors.astype(np.float32))
    sections = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    written = examples.texts
    distinct = sorted(set(written))
    number = {text: index for index, text in enumerate(distinct)}
    forms = embed(distinct, cache / "candidates", say, long=True)
    places = np.array([number[text] for text in written], np.intp)
    near = np.zeros(len(written), np.float32)
    for start in range(0, len(written), 65536):  # a slice at a time: all vectors at once would be gigabytes
        part = slice(start, start + 65536)
        near[part] = np.einsum(
            "ij,ij->i", forms[places[part]].astype(np.float32), sections[examples.candidate_sections[part]]
        )
    return TuneTargets(wanted, weight, near, vectors, rating_targets(examples), texts, text_vectors)


def rating_targets(examples: HeadExamples) -> NDArray[np.float32]:
    """Float32 (sections,): what share of a section people asked about and summaries took up, NaN where unknown."""
    asked = examples.ratings[:, RATINGS.index("asked")]
    others = np.delete(examples.ratings, RATINGS.index("asked"), axis=1)
    known = np.isfinite(others).any(axis=1)
    rest = np.where(known, np.nansum(others, axis=1) / np.maximum(np.isfinite(others).sum(axis=1), 1), asked)
    return np.asarray(ASKED_SHARE * asked + (1.0 - ASKED_SHARE) * rest, np.float32)


def window_vectors(
    examples: HeadExamples, cache: Path, *, say: Callable[[str], None] = lambda line: None
) -> NDArray[np.float16]:
    """MiniLM's unit vector of every window, float16 (n, 384), from the cache or computed and kept there."""
    path = cache / f"windows-{_digest(examples)}.npy"
    if path.exists():
        return np.asarray(np.load(path, allow_pickle=False))
    cache.mkdir(parents=True, exist_ok=True)
    encoder = shared_encoder(LONG)
    names = encoder.encoder.tokens.encode(["a"])
    vectors = np.zeros((len(examples.ids), encoder.encoder.encoder.bert.hidden_size), np.float16)
    order = np.argsort(examples.lengths, kind="stable")
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        ids = examples.ids[part][:, : int(examples.lengths[part].max())]
        inputs = {name: np.zeros_like(ids, dtype=value.dtype) for name, value in names.items()}
        inputs["token_ids"], inputs["padding_mask"] = ids, (ids > 0).astype(inputs["padding_mask"].dtype)
        vectors[part] = encoder.run(inputs)[: len(part)]
        if start // BATCH % 100 == 0:
            say(f"MiniLM read {start:,} of {len(order):,} windows")
    part_path = path.with_suffix(".part")
    with part_path.open("wb") as file:
        np.save(file, vectors)
    part_path.replace(path)
    return vectors


def _digest(examples: HeadExamples) -> str:
    return hashlib.sha256(examples.ids.tobytes()).hexdigest()[:16]
