"""Seeded strings that are hard for a tokenizer: all planes, accents, Chinese, emoji, control characters, long words."""

from __future__ import annotations

import random
from collections.abc import Iterator

__all__ = ["hard_strings"]

_TEXT = """
the battery of this laptop is rechargeable yeah um Münster naïve café ÅNGSTRÖM İstanbul STRASSE straße ΟΔΟΣ ΟΔΟΣ, ΌΣΟΣ
don't can't o'clock e-mail 3.14 1,000,000 C++ user@example.org https://example.org/a?b=c#d [SEP] [MASK] ##ing ;`
Привет Ёлка שלום مرحبا हिन्दी ไทย 한국어 にほんご カタカナ ｶﾞ 中文 漢字かな ﬁne ﬂow № ½ ™ K Å ǅ ẞ Ω ŉ “quoted” …—– ¿qué?
antidisestablishmentarianism unbelievabilities xyzzyqwk 👩\u200d👩\u200d👧 🇩🇪 ｆｕｌｌ 👍🏽 ☕\ufe0f
"""
_WORDS = _TEXT.split()

# First and last code points of what the strings are made of, beside whole planes.
_BLOCKS = [
    (0x20, 0x7E), (0x20, 0x7E), (0x61, 0x7A), (0x00, 0x1F), (0x7F, 0xA0), (0xA1, 0x24F), (0x300, 0x36F), (0x370, 0x52F),
    (0x590, 0x6FF), (0x890, 0x8FF), (0x900, 0xD7F), (0xE00, 0xFFF), (0x1100, 0x11FF), (0x1E00, 0x1FFF),
    (0x2000, 0x206F), (0x2070, 0x2BFF), (0x2E00, 0x303F), (0x3040, 0x30FF), (0x3400, 0x34FF), (0x4E00, 0x9FFF),
    (0xA000, 0xABFF), (0xAC00, 0xD7A3), (0xE000, 0xE0FF), (0xF900, 0xFAFF), (0xFB00, 0xFFFF), (0x10000, 0x11FFF),
    (0x16A00, 0x16FFF), (0x1D100, 0x1D2FF), (0x1E000, 0x1FAFF), (0x20000, 0x3134F), (0xE0000, 0xE01FF),
    (0x0, 0xFFFF), (0x10000, 0x10FFFF),
]  # fmt: skip
_SPACES = [" ", " ", " ", " ", "  ", "\n", "\t", "\r\n", "\u00a0", "\u2003", "\u2028", "\u3000", "", "\u200b", "\x0b"]


def hard_strings(count: int, *, seed: int) -> Iterator[str]:
    """`count` different strings of up to 8 words, the same for the same seed; no lone surrogates."""
    chance = random.Random(seed)
    seen: set[str] = set()
    while len(seen) < count:
        parts: list[str] = []
        for _ in range(chance.randint(0, chance.choice((2, 4, 8)))):
            parts += (_word(chance), chance.choice(_SPACES))
        text = "".join(parts)
        if text not in seen:
            seen.add(text)
            yield text


def _word(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.45:
        word = chance.choice(_WORDS)
        return word if kind < 0.3 else chance.choice((word.upper(), word.title(), word + chance.choice(_WORDS)))
    if kind < 0.6:  # accents and invisible characters put into a word
        word = chance.choice(_WORDS)
        at = chance.randint(0, len(word))
        marks = "".join(
            chance.choice("\u0301\u0308\u0323\u0345\u200d\u200b\ufeff\u00ad\ufffd\x00\x1f") for _ in range(2)
        )
        return word[:at] + marks + word[at:]
    if kind < 0.62:  # around the length at which a word is unknown
        return chance.choice(("a", "é", "ab", "E\u0301", "가", "ß")) * chance.randint(30, 103)
    if kind < 0.85:
        first, last = chance.choice(_BLOCKS)
        return "".join(_char(chance, first, last) for _ in range(chance.randint(1, 8)))
    return "".join(_char(chance, *chance.choice(_BLOCKS)) for _ in range(chance.randint(1, 8)))


def _char(chance: random.Random, first: int, last: int) -> str:
    code = chance.randint(first, last)
    return chr(code) if not 0xD800 <= code < 0xE000 else "a"
