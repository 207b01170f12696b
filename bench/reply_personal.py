"""How soon suggestions follow a user's habits, and what that does to everything else: simulated users.

    python -m bench.reply_personal [--model FILE.tflite] [--usual "Yes" --wanted "Yup"] [--own "Sure thing boss man"]

Every user answers yes/no questions in one fixed way, and between two of those sends the first suggestion to some other
message. After 0, 1, 2, ... such answers the held-out questions and the other messages are asked for suggestions: is the
habit among the three, is it the first; how many other messages get another three, and how many get the habit among
them. Messages are written for this bench. Prints the tables and writes them to bench/results/reply-personal.md.
"""

from __future__ import annotations

import argparse
import itertools
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from smartreply.engine import LiteRtEngine
from smartreply.outputs import Engine
from smartreply.personal import Personal
from smartreply.personal_texts import reply_key
from smartreply.smart_reply import SmartReply

CHECKS = (0, 1, 2, 3, 4, 5, 8, 12, 20, 40)

ASKED = (
    "are you coming tonight?", "did you get my email?", "do you want some coffee?", "is the shop still open?",
    "have you eaten yet?", "can you pick me up later?", "are you free on friday?", "did you lock the door?",
    "is that ok with you?", "do you like it?", "could you send me the photos?", "are you home already?",
    "want to join us?", "did the parcel arrive?", "will you be there?", "is it raining over there?",
)  # fmt: skip
HELD_OUT = (
    "are you ready?", "do you need a lift?", "can you hear me now?", "did you see the news?", "is your sister coming?",
    "do you have a minute?", "will you call me later?", "are we still on for lunch?", "have you seen my keys?",
    "can we meet on monday instead?", "did you have a good time?", "should I bring some wine?",
)  # fmt: skip
OTHERS = (
    "I got the job!!", "happy birthday!", "thank you so much for your help", "where are you?", "my train is late again",
    "what are you up to?", "good night", "I'm so tired today", "sorry I missed your call", "what time does it start?",
    "see you tomorrow", "we lost the match", "here is the document you asked for", "hi there", "I miss you",
    "dinner is ready", "how was your weekend?", "my dog is sick", "I can't make it tonight",
    "let me know what you think",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """After `answers` of the user's: shares of the held-out questions, then of the other messages."""

    answers: int
    among: float
    first: float
    changed: float
    spread: float


def main() -> int:
    """Simulate the users and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a smart reply model; the shipped one where not given")
    parser.add_argument("--usual", default="Yes", help="a reply that the model offers to yes/no questions")
    parser.add_argument("--wanted", default="Yup", help="the reply of the list that the first user sends instead")
    parser.add_argument("--own", default="Sure thing boss man", help="a reply that is not on the list")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "reply-personal.md")
    options = parser.parse_args()
    engine = LiteRtEngine.load(options.model)
    listed = {one.text for one in engine.replies}
    for name in ("usual", "wanted"):
        if getattr(options, name) not in listed:
            parser.error(f"--{name}: {getattr(options, name)!r} is not a reply of the model")
    if reply_key(options.own) in {reply_key(text) for text in listed}:
        parser.error(f"--own: {options.own!r} is a reply of the model")
    lines = [
        "# Following the user's habits",
        "",
        f"`python -m bench.reply_personal`, {date.today().isoformat()}, Python {platform.python_version()}; "
        f"{options.model.name if options.model else 'the shipped model'}, {len(listed)} replies. "
        f"{len(ASKED)} questions answered in turn, {len(HELD_OUT)} held out, {len(OTHERS)} other messages.",
        "",
        *table(f'Always "{options.wanted}", a reply of the list', simulate(engine, [options.wanted])),
        *table(f'Always "{options.own}", a reply of the user\'s own', simulate(engine, [options.own])),
        *table(
            f'"{options.usual}", after 20 times "{options.wanted}"',
            simulate(engine, [options.usual], before=[options.wanted] * 20),
        ),
    ]
    text = "\n".join(lines)
    print(text)
    options.out.write_text(text, encoding="utf-8")
    return 0


def simulate(engine: Engine, habit: list[str], *, before: list[str] | None = None) -> Iterator[Row]:
    """One user whose answers to the questions are `habit`, over and over, after the answers `before`."""
    plain = SmartReply(engine)
    unchanged = {message: offered(plain, message) for message in OTHERS}
    with tempfile.TemporaryDirectory() as folder, Personal(Path(folder, "user"), clock=lambda: 0.0) as personal:
        smart = SmartReply(engine, personal=personal)
        questions, others = itertools.cycle(ASKED), itertools.cycle(OTHERS)
        for answer in before or ():
            send(smart, next(questions), answer, next(others))
        answers = itertools.cycle(habit)
        for number in range(CHECKS[-1] + 1):
            if number in CHECKS:
                yield measure(smart, number, habit, unchanged)
            send(smart, next(questions), next(answers), next(others))


def send(smart: SmartReply, question: str, answer: str, other: str) -> None:
    """The user answers a question as ever, and another message with the first suggestion."""
    smart.learn(question, answer)
    found = offered(smart, other)
    if found:
        smart.learn(other, found[0])


def measure(smart: SmartReply, number: int, habit: list[str], unchanged: dict[str, list[str]]) -> Row:
    """Where the habit stands after `number` answers."""
    asked = [offered(smart, message) for message in HELD_OUT]
    others = {message: offered(smart, message) for message in OTHERS}
    spread = [
        message
        for message, found in others.items()
        if set(found) & set(habit) and not set(unchanged[message]) & set(habit)
    ]
    return Row(
        number,
        sum(bool(set(found) & set(habit)) for found in asked) / len(asked),
        sum(found[:1] == habit[:1] for found in asked) / len(asked),
        sum(set(found) != set(unchanged[message]) for message, found in others.items()) / len(others),
        len(spread) / len(others),
    )


def offered(smart: SmartReply, message: str) -> list[str]:
    """The suggestions, also where a short reply is unlikely."""
    return [reply.text for reply in smart.suggest(message, always=True)]


def table(title: str, rows: Iterator[Row]) -> list[str]:
    """One user's table in Markdown."""
    lines = [
        f"### {title}",
        "",
        "| answers | among the three | first | other messages with another three | with the habit among them |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        shares = (row.among, row.first, row.changed, row.spread)
        lines.append(f"| {row.answers} | " + " | ".join(f"{100 * share:.0f} %" for share in shares) + " |")
    return [*lines, ""]


if __name__ == "__main__":
    raise SystemExit(main())
