"""Firefox and WebKitGTK's MiniBrowser, driven by WebDriver's commands: over the Marionette socket, and over HTTP."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

__all__ = ["CENTRE", "Browser", "firefox", "until", "webkit"]

SETTINGS = {"capabilities": {"alwaysMatch": {"timeouts": {"script": 300_000}}}}
CENTRE = """const box = document.querySelector(arguments[0]).getBoundingClientRect();
return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];"""

Send = Callable[[str, dict[str, Any]], Any]
"""Gives a browser a command of WebDriver with its parameters; what it answers."""


def until(done: Callable[[], Any], seconds: float = 60) -> Any:
    """What `done` returns once that is true and no error."""
    end = time.monotonic() + seconds
    while True:
        try:
            if found := done():
                return found
        except OSError:
            if time.monotonic() > end:
                raise
        assert time.monotonic() < end, f"it did not happen within {seconds} s"
        time.sleep(0.1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Browser:
    """A browser and its one window."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def open(self, url: str) -> None:
        self._send("Navigate", {"url": "about:blank"})  # or another place on the same page would be no new page
        self._send("Navigate", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        return self._send("ExecuteScript", {"script": script, "args": arguments})

    def value(self, expression: str) -> Any:
        return self.run(f"return {expression}")

    def type(self, keys: str) -> None:
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._send("PerformActions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def press(self, *places: tuple[int, int]) -> None:
        """Press at the first place, let go at the last."""
        moves = [{"type": "pointerMove", "x": x, "y": y, "duration": 50, "origin": "viewport"} for x, y in places]
        down, up = ({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp"))
        self._send(
            "PerformActions",
            {"actions": [{"type": "pointer", "id": "mouse", "actions": [moves[0], down, *moves[1:], up]}]},
        )

    def click(self, selector: str) -> None:
        x, y = self.run(CENTRE, selector)
        self.press((x, y))


def start(stack: ExitStack, *command: str, **options: Any) -> None:
    """Start a program that ends with the stack, or skip the test where it is not installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    quiet = subprocess.DEVNULL
    program = stack.enter_context(subprocess.Popen(command, stdout=quiet, stderr=quiet, **options))
    stack.callback(program.terminate)


def firefox(stack: ExitStack, folder: Path) -> Send:
    port = free_port()
    (folder / "user.js").write_text(f'user_pref("marionette.port", {port});\n', encoding="utf-8")
    start(stack, "firefox-esr", "--headless", "--marionette", "--no-remote", "--profile", str(folder))
    connection = stack.enter_context(until(lambda: socket.create_connection(("127.0.0.1", port))))
    stream = stack.enter_context(connection.makefile("rwb"))

    def receive() -> Any:
        size = b"".join(iter(lambda: stream.read(1), b":"))
        return json.loads(stream.read(int(size)))

    def send(command: str, parameters: dict[str, Any]) -> Any:
        message = json.dumps([0, 1, f"WebDriver:{command}", parameters]).encode()
        stream.write(b"%d:%s" % (len(message), message))
        stream.flush()
        _, _, error, answer = receive()
        assert error is None, error
        return answer.get("value")

    receive()  # it introduces itself
    send("NewSession", SETTINGS)
    return send


def webkit(stack: ExitStack, folder: Path) -> Send:
    display, writing = os.pipe()
    start(stack, "Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24", pass_fds=[writing])
    os.close(writing)
    screen = os.read(display, 16).decode().strip()
    port = free_port()
    start(stack, "WebKitWebDriver", f"--port={port}", env={**os.environ, "DISPLAY": f":{screen}", "HOME": str(folder)})
    paths = {"Navigate": "url", "ExecuteScript": "execute/sync", "PerformActions": "actions"}

    def post(path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/session{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["value"]

    session = until(lambda: post("", SETTINGS))["sessionId"]
    return lambda command, parameters: post(f"/{session}/{paths[command]}", parameters)
