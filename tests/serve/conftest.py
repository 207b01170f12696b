"""A server in this process for the tests of what it answers, and one as a process of its own."""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from recorder import Segment, SmartScroll

if TYPE_CHECKING:
    from starlette.testclient import TestClient

WAIT = 120  # seconds until a test gives up on a process; nothing is measured with it
VTT = """WEBVTT

00:00:01.000 --> 00:00:05.000
<v Anna>The supplier has sent the invoice for the greenhouse twice.

00:00:06.000 --> 00:00:09.000
<v Ben>Then the <b>budget</b> of the greenhouse is gone before next year begins.
"""

MakeClient = Callable[..., "TestClient"]


@pytest.fixture(scope="session")
def scroll() -> SmartScroll:
    return SmartScroll()


@pytest.fixture
def make_client(tmp_path: Path, scroll: SmartScroll) -> Iterator[MakeClient]:
    """Make a client of a server over `tmp_path`; options go to `Settings`."""
    pytest.importorskip("starlette")
    pytest.importorskip("jinja2")
    from starlette.testclient import TestClient

    from earmark.serve.app import create_app
    from earmark.serve.settings import Settings

    clients: list[TestClient] = []

    def make(base: str = "http://127.0.0.1:8765", **options: Any) -> TestClient:
        settings = Settings(folder=tmp_path, library=tmp_path / ".earmark-library.db", **options)
        client = TestClient(create_app(settings, scroll), base_url=base, raise_server_exceptions=False)
        client.__enter__()
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.__exit__(None, None, None)


def finals(segments: Sequence[Segment]) -> str:
    return "".join(json.dumps(segment.to_dict()) + "\n" for segment in segments)


def talk(n: int, start: int = 0) -> list[Segment]:
    """`n` lines; a new topic every 30."""
    topics = ("greenhouse", "violin", "battery", "timetable", "recipe", "compost")
    lines = []
    for number in range(start, start + n):
        topic = topics[number // 30 % len(topics)]
        opening = f"Okay, let's move on to the next item, the {topic}. " if number % 30 == 0 else ""
        pause = number // 30 * 20
        text = f"{opening}I think the {topic} matters, line {number} says so about the {topic}."
        speaker = "Anna" if number % 3 else "Ben"
        lines.append(Segment(pause + number * 5.0, pause + number * 5.0 + 4.5, text, speaker))
    return lines


class Server:
    """`earmark serve` as a process of its own, on a free port."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "earmark", "serve", str(folder), "--port", "0", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.said: queue.Queue[str] = queue.Queue()
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        line = self.said.get(timeout=WAIT)
        address = re.search(r"http://\S+?:(\d+)/", line)
        assert address is not None, line
        self.port = int(address[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            self.said.put(line)

    def ask(self, path: str, data: bytes | None = None, **headers: str) -> Any:
        """The JSON that the server answers; waits until it listens."""
        request = urllib.request.Request(self.url + path, data, headers)
        with urllib.request.urlopen(request, timeout=WAIT) as answer:
            return json.loads(answer.read())

    def kill(self) -> None:
        """As a power cut does it."""
        self.process.kill()
        self.process.wait(WAIT)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(WAIT)
        self._reader.join(WAIT)
        assert self.process.stderr is not None
        self.process.stderr.close()


@pytest.fixture
def servers() -> Iterator[Callable[..., Server]]:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    pytest.importorskip("jinja2")
    started: list[Server] = []

    def start(*arguments: Any, **options: Any) -> Server:
        started.append(Server(*arguments, **options))
        return started[-1]

    yield start
    for server in started:
        server.close()
