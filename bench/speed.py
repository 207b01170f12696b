"""Time and memory of smart scrolling beside YAKE on the same text: whole computation, finish() after a live recording,
peak memory, cost against length.

    python -m bench.speed --data DIR

Writes bench/results/speed.md. Needs the extra `bench`. Each measurement runs in a process of its own, several times;
medians are shown, and what counts are the ratios of one run of this script, not the seconds.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from distill.corpora import read_jsonl
from recorder import Segment, SmartScroll

__all__ = ["main"]

SIZES = (1_000, 3_000, 9_000, 27_000, 81_000, 162_000)  # words; 9,000 is an hour, 162,000 are eighteen
RUNS = 3
YAKE_SIZES = (9_000, 162_000)
_WPM = 150


def spoken(data: Path, n_words: int) -> list[Segment]:
    """About `n_words` words of podcasts, in lines of at most 25 words, at 150 words a minute."""
    return list(_lines(data, n_words))


def _lines(data: Path, n_words: int) -> Iterator[Segment]:
    said = 0
    for episode in read_jsonl(data / "transcripts" / "changelog.jsonl.gz"):
        for segment in episode["segments"]:
            words = iter(segment["text"].split())
            while line := list(islice(words, 25)):
                start = 60 * said / _WPM
                said += len(line)
                yield Segment(round(start, 2), round(60 * said / _WPM, 2), " ".join(line), segment["speaker"])
                if said >= n_words:
                    return


def _child(what: str, data: Path, n_words: int) -> dict[str, float]:
    """One measurement, in this process: seconds, and the peak memory of the process in MB."""
    segments = spoken(data, n_words)
    if what == "yake":
        import yake  # type: ignore[import-not-found,unused-ignore]

        text = "\n".join(segment.text for segment in segments)
        begin = time.perf_counter()
        yake.KeywordExtractor(lan="en", n=3, top=100).extract_keywords(text)
        return {"whole": time.perf_counter() - begin, "mb": _peak_mb()}
    scroll = SmartScroll()
    scroll.outline(segments[:40])  # tables are loaded and caches warm, as in a running app
    before = _peak_mb()
    begin = time.perf_counter()
    session = scroll.session()
    session.feed(segments)
    fed = time.perf_counter()
    outline = session.finish()
    end = time.perf_counter()
    return {
        "whole": end - begin,
        "finish": end - fed,
        "mb": _peak_mb(),
        "mb_before": before,
        "sections": len(outline.sections),
    }


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _measure(what: str, data: Path, n_words: int) -> dict[str, float]:
    """Medians over runs in fresh processes."""
    runs = []
    for _ in range(RUNS):
        command = [sys.executable, __file__, "--data", str(data), "--child", what, "--words", str(n_words)]
        runs.append(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def main() -> int:
    """Measure every size and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "speed.md")
    parser.add_argument("--child", choices=["earmark", "yake"], help=argparse.SUPPRESS)
    parser.add_argument("--words", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(_child(options.child, options.data, options.words)))
        return 0
    ours = {n: _measure("earmark", options.data, n) for n in SIZES}
    peer = {n: _measure("yake", options.data, n) for n in YAKE_SIZES}
    lines = [
        "# Time and memory of smart scrolling",
        "",
        "Command: `python -m bench.speed --data DIR`. "
        f"{date.today()}, 2 x86 cores (one used), {platform.system()}, Python {platform.python_version()}, "
        f"earmark {version('earmark')}, numpy {version('numpy')}, yake {version('yake')}.",
        f"Text: podcast transcripts (Changelog) in lines of 25 words. Medians of {RUNS} runs in fresh processes;",
        "only the ratios of one run mean anything. `finish()` is what remains when a live recording stops.",
        "",
        "| words | whole, s | us per word | finish(), ms | whole / finish() | sections | peak MB "
        "| YAKE, s | YAKE / whole | YAKE / finish() |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for n, row in ours.items():
        cells = [
            f"{n:,}",
            f"{row['whole']:.2f}",
            f"{1e6 * row['whole'] / n:.0f}",
            f"{1e3 * row['finish']:.1f}",
            f"{row['whole'] / row['finish']:.0f}",
            f"{row['sections']:.0f}",
            f"{row['mb']:.0f}",
        ]
        yake = peer.get(n)
        cells += (
            [f"{yake['whole']:.1f}", f"{yake['whole'] / row['whole']:.1f}", f"{yake['whole'] / row['finish']:.0f}"]
            if yake
            else ["", "", ""]
        )
        lines.append("| " + " | ".join(cells) + " |")
    text = "\n".join(lines) + "\n"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
