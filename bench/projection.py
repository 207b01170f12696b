"""The projection: three implementations compared on 10,000 texts, and what one message costs in LiteRT on one thread.

    python -m bench.projection [MESSAGES.jsonl.gz ...]

Random texts are made here; files of `{"text": ...}` lines, where given, add real ones, and the time is taken on those.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from numpy.typing import NDArray

from projection import Projection, encode_batch, project_messages, project_tokens
from tests.projection.strategies import many_texts

NUMBER = 10_000


def main(paths: list[str]) -> None:
    """Print one line per layer: texts that differ, operators, size, time."""
    from projection.keras_layer import MessageProjection, TokenProjection
    from tests.projection.litert import Runner, export, operators

    projection = Projection()
    real = [text for path in paths for text in read(Path(path))]
    if real:
        real = [real[k] for k in np.random.default_rng(0).permutation(len(real))[:NUMBER]]
    rows = encode_batch(many_texts(NUMBER, seed=20), projection.n_bytes)
    timed = encode_batch(real, projection.n_bytes)[:2000] if real else rows[:2000]
    rows = np.concatenate([rows, encode_batch(real, projection.n_bytes)]) if real else rows
    print(f"{len(rows)} texts ({len(real)} real); {os.uname().machine}, numpy {np.__version__}")
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
        print(
            f"{layer.name:20s} texts that differ from numpy: {wrong}; {len(used)} operators, {used.count('CUSTOM')} "
            f"custom; {len(file) / 1024:.0f} KB; {low:.0f} us a message (best), {middle:.0f} (median)"
        )


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
    main(sys.argv[1:])
