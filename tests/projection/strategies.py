"""Texts from hypothesis, and many at once from a seed, both rich in what a tokenizer can get wrong."""

import numpy as np
from hypothesis import strategies as st

PIECES = [
    *"abcdefghijklmnopqrstuvwxyzABCXYZ0123456789", *"  \t\n.,!?'\"-()@#&_…“”’‘—¿«»", *"ÀÉÖØÞÿŸßéñ×÷µ½",
    "\u200d", "\u200c", "\u200b", "\ufe0f", "\u20e3", "\u00ad", "\u00a0", "\x00", *"абвШЯ", *"你好。，かカ한글ＡＢ！",
    *"مرحبا،؟नम।",
    "\U0001f602", "\U0001f469", "\U0001f3fd", "\U0001f1e9", "\U0001f1ea", "\u2764", "\u2192", "\U000e0067",
    "\ufffd", "\U0010ffff", "hello ", "going ", "!!!", "1\ufe0f\u20e3", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
]  # fmt: skip

texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.binary(max_size=60),
    st.lists(
        st.sampled_from([b"\x80", b"\xbf", b"\xc3", b"\xe2", b"\xf0", b"\x9f", b"\x99", b" ", b"a", b"\xff"]),
        max_size=60,
    ).map(b"".join),
)


def many_texts(number: int, seed: int, longest: int = 80) -> list[str]:
    """Random texts of 0 to `longest` pieces, always the same for the same seed."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, longest + 1, number)
    return ["".join(PIECES[k] for k in rng.integers(0, len(PIECES), length)) for length in lengths]
