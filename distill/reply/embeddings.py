"""MiniLM's embedding of every text of the corpora, computed once and kept on disk.

The cache is a folder of blocks, each a list of text digests and their vectors (float16); a run that was stopped goes
on after the last finished block. Texts are looked up by digest, so corpora may change and nothing is computed twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "embed", "embedded", "text_key"]

BLOCK = 8192
"""Texts per file of the cache."""

WIDTH = 384


def text_key(text: str) -> bytes:
    """16 bytes that stand for a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def embed(
    texts: Sequence[str], cache: Path, say: Callable[[str], None] = lambda line: None, *, long: bool = False
) -> NDArray[np.float16]:
    """Unit vectors of `texts`, float16 (texts, 384), from the cache or MiniLM in 8 bits (`distill.minilm_int8`).

    Texts are cut at 48 tokens, `long` ones at 128; the two kinds need two caches.
    """
    cache.mkdir(parents=True, exist_ok=True)
    places = _known(cache)
    missing = sorted({text for text in texts if text_key(text) not in places}, key=lambda text: (len(text), text))
    if missing:
        from distill.minilm_int8 import LENGTHS, LONG, shared_encoder

        encoder = shared_encoder(LONG if long else LENGTHS)
        for start in range(0, len(missing), BLOCK):
            part = missing[start : start + BLOCK]
            vectors = encoder.encode(part).astype(np.float16)
            _write(cache, part, vectors)
            say(f"embedded {start + len(part):,} of {len(missing):,} new texts")
        places = _known(cache)
    return _gather(texts, places, cache)


def embedded(texts: Sequence[str], cache: Path) -> list[str]:
    """Those of `texts` whose vectors the cache holds."""
    places = _known(cache)
    return [text for text in texts if text_key(text) in places]


def _write(cache: Path, texts: Sequence[str], vectors: NDArray[np.float16]) -> None:
    keys = np.frombuffer(b"".join(text_key(text) for text in texts), np.uint8).reshape(len(texts), 16)
    number = len(list(cache.glob("block-*.npz")))
    target = cache / f"block-{number:05d}.npz"
    part = target.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, keys=keys, vectors=vectors)
    part.replace(target)  # whole or not at all


def _known(cache: Path) -> dict[bytes, tuple[int, int]]:
    """Block and row of every text that the cache holds."""
    places: dict[bytes, tuple[int, int]] = {}
    for number, path in enumerate(sorted(cache.glob("block-*.npz"))):
        with np.load(path, allow_pickle=False) as block:
            for row, key in enumerate(block["keys"]):
                places[key.tobytes()] = (number, row)
    return places


def _gather(texts: Sequence[str], places: dict[bytes, tuple[int, int]], cache: Path) -> NDArray[np.float16]:
    found = np.zeros((len(texts), WIDTH), np.float16)
    where = np.array([places[text_key(text)] for text in texts], np.intp).reshape(len(texts), 2)
    for number, path in enumerate(sorted(cache.glob("block-*.npz"))):
        mine = np.nonzero(where[:, 0] == number)[0]
        if len(mine):
            with np.load(path, allow_pickle=False) as block:
                found[mine] = block["vectors"][where[mine, 1]]
    return found
