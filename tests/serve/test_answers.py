"""What the server answers: list, recordings, search, dropped files, posted sessions."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from recorder import SmartScroll
from recorder.errors import RecorderError
from tests.serve.conftest import VTT, MakeClient, finals, talk

HTML = {"accept": "text/html"}
EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)> " onmouseover="x" \x1b[31m\u202e'


def test_an_empty_folder_says_what_to_do(make_client: MakeClient) -> None:
    page = make_client().get("/", headers=HTML)
    assert page.status_code == 200
    assert "There is nothing here yet." in page.text
    assert "earmark listen --journal" in page.text


def test_a_dropped_transcript_is_kept_shown_and_found(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client()
    added = client.post("/api/recordings?name=Bau%20Garten.vtt", content=VTT)
    assert added.status_code == 201
    assert added.json() == {"slug": "bau-garten", "title": added.json()["title"], "url": "/r/bau-garten", "new": True}
    assert (tmp_path / "Bau Garten.vtt").read_text() == VTT
    page = client.get("/r/bau-garten", headers=HTML)
    assert page.status_code == 200
    assert "budget" in page.text
    assert 'href="/"' in page.text
    said = re.search(r'Policy" content="([^"]*)', page.text)
    assert said is not None
    assert page.headers["content-security-policy"] == html.unescape(said[1]) + "; frame-ancestors 'none'"
    assert 'href="/r/bau-garten"' in client.get("/", headers=HTML).text
    hits = client.get("/api/search?q=budget").json()
    assert hits["total"] == 1
    assert hits["hits"][0]["url"] == "/r/bau-garten#s1"
    results = client.get("/search?q=budget", headers=HTML).text
    assert "/r/bau-garten#t=6" in results
    assert "<mark>budget</mark>" in results
    outline = client.get("/api/recordings/bau-garten").json()
    assert outline["version"] == 1
    assert client.get("/api/recordings").json()["recordings"][0]["slug"] == "bau-garten"


def test_the_same_file_is_kept_once_and_another_of_its_name_beside_it(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client()
    client.post("/api/recordings?name=a.vtt", content=VTT)
    again = client.post("/api/recordings?name=b.vtt", content=VTT)
    assert (again.status_code, again.json()["slug"]) == (200, "a")
    other = client.post("/api/recordings?name=a.vtt", content=VTT.replace("twice", "late"))
    assert (other.status_code, other.json()["slug"]) == (201, "a-2")
    assert sorted(path.name for path in tmp_path.glob("*.*") if not path.name.startswith(".")) == ["a-2.vtt", "a.vtt"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd", "etc-passwd.txt"), ("C:\\x\\y.SRT", "C-x-y.srt"), (".hidden.vtt", "hidden.vtt"),
     ("con.txt", "con-.txt"), ("a.exe", "a.exe.txt"), ("", "recording.txt"), ("é" * 200 + ".vtt", "é" * 60 + ".vtt")],
)  # fmt: skip
def test_names_of_dropped_files_are_made_safe(make_client: MakeClient, tmp_path: Path, name: str, kept: str) -> None:
    answer = make_client().post("/api/recordings", params={"name": name}, content=VTT)
    assert answer.status_code == 201, answer.text
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == [kept]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "x.vtt"),
        (b'{"name": "x"}', "looks like JSON but is no transcript"),
        (b"SQLite format 3\x00" + bytes(200), "x.vtt"),
    ],
)
def test_what_is_no_transcript_is_refused_and_not_kept(
    make_client: MakeClient, tmp_path: Path, content: bytes, message: str
) -> None:
    answer = make_client().post("/api/recordings?name=x.vtt", content=content)
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert not (tmp_path / "x.vtt").exists()


def test_a_torture_transcript_is_shown_as_text(make_client: MakeClient) -> None:
    client = make_client()
    segments = json.dumps([{"start": 1.0, "end": 2.0, "text": f"harvest {EVIL}", "speaker": EVIL}])
    line = "".join(json.dumps(each) + "\n" for each in json.loads(segments))
    slug = client.post("/api/recordings", params={"name": EVIL}, content=line).json()["slug"]
    for path in (
        "/",
        f"/r/{slug}",
        "/search?q=harvest",
        "/search?q=%3Cscript%3Ealert",
        "/r/%3Cscript%3E",
        "/live/%3Cscript%3E",
    ):
        page = client.get(path, headers=HTML).text
        assert "<script>alert" not in page, path
        assert "<img" not in page, path
        assert not re.search(r'<[^>]*" onmouseover="x', page), path


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/none", 404, "Not Found"),
        ("/r/none", 404, "there is no recording 'none' in the library, which has 0"),
        ("/api/recordings/none", 404, "there is no recording 'none'"),
        ("/live/none", 404, "There is no session 'none'"),
        ("/live/..%2f..%2fetc", 404, ""),
        ("/static/app.py", 404, "There is no such file."),
        ("/api/search?q=", 400, "there is no word to search for"),
        ("/api/search?q=a&limit=0", 400, "limit must be a whole number from 1 to 100, got '0'"),
        ("/search?q=a&page=x", 400, "page must be a whole number"),
    ],
)
def test_mistakes_are_messages(make_client: MakeClient, path: str, status: int, message: str) -> None:
    client = make_client()
    answer = client.get(path)
    assert answer.status_code == status
    assert message in answer.json()["error"]
    page = client.get(path, headers=HTML)
    assert page.status_code == status
    assert "All recordings" in page.text


def test_a_search_without_words_says_so_on_its_page(make_client: MakeClient) -> None:
    page = make_client().get("/search?q=-budget", headers=HTML)
    assert page.status_code == 200
    assert "there is no word to search for" in page.text
    assert "No section of any recording has all of this." in make_client().get("/search?q=zebra", headers=HTML).text


def test_a_posted_session_is_the_recording_it_would_be_as_a_file(
    make_client: MakeClient, tmp_path: Path, scroll: SmartScroll
) -> None:
    client = make_client()
    segments = talk(70)
    body = finals(segments).encode()
    first = client.post("/api/live/standup", content=body[:4000])  # cut in the middle of a line
    assert first.status_code == 200
    assert len(first.json()["warnings"]) == 1
    taken = first.json()["segments"]
    rest = client.post("/api/live/standup", content=finals(segments[taken:]))
    assert rest.json() == {"taken": 70 - taken, "segments": 70, "warnings": [], "url": "/live/standup"}
    assert client.get("/api/live/standup").json() == {"segments": 70, "finished": False}
    assert "70 lines" in client.get("/", headers=HTML).text
    assert client.get("/live/standup", headers=HTML).status_code == 200
    done = client.post("/api/live/standup/finish").json()
    assert done["url"] == "/r/standup"
    outline = client.get("/api/recordings/standup").json()
    batch = json.loads(scroll.outline(segments).to_json())
    assert outline["sections"] == batch["sections"]
    assert outline["source"] == "standup"
    assert client.get("/live/standup", headers=HTML, follow_redirects=False).headers["location"] == "/r/standup"
    late = client.post("/api/live/standup", content=finals(segments[:1]))
    assert late.status_code == 409
    assert "the session 'standup' has ended; post to another name." in late.json()["error"]


def test_lines_that_cannot_be_used_are_told_with_their_numbers(make_client: MakeClient) -> None:
    client = make_client()
    body = finals(talk(2)) + "nonsense\n" + finals(talk(1, 2)) + '{"start": -5, "text": "x"}'
    answer = client.post("/api/live/s", content=body).json()
    assert answer["warnings"][0].startswith("s:3: ")
    assert len(answer["warnings"]) == 2
    assert answer["segments"] >= 3


@pytest.mark.parametrize("name", ["..", ".x", "a%20b", "x" * 81, "a.", "%00"])
def test_a_session_must_have_a_plain_name(make_client: MakeClient, tmp_path: Path, name: str) -> None:
    answer = make_client().post(f"/api/live/{name}", content=finals(talk(1)))
    assert answer.status_code in (400, 404, 405)
    if answer.status_code == 400:
        assert "a session's name must be 1 to 80 of" in answer.json()["error"]
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".earmark")] == []


def test_a_session_that_is_not_there_cannot_be_finished(make_client: MakeClient) -> None:
    answer = make_client().post("/api/live/none/finish")
    assert answer.status_code == 409
    assert "there is no session 'none'; post lines to it first." in answer.json()["error"]


def test_a_session_with_nothing_said_cannot_be_finished(make_client: MakeClient) -> None:
    client = make_client()
    client.post("/api/live/quiet", content='{"text": "..."}\n')
    answer = client.post("/api/live/quiet/finish")
    assert answer.status_code == 400
    assert "has no words" in answer.json()["error"]


def test_files_that_cannot_be_read_are_listed(make_client: MakeClient, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "x"}')
    client = make_client()
    keeper = client.app._app.state.keeper  # type: ignore[attr-defined]
    with pytest.raises(RecorderError, match="looks like JSON"):
        keeper.read(tmp_path / "package.json")
    page = client.get("/", headers=HTML).text
    assert "1 file could not be read" in page
    assert "looks like JSON but is no transcript" in page
