"""Text to the fixed row of bytes that every implementation reads (docs/projection.md, section 1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from projection.errors import ProjectionError

__all__ = ["as_rows", "encode", "encode_batch", "utf8"]


def utf8(text: str) -> bytes:
    """UTF-8 of `text`; a lone surrogate, which UTF-8 cannot hold, becomes U+FFFD."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text).encode("utf-8")


def encode(text: str | bytes, n_bytes: int) -> NDArray[np.uint8]:
    """The last `n_bytes` bytes of the text, never half a character, then zeros; uint8 [n_bytes].

    encode("né", 8) is [110, 195, 169, 0, 0, 0, 0, 0]; encode("né!", 2) is [33, 0]: half an "é" is dropped.
    """
    data = utf8(text) if isinstance(text, str) else bytes(text)
    if len(data) > n_bytes:
        data = data[-n_bytes:]
        skip = 0
        while skip < 3 and data[skip : skip + 1] and 0x80 <= data[skip] < 0xC0:
            skip += 1
        data = data[skip:]
    row = np.zeros(n_bytes, np.uint8)
    row[: len(data)] = np.frombuffer(data, np.uint8)
    return row


def encode_batch(texts: Sequence[str | bytes], n_bytes: int) -> NDArray[np.uint8]:
    """`encode` for many texts; uint8 [len(texts), n_bytes]."""
    if isinstance(texts, str | bytes):
        raise ProjectionError("expected a list of texts, got one text. Put it in a list: [text].")
    rows = np.zeros((len(texts), n_bytes), np.uint8)
    for row, text in zip(rows, texts, strict=True):
        row[:] = encode(text, n_bytes)
    return rows


def as_rows(texts: Sequence[str | bytes] | NDArray[np.uint8], n_bytes: int) -> NDArray[np.uint8]:
    """Texts, or rows already encoded, as uint8 [batch, n_bytes].

    Raises:
        ProjectionError: an array of another shape or dtype, or one text where a list of texts belongs.
    """
    if not isinstance(texts, np.ndarray):
        return encode_batch(texts, n_bytes)
    if texts.dtype != np.uint8 or texts.ndim != 2 or texts.shape[1] != n_bytes:
        raise ProjectionError(
            f"encoded texts must be uint8 [batch, {n_bytes}]; got {texts.dtype} {list(texts.shape)}. "
            "Make them with projection.encode_batch(texts, projection.n_bytes)."
        )
    return texts
