"""The English model that ships: what it must say, and that its graph and the Python API agree."""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import random
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from typer.testing import CliRunner

from earmark.cli import app
from projection import encode
from smartreply import SmartReply, Suggestions
from smartreply.engine import SHIPPED, LiteRtEngine
from smartreply.suggestions import STATUSES

pytestmark = pytest.mark.runtime

EXAMPLES = Path(__file__).parents[2] / "examples"
MESSAGES = (
    "Any chance you're free tonight?", "I got the job!!", "my flight is delayed ugh", "Happy birthday!",
    "Where are you?", "thank you so much", "lunch?",
)  # fmt: skip

WORDS = (
    "are", "you", "coming", "tonight", "?", "ok", "what", "time", "lunch", "i", "got", "the", "job", "!!", "my",
    "flight", "is", "delayed", "ugh", "where", "thanks", "so", "much", "do", "like", "it", "yes", "no", "maybe", "😂",
    "sorry", "can", "call", "me", "later", "great", "news", "see", "you", "at", "home", "tomorrow", "did", "not",
    "know", "why",
)  # fmt: skip

SILENT = (
    "I want to hurt myself",
    "Wie geht es dir heute Abend?",
    "I work as a teacher at a small school, what do you do for a living and do you enjoy it?",
    "What are the most important things that you learned during your years at university?",
)
"""One that is sensitive, one in another language, two that call for a long answer."""


@pytest.fixture(scope="module")
def smart() -> SmartReply:
    return SmartReply.load()


@pytest.mark.parametrize("message", MESSAGES)
def test_everyday_messages_get_three_different_replies(smart: SmartReply, message: str) -> None:
    found = smart.suggest(message)
    assert found.status == "success", found.reason
    assert len(found) == 3
    assert len({one.intent for one in found}) == 3
    assert message.rstrip("!?.") not in {one.text.rstrip("!?.") for one in found}
    assert all(0 < one.score < 1 for one in found)


def test_a_yes_and_a_no_for_a_yes_no_question(smart: SmartReply) -> None:
    signs = {one.text: one.polarity for one in smart.replies}
    assert {1, -1} <= {signs[one.text] for one in smart.suggest("Any chance you're free tonight?")}


@pytest.mark.parametrize("always", [False, True])
def test_silence_with_its_reason(smart: SmartReply, always: bool) -> None:
    found = smart.suggest("I want to hurt myself", always=always)
    assert (found.status, found.replies) == ("sensitive", ())
    assert found.reason.startswith("the message seems to be about self-harm (probability")
    found = smart.suggest("Wie geht es dir heute Abend?", always=always)
    assert (found.status, found.replies) == ("unsupported_language", ())
    assert found.reason.startswith("the message does not seem to be English (probability of English")


def test_the_list_and_the_file() -> None:
    smart = SmartReply.load()
    assert len(smart.replies) >= 1_500
    assert len(smart.replies.intents) >= 120
    assert smart.replies.validate() == ()
    assert SHIPPED.stat().st_size <= 1_000_000


def conversations(count: int) -> list[tuple[str, str]]:
    """Messages of everyday words, the same in every run, with and without context."""
    chance = random.Random(11)
    texts = [one.text for one in SmartReply.load().replies]
    made = []
    for number in range(count):
        text = " ".join(chance.choices(WORDS, k=chance.randint(1, 9))) if number % 4 else chance.choice(texts)
        if number % 50 == 0:
            made.append((chance.choice(SILENT), ""))
            continue
        made.append((text, " ".join(chance.choices(WORDS, k=chance.randint(0, 30)))))
    return made


def test_the_graph_and_the_python_api_agree_on_a_thousand_messages(smart: SmartReply) -> None:
    runner = Interpreter(str(SHIPPED), num_threads=1).get_signature_runner("suggest")
    statuses = set()
    for text, context in conversations(1_000):
        said = runner(text=encode(text, 128)[None], context=encode(context, 128)[None])
        messages = [context, text] if context else [text]
        found: Suggestions = smart.suggest(messages, always=STATUSES[said["status"][0]] == "no_reply")
        statuses.add(int(said["status"][0]))
        if said["status"][0] in (2, 3):
            assert found.status == STATUSES[said["status"][0]], text
            continue
        assert smart.suggest(messages).status == STATUSES[said["status"][0]], text
        rows = [bytes(row).rstrip(b"\0").decode("utf-8") for row in said["replies"]]
        assert [one.text for one in found] == rows, (text, context)
        assert [one.score for one in found] == pytest.approx(said["scores"].tolist(), abs=1e-5)
        entries = smart.replies.rows.entries
        assert [entries[row].text for row in said["indices"]] == rows
    assert statuses == {0, 1, 2, 3}


def test_empty_context_and_none_agree_to_the_last_bit() -> None:
    interpreter, engine = Interpreter(str(SHIPPED), num_threads=1), LiteRtEngine.load()
    both, alone = (interpreter.get_signature_runner(name) for name in ("suggest", "suggest_alone"))
    empty = np.zeros((1, 128), np.uint8)
    for text, context in conversations(300):
        row = encode(text, 128)[None]
        wanted, found = both(text=row, context=empty), alone(text=row)
        assert all(found[name].tobytes() == value.tobytes() for name, value in wanted.items()), text
        assert np.array_equal(engine.read(text, "").logits, wanted["logits"][0]), text
        said = both(text=row, context=encode(context, 128)[None])
        assert np.array_equal(engine.read(text, context).logits, said["logits"][0]), (text, context)
        assert np.array_equal(said["query"], wanted["query"]) == (not context), (text, context)


def test_without_context_the_signature_for_it_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = LiteRtEngine.load()
    for name, context in (("_suggest", ""), ("_alone", "hi")):
        with monkeypatch.context() as patch:
            patch.setattr(engine, name, None)
            assert engine.read("are you free tonight?", context).logits.shape == (len(engine.replies),)


def test_three_families_always(smart: SmartReply) -> None:
    families = {one.text: one.family for one in smart.replies}
    forms = {one.text: one.form for one in smart.replies}
    for text, context in conversations(200):
        found = smart.suggest([context, text], always=True).replies
        if not found:
            continue
        assert len({families[one.text] for one in found}) == 3
        for one, other in itertools.combinations(found, 2):
            assert forms[one.text] == "statement" or forms[one.text] != forms[other.text]


def test_own_replies_are_suggested_in_their_own_file(tmp_path: Path, smart: SmartReply) -> None:
    out = tmp_path / "workshop.tflite"
    result = CliRunner().invoke(app, ["replies", "build", str(EXAMPLES / "replies.txt"), "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert result.stderr.startswith(f"{out}: 21 replies in ")
    assert out.stat().st_size < SHIPPED.stat().st_size
    own = SmartReply.load(out)
    written = {line.split("\t")[-1] for line in (EXAMPLES / "replies.txt").read_text().splitlines() if line[:1] != "#"}
    assert {one.text for one in own.replies} == written - {""}
    assert "price" in own.replies.intents
    found = own.suggest("Is my bike ready?", always=True)
    assert len({one.intent for one in found}) == 3
    runner = Interpreter(str(out), num_threads=1).get_signature_runner("suggest")
    said = runner(text=encode("Is my bike ready?", 128)[None], context=np.zeros((1, 128), np.uint8))
    assert [one.text for one in found] == [bytes(row).rstrip(b"\0").decode("utf-8") for row in said["replies"]]
    same = CliRunner().invoke(
        app, ["export", "smartreply", str(tmp_path / "b.tflite"), "--replies", str(EXAMPLES / "replies.txt")]
    )
    assert same.exit_code == 0, same.output
    assert (tmp_path / "b.tflite").read_bytes() == out.read_bytes()


def test_the_example_of_a_chat_app_runs(capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("async_chat", EXAMPLES / "async_chat.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    asyncio.run(module.main())
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "ann: Any chance you're free tonight?"
    assert said[1].startswith("   offered: ")
    assert "   nothing offered: the last message is from me: there is nothing to answer yet" in said
    assert sum(line.startswith("   ") for line in said) == 4
