"""`SmartReply` with a personal file, on the tiny model: learning, forgetting, silence, no network."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartreply import SmartReply, Suggestions
from smartreply.personal import OWN_AFTER, Personal

pytestmark = pytest.mark.runtime

ROOT = Path(__file__).parents[2]
MODEL = Path(__file__).parent / "data" / "tiny.tflite"
MESSAGES = ["are you coming?", "I got the job", "thank you for the lift", "lunch at noon?", "so tired today", "hi"]


@pytest.fixture(scope="module")
def plain() -> SmartReply:
    return SmartReply.load(MODEL)


@pytest.fixture
def smart(tmp_path: Path) -> Iterator[SmartReply]:
    with Personal.open(tmp_path / "me.earmark") as personal:
        yield SmartReply.load(MODEL, personal=personal)


def texts(found: Suggestions) -> list[str]:
    return [reply.text for reply in found.replies]


def test_nothing_learnt_suggests_the_same(plain: SmartReply, smart: SmartReply, tmp_path: Path) -> None:
    for message in MESSAGES:
        assert smart.suggest(message) == plain.suggest(message)
    assert list(tmp_path.iterdir()) == []


def test_what_is_picked_comes_up_and_forgetting_takes_it_back(plain: SmartReply, smart: SmartReply) -> None:
    for message in MESSAGES:
        before = plain.suggest(message)
        wanted = next(one.text for one in reversed(list(smart.replies)) if one.text not in texts(before))
        for _ in range(12):
            assert smart.learn(message, wanted)
        assert wanted in texts(smart.suggest(message)), message
        smart.forget()
        assert smart.suggest(message) == before


def test_the_users_own_reply_is_suggested(smart: SmartReply) -> None:
    for _ in range(OWN_AFTER + 4):
        smart.learn("are you coming?", "Already outside mate")
    assert "Already outside mate" in texts(smart.suggest("are you coming?"))
    smart.replies.block(word="outside")
    assert "Already outside mate" not in texts(smart.suggest("are you coming?"))


def test_the_users_own_reply_is_offered_where_it_is_used(tmp_path: Path) -> None:
    """With the shipped model: to questions that nobody has asked yet, and not to what is no question."""
    own, asked = (
        "Sure thing boss man",
        ["are you coming tonight?", "can you pick me up later?", "are you home already?"],
    )
    with Personal.open(tmp_path / "me") as personal:
        smart = SmartReply.load(personal=personal)
        for number in range(10):
            assert smart.learn(asked[number % 3], own)
        new = ["can you give me a lift?", "will you be there?", "are you free on friday?", "can you come over later?"]
        assert sum(own in texts(smart.suggest(message, always=True)) for message in new) >= 3
        for message in ("happy birthday!", "good night", "I got the job!!", "where are you?"):
            assert own not in texts(smart.suggest(message, always=True)), message


def test_silence_is_not_learnt_from(smart: SmartReply, tmp_path: Path) -> None:
    for message in ("# something sensitive", "wie gehts f\u00fcr dich"):
        assert not smart.learn(message, "Yes!")
    for _ in range(OWN_AFTER):  # the model's own gate on what is typed
        smart.learn("are you coming?", "# no")
    assert smart.personal is not None
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"# no" not in everything
    assert b"coming" not in everything


NO_SOCKETS = """
import socket, sys
def refuse(*args, **kwargs): raise AssertionError("a socket was asked for")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
sys.addaudithook(lambda event, args: refuse() if event.startswith("socket.") else None)
try:
    socket.socket()
except AssertionError:
    pass
else:
    raise SystemExit("the guard does not hold")
from smartreply import SmartReply
from smartreply.personal import Personal
with Personal.open(sys.argv[2]) as personal:
    smart = SmartReply.load(sys.argv[1], personal=personal)
    for text in ("Yes!", "Whoop whoop", "Whoop whoop", "Whoop whoop"):
        assert smart.learn("are you coming?", text)
        assert smart.suggest("are you coming?").replies
    assert [one.own for one in personal.snapshot().replies].count(True) == 1
    smart.forget()
"""


def test_nothing_is_sent_anywhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", NO_SOCKETS, str(MODEL), str(tmp_path / "me")],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
