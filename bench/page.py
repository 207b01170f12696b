"""The page of an eighteen-hour recording: its size, how long it takes to open, long tasks while it is scrolled.

    python -m bench.page

Writes bench/results/page.md. Needs the extras `page` and `browser`, and Chromium. The text is made up here: topics of
invented words between common ones, four speakers, 150 words a minute.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recorder import Segment, SmartScroll, Transcript
from recorder.page import render_page

__all__ = ["made_up", "main"]

WORDS = 162_000
RUNS = 5
LONG_MS = 50.0
SCROLL_PX = 60_000
_WPM = 150
_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_CATEGORIES = ["toplevel", "devtools.timeline"]

_GLUE = (
    "and", "so", "we", "have", "the", "a", "of", "in", "that", "it", "is", "was", "but", "they", "then", "with",
    "for", "on", "at", "this", "when", "what", "you", "know", "about", "because", "there", "would", "could",
    "some", "more", "before", "after", "again", "first", "into", "over", "just", "like", "really", "think",
    "said", "want", "need", "make",
)  # fmt: skip
_SYLLABLES = (
    "ba", "do", "ke", "li", "mo", "nu", "pa", "ri", "so", "ta", "ve", "zu", "bran", "del", "fen", "gor", "hal",
    "jun", "kest", "lor", "mur", "nel",
)  # fmt: skip


def made_up(n_words: int, seed: int = 7) -> tuple[Transcript, list[int]]:
    """A transcript of about `n_words` words in lines of 8 to 20, and the segments where its topic changes.

    The topic changes every 400 to 1,500 words.
    """
    dice = random.Random(seed)
    segments: list[Segment] = []
    changes: list[int] = []
    said, until, topic = 0, 0, [""]
    while said < n_words:
        if said >= until:
            changes.append(len(segments))
            until = said + dice.randint(400, 1500)
            topic = ["".join(dice.choices(_SYLLABLES, k=dice.randint(2, 3))) for _ in range(12)]
        length = dice.randint(8, 20)
        words = [dice.choice(topic) if dice.random() < 0.25 else dice.choice(_GLUE) for _ in range(length)]
        start, end = 60 * said / _WPM, 60 * (said + length) / _WPM
        text = " ".join(words).capitalize() + dice.choice(".....?")
        segments.append(Segment(round(start, 2), round(end, 2), text, f"Speaker {said // 90 % 4 + 1}"))
        said += length
    return Transcript(tuple(segments), source="eighteen hours"), changes


def _opened(browser: Any, url: str) -> dict[str, float]:
    """Milliseconds from the start of the navigation, in a fresh context."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    before = time.perf_counter()
    page.goto(url)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    wall = (time.perf_counter() - before) * 1000
    times = page.evaluate(
        "() => { const n = performance.getEntriesByType('navigation')[0];"
        " const p = performance.getEntriesByName('first-contentful-paint')[0];"
        " return {paint: p ? p.startTime : NaN, ready: n.domContentLoadedEventEnd, load: n.loadEventEnd}; }"
    )
    page.close()
    return {**times, "wall": wall}


def _traced(browser: Any, url: str, act: Callable[[Any], None] | None) -> dict[str, float]:
    """Tasks of the page's main thread while `act` runs (None: it opens): their sum, the longest, the long ones."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    if act is not None:
        page.goto(url)
        page.wait_for_timeout(1500)
    browser.start_tracing(page=page, categories=_CATEGORIES)
    if act is None:
        page.goto(url)
        page.wait_for_timeout(1000)
    else:
        act(page)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    page.close()
    # The main thread of the page's renderer is the one in which its frames are laid out.
    busy: dict[tuple[int, int], int] = {}
    for event in events:
        if event.get("name") in ("UpdateLayoutTree", "Layout", "FunctionCall"):
            place = (event["pid"], event["tid"])
            busy[place] = busy.get(place, 0) + 1
    main = max(busy, key=lambda place: busy[place])
    tasks = [
        event for event in events
        if (event["pid"], event["tid"]) == main and event.get("ph") == "X" and event["name"].endswith("RunTask")
    ]  # fmt: skip
    wall = [event["dur"] / 1000 for event in tasks]
    own = [event.get("tdur", event["dur"]) / 1000 for event in tasks]
    return {
        "tasks": len(tasks),
        "own": sum(own),
        "long": sum(value > LONG_MS for value in wall),
        "long_own": sum(value > LONG_MS for value in own),
        "longest": max(wall, default=0.0),
        "longest_own": max(own, default=0.0),
    }


def _wheel(page: Any) -> None:
    session = page.context.new_cdp_session(page)
    session.send(
        "Input.synthesizeScrollGesture",
        {"x": 700, "y": 400, "yDistance": -SCROLL_PX, "speed": 8000, "gestureSourceType": "mouse"},
    )


def _scrub(page: Any) -> None:
    page.mouse.move(1250, 60)
    page.mouse.down()
    page.mouse.move(1250, 760, steps=100)
    page.mouse.up()


def _find(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("really think")
    page.wait_for_timeout(600)
    for _ in range(20):
        page.keyboard.press("Enter")
        page.wait_for_timeout(30)


ACTIONS: dict[str, Callable[[Any], None]] = {
    f"wheel, {SCROLL_PX:,} px at 8,000 px/s": _wheel,
    "drag over the whole rail, 100 steps": _scrub,
    "type a search, 20 hits on": _find,
}


def main() -> None:
    """Make the page, open it, scroll it, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--words", type=int, default=WORDS)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "page.md")
    arguments = parser.parse_args()

    from playwright.sync_api import sync_playwright

    transcript, changes = made_up(arguments.words)
    outline = SmartScroll().outline(transcript, boundaries=changes)
    before = time.perf_counter()
    html = render_page(outline, transcript)
    rendering = time.perf_counter() - before
    data = html.encode("utf-8")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "page.html"
        file.write_bytes(data)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))
        opened = [_opened(browser, file.as_uri()) for _ in range(RUNS)]
        traced = {name: _traced(browser, file.as_uri(), act) for name, act in ACTIONS.items()}
        opening = statistics.median(_traced(browser, file.as_uri(), None)["own"] for _ in range(3))
        version = browser.version
        browser.close()

    words = sum(len(segment.text.split()) for segment in transcript.segments)
    lines = [
        "# The page of an eighteen-hour recording",
        "",
        f"`python -m bench.page`: {words:,} made-up words in {len(transcript.segments):,} lines, "
        f"{len(outline.sections)} sections. Chromium {version} without GPU, window 1280 x 800, "
        f"{os.cpu_count()} cores ({platform.machine()}), one-minute load {os.getloadavg()[0]:.1f}.",
        "",
        "| | |",
        "|---|---|",
        f"| size | {len(data) / 1e6:.2f} MB, {len(gzip.compress(data)) / 1e6:.2f} MB with gzip |",
        f"| rendering in Python | {rendering:.2f} s |",
        *(
            f"| {label} | median {statistics.median(run[key] for run in opened) / 1000:.2f} s, "
            f"slowest of {RUNS} {max(run[key] for run in opened) / 1000:.2f} s |"
            for label, key in (
                ("first text on the screen", "paint"),
                ("scripts have run", "ready"),
                ("loaded", "load"),
                ("loaded and drawn, seen from outside", "wall"),
            )
        ),
        f"| opening, the main thread's own time | median of 3 {opening / 1000:.2f} s |",
        "",
        "Tasks of the page's main thread, from Chromium's trace. A task is long from 50 ms on; *own* counts only the",
        "time in which the thread had a core (other programs ran on the machine).",
        "",
        "| while | tasks | long | long, own | longest | longest, own |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {row['tasks']:,.0f} | {row['long']:.0f} | {row['long_own']:.0f} "
            f"| {row['longest']:.0f} ms | {row['longest_own']:.0f} ms |"
            for name, row in traced.items()
        ),
        "",
    ]
    arguments.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
