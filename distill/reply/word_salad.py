"""Made-up messages for the English gate: words of other languages by frequency, and letters of other scripts.

The word lists are those of `wordfreq` (Speer 2022; its lists are CC BY-SA 4.0), read while training only.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate

from earmark.errors import require_extra

__all__ = ["script_salads", "word_salads"]

MOST = 3000
"""Words of each language, the most frequent ones."""

ENGLISH = 8000
"""A salad of one or two words has none of the most frequent English ones."""

SCRIPTS = (
    (0x0391, 0x03C9), (0x0410, 0x044F), (0x0561, 0x0587), (0x05D0, 0x05EA), (0x0621, 0x064A), (0x0905, 0x0939),
    (0x0985, 0x09B9), (0x0A05, 0x0A39), (0x0A85, 0x0AB9), (0x0B85, 0x0BB9), (0x0C05, 0x0C39), (0x0C85, 0x0CB9),
    (0x0D05, 0x0D39), (0x0D85, 0x0DC6), (0x0E01, 0x0E44), (0x0E81, 0x0EAE), (0x1000, 0x1021), (0x10D0, 0x10F0),
    (0x1200, 0x1248), (0x1780, 0x17A2), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x7FFF), (0xAC00, 0xD7A3),
)  # fmt: skip
"""First and last letter of scripts: Greek to Hangul."""

UNSPACED = ("zh", "ja")


def word_salads(languages: Sequence[str] | None, count: int, *, seed: int, longest: int) -> list[str]:
    """`count` messages of 1 to `longest` words drawn by frequency from one language each.

    Args:
        languages: codes; None for all that there are except English.
        count: messages.
        seed: of the choice.
        longest: most words of a message.
    """
    wordfreq = require_extra("wordfreq", extra="train", feature="Training the English gate")
    chance = random.Random(f"{seed}/salads")
    codes = sorted(set(wordfreq.available_languages()) - {"en"}) if languages is None else list(languages)
    english = set(wordfreq.top_n_list("en", ENGLISH)) if languages is None else set()
    lists = {code: wordfreq.top_n_list(code, MOST) for code in codes}
    # The k-th most frequent word is about 1/k as frequent; flattened, so that rarer words come up.
    weights = list(accumulate((rank + 10) ** -0.7 for rank in range(MOST)))
    found = []
    for number in range(count):
        code = codes[number % len(codes)]
        size = 1 + int(longest * chance.random())
        words = chance.choices(lists[code], cum_weights=weights[: len(lists[code])], k=size)
        if size < 3 and english & set(words):
            words = [word for word in chance.choices(lists[code], k=8) if word not in english][:4] or words * 2
        text = ("" if code in UNSPACED else " ").join(words)
        found.append(text.capitalize() if chance.random() < 0.4 else text)
    return found


def script_salads(count: int, *, seed: int) -> list[str]:
    """`count` messages of 1 to 5 made-up words, each in one script."""
    chance = random.Random(f"{seed}/scripts")
    found = []
    for number in range(count):
        low, high = SCRIPTS[number % len(SCRIPTS)]
        words = [
            "".join(chr(low + int((high - low + 1) * chance.random())) for _ in range(1 + int(7 * chance.random())))
            for _ in range(1 + int(5 * chance.random()))
        ]
        found.append(" ".join(words) + ("?" if chance.random() < 0.2 else ""))
    return found
