"""Smart reply in JavaScript answers as in Python: a thousand conversations in Node and in Chromium."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from smartreply import SmartReply, Suggestions
from smartreply.engine import SHIPPED
from smartreply.own_replies import build_model
from smartreply.suggestions import STATUSES
from tests.browser.conftest import OpenPage
from tests.browser.reply_messages import conversations
from tests.browser.web_reply import answer_in_node, answer_in_page, build_page, serve

TOLERANCE = 1e-3
"""Of scores. The network multiplies in whole numbers, and other instructions may round one of them the other way."""

OWN = """\
# Replies of a bakery, with everything that a line may be
Yes, come by any time
Yes please!
No, sorry, sold out
Nope
thanks\tThank you!
thanks\tMerci, à bientôt
Which cake do you mean?
Which bread do you mean??
How many?
🥐
🎂🎉
It will be ready tomorrow
It will be ready on Friday
I'll ask the baker
I can’t say yet
We open at six
We open at seven
ÇA VA
好的
Sure
OK
"""


@pytest.fixture(scope="module")
def dist() -> Path:
    return build_page()


@pytest.fixture(scope="module")
def expected() -> list[Suggestions]:
    smart = SmartReply.load()
    return [smart.suggest(list(messages), always=always) for messages, always in conversations()]


def differences(expected: list[Suggestions], answers: list[dict[str, Any]], *, intents: bool = True) -> list[str]:
    assert len(expected) == len(answers)
    found = []
    for (messages, _), want, got in zip(conversations(len(answers)), expected, answers, strict=True):
        named = [(one.text, one.intent if intents else "") for one in want.replies]
        answered = [(one["text"], one["intent"] if intents else "") for one in got["replies"]]
        if (want.status, named) != (got["status"], answered):
            found.append(f"{messages}: {want} but {got}")
        for one, other in zip(want.replies, got["replies"], strict=False):
            if abs(one.score - other["score"]) > TOLERANCE:
                found.append(f"{messages}: scores {one.score} and {other['score']}")
    return found


def test_the_conversations_are_a_thousand_and_of_every_kind(expected: list[Suggestions]) -> None:
    assert len({str(one) for one in conversations()}) > 900
    assert min(Counter(one.status for one in expected)[status] for status in STATUSES) >= 10


def test_node_gives_the_replies_of_python(dist: Path, expected: list[Suggestions]) -> None:
    answers = answer_in_node(conversations(), SHIPPED)
    assert differences(expected, answers) == []
    assert [one["reason"] for one in answers] == [one.reason for one in expected]


def test_chromium_gives_the_replies_of_python(dist: Path, expected: list[Suggestions], open_page: OpenPage) -> None:
    with serve(dist) as address:
        page = open_page(address)
        page.locator(".chip").first.wait_for()
        answers = answer_in_page(page, conversations())
    assert differences(expected, answers) == []
    assert [one["reason"] for one in answers] == [one.reason for one in expected]


def test_own_replies_are_those_of_an_export(dist: Path, tmp_path: Path) -> None:
    replies, model = tmp_path / "own.txt", tmp_path / "own.tflite"
    replies.write_text(OWN, encoding="utf-8")
    build_model(replies, model)
    asked = conversations(300)
    rewritten = answer_in_node(asked, SHIPPED, replies)
    exported = answer_in_node(asked, model)
    python = SmartReply.load(model)
    expected = [python.suggest(list(messages), always=always) for messages, always in asked]
    # Names of groups of two are a toss-up: both replies are as central as each other.
    assert differences(expected, exported, intents=False) == []
    assert differences(expected, rewritten, intents=False) == []
    own = {line.split("\t")[-1] for line in OWN.splitlines()}
    assert {reply["text"] for one in rewritten for reply in one["replies"]} <= own
