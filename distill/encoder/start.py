"""A start that already knows words: MiniLM's vector of every piece by itself, in as few components as the table has.

After Model2Vec (van Dongen and Tulkens 2024): pieces are embedded one by one, reduced by principal components and
weighted so that frequent ones count less (Arora et al. 2017). With the blocks doing nothing yet, the mean over a text
is then a fair sentence vector before the first step, where a random table would need millions of words to get there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["piece_vectors", "start_from"]

RARE = 1e-2
"""Share of all pieces from which on one counts less."""

LOUDNESS = 10.0
"""Components of unit vectors are small; the network likes values around 1."""


def piece_vectors(wanted: NDArray[np.bool_], *, first: int, last: int) -> NDArray[np.float32]:
    """MiniLM's vectors of ``[CLS] piece [SEP]``, float32 (vocabulary, 384); zeros for pieces that are not wanted.

    Args:
        wanted: (vocabulary,), the pieces to embed.
        first, last: ids of [CLS] and [SEP].
    """
    from distill.minilm_int8 import BATCH, LONG, shared_encoder

    encoder = shared_encoder(LONG)
    pieces = np.nonzero(wanted)[0]
    vectors = np.zeros((len(wanted), encoder.encoder.encoder.bert.hidden_size), np.float32)
    names = encoder.encoder.tokens.encode(["a"])
    for start in range(0, len(pieces), BATCH):
        part = pieces[start : start + BATCH]
        ids = np.stack([np.full(len(part), first), part, np.full(len(part), last)], axis=1).astype(np.int32)
        inputs = {name: np.zeros_like(ids, dtype=value.dtype) for name, value in names.items()}
        inputs["token_ids"], inputs["padding_mask"] = ids, np.ones_like(ids, inputs["padding_mask"].dtype)
        vectors[part] = encoder.run(inputs)[: len(part)]
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

    # The first channels hold the piece itself and nothing else; the others see its neighbours.
    kernel = np.asarray(encoder.embedding.project.kernel).copy()
    kernel[:, : size.embedding] = 0.0
    kernel[size.embedding : 2 * size.embedding, : size.embedding] = np.eye(size.embedding, dtype=np.float32)
    encoder.embedding.project.kernel.assign(kernel)
    for added in (encoder.embedding.position, encoder.embedding.type):
        added.assign(np.zeros(added.shape, np.float32))
    back = np.zeros(sentence.kernel.shape, np.float32)
    back[: size.embedding] = axes / LOUDNESS
    sentence.kernel.assign(back)
    sentence.bias.assign(center * 0.1)
    _wake(encoder)


def _wake(encoder: Any) -> None:
    """Published fresh weights are made for hundreds of thousands of steps; these learn from the start.

    A block begins by passing on what it was given: what it would add is multiplied with 0.
    """
    import keras

    for block in encoder.blocks:
        for layer in block._flatten_layers(include_self=False):
            kernel = getattr(layer, "kernel", None)
            if kernel is not None:
                kernel.assign(keras.initializers.LecunNormal()(kernel.shape))
        block.bottleneck_output.kernel.assign(np.zeros(block.bottleneck_output.kernel.shape, np.float32))
