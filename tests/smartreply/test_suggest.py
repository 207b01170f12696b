"""`SmartReply.suggest` on the tiny model: statuses and reasons, what is read, k, threads."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from earmark.errors import ArtifactError, EarmarkError
from smartreply import Message, MessageError, PersonalError, SmartReply, SmartReplyError
from smartreply.backoff import BACKOFF
from smartreply.conversation import MAX_MESSAGES, read_conversation
from smartreply.message import ME
from smartreply.outputs import SENSITIVE_TOPICS
from smartreply.suggestions import STATUSES
from tests.projection.test_classifier import MODEL as CLASSIFIER
from tests.smartreply.tiny_replies import TINY

pytestmark = pytest.mark.runtime

MODEL = Path(__file__).parent / "data" / "tiny.tflite"


@pytest.fixture(scope="module")
def smart() -> SmartReply:
    return SmartReply.load(MODEL)


def texts(smart: SmartReply, messages: str | list[Message | str], k: int = 3) -> list[str]:
    return [one.text for one in smart.suggest(messages, k).replies]


def test_a_message_gets_three_replies(smart: SmartReply) -> None:
    found = smart.suggest("lunch today")
    assert found.status == "success"
    assert found.reason == "a short reply is likely here (probability 0.80, needed 0.50)"
    assert len(found) == 3
    listed = {one.text: one for one in TINY}
    assert len({listed[one.text].family for one in found}) == 3
    assert all(0 < one.score < 1 and one.intent == listed[one.text].intent for one in found)
    assert found == smart.suggest(Message("lunch today")) == smart.suggest([Message("lunch today", "u-17")])
    assert found.to_dict()["status"] == "success"


@pytest.mark.parametrize("question", ["lunch?", "are you there?", "?"])
def test_a_yes_no_question_gets_a_yes_and_a_no(smart: SmartReply, question: str) -> None:
    listed = {one.text: one for one in TINY}
    assert sorted(listed[text].polarity for text in texts(smart, question)) == [-1, 0, 1]


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([], "there are no messages"),
        ([Message("hi", ME)], "the last message is from me: there is nothing to answer yet"),
        ([Message("hi"), Message("hello", ME)], "the last message is from me"),
        ("  \n ", "the last message has no text"),
        ("go ~ on", "a short reply is unlikely here (probability 0.12, needed 0.50)"),
    ],
)
def test_nothing_to_answer_is_no_error(smart: SmartReply, messages: str | list[Message | str], reason: str) -> None:
    found = smart.suggest(messages)
    assert (found.status, found.replies) == ("no_reply", ())
    assert found.reason.startswith(reason)


def test_always_skips_the_trigger_alone(smart: SmartReply) -> None:
    found = smart.suggest("go ~ on", always=True)
    assert found.status == "success"
    assert "asked for always (probability 0.12, needed 0.50)" in found.reason
    assert smart.suggest("# ~", always=True).status == "sensitive"
    assert smart.suggest("fünf", always=True).status == "unsupported_language"
    assert smart.suggest([Message("hi", ME)], always=True).status == "no_reply"


def test_silence_says_why(smart: SmartReply) -> None:
    found = smart.suggest("# fünf")  # sensitive goes before language
    assert (found.status, found.replies) == ("sensitive", ())
    assert found.reason == "the message seems to be about abuse (probability 0.97, silent from 0.50 on)"
    found = smart.suggest("fünf")
    assert (found.status, found.replies) == ("unsupported_language", ())
    assert found.reason == ("the message does not seem to be English (probability of English 0.04, needed 0.50)")
    assert STATUSES == ("success", "no_reply", "unsupported_language", "sensitive")
    assert len(SENSITIVE_TOPICS) == 5


def test_back_off_replies_are_for_unlikely_ones_alone(smart: SmartReply) -> None:
    found = smart.suggest("go ~ on", backoff=True)
    assert found.status == "no_reply"
    assert [one.text for one in found] == [text for text, _ in BACKOFF[:3]]
    assert [one.score for one in found] == [0.0] * 3
    assert found.reason.endswith("these fit almost anywhere")
    assert len(smart.suggest("go ~ on", 7, backoff=True)) == 7
    for silent in ("#", "fünf", [Message("hi", ME)]):
        assert not smart.suggest(silent, backoff=True).replies
    assert smart.suggest("lunch", backoff=True) == smart.suggest("lunch")


@pytest.mark.parametrize("k", range(1, 11))
def test_k_replies_of_k_families_beginning_with_those_of_fewer(smart: SmartReply, k: int) -> None:
    listed = {one.text: one.family for one in TINY}
    found = texts(smart, "lunch today", k)
    # ten families, of which two say nothing but emoji and two are questions: eight can stand together
    assert len(found) == min(k, 8)
    assert len({listed[text] for text in found}) == len(found)
    assert texts(smart, "lunch today", 10)[: len(found)] == found


@pytest.mark.parametrize("k", [0, 11, -1, 2.0, "3", True, None])
def test_k_is_one_to_ten(smart: SmartReply, k: object) -> None:
    with pytest.raises(SmartReplyError, match=r"must be an integer from 1 to 10\. Got"):
        smart.suggest("hi", k)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        (None, "messages must be a str, a Message or a list of them"),
        (b"hi", "messages must be a str, a Message or a list"),
        ({"text": "hi"}, "messages must be a str"),
        (["hi", 3], r"message 2 of 2 must be a Message or a str\. Got 3"),
        ([{"text": "hi"}], "message 1 of 1 must be a Message"),
    ],
)
def test_what_is_no_message_is_an_error(smart: SmartReply, messages: object, error: str) -> None:
    with pytest.raises(MessageError, match=error) as caught:
        smart.suggest(messages)  # type: ignore[arg-type]
    assert isinstance(caught.value, EarmarkError)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ((3,), "the text of a message must be a str. Got 3"),
        (("hi", ""), 'must be "me", "them" or a user id'),
        (("hi", 7), "or a user id. Got 7"),
        (("hi", "me", "noon"), "must be seconds since 1970, or None. Got 'noon'"),
        (("hi", "me", float("nan")), "Got nan"),
        (("hi", "me", True), "Got True"),
    ],
)
def test_a_message_is_checked(fields: tuple[object, ...], error: str) -> None:
    with pytest.raises(MessageError, match=error):
        Message(*fields)  # type: ignore[arg-type]


def test_the_last_is_answered_and_those_before_are_context() -> None:
    found = read_conversation([Message("hey", "me"), Message("are you\nthere", "ann"), "  ", Message("lunch?", "bob")])
    assert (found.text, found.context, found.silence) == ("lunch?", "hey\nare you there", "")
    assert read_conversation("hi").context == ""


def test_the_last_ten_are_read() -> None:
    found = read_conversation([str(number) for number in range(25)])
    assert len(found.messages) == MAX_MESSAGES == 10
    assert (found.text, found.context) == ("24", "15\n16\n17\n18\n19\n20\n21\n22\n23")


def test_timestamps_put_messages_in_order_when_all_have_one() -> None:
    newest_first = [Message("c", timestamp=3), Message("b", "me", 2.0), Message("a", timestamp=1)]
    assert read_conversation(newest_first).text == "c"
    assert read_conversation(newest_first).context == "a\nb"
    assert read_conversation([*newest_first, Message("d")]).text == "d"
    assert read_conversation([Message("a", timestamp=1), Message("b", timestamp=1)]).text == "b"


def test_context_is_read_by_the_model(smart: SmartReply) -> None:
    first = smart._engine.read("hm", "")
    second = smart._engine.read("hm", "xxxxx")
    assert not np.array_equal(first.query, second.query)


def test_any_text_is_answered_without_an_error(smart: SmartReply) -> None:
    for text in ("\0", "\ud800", "👍🏽" * 200, "a" * 5000, "\u202e\u200f", "é\u0301", "'; DROP TABLE"):
        assert smart.suggest([Message("before"), Message(text)]).status in STATUSES


def test_threads_get_the_answers_of_one(smart: SmartReply) -> None:
    messages = [f"{word} {number}" for number in range(50) for word in ("lunch?", "hi", "# no", "~")]
    alone = [smart.suggest(message) for message in messages]
    fresh = SmartReply.load(MODEL)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fresh.suggest, messages)) == alone


def test_other_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"must be a smartreply model\. Got 'classifier'"):
        SmartReply.load(CLASSIFIER)
    with pytest.raises(ArtifactError, match=r"cannot read the model file .*none\.tflite"):
        SmartReply.load(tmp_path / "none.tflite")
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"hello, this is not a model")
    with pytest.raises(ArtifactError, match=r"is not a \.tflite"):
        SmartReply.load(broken)


@pytest.mark.parametrize("at", [0.05, 0.2, 0.4, 0.6, 0.8, 0.95])
def test_a_cut_off_model_is_refused(tmp_path: Path, at: float) -> None:
    data = MODEL.read_bytes()
    broken = tmp_path / "cut.tflite"
    broken.write_bytes(data[: int(len(data) * at)])
    with pytest.raises(ArtifactError, match=r"cut\.tflite"):
        SmartReply.load(broken)


def test_learning_needs_something_that_learns(smart: SmartReply) -> None:
    for call in (lambda: smart.learn("hi", "hello"), smart.forget):
        with pytest.raises(PersonalError, match=r"there is nothing that learns\. Load with"):
            call()


def test_suggesting_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom smartreply import SmartReply\n"
        f"SmartReply.load({str(MODEL)!r}).suggest('lunch?')\n"
        "heavy = {'tensorflow', 'keras', 'torch', 'sklearn', 'nltk', 'scipy', 'yaml', 'typer', 'rich', 'models',"
        " 'distill', 'recorder', 'sqlite3', 'socket'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
