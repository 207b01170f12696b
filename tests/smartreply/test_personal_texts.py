"""Which texts count as the same reply, and which may never be kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartreply.personal_texts import fingerprint, refusal, reply_key
from smartreply.replies import ReplyEntry

pytestmark = pytest.mark.runtime


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Yup", "yup"), (" Yup! ", "yup"), ("yup...", "yup"), ("I’m  in!!", "i'm in"), ("Ok?", "ok?"), ("Ok", "ok"),
        ("...", "..."), ("!", "!"), ("❤️", "❤"), ("e\u0301te\u0301", "été"),
    ],
)  # fmt: skip
def test_the_key(text: str, key: str) -> None:
    assert reply_key(text) == key


@given(st.text(max_size=30))
def test_a_key_is_its_own_key(text: str) -> None:
    assert reply_key(reply_key(text)) == reply_key(text)


@pytest.mark.parametrize("text", ["Yup", "omw!", "Sounds good, mate", "👍🏽", "❤️", "ok...sure", "Bin schon da", "是的"])
def test_what_may_be_kept(text: str) -> None:
    assert refusal(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"), ("  ", "empty"), ("x" * 81, "longer than 80 bytes"), ("é" * 41, "longer than 80 bytes"),
        ("two\nlines", "control character"), ("tab\there", "control character"), ("be there at 5", "digit"),
        ("room ٣", "digit"), ("½ ok", "digit"), ("write to me@example.org", "address"), ("see example.org", "address"),
        ("http://x", "address"), ("WWW.x", "address"), ("@anna yes", "address"), ("four two seven one", "secret"),
        ("it's one, nine, oh", "secret"), ("the password is swordfish", "secret"), ("my PIN", "secret"),
        ("?!", "neither a letter nor an emoji"), ("\u202eabc", "control character"), ("\ud800", "control character"),
    ],
)  # fmt: skip
def test_what_may_not(text: str, why: str) -> None:
    found = refusal(text)
    assert found is not None
    assert why in found


@given(st.text(max_size=90))
def test_what_may_be_kept_is_a_reply(text: str) -> None:
    if refusal(text) is None:
        assert ReplyEntry(text.strip(), "own_reply", "own_reply").text == text.strip()


def test_fingerprints_need_the_salt() -> None:
    one, other = bytes(16), b"x" * 16
    assert fingerprint("yup", one) == fingerprint("yup", one) != fingerprint("yup", other)
    assert fingerprint("yup", one) != fingerprint("yep", one)
    assert len(fingerprint("yup", one)) == 16
