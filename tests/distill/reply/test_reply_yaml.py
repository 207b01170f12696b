"""The reply set: what is read, what is refused with file and line, and the set that ships."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

from distill.reply.reply_yaml import MAX_SHIPPED_BYTES, form_of, near_key, read_reply_yaml
from smartreply.errors import ReplyError
from smartreply.replies import ReplyEntry

SHIPPED = Path(__file__).parents[3] / "smartreply" / "pretrained" / "en" / "replies.yaml"

SMALL = """\
- family: hat
  intents:
    - intent: likes_hat
      polarity: yes
      neutral: ["I like that hat", {text: "Hats are hats", polarity: none}]
      polite: ["What a splendid hat"]
    - intent: asks_hat
      echo_ok: true
      casual: ["Which hat? 🎩", "🎩", {text: "The hat, madam?", register: polite, echo_ok: false}]
- family: boot
  intents:
    - intent: no_boot
      polarity: "no"
      neutral:
        - No boots here
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "set.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@cache
def shipped() -> tuple[ReplyEntry, ...]:
    return read_reply_yaml(SHIPPED)


def words(text: str) -> int:
    return sum(form_of(word) != "emoji" for word in text.split())


def test_reads_defaults_and_what_differs(tmp_path: Path) -> None:
    assert read_reply_yaml(write(tmp_path, SMALL)) == (
        ReplyEntry("I like that hat", "likes_hat", "hat", 0, 1),
        ReplyEntry("Hats are hats", "likes_hat", "hat", 0, 0),
        ReplyEntry("What a splendid hat", "likes_hat", "hat", 1, 1),
        ReplyEntry("Which hat? 🎩", "asks_hat", "hat", -1, 0, "question", echo_ok=True),
        ReplyEntry("🎩", "asks_hat", "hat", -1, 0, "emoji", echo_ok=True),
        ReplyEntry("The hat, madam?", "asks_hat", "hat", 1, 0, "question"),
        ReplyEntry("No boots here", "no_boot", "boot", 0, -1),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("No boots here", '"i like THAT hat!"', 15, "differs from 'I like that hat' in line 5 by case and punctuation"),
        ("No boots here", '"I’m in the boots"\n        - "Im in the boots."', 16, "differs from"),
        ("No boots here", "No" + " boots" * 7, 15, f"has 44 bytes; at most {MAX_SHIPPED_BYTES} are allowed"),
        ("No boots here", '"No boots "', 15, "begins or ends with a blank"),
        ("No boots here", '""', 15, "must not be empty"),
        ("No boots here", "[nested]", 15, "a reply's text must be text. Got a sequence"),
        ("No boots here", "{text: Boots, tone: rude}", 15, "unknown key 'tone' of a reply. Allowed: text, register"),
        ("No boots here", "{register: polite}", 15, "a reply lacks the key 'text'"),
        ("No boots here", "{text: Boots, register: rude}", 15, "unknown register 'rude'. Allowed: casual, neutral"),
        ('"no"', "perhaps", 13, "unknown polarity 'perhaps'. Allowed: yes, no, none"),
        ("echo_ok: true", "echo_ok: often", 8, "unknown echo_ok 'often'. Allowed: true, false"),
        ("polite: [", "rude: [", 6, "unknown key 'rude' of an intent"),
        ("polite: [", "neutral: [", 6, "the key 'neutral' of an intent is there twice"),
        ("family: boot", "clan: boot", 10, "unknown key 'clan' of a family"),
        ("family: boot", "family: hat", 10, "the family 'hat' is there twice, first in line 1"),
        ("intent: no_boot", "intent: likes_hat", 12, "the intent 'likes_hat' is there twice, first in line 3 in the"),
        ("intent: no_boot", "intent: No boot", 15, "must be in snake_case"),
        ("\n        - No boots here", " []", 14, "must be a list of replies with at least one"),
        ("\n        - No boots here", "", 14, "must be a list of replies with at least one"),
        ("      neutral:\n        - No boots here\n", "", 12, "the intent 'no_boot' has no replies"),
        ("- family: hat\n  intents:", "hat:\n  intents:", 1, ""),
    ],
)
def test_refuses_with_file_and_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in SMALL
    path = write(tmp_path, SMALL.replace(old, new))
    with pytest.raises(ReplyError) as caught:
        read_reply_yaml(path)
    text = str(caught.value)
    assert message in text
    assert str(path) in text
    if message:
        assert text.startswith(f"{path}:{line}: "), text


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "the reply set is empty"), ("hat: 1", "must be a list of families"), ("- [", "cannot be read as YAML")],
)
def test_refuses_what_is_no_reply_set(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ReplyError, match=message):
        read_reply_yaml(write(tmp_path, text))


def test_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ReplyError, match=r"absent\.yaml: the reply set cannot be read"):
        read_reply_yaml(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("❤️", "emoji"), ("👍🏽", "emoji"), ("👏👏 🎉", "emoji"), ("☺️", "emoji"), ("Hi 👋", "statement"),
        ("100%", "statement"), ("Why?", "question"), ("Sure! When? 😊", "question"), ("Right?!", "question"),
        ("Why? Tell me", "statement"), ("🤷?", "question"),
    ],
)  # fmt: skip
def test_form(text: str, form: str) -> None:
    assert form_of(text) == form


def test_near_key_keeps_words_emoji_and_the_question() -> None:
    assert near_key("I’m  IN!!") == near_key("im in")
    assert near_key("Tomorrow?") != near_key("Tomorrow")
    assert near_key("Thanks 😊") != near_key("Thanks")
    assert near_key("❤️") == near_key("❤")


def test_shipped_counts() -> None:
    replies = shipped()
    intents = Counter(reply.intent for reply in replies)
    assert 2150 <= len(replies) <= 2200
    assert 220 <= len(intents) <= 240
    assert 70 <= len({reply.family for reply in replies}) <= 110
    assert min(intents.values()) >= 5
    assert max(intents.values()) <= 25


def test_shipped_texts() -> None:
    replies = shipped()
    assert 2.5 <= sum(words(reply.text) for reply in replies) / len(replies) <= 3.5
    assert max(words(reply.text) for reply in replies) <= 8
    assert max(len(reply.text.encode()) for reply in replies) <= MAX_SHIPPED_BYTES
    assert len({near_key(reply.text) for reply in replies}) == len(replies)
    # Straight quotes and no double blanks: one spelling of every reply.
    assert not [reply.text for reply in replies if "’" in reply.text or "  " in reply.text]
    with_emoji = sum(any(form_of(sign) == "emoji" for sign in reply.text if sign != " ") for reply in replies)
    assert 0.06 <= with_emoji / len(replies) <= 0.11


def test_shipped_variety() -> None:
    replies = shipped()
    forms = Counter(reply.form for reply in replies)
    assert forms["question"] >= 200
    assert forms["emoji"] >= 20
    assert min(Counter(reply.polarity for reply in replies)[sign] for sign in (1, -1)) >= 80
    registers = Counter(reply.register for reply in replies)
    assert min(registers[-1], registers[1]) >= 200
    of_family: dict[str, list[ReplyEntry]] = defaultdict(list)
    for reply in replies:
        of_family[reply.family].append(reply)
    for family, members in of_family.items():
        if len(members) >= 30:
            assert {reply.register for reply in members} == {-1, 0, 1}, family


def test_a_birthday_wish_is_not_said_back() -> None:
    by_text = {reply.text: reply for reply in shipped()}
    assert not by_text["Happy birthday!"].echo_ok
    assert by_text["Good night!"].echo_ok
    assert by_text["Merry Christmas!"].echo_ok
