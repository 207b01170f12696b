"""Validation messages with the three replies of a student, to be read and rated by hand.

    python -m bench.reply_read --data DIR [--model student.tflite] [--number 100] [--seed 1] [--android]

Also says what the gates and the trigger make of each message. What it prints holds text of corpora: keep it out of the
project.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from bench.reply_data import Case, joined, read_messages
from bench.reply_scorers import Student
from smartreply.engine import SHIPPED

__all__ = ["main"]

STATUSES = ("shown", "no_reply", "unsupported_language", "sensitive")


def main() -> int:
    """Print a sample, the same for every student."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", help="only this set, such as samsum.valid")
    parser.add_argument("--android", action="store_true", help="print the recorded three of Android 10 too")
    parser.add_argument("--text", nargs="+", help="read these messages instead of a sample")
    options = parser.parse_args()
    cases = read_messages(options.data)
    cases = [case for case in cases if options.source in (None, case.source)]
    random.Random(options.seed).shuffle(cases)
    if options.text:
        cases = [Case(f"text {k}", "", (), text, (), (), ()) for k, text in enumerate(options.text, 1)]
    model = Student(options.model)
    for number, case in enumerate(cases[: options.number], 1):
        print("\n".join(_lines(number, case, model, android=options.android)))
    return 0


def _lines(number: int, case: Case, model: Student, *, android: bool) -> list[str]:
    found = model.read(case.message, joined(case.context))

    def value(name: str) -> float:
        return float(found[name].reshape(-1)[0])

    lines = [f"[{number}] {case.id}", *(f"        . {turn}" for turn in case.context[-2:]), f"    > {case.message}"]
    rows = found["indices"].reshape(-1)
    for row, score in zip(rows, found["scores"].reshape(-1), strict=True):
        entry = model.entries[row]
        lines.append(f"      {score:.3f}  {entry.text}   ({entry.intent})")
    lines.append(
        f"      {STATUSES[int(value('status'))]}; trigger {value('trigger'):.2f}, polar {value('polar'):.2f}, "
        f"register {value('register'):+.2f}, English {value('english'):.2f}, sensitive {value('sensitive'):.2f}"
    )
    if android:
        lines.append(f"      Android 10: {' | '.join(case.forced)}{'' if case.shown else '  (would be silent)'}")
    return [*lines, f"      true: {' | '.join(case.references)}", ""]


if __name__ == "__main__":
    raise SystemExit(main())
