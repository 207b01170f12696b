"""A start that already reads: the lower blocks of MiniLM, copied into an encoder that has room for them.

After a few hundred steps such an encoder is as near to MiniLM as one that begins with words alone
(`distill.encoder.start`) is after thousands: what is slow to learn is who attends to whom.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from earmark.errors import EarmarkError

__all__ = ["start_from_blocks"]


def start_from_blocks(encoder: Any, sentence: Any, bert: Any) -> None:
    """Set the weights of a fresh encoder and of its sentence head in place.

    Of the teacher's feed-forward networks the units with the largest weights stay. Neighbours are not looked at yet,
    and relu stands where the teacher has gelu.

    Args:
        encoder: a `MobileBertEdgeTpu` without bottlenecks, with layer normalisation and one feed-forward network a
            block.
        sentence: the dense layer that turns the mean state into MiniLM's space, (hidden,) -> (hidden,).
        bert: the teacher, a `models.bert.BertEncoder` of the same width, heads and word pieces.

    Raises:
        EarmarkError: the two do not fit.
    """
    _check(encoder.size, bert.bert)
    words = bert.embedding
    width = encoder.size.hidden
    encoder.embedding.word.embeddings.assign(words.words.embeddings)
    kernel = np.zeros((3 * width, width), np.float32)
    kernel[width : 2 * width] = np.eye(width, dtype=np.float32)
    encoder.embedding.project.kernel.assign(kernel)
    encoder.embedding.position.assign(np.asarray(words.positions.embeddings)[: encoder.size.positions])
    encoder.embedding.type.assign(np.asarray(words.segments.embeddings)[: encoder.size.types])
    _copy(words.norm, encoder.embedding.norm)
    for theirs, ours in zip(bert.blocks, encoder.blocks, strict=False):
        for name, same in (("query", ours.query), ("key", ours.key), ("value", ours.value), ("mix", ours.output_dense),
                           ("attention_norm", ours.attention_norm), ("norm", ours.fall_norm[0])):  # fmt: skip
            _copy(getattr(theirs, name), same)
        rise, offset = theirs.widen.get_weights()
        fall, rest = theirs.narrow.get_weights()
        loud = np.linalg.norm(rise, axis=0) * np.linalg.norm(fall, axis=1)
        kept = np.sort(np.argsort(-loud, kind="stable")[: encoder.size.ffn_width])
        ours.rise[0].set_weights([rise[:, kept], offset[kept]])
        ours.fall[0].set_weights([fall[kept], rest])
    sentence.set_weights([np.eye(width, dtype=np.float32), np.zeros(width, np.float32)])


def _copy(theirs: Any, ours: Any) -> None:
    ours.set_weights(theirs.get_weights())


def _check(size: Any, bert: Any) -> None:
    wanted = {"hidden": bert.hidden_size, "bottleneck": bert.hidden_size, "embedding": bert.hidden_size,
              "heads": bert.num_heads, "vocabulary": bert.vocabulary_size, "ffns": 1, "norm": "layer"}  # fmt: skip
    for name, value in wanted.items():
        if getattr(size, name) != value:
            raise EarmarkError(f"An encoder that begins as blocks of its teacher must have {name} {value!r}. "
                               f"Got {getattr(size, name)!r}.")  # fmt: skip
    most = {"blocks": bert.num_layers, "ffn_width": bert.intermediate_size, "positions": bert.max_positions,
            "types": bert.num_segments}  # fmt: skip
    for name, value in most.items():
        if getattr(size, name) > value:
            raise EarmarkError(f"An encoder that begins as blocks of its teacher must have {name} of {value} or less. "
                               f"Got {getattr(size, name)}.")  # fmt: skip
