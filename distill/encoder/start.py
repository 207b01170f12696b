"""A start that already knows words: MiniLM's vector of every piece by itself, in as few components as the table has.

After Model2Vec (van Dongen and Tulkens 2024): pieces are embedded one by one, reduced by principal components and
weighted so that frequent ones count less (Arora et al. 2017). With the blocks doing little yet, the mean over a text is
then a fair sentence vector before the first step, where a random table would need millions of words to get there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["piece_vectors", "start_from"]

RARE = 1e-3
"""Share of all pieces from which on one counts less."""

LOUDNESS = 10.0
"""Components of unit vectors are small; the network likes values around 1."""


def piece_vectors(vocabulary: int, *, first: int, last: int) -> NDArray[np.float32]:
    """MiniLM's vectors of ``[CLS] piece [SEP]`` for every piece: float32 (vocabulary, 384)."""
    from distill.minilm_int8 import BATCH, Int8SentenceEncoder

    encoder = Int8SentenceEncoder()
    ids = np.stack([np.full(vocabulary, first), np.arange(vocabulary), np.full(vocabulary, last)], axis=1)
    vectors = np.zeros((vocabulary, encoder.encoder.encoder.bert.hidden_size), np.float32)
    names = encoder.encoder.tokens.encode(["a"])
    for start in range(0, vocabulary, BATCH):
        part = ids[start : start + BATCH].astype(np.int32)
        inputs = {name: np.zeros_like(part, dtype=value.dtype) for name, value in names.items()}
        inputs["token_ids"], inputs["padding_mask"] = part, np.ones_like(part, inputs["padding_mask"].dtype)
        vectors[start : start + len(part)] = encoder.run(inputs)[: len(part)]
    return vectors


def start_from(encoder: Any, sentence: Any, vectors: NDArray[np.float32], counts: NDArray[np.int64]) -> None:
    """Set the weights of a fresh encoder and of its sentence head in place.

    Args:
        encoder: a `MobileBertEdgeTpu`.
        sentence: the dense layer that turns the mean state into MiniLM's space, (hidden,) -> (384,).
        vectors: of `piece_vectors`.
        counts: occurrences of each piece in the texts, (vocabulary,).
    """
    size = encoder.size
    share = counts / max(int(counts.sum()), 1)
    weight = (RARE / (RARE + share)).astype(np.float32)
    center = np.average(vectors, axis=0, weights=share + 1e-9).astype(np.float32)
    away = vectors - center
    _, _, axes = np.linalg.svd(np.cov(away.T, aweights=np.sqrt(share + 1e-9)).astype(np.float64))
    axes = axes[: size.embedding].astype(np.float32)
    encoder.embedding.word.embeddings.assign(LOUDNESS * weight[:, None] * (away @ axes.T))

    kernel = np.asarray(encoder.embedding.project.kernel).copy()
    kernel[size.embedding : 2 * size.embedding, : size.embedding] += np.eye(size.embedding, dtype=np.float32)
    encoder.embedding.project.kernel.assign(kernel)
    back = np.asarray(sentence.kernel).copy()
    back[: size.embedding] += axes / LOUDNESS
    sentence.kernel.assign(back)
    sentence.bias.assign(center * 0.1)
    _wake(encoder)


def _wake(encoder: Any) -> None:
    """Published fresh weights are made for hundreds of thousands of steps; these pass signals on from the start."""
    import keras

    for block in encoder.blocks:
        for layer in block._flatten_layers(include_self=False):
            kernel = getattr(layer, "kernel", None)
            if kernel is None or layer is block.bottleneck_output:
                continue
            kernel.assign(keras.initializers.LecunNormal()(kernel.shape))
