"""The projection: three implementations compared on 10,000 texts, what one message costs, and how a classifier starts.

    python -m bench.projection [--classifier MODEL.tflite] [--out FILE] [MESSAGES.jsonl.gz ...]

Random texts are made here; files of `{"text": ...}` lines, where given, add real ones, and the time is taken on those.
The start is a fresh Python that imports `projection`, loads MODEL and gives its first answer.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from numpy.typing import NDArray

from projection import Projection, encode_batch, project_messages, project_tokens
from tests.projection.strategies import many_texts

NUMBER = 10_000
STARTS = 11
PACKAGES = ("numpy", "tensorflow", "keras", "ai-edge-litert")

START = """
import time
begun = time.perf_counter()
from projection import Classifier
Classifier.load({path!r})(["where is my card?"])
took = time.perf_counter() - begun
import sys
# Not getrusage: what that says is never less than the parent was when it started this process.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(took, int(peak.split()[1]) / 1024, "tensorflow" in sys.modules)
"""


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("messages", nargs="*", type=Path, help="gzipped JSON lines with texts")
    parser.add_argument("--classifier", type=Path, help="a file of `earmark distill classify`")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "projection.md")
    options = parser.parse_args()
    lines = ["# Projection", "", *_about(options), "", *_equality(options.messages)]
    if options.classifier:
        lines += ["", *_start(options.classifier)]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _about(options: argparse.Namespace) -> Iterator[str]:
    given = " --classifier MODEL" if options.classifier else ""
    files = " MESSAGES.jsonl.gz ..." if options.messages else ""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield f"`python -m bench.projection{given}{files}`, {date.today().isoformat()}, "
    yield f"Python {platform.python_version()}, {packages}, {os.cpu_count()} {platform.machine()} cores."


def _equality(paths: list[Path]) -> Iterator[str]:
    """The table of the layers: texts that differ, operators, size, time."""
    from projection.keras_layer import MessageProjection, TokenProjection
    from tests.projection.litert import Runner, export, operators

    projection = Projection()
    real = [text for path in paths for text in read(path)]
    if real:
        real = [real[k] for k in np.random.default_rng(0).permutation(len(real))[:NUMBER]]
    rows = encode_batch(many_texts(NUMBER, seed=20), projection.n_bytes)
    timed = encode_batch(real, projection.n_bytes)[:2000] if real else rows[:2000]
    rows = np.concatenate([rows, encode_batch(real, projection.n_bytes)]) if real else rows
    yield f"{len(rows):,} texts, {len(real):,} of them real messages and the rest random; how many differ from numpy"
    yield "in any bit:"
    yield ""
    yield "| layer | Keras | LiteRT | operators | custom | KB | µs, best | µs, median |"
    yield "|---|---|---|---|---|---|---|---|"
    for layer in (TokenProjection(projection), MessageProjection(projection)):
        file = export([layer])
        run = Runner(file)
        wrong = {"Keras": 0, "LiteRT": 0}
        for start in range(0, len(rows), 500):
            part = rows[start : start + 500]
            if isinstance(layer, TokenProjection):
                reference = project_tokens(part, projection).values
                keras_values = layer(part)[0].numpy()
            else:
                reference, keras_values = project_messages(part, projection), layer(part).numpy()
            for name, values in (("Keras", keras_values), ("LiteRT", run(part)[0])):
                wrong[name] += int((values != reference).reshape(len(part), -1).any(axis=1).sum())
        used = operators(file)
        low, middle = microseconds(run, timed)
        yield (
            f"| {layer.name} | {wrong['Keras']} | {wrong['LiteRT']} | {len(used)} | {used.count('CUSTOM')} "
            f"| {len(file) / 1024:.0f} | {low:.0f} | {middle:.0f} |"
        )


def _start(model: Path) -> Iterator[str]:
    """Import, load and first answer, each time in a Python of its own."""
    found = []
    for _ in range(STARTS):
        said = subprocess.run(
            [sys.executable, "-c", START.format(path=str(model))], check=True, capture_output=True, text=True
        ).stdout.split()
        found.append((float(said[0]), float(said[1]), said[2] == "True"))
    seconds, megabytes = np.median([row[:2] for row in found], axis=0)
    heavy = "with" if any(row[2] for row in found) else "without"
    yield f"From a fresh Python to a first answer of a classifier of {model.stat().st_size / 1024:.0f} KB, {heavy}"
    yield f"TensorFlow: {seconds:.2f} s (import, load, answer) and {megabytes:.0f} MB at most, medians of {STARTS}."


def read(path: Path) -> list[str]:
    """The texts of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def microseconds(run: object, rows: NDArray[np.uint8]) -> tuple[float, float]:
    """Best and median over groups of ten messages, in microseconds a message."""
    interpreter, index = run.interpreter, run.input  # type: ignore[attr-defined]
    times = []
    for start in range(0, len(rows), 10):
        begun = time.perf_counter()
        for row in rows[start : start + 10]:
            interpreter.set_tensor(index, row[None])
            interpreter.invoke()
        times.append((time.perf_counter() - begun) / 10 * 1e6)
    return min(times), float(np.median(times))


if __name__ == "__main__":
    main()
