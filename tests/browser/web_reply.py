"""The built page of `examples/web`: building it, serving it, and asking its engine."""

from __future__ import annotations

import fcntl
import functools
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from smartreply import Message
from tests.browser.conftest import absent

__all__ = ["PATIENT", "WEB", "Conversation", "answer_in_node", "answer_in_page", "as_json", "build_page", "serve"]

WEB = Path(__file__).parents[2] / "examples" / "web"

Conversation = tuple[tuple[Message, ...], bool]
"""Messages, oldest first, and whether suggestions are asked for always."""

PATIENT = 60_000
"""Milliseconds: compiling 9 MB of WebAssembly takes its time on a busy machine."""

_ASK = """async (lines) => {
    const { SmartReply } = await import(new URL('./assets/engine.js', document.baseURI).href);
    const file = await (await fetch('./smartreply.tflite')).arrayBuffer();
    const smart = await SmartReply.load(new Uint8Array(file));
    const answers = [];
    for (const { messages, always } of lines.map((line) => JSON.parse(line))) {
        answers.push(await smart.suggest(messages, always));
    }
    smart.delete();
    return answers;
}"""


@functools.cache
def build_page() -> Path:
    """Build the page as its README says, once; the folder to serve. Skips where npm or its packages are absent."""
    npm = shutil.which("npm")
    if npm is None:
        absent("npm is not installed: apt-get install npm")
    if not (WEB / "node_modules").is_dir():
        absent(f"the packages of {WEB} are not installed: npm ci --prefix {WEB}")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    with (WEB / "node_modules" / ".built-by-tests").open("a+") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)  # of several test processes one builds, the others wait for it
        mark.seek(0)
        if mark.read() != run:
            done = subprocess.run([npm, "run", "build"], cwd=WEB, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"npm run build failed:\n{done.stdout}\n{done.stderr}"
            mark.truncate(0)
            mark.write(run)
    return WEB / "dist"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on this computer as any static server does; the address, which is dead afterwards."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def as_json(conversation: Conversation) -> str:
    """One line for the engine; other than ASCII is escaped, so that half a surrogate pair comes through."""
    messages, always = conversation
    return json.dumps({"messages": [{"text": one.text, "sender": one.sender} for one in messages], "always": always})


def answer_in_node(conversations: Sequence[Conversation], model: Path, *replies: Path) -> list[dict[str, Any]]:
    """What `dist-node/answer.mjs` answers."""
    command = ["node", str(WEB / "dist-node" / "answer.mjs"), str(model), *map(str, replies)]
    lines = "".join(f"{as_json(one)}\n" for one in conversations)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def answer_in_page(page: Page, conversations: Sequence[Conversation]) -> list[dict[str, Any]]:
    """What the engine answers inside of a page that has started it."""
    found: list[dict[str, Any]] = page.evaluate(_ASK, [as_json(one) for one in conversations])
    return found
