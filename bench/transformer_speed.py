"""What the transformer costs: a window, an hour of speech, `finish()`, memory and bytes, beside MiniLM.

Every measurement of a recording runs in a process of its own; medians of process time are shown, which other programs
on the machine disturb little.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.speed import spoken
from bench.transformer_models import SIDES, load
from recorder.encoder_windows import CLS, SEP, WINDOW
from recorder.session import SmartScroll
from recorder.wordpiece import WordPiece

__all__ = ["speed_part"]

HOUR = 9_000
"""Words of an hour of speech."""

RUNS = 3
_WINDOWS = 80
_TURN = 10
_IDS = ("ids", "input_ids", "token_ids")
_SHIPPED = Path(__file__).parents[1] / "recorder" / "pretrained" / "en"


def speed_part(data: Path, *, peers: bool) -> list[str]:
    """The tables, as lines of Markdown."""
    lines = [
        f"## Time: an hour of speech ({HOUR:,} words of podcasts, lines of 25 words), one thread, process time",
        "",
        "| models | whole, s | of it finish(), ms | peak MB |",
        "|---|---|---|---|",
    ]
    for side, label in SIDES.items():
        row = _recording(data, side)
        lines.append(f"| {label} | {row['whole']:.2f} | {1e3 * row['finish']:.1f} | {row['mb']:.0f} |")
        print(lines[-1], file=sys.stderr, flush=True)
    windows = _windows(data)
    ours = min(_SHIPPED.glob("*.tflite"), key=lambda path: path.name)
    lines += [
        "",
        f"## Time: one window of {WINDOW} word pieces, LiteRT, one thread, median of {_WINDOWS} in turns of {_TURN}",
        "",
        "| encoder | ms per window | MB |",
        "|---|---|---|",
    ]
    files: dict[str, Callable[[], bytes]] = {f"**earmark, {ours.name}**": ours.read_bytes}
    if peers:
        files |= {"MiniLM, int8 (its table in float)": _minilm_int8, "MiniLM, float": _minilm_float}
    models = {label: read() for label, read in files.items()}
    for label, taken in _milliseconds(models, windows).items():
        lines.append(f"| {label} | {taken:.2f} | {len(models[label]) / 1e6:.1f} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return [*lines, ""]


def _recording(data: Path, side: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.transformer_speed", "--data", str(data), "--side", side]
    runs = [json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(RUNS)]
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def _child(data: Path, side: str) -> dict[str, float]:
    segments = spoken(data, HOUR)
    scroll = SmartScroll(models=load(side))
    scroll.outline(segments[:40])  # tables are loaded and caches warm, as in a running app
    begin = time.process_time()
    session = scroll.session()
    session.feed(segments)
    fed = time.process_time()
    session.finish()
    end = time.process_time()
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    return {"whole": end - begin, "finish": end - fed, "mb": peak}


def _windows(data: Path) -> np.ndarray:
    """Full windows of speech: int32 (windows, 128)."""
    wordpiece = WordPiece.load()
    ids = [piece for segment in spoken(data, HOUR) for piece in wordpiece.ids(segment.text)]
    size = WINDOW - 2
    rows = [[CLS, *ids[at : at + size], SEP] for at in range(0, _WINDOWS * size, size)]
    return np.array(rows, np.int32)


def _milliseconds(models: Mapping[str, bytes], windows: np.ndarray) -> dict[str, float]:
    """Median over windows. The models take turns, so that all see the same times of a machine that is shared."""
    from ai_edge_litert.interpreter import Interpreter

    runners = {
        label: Interpreter(model_content=model, num_threads=1).get_signature_runner() for label, model in models.items()
    }
    taken: dict[str, list[float]] = {label: [] for label in models}
    for start in range(0, len(windows), _TURN):
        for label, runner in runners.items():
            taken[label] += [_seconds(runner, row) for row in windows[start : start + _TURN]]
    return {label: 1e3 * statistics.median(values) for label, values in taken.items()}


def _seconds(runner: Any, row: np.ndarray) -> float:
    """Process time of one window; inputs that are no ids are the mask or zeros."""
    inputs: dict[str, Any] = {}
    for name, detail in runner.get_input_details().items():
        shape, dtype = tuple(detail["shape"]), detail["dtype"]
        value = row if name in _IDS else np.full(WINDOW, int("mask" in name))
        inputs[name] = value.reshape(shape).astype(dtype)
    begin = time.process_time()
    runner(**inputs)
    return time.process_time() - begin


def _minilm_int8() -> bytes:
    from distill.minilm import SentenceEncoder
    from distill.minilm_int8 import minilm_int8

    return minilm_int8(SentenceEncoder(max_length=WINDOW), batch=1, length=WINDOW)


def _minilm_float() -> bytes:
    from distill.minilm import SentenceEncoder
    from distill.minilm_int8 import minilm_float

    return minilm_float(SentenceEncoder(max_length=WINDOW), batch=1, length=WINDOW)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--side", required=True)
    chosen = parser.parse_args()
    print(json.dumps(_child(chosen.data, chosen.side)))
