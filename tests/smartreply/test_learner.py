"""What `SmartReply` shows to something that learns, and what it takes from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from smartreply import Message, MessageError, ReplyEntry, SmartReply
from smartreply.personal_protocol import Adjustment, Candidate, Situation
from tests.smartreply.test_reply_set import ENGINE
from tests.smartreply.tiny_replies import TINY

pytestmark = pytest.mark.runtime


@dataclass
class Notebook:
    """A learner that does what the test says, and keeps what it is told."""

    additions: dict[str, float] = field(default_factory=dict)
    own: tuple[ReplyEntry, ...] = ()
    lessons: list[tuple[Situation, str, tuple[str, ...]]] = field(default_factory=list)
    forgotten: int = 0

    def adjust(self, situation: Situation) -> Adjustment:
        rows = np.array([self.additions.get(one.text, 0.0) for one in situation.replies], np.float32)
        return Adjustment(rows, tuple(Candidate(one, situation.encode(one.text), 20.0) for one in self.own))

    def learn(self, situation: Situation, chosen: str, shown: tuple[str, ...]) -> None:
        self.lessons.append((situation, chosen, shown))

    def forget(self) -> None:
        self.forgotten += 1


def test_without_habits_nothing_changes() -> None:
    plain, learning = SmartReply(ENGINE), SmartReply(ENGINE, personal=Notebook())
    for message in ("lunch?", "hi", "#", "~"):
        assert learning.suggest(message, 10) == plain.suggest(message, 10)


def test_additions_move_replies() -> None:
    smart = SmartReply(ENGINE, personal=Notebook(additions={"On my way": 30.0, "Yes!": -30.0}))
    found = smart.suggest("lunch today", 10)
    assert found.replies[0].text == "On my way"
    assert found.replies[0].score > 0.49  # a = 1, b = 0: at most a half
    assert "Yes!" not in [one.text for one in found]


def test_own_replies_are_offered_beside_others_of_their_family_never() -> None:
    own = (
        ReplyEntry("Ta muchly", "thanks", "elsewhere"),  # gets the family that the list gives to the intent
        ReplyEntry("On my way!!", "on_my_way", "on_my_way"),  # the list has it
        ReplyEntry("Hell yes", "swear", "swear"),
        ReplyEntry("Brand new", "novel", "novel"),
    )
    smart = SmartReply(ENGINE, personal=Notebook(own=own))
    smart.replies.block(word="hell")
    texts = [one.text for one in smart.suggest("lunch today", 10)]
    assert {"Ta muchly", "Brand new"} == set(texts[:2])
    assert {"thx", "Thank you so much", "On my way!!", "Hell yes"}.isdisjoint(texts)
    smart.replies.block(intent="thanks")
    assert "Ta muchly" not in [one.text for one in smart.suggest("lunch today", 10)]


def test_an_own_reply_that_echoes_the_message_is_not_offered() -> None:
    smart = SmartReply(ENGINE, personal=Notebook(own=(ReplyEntry("lunch today", "lunch", "lunch"),)))
    assert "lunch today" not in [one.text for one in smart.suggest("lunch today", 10)]
    assert "lunch today" in [one.text for one in smart.suggest("what now", 10)]


def test_a_lesson_has_the_situation_and_what_was_shown() -> None:
    book = Notebook()
    smart = SmartReply(ENGINE, personal=book)
    smart.replies.add("Certainly so", intent="agree")
    messages = [Message("hey", "me"), Message("lunch?", "ann")]
    assert smart.learn(messages, " my own words ")
    situation, chosen, shown = book.lessons[0]
    assert chosen == "my own words"
    assert shown == tuple(one.text for one in smart.suggest(messages))
    assert situation.messages == tuple(messages)
    assert [one.text for one in situation.replies] == [*(one.text for one in TINY), "Certainly so"]
    assert situation.logits.shape == (13,)
    assert np.array_equal(situation.logits[:12], situation.outputs.logits)
    assert np.array_equal(situation.encode("ok"), ENGINE.encode("ok"))
    assert situation.sensitive("# anything")
    assert not situation.sensitive("anything")
    assert situation.settings == ENGINE.settings
    smart.forget()
    assert book.forgotten == 1


@pytest.mark.parametrize(
    "messages", ["# hurt", "fünf", [], [Message("hi", "me")], [Message("hi"), Message(" ")]], ids=str
)
def test_nothing_is_learnt_where_nothing_may_be(messages: str | list[Message | str]) -> None:
    book = Notebook()
    assert not SmartReply(ENGINE, personal=book).learn(messages, "ok")
    assert book.lessons == []


def test_what_was_sent_must_be_text() -> None:
    book = Notebook()
    smart = SmartReply(ENGINE, personal=book)
    assert smart.learn("go ~ on", "ok")  # an unlikely one may be learnt from
    assert not smart.learn("lunch?", "  ")
    with pytest.raises(MessageError, match=r"must be a str\. Got 3"):
        smart.learn("lunch?", 3)  # type: ignore[arg-type]
    assert len(book.lessons) == 1


def test_blocked_and_removed_replies_are_masked_after_the_habits() -> None:
    smart = SmartReply(ENGINE, personal=Notebook(additions={"thx": 50.0, "Yes!": 50.0}))
    smart.replies.block(text="thx")
    smart.replies.remove("Yes!")
    assert {"thx", "Yes!"}.isdisjoint(one.text for one in smart.suggest("lunch?", 10))


def test_a_reply_of_the_list_may_be_described_anew() -> None:
    """Entries are values: a changed copy is another reply and leaves the list alone."""
    changed = replace(TINY[0], text="Yes indeed")
    assert changed.intent == TINY[0].intent
    assert ReplyEntry.from_dict(changed.to_dict(), place="here") == changed
