"""Table (d): what a message costs. Models take turns of ten calls in one loop, on one thread, so the ratios hold.

The first call of a turn finds the caches full of the model before, 56 MB of MiniLM say; it has a column of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.reply_scorers import Student

__all__ = ["ANDROID_KB", "ANDROID_US", "minilm_file", "speed_table"]

ANDROID_US, ANDROID_KB = 2450, 3430
"""Recorded once on such a core; the model itself is not here. 3.35 MB."""

LENGTH = 32
"""Tokens that MiniLM reads; its tokenizer's time is not counted."""

TURN = 10
WARM_UP = 5

Call = Callable[[int], Any]


def minilm_file(cache: Path) -> Path:
    """MiniLM in int8 for LiteRT, one message of 32 tokens; converted on first use (needs the extra `train`)."""
    path = cache / f"minilm-int8-{LENGTH}.tflite"
    if not path.exists():
        from distill.minilm import SentenceEncoder
        from distill.minilm_int8 import minilm_int8

        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(minilm_int8(SentenceEncoder(max_length=LENGTH), batch=1, length=LENGTH))
    return path


def speed_table(students: Mapping[str, Student], minilm: Path, messages: Sequence[str], *, calls: int) -> list[str]:
    """Markdown lines: KB, microseconds a message, and how many times faster than the two peers, by the medians."""
    runs: dict[str, Call] = {}
    for name, model in students.items():
        runs[f"{name}, message alone"] = _student(model, messages, context=False)
        runs[f"{name}, with context"] = _student(model, messages, context=True)
    reference = "MiniLM, int8, LiteRT (message alone)"
    runs[reference] = _minilm(minilm)
    times: dict[str, list[list[float]]] = {name: [] for name in runs}
    for turn in range(calls // TURN + WARM_UP):
        for name, run in runs.items():
            times[name].append([_microseconds(run, turn * TURN + number) for number in range(TURN)])
    measured = {name: np.array(values[WARM_UP:]) for name, values in times.items()}
    medians = {name: float(np.median(values)) for name, values in measured.items()}
    sizes = {run: model.size / 1024 for run in runs for name, model in students.items() if run.startswith(f"{name}, ")}
    sizes[reference] = minilm.stat().st_size / 1024
    lines = [
        "| model | KB | us a message, median | tenth | first of a turn | MiniLM / it | Android 10 / it |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, median in medians.items():
        tenth, first = np.percentile(measured[name], 10), np.median(measured[name][:, 0])
        lines.append(
            f"| {name} | {sizes[name]:,.0f} | {median:,.0f} | {tenth:,.0f} | {first:,.0f} | "
            f"{medians[reference] / median:.1f} | {ANDROID_US / median:.1f} |"
        )
    lines.append(f"| Android 10 (recorded) | {ANDROID_KB:,} | {ANDROID_US:,} | - | - | - | 1.0 |")
    print("\n".join(lines), flush=True)
    return [*lines, ""]


def _microseconds(run: Call, number: int) -> float:
    started = time.perf_counter()
    run(number)
    return (time.perf_counter() - started) * 1e6


def _student(model: Student, messages: Sequence[str], *, context: bool) -> Call:
    """One whole call from text to three replies: the rows of bytes, the graph, all of its outputs."""

    def run(number: int) -> Any:
        text = messages[number % len(messages)]
        return model.read(text, messages[(number + 1) % len(messages)] if context else "")

    return run


def _minilm(path: Path) -> Call:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=1)
    runner = interpreter.get_signature_runner()
    rng = np.random.default_rng(0)
    rows = {
        name: rng.integers(1000, 2000, (1, LENGTH)).astype(detail["dtype"])
        if "id" in name and "segment" not in name
        else np.full((1, LENGTH), "mask" in name, detail["dtype"])
        for name, detail in runner.get_input_details().items()
    }
    return lambda number: runner(**rows)
