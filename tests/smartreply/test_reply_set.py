"""Editing a model's replies while it runs."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartreply import ReplyEntry, ReplyError, ReplySet, SmartReply
from smartreply.engine import LiteRtEngine
from smartreply.reply_checks import Finding
from smartreply.reply_rows import logits_of
from smartreply.selection import ECHO_LOGIT
from tests.smartreply.test_suggest import MODEL, texts
from tests.smartreply.tiny_replies import TINY

pytestmark = pytest.mark.runtime

ENGINE = LiteRtEngine.load(MODEL)
MESSAGES = ["lunch today", "hi", "are you there?", "on my bike now", "so tired", "thank you"]


@pytest.fixture
def smart() -> SmartReply:
    return SmartReply(ENGINE)


def test_it_holds_the_models_replies(smart: SmartReply) -> None:
    assert tuple(smart.replies) == TINY
    assert len(smart.replies) == 12
    assert smart.replies.intents[:3] == ("yes", "agree", "no")
    assert "Yes!" in smart.replies
    assert "yes!" not in smart.replies


def test_an_added_reply_takes_part_at_once(smart: SmartReply) -> None:
    added = smart.replies.add("Great, on my bike", intent="on_my_way", prior=0.0)
    assert (added.intent, added.family, added.form, added.polarity) == ("on_my_way", "on_my_way", "statement", 0)
    assert "Great, on my bike" in texts(smart, "great, on my bike now")
    assert "Great, on my bike" not in texts(smart, "Great, on my bike")  # an echo
    smart.replies.remove("Great, on my bike")
    assert "Great, on my bike" not in texts(smart, "great, on my bike now")
    assert tuple(smart.replies) == TINY


def test_the_logits_of_added_replies_are_those_the_model_would_give() -> None:
    """The model's own replies, given as if they had been added, get the logits of the file."""
    vectors = np.stack([ENGINE.encode(one.text) for one in TINY])
    for message in (*MESSAGES, "Yes!", "Hi!", "$ thanks", "What time?"):
        outputs = ENGINE.read(message, "before")
        again = logits_of(TINY, vectors, outputs, ENGINE.settings)
        assert again == pytest.approx(outputs.logits, abs=1e-4)
        assert again.dtype == np.float32
    echo = ENGINE.read("Yes!", "")
    assert echo.logits[0] == ECHO_LOGIT
    assert ENGINE.read("Hi!", "").logits[10] > -10  # may be said back


@pytest.mark.parametrize(
    ("text", "form", "polarity"),
    [
        ("Yeah, why not", "statement", 1),
        ("Nope", "statement", -1),
        ("Not today!", "statement", -1),
        ("Sorry, I can't", "statement", -1),
        ("Which one?", "question", 0),
        ("No?? 😳", "question", 0),
        ("🙈🙈", "emoji", 0),
        ("❤️", "emoji", 0),
        ("ok 👍", "statement", 1),
        ("No worries", "statement", 0),
    ],
)
def test_form_and_polarity_follow_the_words(smart: SmartReply, text: str, form: str, polarity: int) -> None:
    added = smart.replies.add(text, intent="mine")
    assert (added.form, added.polarity) == (form, polarity)
    assert added.prior == ENGINE.settings.prior_default


def test_without_an_intent_it_joins_the_nearest_or_makes_its_own(smart: SmartReply) -> None:
    near = smart.replies.add("Thank you so so much")
    assert (near.intent, near.family) == ("thanks", "thank")
    far = smart.replies.add("zzz")
    assert (far.intent, far.family) == ("zzz", "zzz")
    emoji = smart.replies.add("🥶")
    assert emoji.intent == "reply_1f976"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda set_: set_.add("Yes!", "yes"), "stands in the list already, with the intent 'yes'"),
        (lambda set_: set_.add("yes!"), "the reply 'Yes!' stands in the list already"),
        (lambda set_: set_.add(""), "must not be empty"),
        (lambda set_: set_.add(" ok "), "must not begin or end with a space"),
        (lambda set_: set_.add("a\nb"), "must be one line without control characters"),
        (lambda set_: set_.add("\ud800"), "must be one line without control characters"),
        (lambda set_: set_.add("é" * 41), "may have at most 80 bytes. Got 82"),
        (lambda set_: set_.add(3), "must be a str. Got 3"),
        (lambda set_: set_.add("hm", "Not Snake"), "must be in snake_case, such as 'say_thanks'. Got 'Not Snake'"),
        (lambda set_: set_.add("hm", "yes", family="other"), "'yes' belongs to the family 'answer_yes'. Got 'other'"),
        (lambda set_: set_.add("hm", "hm", polarity=2), "polarity of the reply 'hm' must be -1, 0 or 1. Got 2"),
        (lambda set_: set_.add("hm", "hm", register=0.5), "must be -1, 0 or 1. Got 0.5"),
        (lambda set_: set_.add("hm", "hm", prior=float("inf")), "prior of the reply 'hm' must be a finite number"),
        (lambda set_: set_.remove("On my wy"), "there is no reply 'On my wy' in the list of 12. Similar"),
        (lambda set_: set_.block(), "exactly one of text, intent and word must be given. Got 0"),
        (lambda set_: set_.block(text="a", word="b"), "exactly one of text, intent and word must be given. Got 2"),
        (lambda set_: set_.block(intent="thank"), "no reply has the intent 'thank'. Similar ones: thanks"),
        (lambda set_: set_.block(word=" "), "a blocked word must be a str that is not empty"),
        (lambda set_: set_.unblock(word="dude"), "the word 'dude' is not blocked. Blocked words: none"),
    ],
)  # fmt: skip
def test_what_is_not_allowed(smart: SmartReply, call: Any, error: str) -> None:
    with pytest.raises(ReplyError) as caught:
        call(smart.replies)
    assert error in str(caught.value)
    assert tuple(smart.replies) == TINY


def test_removed_replies_are_gone_until_added_again(smart: SmartReply) -> None:
    before = texts(smart, "lunch?", 10)
    smart.replies.remove(before[0])
    assert before[0] not in texts(smart, "lunch?", 10)
    assert len(smart.replies) == 11
    with pytest.raises(ReplyError, match="there is no reply"):
        smart.replies.remove(before[0])
    back = smart.replies.add(before[0])
    assert back in TINY
    assert texts(smart, "lunch?", 10) == before


def test_blocks_by_text_intent_and_word(smart: SmartReply) -> None:
    replies = smart.replies
    replies.block(text="yes")
    assert "Yes!" not in replies
    replies.block(intent="thanks")
    assert {"thx", "Thank you so much"}.isdisjoint(one.text for one in replies)
    replies.block(word="WAY")
    assert "On my way" not in replies
    replies.block(word="sounds good")
    assert "Sure, sounds good" not in replies
    replies.block(word="🎉")
    assert "🎉" not in replies
    replies.block(word="la")  # a piece of a word is no word
    assert "Maybe later" in replies
    replies.add("No way!", intent="refuse")  # blocks hold for what comes later
    assert "No way!" not in replies
    for kind in ({"text": "Yes"}, {"intent": "thanks"}, {"word": "way"}, {"word": "Sounds good"}, {"word": "🎉"}):
        replies.unblock(**kind)
    assert tuple(replies)[:-1] == TINY


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.sampled_from([one.text for one in TINY])),
    st.sets(st.sampled_from([one.intent for one in TINY]), max_size=3),
    st.sets(st.sampled_from(["yes", "way", "so", "😂", "time"]), max_size=2),
    st.sampled_from(MESSAGES),
)
def test_what_is_blocked_is_never_offered(hidden: set[str], intents: set[str], words: set[str], message: str) -> None:
    smart = SmartReply(ENGINE)
    for text in sorted(hidden):
        smart.replies.block(text=text)
    for intent in sorted(intents):
        smart.replies.block(intent=intent)
    for word in sorted(words):
        smart.replies.block(word=word)
    found = smart.suggest(message, 10)
    for one in found:
        assert one.text not in hidden
        assert one.intent not in intents
        assert not any(word in one.text.casefold().split() for word in words)
    if not found.replies:
        assert (found.status, found.reason.split(",")[0]) == ("no_reply", "every reply is removed")


def test_edits_come_back_from_their_file(smart: SmartReply, tmp_path: Path) -> None:
    path = tmp_path / "edits.json"
    smart.replies.add("Great, on my bike", register=-1)
    smart.replies.remove("thx")
    smart.replies.block(word="way")
    smart.replies.save(path)
    assert [one.name for one in tmp_path.iterdir()] == ["edits.json"]
    other = SmartReply(ENGINE)
    other.replies.load(path)
    assert tuple(other.replies) == tuple(smart.replies)
    assert other.replies.edits == smart.replies.edits
    assert [other.suggest(one, 10) for one in MESSAGES] == [smart.suggest(one, 10) for one in MESSAGES]
    path.write_text(json.dumps({**json.loads(path.read_text()), "added": [], "removed": []}))
    other.replies.load(path)
    assert len(other.replies) == 11


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{", "is not JSON"),
        ("[]", "must be a JSON object with the format 'earmark.reply_edits'"),
        ('{"format": "earmark.reply_edits", "version": 2}', "and the version 1"),
        ('{"format": "earmark.reply_edits", "version": 1}', "'added' must be a list of replies. Got None"),
        ('{"format": "earmark.reply_edits", "version": 1, "added": [{"text": "a"}], "removed": []}',
         "added reply 1: the field 'intent' is missing"),
        ('{"format": "earmark.reply_edits", "version": 1, "added": [{"text": "a", "intent": "b", "c": 1}], '
         '"removed": []}', "added reply 1: unknown field 'c'"),
        ('{"format": "earmark.reply_edits", "version": 1, "added": [], "removed": [3]}', "'removed' must be a list"),
        ('{"format": "earmark.reply_edits", "version": 1, "added": [], "removed": []}', "'blocked' must have"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_edits_changes_nothing(smart: SmartReply, tmp_path: Path, content: str, error: str) -> None:
    path = tmp_path / "edits.json"
    path.write_text(content)
    smart.replies.block(word="way")
    with pytest.raises(ReplyError) as caught:
        smart.replies.load(path)
    assert error in str(caught.value)
    assert str(path) in str(caught.value)
    assert len(smart.replies) == 11
    with pytest.raises(ReplyError, match="cannot read"):
        smart.replies.load(tmp_path / "none.json")
    with pytest.raises(ReplyError, match="cannot write"):
        smart.replies.save(tmp_path / "none" / "edits.json")


def test_validate_says_what_and_where(smart: SmartReply) -> None:
    assert smart.replies.validate() == ()
    smart.replies.add("on my way!!", intent="coming")
    smart.replies.add("I would really love to come along with you tonight", intent="coming")
    smart.replies.block(word="dude")
    smart.replies.block(text="No, sorry")
    found = {(one.where, one.what.split(";")[0].split(",")[0]) for one in smart.replies.validate()}
    assert found == {
        ("on my way!!", "is the same reply as 'On my way'"),
        ("I would really love to come along with you tonight", "has 50 bytes"),
        ("dude", "is a blocked word that stands in no reply of the list."),
        ("list", "no reply says no (polarity -1)"),
    }
    for intent in smart.replies.intents[2:]:
        smart.replies.block(intent=intent)
    assert any(one.what.startswith("only 1 families may be offered") for one in smart.replies.validate())
    assert str(Finding("here", "is odd")) == "here: is odd"


def test_threads_may_edit_while_others_ask() -> None:
    smart = SmartReply(ENGINE)
    allowed = {one.text for one in TINY}

    def edit(number: int) -> None:
        text = f"number {number}"
        smart.replies.add(text, intent="number")
        smart.replies.remove(text)

    def ask(number: int) -> bool:
        found = smart.suggest(f"lunch {number}?")
        return len({one.intent for one in found}) == 3 and all(
            one.text in allowed or one.text.startswith("number") for one in found
        )

    with ThreadPoolExecutor(8) as pool:
        edits = [pool.submit(edit, number) for number in range(40)]
        asked = list(pool.map(ask, range(80)))
    assert all(asked)
    assert [one.result() for one in edits] == [None] * 40
    assert tuple(smart.replies) == TINY


def test_an_added_reply_that_a_new_model_has_is_the_models(tmp_path: Path) -> None:
    first = ReplySet(ENGINE)
    first.add("Brand new", intent="novel", family="novel")
    path = tmp_path / "edits.json"
    first.save(path)
    edits = json.loads(path.read_text())
    edits["added"].append(ReplyEntry("thx", "thanks", "else").to_dict())
    edits["added"].append(ReplyEntry("ta", "thanks", "else").to_dict())
    edits["removed"] = ["not there"]
    path.write_text(json.dumps(edits))
    second = ReplySet(ENGINE)
    second.load(path)
    assert [one.text for one in second] == [*(one.text for one in TINY), "Brand new", "ta"]
    assert next(one.family for one in second if one.text == "ta") == "thank"
    assert {one.where for one in second.validate()} == {"thx", "not there"}
