"""Whether what is offered suits: messages of our own that nothing was trained on, each with the intents that suit it.

    python -m bench.reply_situations [--row "NAME=PATH"] ... [--situations PATH]

Prints a table. Of the wrong mood is a set in which a glad reply stands under news that calls for sorry ones alone, or a
sorry one under good news (`bench/reply_moods.txt`), of the sets where that can be. The held-out messages are those of
`distill.reply.situations`; the shipped model is always measured.
Messages that a gate keeps silent about are left out and counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.reply_moods import jarring, read_moods
from distill.reply.situations import SITUATIONS, Situation, read_situations
from smartreply import Message, SmartReply

__all__ = ["main", "suited"]

HEAD = (
    "| model | messages | silent | replies that suit | at least one | all three | wrong mood |\n"
    "|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Measure every row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--row", action="append", default=[], help="NAME=PATH of a .tflite; may be repeated")
    parser.add_argument("--situations", type=Path, default=SITUATIONS)
    options = parser.parse_args()
    models = {"shipped": SmartReply.load()}
    models |= {name: SmartReply.load(Path(path)) for name, path in (row.split("=", 1) for row in options.row)}
    print(HEAD)
    for name, model in models.items():
        intents = {reply.intent for reply in model.replies}
        print(suited(name, model, read_situations(intents, options.situations)), flush=True)


def suited(name: str, model: SmartReply, situations: Sequence[Situation]) -> str:
    """One row of the table."""
    offered, silent, right, one, three = 0, 0, 0, 0, 0
    moody, wrong = 0, 0
    moods = read_moods({reply.intent for reply in model.replies})
    for situation in situations:
        bad = jarring(situation.replies, moods)
        for text in situation.split()[1]:
            replies = model.suggest([Message(text, "them")], always=True).replies
            if not replies:
                silent += 1
                continue
            good = sum(reply.intent in situation.replies for reply in replies)
            offered, right = offered + len(replies), right + good
            one, three = one + (good > 0), three + (good == len(replies))
            moody, wrong = moody + bool(bad), wrong + any(reply.intent in bad for reply in replies)
    messages = max(offered // 3, 1)
    return (
        f"| {name} | {messages} | {silent} | {right / max(offered, 1):.3f} | {one / messages:.3f} | "
        f"{three / messages:.3f} | {wrong / max(moody, 1):.3f} of {moody} |"
    )


if __name__ == "__main__":
    main()
