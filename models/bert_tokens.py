"""Texts to BERT's inputs: ids, padding mask and segments, through the fast tokenizer of a Hugging Face folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from earmark.errors import ArtifactError
from models.huggingface import import_transformers

__all__ = ["BertTokens"]


class BertTokens:
    """The tokenizer of a folder or hub name.

    Args:
        source: a folder with `tokenizer.json` (or `vocab.txt`), or a model's name on the Hugging Face hub.
        max_length: longest input in tokens, the special ones included; at least 4.

    Raises:
        ArtifactError: there is no tokenizer, it is not a fast one, or it lacks BERT's special tokens.
    """

    def __init__(self, source: str | Path, *, max_length: int = 128) -> None:
        transformers = import_transformers()
        if max_length < 4:
            raise ValueError(f"The 'max_length' of BertTokens must be 4 or more. Got {max_length} instead.")
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(str(source), use_fast=True)
        except (OSError, ValueError) as error:
            raise ArtifactError(f"cannot read the tokenizer of the model {str(source)!r}: {error}") from error
        special = (tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id)
        if not tokenizer.is_fast or None in special:
            raise ArtifactError(
                f"the tokenizer of {str(source)!r} must be a fast one with [CLS], [SEP] and [PAD]. "
                f"Got {type(tokenizer).__name__} with {special}."
            )
        self.max_length = max_length
        self._tokenizer = tokenizer
        self._first, self._end, self._pad = special

    def encode(
        self, texts: Sequence[str], *, context: Sequence[str] | None = None, length: int | None = None
    ) -> dict[str, np.ndarray]:
        """BERT's three inputs, int32 of shape (number of texts, length), padded at the end.

        Without context: ``[CLS] text [SEP]``, the text cut at its end as the reference cuts it. With context:
        ``[CLS] context [SEP] text [SEP]`` (segments 0 and 1); the text has the first claim on the room and the
        context keeps its end, the part nearest to the text. An empty context is left out with its [SEP].

        Args:
            texts: one string per row.
            context: what was said before, one string per row.
            length: pad to this many tokens (at most `max_length`) instead of to the longest row.
        """
        limit = self.max_length if length is None else min(length, self.max_length)
        rows = self._ids(texts)
        before = self._ids(context) if context is not None else [[] for _ in rows]
        pairs = [self._row(old, row, limit) for old, row in zip(before, rows, strict=True)]
        width = length if length is not None else max((len(ids) for ids, _ in pairs), default=2)
        token_ids = np.full((len(pairs), width), self._pad, np.int32)
        padding_mask = np.zeros((len(pairs), width), np.int32)
        segment_ids = np.zeros((len(pairs), width), np.int32)
        for index, (ids, head) in enumerate(pairs):
            token_ids[index, : len(ids)] = ids
            padding_mask[index, : len(ids)] = 1
            segment_ids[index, head : len(ids)] = 1
        return {"token_ids": token_ids, "padding_mask": padding_mask, "segment_ids": segment_ids}

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        found = self._tokenizer(list(texts), add_special_tokens=False, return_attention_mask=False, verbose=False)
        ids: list[list[int]] = found["input_ids"]
        return ids

    def _row(self, before: list[int], ids: list[int], limit: int) -> tuple[list[int], int]:
        """(ids, where segment 1 begins)."""
        room = limit - 3 - len(ids)
        if not before or room < 1:
            row = [self._first, *ids[: limit - 2], self._end]
            return row, len(row)
        head = [self._first, *before[-room:], self._end]
        return [*head, *ids, self._end], len(head)
