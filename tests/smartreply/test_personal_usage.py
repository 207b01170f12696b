"""What a reply of the user's own answers: a shift of its vector, by hand, within its bound and to bytes and back."""

from __future__ import annotations

import numpy as np
import pytest

from smartreply.personal_usage import MAX_USAGE_BYTES, Usage, used, used_again

pytestmark = pytest.mark.runtime

WORDS = np.array([1.0, 0.0, 0.0, 0.0], np.float32)
ASKED = np.array([0.0, 1.0, 0.0, 0.0], np.float32)


def test_steps_by_hand() -> None:
    usage = used_again(None, WORDS, ASKED, 0.5, 1.0)
    assert usage.words.tolist() == [1, 0, 0, 0]
    assert usage.shift.tolist() == [0, 0.5, 0, 0]
    assert used(WORDS, usage) == pytest.approx(np.array([1, 0.5, 0, 0]) / np.sqrt(1.25), abs=1e-6)
    usage = used_again(usage, WORDS, np.array([0, 0, 1, 0], np.float32), -0.25, 1.0)
    assert usage.shift.tolist() == [0, 0.5, -0.25, 0]


def test_a_shift_stays_within_its_bound() -> None:
    usage = None
    for _ in range(20):
        usage = used_again(usage, WORDS, ASKED, 0.5, 1.0)
    assert usage is not None
    assert float(np.linalg.norm(usage.shift)) == pytest.approx(1.0, abs=1e-3)


def test_it_counts_only_beside_the_vector_that_it_was_learnt_with() -> None:
    usage = used_again(None, WORDS, ASKED, 0.5, 1.0)
    other, wider = np.array([0.0, 0.0, 0.0, 1.0], np.float32), np.ones(6, np.float32) / np.sqrt(np.float32(6))
    for words in (other, wider):
        assert not usage.fits(words)
        assert np.array_equal(used(words, usage), words)
        assert np.array_equal(used(words, None), words)
    assert used_again(usage, other, ASKED, 0.5, 1.0).shift.tolist() == [0, 0.5, 0, 0]
    nearly = np.array([1.0, 0.01, 0.0, 0.0], np.float32)  # another processor rounds otherwise
    assert usage.fits(nearly / np.linalg.norm(nearly))


def test_bytes() -> None:
    usage = used_again(None, WORDS, ASKED, 0.5, 1.0)
    assert usage.data == b"\0\x3c" + bytes(6) + bytes(2) + b"\0\x38" + bytes(4)
    assert Usage(usage.data) == usage


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 6, b"\0\x7c" * 4, bytes(MAX_USAGE_BYTES + 4)], ids=["none", "odd", "infinite", "long"]
)
def test_what_is_no_usage(data: bytes) -> None:
    with pytest.raises(ValueError, match="two finite vectors of one size"):
        Usage(data)
