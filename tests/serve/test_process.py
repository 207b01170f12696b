"""The server as a user runs it: killed and started again, two at once, with clients that stall."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from earmark.cli import main
from recorder import SmartScroll
from recorder.journal import Journal
from tests.serve.conftest import VTT, WAIT, Server, finals, talk

StartServer = Callable[..., Server]


def test_killed_and_started_again(tmp_path: Path, servers: StartServer, scroll: SmartScroll) -> None:
    segments = talk(90)
    first = servers(tmp_path)
    first.ask("/api/recordings?name=a.vtt", VTT.encode())
    assert first.ask("/api/live/run", finals(segments[:50]).encode())["segments"] == 50
    first.kill()
    second = servers(tmp_path)
    assert second.ask("/api/live/run") == {"segments": 50, "finished": False}
    assert second.ask("/api/search?q=greenhouse+budget")["total"] == 1
    second.ask("/api/live/run", finals(segments[50:]).encode())
    second.ask("/api/live/run/finish", b"")
    sections = second.ask("/api/recordings/run")["sections"]
    assert sections == json.loads(scroll.outline(segments).to_json())["sections"]
    second.process.send_signal(signal.SIGINT)
    assert second.process.wait(WAIT) == 0
    assert "Traceback" not in "".join(second.log)


def test_two_servers_write_one_session(tmp_path: Path, servers: StartServer, scroll: SmartScroll) -> None:
    segments = talk(60)
    both = [servers(tmp_path), servers(tmp_path)]
    for number in range(0, 60, 10):
        answer = both[number // 10 % 2].ask("/api/live/run", finals(segments[number : number + 10]).encode())
        assert answer["segments"] == number + 10
    both[0].ask("/api/live/run/finish", b"")
    sections = both[1].ask("/api/recordings/run")["sections"]
    assert sections == json.loads(scroll.outline(segments).to_json())["sections"]


def test_clients_that_stall_hold_nobody_up(tmp_path: Path, servers: StartServer) -> None:
    server = servers(tmp_path)
    segments = talk(600)
    server.ask("/api/live/run", finals(segments[:300]).encode())
    stalled = []
    head = f"Host: 127.0.0.1:{server.port}\r\n"
    for request in (
        f"GET /events/run HTTP/1.1\r\n{head}\r\n",  # never reads
        f"POST /api/live/run HTTP/1.1\r\n{head}Content-Length: 9999\r\n\r\n{{",  # never ends
        f"GET / HTTP/1.1\r\n{head}",  # not even its headers
    ):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.sendall(request.encode())
        stalled.append(client)
    with urllib.request.urlopen(f"{server.url}/events/run", timeout=WAIT) as events:
        for number in range(300, 600, 50):
            assert server.ask("/api/live/run", finals(segments[number : number + 50]).encode())["taken"] == 50
        server.ask("/api/live/run/finish", b"")
        lines = [line for line in events if line.startswith(b"data: ")]
    assert json.loads(lines[-1][6:])["finished"]
    assert len(server.ask("/api/recordings")["recordings"]) == 1
    for client in stalled:
        client.close()


def test_a_session_of_earmark_listen_is_followed(tmp_path: Path, servers: StartServer) -> None:
    server = servers(tmp_path)
    listen = subprocess.Popen(
        [sys.executable, "-m", "earmark", "listen", "--journal", str(tmp_path / "talk.db"), "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert listen.stdin is not None
    listen.stdin.write(finals(talk(40)))
    listen.stdin.flush()
    while True:
        try:
            if server.ask("/api/live/talk")["segments"] == 40:
                break
        except urllib.error.HTTPError as error:  # the journal is not there yet, or being made
            error.close()
    with urllib.request.urlopen(f"{server.url}/events/talk", timeout=WAIT) as events:
        said, _ = listen.communicate(finals(talk(20, 40)), timeout=WAIT)
        lines = [line for line in events if line.startswith(b"data: ")]
    assert json.loads(lines[-1][6:])["finished"]
    with urllib.request.urlopen(f"{server.url}/live/talk", timeout=WAIT) as page:
        assert page.url == f"{server.url}/r/talk"
    assert server.ask("/api/recordings/talk") == json.loads(said)


def test_lines_are_taken_as_they_come(tmp_path: Path, servers: StartServer) -> None:
    server = servers(tmp_path)
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT) as client:
        client.sendall(
            f"POST /api/live/run HTTP/1.1\r\nHost: localhost:{server.port}\r\n".encode()
            + b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for number in range(3):
            line = finals(talk(1, number)).encode()
            client.sendall(b"%x\r\n%s\r\n" % (len(line), line))
            path = tmp_path / "run.db"
            while not path.exists() or count(path) <= number:
                pass
        client.sendall(b"0\r\n\r\n")
        answer = b""
        while b'"taken":3' not in answer:  # the body may come after the headers, by itself
            part = client.recv(65536)
            assert part, answer
            answer += part


def count(path: Path) -> int:
    from recorder.errors import JournalError

    try:
        journal = Journal.read(path)
    except JournalError:
        return 0
    try:
        return journal.n_segments()
    finally:
        journal.close()


def test_the_token_is_asked_for_on_other_addresses(tmp_path: Path, servers: StartServer) -> None:
    secret = tmp_path / "token"
    secret.write_text("correct-horse-battery-staple\n")
    folder = tmp_path / "recordings"
    folder.mkdir()
    server = servers(folder, "--host", "0.0.0.0", "--token-file", str(secret))
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        server.ask("/api/recordings")
    assert "wants a token" in json.loads(refused.value.read())["error"]
    refused.value.close()
    assert server.ask("/api/recordings", Authorization="Bearer correct-horse-battery-staple")["recordings"] == []
    assert "correct-horse" not in "".join(server.log)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--host", "0.0.0.0"],
            "earmark: everybody who reaches 0.0.0.0 could read the recordings: a token is required.",
        ),
        (["--token-file", "none"], "earmark: cannot read the token in none"),
        (["--host", "203.0.113.9", "--token-file", "TOKEN"], "earmark: cannot listen on 203.0.113.9"),
        (["--library", "notes.txt"], "earmark: notes.txt is not an Earmark library"),
    ],
)
def test_a_server_that_cannot_start_says_why(
    tmp_path: Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("uvicorn")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "TOKEN").write_text("correct-horse-battery-staple")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["earmark", "serve", ".", "--port", "0", *arguments])
    assert main() == 1
    assert message in capsys.readouterr().err


def test_a_port_that_is_taken_is_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("uvicorn")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        monkeypatch.setattr(sys, "argv", ["earmark", "serve", str(tmp_path), "--port", port])
        assert main() == 1
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in capsys.readouterr().err
