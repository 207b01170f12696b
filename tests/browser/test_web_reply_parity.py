"""Smart reply in JavaScript answers as in Python: a thousand conversations in Node and in Chromium.

The network multiplies in whole numbers of 8 bits, and one processor's instructions may round one of them otherwise than
another's do (which holds for Python on two processors, too). So where Python itself finds two replies, or a threshold,
as good as equal, the other one is allowed; everything else has to be the same, character for character.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smartreply import Message, SmartReply, Suggestions
from smartreply.conversation import read_conversation
from smartreply.engine import SHIPPED, LiteRtEngine
from smartreply.own_replies import build_model
from smartreply.selection import scores
from smartreply.suggestions import STATUSES
from tests.browser.conftest import OpenPage
from tests.browser.reply_messages import conversations
from tests.browser.web_reply import PATIENT, Conversation, answer_in_node, answer_in_page, build_page, serve

TOLERANCE = 2e-3
"""Of scores and probabilities: 8-bit kernels round differently, and a short list has scores of some tenths."""

TIE = 0.02
"""Part of a score within which two replies are as good as equal."""

MAX_TIES = 1
"""So many conversations of a test may end in the other one of two equal replies."""

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
def engine() -> LiteRtEngine:
    return LiteRtEngine.load()


@dataclass(frozen=True, slots=True)
class Judge:
    """Tells a difference from a tie.

    Attributes:
        engine: the model that Python ran.
        intents: whether the names of intents have to be the same.
    """

    engine: LiteRtEngine
    intents: bool = True

    def differences(self, asked: list[Conversation], answers: list[dict[str, Any]]) -> list[str]:
        """What is not the same and no tie either. Fails where there are more ties than `MAX_TIES`."""
        assert len(asked) == len(answers)
        smart = SmartReply(self.engine)
        found, ties = [], []
        for (messages, always), got in zip(asked, answers, strict=True):
            want = smart.suggest(list(messages), always=always)
            if self._text(want.to_dict()) == self._text(got):
                if any(
                    abs(one.score - two["score"]) > TOLERANCE for one, two in zip(want, got["replies"], strict=True)
                ):
                    found.append(f"other scores for {messages}: {want} but {got}")
            elif self._is_tie(messages, want, got):
                ties.append(f"{messages}: {want} but {got}")
            else:
                found.append(f"{messages}: {want} but {got}")
        assert len(ties) <= MAX_TIES, ties
        return found

    def _text(self, answer: dict[str, Any]) -> tuple[str, str, list[tuple[str, str]]]:
        replies = [(one["text"], one["intent"] if self.intents else "") for one in answer["replies"]]
        return answer["status"], re.sub(r"0\.\d\d", "", answer["reason"]), replies

    def _is_tie(self, messages: Sequence[Message], want: Suggestions, got: dict[str, Any]) -> bool:
        conversation, settings = read_conversation(list(messages)), self.engine.settings
        outputs = self.engine.read(conversation.text, conversation.context)
        if want.status != got["status"] or not want.replies:
            return not conversation.silence and any(
                abs(getattr(outputs, name) - getattr(settings, f"{name}_threshold")) < TOLERANCE
                for name in ("trigger", "sensitive", "english")
            )
        row = {one.text: number for number, one in enumerate(self.engine.replies)}
        mine, yours = next(
            (one.text, two["text"]) for one, two in zip(want, got["replies"], strict=True) if one.text != two["text"]
        )
        rows = [row[mine], row[yours]]
        one, two = scores(outputs.logits, rows, settings.score_a, settings.score_b)
        return abs(outputs.polar - settings.polar_threshold) < TOLERANCE or two >= one * (1 - TIE)


def test_the_conversations_are_a_thousand_and_of_every_kind(engine: LiteRtEngine) -> None:
    smart = SmartReply(engine)
    found = Counter(smart.suggest(list(messages), always=always).status for messages, always in conversations())
    assert len({str(one) for one in conversations()}) > 900
    assert min(found[status] for status in STATUSES) >= 10


def test_node_gives_the_replies_of_python(dist: Path, engine: LiteRtEngine) -> None:
    asked = conversations()
    assert Judge(engine).differences(asked, answer_in_node(asked, SHIPPED)) == []


def test_chromium_gives_the_replies_of_python(dist: Path, engine: LiteRtEngine, open_page: OpenPage) -> None:
    asked = conversations()
    with serve(dist) as address:
        page = open_page(address)
        page.locator(".chip").first.wait_for(timeout=PATIENT)
        answers = answer_in_page(page, asked)
    assert Judge(engine).differences(asked, answers) == []


def test_own_replies_are_those_of_an_export(dist: Path, tmp_path: Path) -> None:
    replies, model = tmp_path / "own.txt", tmp_path / "own.tflite"
    replies.write_text(OWN, encoding="utf-8")
    build_model(replies, model)
    asked = conversations(300)
    rewritten = answer_in_node(asked, SHIPPED, replies)
    # Names of groups of two are a toss-up: both replies are as central as each other.
    judge = Judge(LiteRtEngine.load(model), intents=False)
    assert judge.differences(asked, answer_in_node(asked, model)) == []
    assert judge.differences(asked, rewritten) == []
    own = {line.split("\t")[-1] for line in OWN.splitlines()}
    assert {reply["text"] for one in rewritten for reply in one["replies"]} <= own
