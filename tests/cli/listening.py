"""`earmark listen` as a process, and a meeting for it to hear."""

from __future__ import annotations

import json
import queue
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recorder import Options, Segment, SmartScroll, Transcript

WAIT = 120  # seconds until a test gives up on a process; nothing is measured with it
EARMARK = [sys.executable, "-m", "earmark"]
FINE = ["--granularity", "1"]  # many sections: these tests want some to close, whatever the trained cuts are
TOPICS = (
    ("budget", "euros", "invoice", "quarter", "supplier"),
    ("battery", "solar cell", "charger", "voltage", "casing"),
    ("garden", "roses", "gardener", "greenhouse", "compost"),
    ("train", "station", "timetable", "platform", "conductor"),
    ("kitchen", "recipe", "oven", "butter", "pastry"),
    ("violin", "orchestra", "concert", "rehearsal", "composer"),
)


def meeting() -> list[Segment]:
    """Six topics of 30 lines, each opened as people do, after a pause."""
    rng = random.Random(3)
    segments: list[Segment] = []
    now = 0.0
    for topic in TOPICS:
        now += 20
        opening = f"Okay, so let's move on to the next item on the agenda, the {topic[0]}."
        lines = [opening] + [
            f"I think the {rng.choice(topic)} and the {rng.choice(topic)} matter for the {topic[0]} this week."
            for _ in range(29)
        ]
        for number, line in enumerate(lines):
            segments.append(Segment(round(now, 2), round(now + 5, 2), line, "Anna" if number % 3 else "Ben"))
            now += 5.5
    return segments


def as_lines(segments: Sequence[Segment]) -> str:
    return "".join(json.dumps(segment.to_dict()) + "\n" for segment in segments)


def batch_json(segments: Sequence[Segment], source: str = "<stdin>") -> dict[str, Any]:
    outline = SmartScroll(Options(granularity=1.0)).outline(Transcript(tuple(segments), source))
    plain: dict[str, Any] = json.loads(outline.to_json())
    return plain


def listen(*arguments: str | Path, given: str | bytes = "") -> subprocess.CompletedProcess[str]:
    raw = given if isinstance(given, bytes) else given.encode()
    command = [*EARMARK, "listen", *FINE, *map(str, arguments)]
    run = subprocess.run(command, input=raw, capture_output=True, timeout=WAIT, check=False)
    assert b"Traceback" not in run.stderr, run.stderr.decode()
    return subprocess.CompletedProcess(command, run.returncode, run.stdout.decode(), run.stderr.decode())


class Running:
    """A process of ours with its standard input left open; its talk is read as it comes."""

    def __init__(self, *arguments: str | Path) -> None:
        self.process = subprocess.Popen(
            [*EARMARK, "listen", *FINE, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._talk: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._talk.put(line)

    def say(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def next_line(self) -> str:
        return self._talk.get(timeout=WAIT)

    def interrupt(self) -> str:
        """Ctrl-C, the input still open; what it then printed."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.stdout is not None
        printed = self.process.stdout.read()
        assert self.process.wait(WAIT) == 0
        return printed

    def close(self) -> None:
        self.process.kill()
        self.process.wait(WAIT)
        self._reader.join(WAIT)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
