import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projection import ProjectionError, encode, encode_batch, project_tokens, tokenize

pytestmark = pytest.mark.runtime


def test_worked_values() -> None:
    assert encode("né", 8).tolist() == [110, 195, 169, 0, 0, 0, 0, 0]
    assert encode("né!", 2).tolist() == [33, 0]
    assert encode("a\ud800b", 8).tobytes() == "a\ufffdb".encode() + bytes(3)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80), st.integers(8, 40))
@settings(max_examples=200, deadline=None)
def test_a_long_text_keeps_its_end_and_whole_characters(text: str, n_bytes: int) -> None:
    data = text.encode("utf-8")
    kept = encode(text, n_bytes).tobytes().rstrip(b"\0")
    assert text.endswith(kept.decode("utf-8"))
    assert len(kept) == len(data) if len(data) <= n_bytes else n_bytes - 4 < len(kept) <= n_bytes


def test_the_last_words_of_a_long_message_count() -> None:
    text = "nobody reads this far back. " * 20 + "see you at five"
    assert tokenize(text)[-4:] == ["see", "you", "at", "five"]
    end = project_tokens(["see you at five"])
    long = project_tokens([text])
    assert np.array_equal(long.values[0][long.mask[0]][-4:], end.values[0][:4])


def test_an_unbroken_run_of_letters_longer_than_the_bytes_still_is_a_token() -> None:
    assert tokenize("a" * 1000) == ["a" * 127]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't STOP", ["don't", "stop"]),
        ("don\u2019t", ["don't"]),
        ("ÀÉÞ×ß", ["àéþ", "×", "ß"]),
        ("wait... what?!", ["wait", "...", "what", "?", "!"]),
        ("ok\U0001f44d\U0001f3fdthanks", ["ok", "\U0001f44d\U0001f3fd", "thanks"]),
        ("\u2764\ufe0f\u2764", ["\u2764", "\u2764"]),
        ("\U0001f1e9\U0001f1ea!", ["\U0001f1e9\U0001f1ea", "!"]),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", ["\U0001f468\u200d\U0001f469\u200d\U0001f467"]),
        ("你好，世界", ["你好", "，", "世界"]),
        ("3.14 a_b", ["3", ".", "14", "a", "_", "b"]),
        ("", []),
        (" \n\u00a0", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


def test_wrong_input_is_told() -> None:
    with pytest.raises(ProjectionError, match=r"expected a list of texts, got one text. Put it in a list: \[text\]"):
        encode_batch("hello", 8)
    with pytest.raises(ProjectionError, match=r"must be uint8 \[batch, 128\]; got float64 \[2, 128\]"):
        project_tokens(np.zeros((2, 128)))  # type: ignore[arg-type]
