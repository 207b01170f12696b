import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.text import is_word, stem, tokenize

pytestmark = pytest.mark.runtime


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("I don't know, Anna", ["I", "do", "n't", "know", ",", "Anna"]),
        ("Anna's state-of-the-art D_V_D_ player", ["Anna", "'s", "state-of-the-art", "DVD", "player"]),
        ("it costs $3.5, 10,000 at 9:30 p.m.", ["it", "costs", "$", "3.5", ",", "10,000", "at", "9:30", "p.m."]),
        ("can’t 90s 12% kepler s laws", ["ca", "n't", "90s", "12%", "kepler", "s", "laws"]),
        ("naïve 日本語 😀 ... --", ["naïve", "日本語", "😀", "...", "--"]),
        ("_ __ F_ eight", ["F", "eight"]),
        ("", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert [token.text for token in tokenize(text)] == tokens


@given(st.text(max_size=200))
def test_offsets_rise_and_point_at_the_token(text: str) -> None:
    tokens = tokenize(text)
    offsets = [token.offset for token in tokens]
    assert offsets == sorted(set(offsets))
    for token in tokens:
        assert token.text
        assert text[token.offset] in (token.text[0], "’", "_") or text[token.offset].lower() == token.text[0].lower()


def test_words_and_marks() -> None:
    assert [is_word(token) for token in ("tree", "12%", "é", ",", "n't"[1:], "😀")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_stems_fold_case_and_endings() -> None:
    assert stem("Batteries") == stem("battery") == "batteri"
    assert stem("running") == "run"


@given(st.text(min_size=1, max_size=50))
def test_any_word_has_a_stem(word: str) -> None:
    assert isinstance(stem(word), str)


def test_a_word_without_end_does_no_harm() -> None:
    assert stem("y" * 100_000).startswith("yyy")
    assert len(tokenize("ab-" * 50_000)) >= 1
