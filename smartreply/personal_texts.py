"""Which texts are the same reply, and which of the user's own texts may ever become one."""

from __future__ import annotations

import hashlib
import re
import unicodedata

__all__ = ["MAX_OWN_BYTES", "fingerprint", "refusal", "reply_key"]

MAX_OWN_BYTES = 80
"""A text of the user's own that is longer, in UTF-8, is never kept."""

_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\ufe0f": None})
_JOINERS = frozenset("\u200d\ufe0f")
_ADDRESS = re.compile(r"@|://|\bwww\.|[^\W_]\.[^\W\d_]", re.IGNORECASE)
_NUMBER_WORDS = re.compile(
    r"\b(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double)\b[\s,.-]*){3}", re.IGNORECASE
)
_SECRET = re.compile(r"\b(?:password|passcode|passphrase|pin|cvv|ssn)\b", re.IGNORECASE)


def reply_key(text: str) -> str:
    """The form under which a reply is counted: letter case, curly quotes, spaces and a final . or ! do not matter.

    reply_key(" Yup! ") is "yup"; reply_key("Ok?") is "ok?".
    """
    key = " ".join(unicodedata.normalize("NFC", text).translate(_QUOTES).casefold().split())
    return key.rstrip(".! ") or key


def refusal(text: str) -> str | None:
    """Why `text` may not be kept as a reply of the user's own; None when it may.

    Whether its topic is sensitive is the model's question, not asked here.
    """
    if not text.strip():
        return "it is empty"
    if len(text.strip().encode("utf-8", "replace")) > MAX_OWN_BYTES:
        return f"it is longer than {MAX_OWN_BYTES} bytes"
    categories = {unicodedata.category(character) for character in text.strip() if character not in _JOINERS}
    if categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return "it has a line break or a control character"
    if categories & {"Nd", "Nl", "No"}:
        return "it has a digit"
    if _ADDRESS.search(text):
        return "it looks like an address"
    if _NUMBER_WORDS.search(text) or _SECRET.search(text):
        return "it looks like a secret"
    if not any(category[0] == "L" or category == "So" for category in categories):
        return "it has neither a letter nor an emoji"
    return None


def fingerprint(key: str, salt: bytes) -> bytes:
    """16 bytes that tell whether a text has been typed before, without the text; `salt` differs in every file."""
    return hashlib.blake2b(key.encode("utf-8", "replace"), key=salt, digest_size=16).digest()
