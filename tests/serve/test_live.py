"""A session that is followed: whatever the steps, a reader ends with the page that a newcomer gets."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from recorder import Options, Segment, SmartScroll
from recorder.errors import JournalError
from tests.serve.conftest import MakeClient, finals, talk

pytest.importorskip("starlette")
pytest.importorskip("jinja2")

from earmark.serve.events import EventStream
from earmark.serve.hub import Watched
from earmark.serve.live import LiveRecording

FINE = SmartScroll(Options(granularity=1.0))


def merged(pieces: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
    """What a page holds after these news."""
    kept = {} if news["whole"] else dict(pieces)
    kept.update(news["pieces"])
    return {key: value for key, value in kept.items() if value is not None}


def look(recording: LiveRecording) -> bool:
    recording._rest = 0.0  # however fast the steps of a test follow each other
    return recording.poll()


@pytest.mark.parametrize("seed", range(3))
def test_any_steps_lead_to_the_same_page(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    path = tmp_path / "run.db"
    segments = talk(200)
    with FINE.session(path, source="run") as session:
        followed = LiveRecording(path, FINE)
        pieces: dict[str, Any] = {}
        at, version = 0, ("", 0)
        while at < len(segments):
            step = rng.choice([1, 1, 2, 7, 40])
            session.feed(segments[at : at + step])
            at += step
            if rng.random() < 0.8:
                look(followed)
            if rng.random() < 0.7 and (news := followed.since(*version)) is not None:
                pieces = merged(pieces, news)
                epoch, _, number = news["version"].partition(":")
                version = (epoch, int(number))
        session.finish()
    assert look(followed)
    assert followed.finished
    news = followed.since(*version)
    assert news is not None
    assert not news["whole"]
    pieces = merged(pieces, news)
    newcomer = LiveRecording(path, FINE)
    look(newcomer)
    fresh = newcomer.since("", 0)
    assert fresh is not None
    assert fresh["whole"]
    assert pieces == fresh["pieces"]
    assert len([key for key in pieces if key.startswith("section ")]) > 1
    assert followed.since(followed.epoch, followed.version) is None


def test_news_are_as_small_as_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    segments = talk(301)
    with FINE.session(path, source="run") as session:
        session.feed(segments[:300])
        followed = LiveRecording(path, FINE)
        look(followed)
        version = followed.version
        whole = followed.since("", 0)
        session.feed(segments[300])
        assert look(followed)
        assert not look(followed)
        news = followed.since(followed.epoch, version)
    assert whole is not None
    assert news is not None
    text = "".join(str(value) for key, value in news["pieces"].items() if key.startswith("part "))
    everything = "".join(str(value) for key, value in whole["pieces"].items() if key.startswith("part "))
    assert 0 < len(text) < len(everything) / 5


def test_a_session_without_words_has_a_page(tmp_path: Path) -> None:
    with FINE.session(tmp_path / "run.db", source="run") as session:
        session.feed(Segment(None, None, "..."))
        followed = LiveRecording(tmp_path / "run.db", FINE)
        look(followed)
        page = followed.page(events="/events/run", home="/", script="", style="")
    assert "Listening" in page.html
    assert "connect-src 'self'" in page.policy


def test_a_name_in_the_script_of_the_page_ends_no_script(tmp_path: Path) -> None:
    with FINE.session(tmp_path / "run.db", source="run"):
        followed = LiveRecording(tmp_path / "run.db", FINE)
        look(followed)
        page = followed.page(events="/events/</script><script>alert(1)", home="/", script="", style="")
    assert "<script>alert" not in page.html


def test_a_journal_that_was_replaced_is_told(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with FINE.session(path, source="run") as session:
        session.feed(talk(10))
        followed = LiveRecording(path, FINE)
        look(followed)
    path.unlink()
    with FINE.session(path, source="other") as session:
        session.feed(talk(2))
        with pytest.raises(JournalError, match=r"run\.db is another session now; load the page again"):
            look(followed)


def test_events_go_on_where_a_reader_was(make_client: MakeClient) -> None:
    client = make_client()
    client.post("/api/live/run", content=finals(talk(40)))
    client.post("/api/live/run/finish")
    first = events(client.get("/events/run").text)
    assert len(first) == 1
    assert first[0]["whole"]
    assert first[0]["finished"]
    again = client.get("/events/run", headers={"last-event-id": first[0]["version"]})
    assert again.headers["content-type"].startswith("text/event-stream")
    assert events(again.text) == []
    other_life = client.get("/events/run?from=00000000:99")
    assert events(other_life.text)[0]["whole"]
    for nonsense in ("x", ":", "a:b", f"{first[0]['version'].split(':')[0]}:-1", "a:" + "9" * 99):
        assert events(client.get("/events/run", params={"from": nonsense}).text)[0]["finished"]


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


def test_all_readers_share_one_look(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session = FINE.session(path, source="run")
    session.feed(talk(20))

    async def watch() -> list[list[dict[str, Any]]]:
        watched = Watched(LiveRecording(path, FINE))

        async def reader() -> list[dict[str, Any]]:
            return [each async for text in watched.events("", 0) for each in events(text)]

        readers = [asyncio.create_task(reader()) for _ in range(5)]
        while watched.recording.version == 0:
            await asyncio.sleep(0.01)
        session.finish()
        taken = [await each for each in readers]
        assert watched.readers == 0
        return taken

    for taken in asyncio.run(watch()):
        assert taken[-1]["finished"]
    session.close()


def test_a_reader_that_takes_nothing_is_let_go() -> None:
    ended = []

    async def source() -> AsyncIterator[str]:
        try:
            while True:
                yield "data: 1\n\n"
        finally:
            ended.append(True)

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    taken: list[bytes] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            taken.append(message["body"])
            if len(taken) == 3:
                await asyncio.Event().wait()  # a socket that stays full

    async def serve() -> None:
        stream = source()
        await EventStream(stream, stall=0.05)({"type": "http"}, receive, send)
        await stream.aclose()  # type: ignore[attr-defined]

    asyncio.run(serve())
    assert taken == [b"data: 1\n\n"] * 3
    assert ended == [True]


def test_a_reader_that_leaves_is_let_go() -> None:
    async def source() -> AsyncIterator[str]:
        yield "data: 1\n\n"
        await asyncio.Event().wait()

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        assert message["type"].startswith("http.response")

    asyncio.run(EventStream(source(), stall=60)({"type": "http"}, receive, send))


def test_a_body_that_stops_coming_is_given_up(make_client: MakeClient) -> None:
    guard = make_client(stall=0.05).app
    answers: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: MutableMapping[str, Any]) -> None:
        answers.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/api/recordings", "raw_path": b"/api/recordings", "query_string": b"name=x.vtt", "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), (b"content-length", b"9")], "client": None, "server": None,
    }  # fmt: skip
    asyncio.run(guard(scope, receive, send))  # type: ignore[arg-type]
    assert answers[0]["status"] == 408
    assert b"Nothing came for 0.05 s" in answers[1]["body"]
