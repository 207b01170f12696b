"""Corpora without a training split are halved by a hash of the dialogue: one half to train on, one to measure."""

from __future__ import annotations

import hashlib

__all__ = ["measured_half"]


def measured_half(dialogue: str) -> bool:
    """Whether the dialogue is measured on (and so must not be trained on): its SHA-1 is odd.

    Ids of single messages, such as "personachat-valid-7#4", belong to the half of their dialogue, the part before "#".
    """
    return hashlib.sha1(dialogue.split("#")[0].encode("utf-8"), usedforsecurity=False).digest()[-1] % 2 == 1
