"""`earmark reply`, `chat`, `replies` and `export` on the tiny model, where no trained one is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from earmark.cli import app
from earmark.errors import ArtifactError, EarmarkError
from smartreply import ReplyError, ReplySet
from tests.smartreply.test_reply_set import ENGINE
from tests.smartreply.test_suggest import MODEL
from tests.smartreply.tiny_replies import TINY

pytestmark = pytest.mark.runtime

TINY_MODEL = ["--model", str(MODEL)]
EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*arguments: str, input: str | bytes | None = None, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(arguments), input=input)
    assert result.exit_code == code, result.output
    return result


def test_a_message_gets_replies_with_their_scores() -> None:
    lines = run("reply", "lunch?", *TINY_MODEL).stdout.splitlines()
    assert len(lines) == 3
    assert lines[0] == " 28.8 %  Thank you so much  thanks"
    assert len(run("reply", "lunch", "-k", "6", *TINY_MODEL).stdout.splitlines()) == 6


def test_json_has_status_reason_and_replies() -> None:
    found = json.loads(run("reply", "lunch?", "--json", *TINY_MODEL).stdout)
    assert list(found) == ["status", "reason", "replies"]
    assert found["status"] == "success"
    assert [list(one) for one in found["replies"]] == [["text", "score", "intent"]] * 3
    silent = json.loads(run("reply", "#", "--json", *TINY_MODEL).stdout)
    assert (silent["status"], silent["replies"]) == ("sensitive", [])
    assert "abuse (probability 0.97" in silent["reason"]


def test_silence_is_said_with_its_reason_and_is_no_error() -> None:
    said = run("reply", "go ~", *TINY_MODEL).stdout
    assert said == "no_reply: a short reply is unlikely here (probability 0.12, needed 0.50)\n"
    assert len(run("reply", "go ~", "--always", *TINY_MODEL).stdout.splitlines()) == 3
    assert (
        run("reply", "go ~", "--backoff", *TINY_MODEL).stdout.splitlines()[1] == "  0.0 %  Okay                   okay"
    )


def test_history_comes_before_the_message(tmp_path: Path) -> None:
    chat = str(EXAMPLES / "chat.json")
    alone = run("reply", "--history", chat, *TINY_MODEL).stdout
    assert len(alone.splitlines()) == 3
    path = tmp_path / "chat.json"
    path.write_text(json.dumps([{"text": "hi", "sender": "me", "timestamp": 1e12}]))
    assert run("reply", "--history", str(path), *TINY_MODEL).stdout.startswith("no_reply: the last message is from me")
    assert len(run("reply", "well?", "--history", str(path), *TINY_MODEL).stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{", "is not JSON"),
        ("{}", "must be a list of messages, oldest first. Got {}"),
        ('["hi"]', 'message 1: must be an object such as {"text": "hi", "sender": "them"}. Got \'hi\''),
        ('[{"text": "a", "sender": "me"}, {"text": "b"}]', "message 2: the field 'sender' is missing"),
        ('[{"text": "a", "sender": "me", "from": 1}]', "message 1: unknown field 'from'. Allowed: text, sender"),
        ('[{"text": 3, "sender": "me"}]', "message 1: the text of a message must be a str. Got 3"),
        ('[{"text": "a", "sender": "me", "timestamp": "noon"}]', "or an ISO 8601 time with its offset"),
        ('[{"text": "a", "sender": "me", "timestamp": "2026-11-20T18:04:00"}]', "with its offset, such as"),
    ],
)
def test_a_history_that_cannot_be_read(tmp_path: Path, content: str, error: str) -> None:
    path = tmp_path / "chat.json"
    path.write_text(content)
    result = run("reply", "hi", "--history", str(path), *TINY_MODEL, code=1)
    assert isinstance(result.exception, EarmarkError)
    assert error in str(result.exception)
    assert str(result.exception).startswith(str(path))


def test_wrong_usage() -> None:
    assert "give a message, or --history" in run("reply", code=2).stderr
    run("reply", "hi", "-k", "11", code=2)
    run("replies", "build", "my.txt", code=2)
    missing = run("reply", "hi", "--history", "nowhere.json", *TINY_MODEL, code=1)
    assert str(missing.exception) == "cannot read nowhere.json: No such file or directory."
    assert isinstance(run("reply", "hi", "--model", "nowhere.tflite", code=1).exception, ArtifactError)


def test_an_argument_that_is_not_utf8_is_answered() -> None:
    command = [sys.executable, "-m", "earmark", "reply", os.fsdecode(b"caf\xe9 lunch"), *TINY_MODEL]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr == b"", "the runtime's talk is held back"


def test_edits_are_those_of_a_reply_set(tmp_path: Path) -> None:
    edits = str(tmp_path / "edits.json")
    replies = ReplySet(ENGINE)
    replies.block(text="Thank you so much")
    replies.add("Lunch it is", intent="agree")
    replies.save(edits)
    assert "Thank you so much" not in run("reply", "lunch?", "--edits", edits, *TINY_MODEL).stdout
    listed = run("replies", "list", "--edits", edits, *TINY_MODEL).stdout.splitlines()
    assert "agree: Sure, sounds good · Lunch it is" in listed
    assert "thanks: thx" in listed


def test_chat_takes_turns_over_a_pipe() -> None:
    said = run("chat", *TINY_MODEL, input="lunch?\n2\n\nok ~\nmy own words\nhi\n9\n\nbye\n").stdout.splitlines()
    offered = json.loads(run("reply", "lunch?", "--json", *TINY_MODEL).stdout)["replies"]
    assert said[:6] == [
        "them: lunch?",
        *(f"  {number}  {one['text']}" for number, one in enumerate(offered, 1)),
        "me: 2",
        f"  > {offered[1]['text']}",
    ]
    assert said[6:11] == [
        "them: ",
        "them: ok ~",
        "no_reply: a short reply is unlikely here (probability 0.12, needed 0.50)",
        "me: my own words",
        "  > my own words",
    ]
    assert "  > 9" in said  # no such number: it is what I want to say
    assert said[-4] == "them: bye"


def test_chat_ends_with_its_input() -> None:
    assert run("chat", *TINY_MODEL, input="").stdout == ""
    assert run("chat", *TINY_MODEL, input=b"caf\xe9\n").stdout.startswith("them: caf\ufffd\n  1  ")


def test_chat_learns_when_asked_to(tmp_path: Path) -> None:
    mine = tmp_path / "me.sqlite"
    run("chat", "--personal", str(mine), *TINY_MODEL, input="lunch\n1\n")
    assert mine.exists()
    assert run("reply", "lunch", "--personal", str(mine), *TINY_MODEL).stdout


def test_replies_are_listed_by_intent() -> None:
    lines = run("replies", "list", *TINY_MODEL).stdout.splitlines()
    assert len(lines) == 11
    assert lines[4] == "thanks: Thank you so much · thx"
    assert run("replies", "list", "--intent", "thanks", *TINY_MODEL).stdout.splitlines() == [lines[4]]
    rows = [json.loads(line) for line in run("replies", "list", "--json", *TINY_MODEL).stdout.splitlines()]
    assert rows[0] == TINY[0].to_dict()
    assert len(rows) == 12
    wrong = run("replies", "list", "--intent", "thank", *TINY_MODEL, code=1)
    assert "no reply has the intent 'thank'. `earmark replies list` shows all 11." in str(wrong.exception)


def test_replies_are_checked(tmp_path: Path) -> None:
    assert run("replies", "check", str(MODEL)).stderr.endswith("nothing to complain about\n")
    assert run("replies", "check", str(EXAMPLES / "replies.txt")).stderr == "nothing to complain about\n"
    path = tmp_path / "my.txt"
    path.write_text("ok\nok\n" + "a" * 90)
    lines = run("replies", "check", str(path), code=1).stdout.splitlines()
    assert lines[0] == "line 2: the reply 'ok' stands in line 1 already."
    assert lines[1].startswith("line 3: a reply may have at most 80 bytes. Got 90")
    found = json.loads(run("replies", "check", str(path), "--json", code=1).stdout.splitlines()[0])
    assert found == {"where": "line 2", "what": "the reply 'ok' stands in line 1 already."}
    path.write_text("# none")
    assert (
        run("replies", "check", str(path), code=1).stdout == f"{path}: there are no replies in it. Write one a line.\n"
    )
    edits = tmp_path / "edits.json"
    replies = ReplySet(ENGINE)
    replies.block(intent="no")
    replies.save(edits)
    said = run("replies", "check", str(MODEL), "--edits", str(edits), code=1).stdout
    assert said == "list: no reply says no (polarity -1), so yes/no questions lack it.\n"
    run("replies", "check", str(path), "--edits", str(edits), code=2)


def test_export_writes_the_model(tmp_path: Path) -> None:
    out = tmp_path / "out.tflite"
    assert run("export", "smartreply", str(out), *TINY_MODEL).stderr.endswith(f"{out}: 42 KB\n")
    assert out.read_bytes() == MODEL.read_bytes()
    again = run("export", "smartreply", str(out), *TINY_MODEL, code=1)
    assert "exists already. Choose another --output, or add --force" in str(again.exception)
    run("export", "smartreply", str(out), "--force", *TINY_MODEL)
    nowhere = run("export", "smartreply", str(tmp_path / "none" / "out.tflite"), *TINY_MODEL, code=1)
    assert "does not exist. Create it first" in str(nowhere.exception)
    text = tmp_path / "text.tflite"
    text.write_text("hello")
    wrong = run("export", "smartreply", str(tmp_path / "b.tflite"), "--model", str(text), code=1)
    assert "is not a .tflite" in str(wrong.exception)
    assert not (tmp_path / "b.tflite").exists()


def test_a_bad_file_of_replies_builds_nothing(tmp_path: Path) -> None:
    path, out = tmp_path / "my.txt", tmp_path / "my.tflite"
    path.write_text("ok\nok\n")
    for command in (
        ["replies", "build", str(path), "-o", str(out)],
        ["export", "smartreply", str(out), "--replies", str(path)],
    ):
        result = run(*command, *TINY_MODEL, code=1)
        assert isinstance(result.exception, ReplyError)
        assert str(result.exception) == f"{path}, line 2: the reply 'ok' stands in line 1 already."
    assert not out.exists()


@pytest.mark.parametrize(
    "command", ["reply", "chat", "replies build", "replies list", "replies check", "export smartreply"]
)
def test_help_has_examples(command: str) -> None:
    said = run(*command.split(), "--help").stdout
    assert "Example" in said
    assert "earmark" in said
