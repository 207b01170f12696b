"""Whether what is offered suits: messages of our own that nothing was trained on, each with the intents that suit it.

    python -m bench.reply_situations [--row "NAME=PATH"] ... [--situations PATH]

Prints a table. The held-out messages are those of `distill.reply.situations`; the shipped model is always measured.
Messages that a gate keeps silent about are left out and counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from distill.reply.situations import SITUATIONS, Situation, read_situations
from smartreply import Message, SmartReply

__all__ = ["main", "suited"]

HEAD = "| model | messages | silent | replies that suit | at least one | all three |\n|---|---|---|---|---|---|"


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
    for situation in situations:
        for text in situation.split()[1]:
            replies = model.suggest([Message(text, "them")], always=True).replies
            if not replies:
                silent += 1
                continue
            good = sum(reply.intent in situation.replies for reply in replies)
            offered, right = offered + len(replies), right + good
            one, three = one + (good > 0), three + (good == len(replies))
    messages = max(offered // 3, 1)
    return (
        f"| {name} | {messages} | {silent} | {right / max(offered, 1):.3f} | {one / messages:.3f} | "
        f"{three / messages:.3f} |"
    )


if __name__ == "__main__":
    main()
