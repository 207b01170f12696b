"""What talks is held back, and shown when something goes wrong."""

from __future__ import annotations

import logging
import os

import pytest

from earmark.quiet import quiet

pytestmark = pytest.mark.runtime


def fail_loudly() -> None:
    with quiet():
        os.write(2, b"the reason\n")
        raise ValueError("broken")


def test_talk_is_held_back_and_comes_out_with_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        os.write(2, b"I0000 found no GPU\n")
        assert not logging.getLogger("absl").isEnabledFor(logging.WARNING)
    assert logging.getLogger("absl").isEnabledFor(logging.WARNING)
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"
    with pytest.raises(ValueError, match="broken"):
        fail_loudly()
    assert capfd.readouterr().err == "the reason\n"
