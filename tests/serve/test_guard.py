"""Who is let in: foreign hosts, foreign pages, missing tokens and large bodies are refused, each with a message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from earmark.serve.settings import ServeError, Settings, host_name
from tests.serve.conftest import VTT, MakeClient

TOKEN = "correct-horse-battery-staple"
HTML = {"accept": "text/html"}


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil.example", "", "192.168.1.7",
     "0.0.0.0", "localhost:port", "[::1", "127.0.0.1@evil.example", "evil.example#localhost"],
)  # fmt: skip
def test_a_foreign_host_is_refused(make_client: MakeClient, host: str) -> None:
    answer = make_client().get("/", headers={"host": host})
    assert answer.status_code == 403
    assert "This server is not called" in answer.json()["error"]
    assert "--allow-host NAME" in answer.json()["advice"]
    page = make_client().get("/", headers={"host": host, **HTML})
    assert page.status_code == 403
    assert "This server is not called" in page.text


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8765", "localhost", "LOCALHOST:99", "[::1]:8765", "127.8.8.8", "a.localhost"]
)
def test_our_own_names_are_known(make_client: MakeClient, host: str) -> None:
    assert make_client().get("/", headers={"host": host}).status_code == 200


def test_two_host_headers_are_refused(make_client: MakeClient) -> None:
    answer = make_client().get("/", headers=[("host", "127.0.0.1"), ("host", "evil.example")])
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_foreign_page_cannot_change_anything(
    make_client: MakeClient, tmp_path: Path, headers: dict[str, str]
) -> None:
    client = make_client()
    for path in ("/api/recordings?name=x.vtt", "/api/live/x", "/api/live/x/finish", "/login"):
        answer = client.post(path, content=VTT, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["error"] == "This request comes from a page of another site."
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == []


def test_our_own_page_and_programs_can(make_client: MakeClient) -> None:
    client = make_client()
    own = {"origin": "http://127.0.0.1:8765", "sec-fetch-site": "same-origin"}
    assert client.post("/api/recordings?name=x.vtt", content=VTT, headers=own).status_code == 201
    assert client.post("/api/recordings?name=x.vtt", content=VTT).status_code == 200


def test_a_body_that_is_too_large_is_refused(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client(max_body=1 << 20)
    large = b"x" * ((1 << 20) + 1)

    def in_chunks() -> Iterator[bytes]:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    contents: tuple[bytes | Iterator[bytes], ...] = (large, in_chunks())
    for content in contents:  # announced, and not
        answer = client.post("/api/recordings?name=x.vtt", content=content)
        assert answer.status_code == 413
        assert "The request is larger than 1 MiB." in answer.json()["error"]
    assert client.post("/api/live/x", content=large, headers=HTML).status_code == 413
    assert not (tmp_path / "x.vtt").exists()


def test_a_length_that_is_no_number_is_refused(make_client: MakeClient) -> None:
    assert make_client().post("/api/live/x", content=b"", headers={"content-length": "-1"}).status_code == 413


def test_without_the_token_nothing_is_shown(make_client: MakeClient) -> None:
    client = make_client(host="0.0.0.0", token=TOKEN)
    for headers in (
        {},
        {"authorization": "Bearer wrong-horse-battery-staple"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": "Bearer"},
        {"cookie": f"earmark={TOKEN}"},
        {"cookie": "earmark=\xe9"},
    ):
        for path in ("/", "/r/x", "/search?q=a", "/live/x", "/events/x", "/api/recordings", "/none"):
            answer = client.get(
                path, headers=[(key.encode(), value.encode("latin-1")) for key, value in headers.items()]
            )
            assert answer.status_code == 401, (headers, path)
            assert "wants a token" in answer.json()["error"]
            assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get("/?token=wrong", headers=HTML).status_code == 401
    assert client.post("/api/live/x?token=" + TOKEN, content="").status_code == 401  # a link changes nothing


def test_the_token_opens(make_client: MakeClient) -> None:
    client = make_client(base="http://192.168.1.7:8765", host="0.0.0.0", token=TOKEN)
    assert client.get("/api/recordings", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    page = client.get("/", headers=HTML)
    assert page.status_code == 401
    assert 'action="/login"' in page.text
    assert client.get("/static/serve.css").status_code == 200
    wrong = client.post("/login", data={"token": "no"}, headers=HTML)
    assert wrong.status_code == 401
    assert "That is not the token of this server." in wrong.text
    right = client.post("/login", data={"token": TOKEN}, headers=HTML, follow_redirects=False)
    assert right.status_code == 303
    assert TOKEN not in right.headers["set-cookie"]
    assert "HttpOnly; SameSite=Lax" in right.headers["set-cookie"]
    assert client.get("/", headers=HTML).status_code == 200  # the cookie


def test_the_token_of_a_link_goes_into_a_cookie(make_client: MakeClient) -> None:
    client = make_client(base="http://192.168.1.7:8765", host="0.0.0.0", token=TOKEN)
    answer = client.get(
        f"http://192.168.1.7:8765//evil.example/?q=a%20b&token={TOKEN}", headers=HTML, follow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/evil.example/?q=a+b"  # no other site
    assert client.get(f"/?token={TOKEN}", headers=HTML).status_code == 200
    assert client.get("/", headers=HTML).status_code == 200


def test_further_names_are_known_with_a_token(make_client: MakeClient) -> None:
    client = make_client(names=("Minutes.example",), token=TOKEN)
    headers = {"host": "minutes.example:443", "authorization": f"Bearer {TOKEN}"}
    assert client.get("/", headers=headers).status_code == 200
    assert client.get("/", headers={**headers, "host": "192.168.1.7"}).status_code == 403


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"host": "0.0.0.0"}, "everybody who reaches 0.0.0.0 could read the recordings: a token is required"),
        ({"host": "::"}, "a token is required"),
        ({"host": "my-machine"}, "a token is required"),
        ({"names": ("minutes.example",)}, "everybody who reaches minutes.example"),
        ({"host": "0.0.0.0", "token": "short"}, "the token must have 16 ASCII characters or more, got 5"),
        ({"token": "ä" * 20}, "the token must have 16 ASCII characters"),
        ({"max_body": 10}, "the largest body must be 1024 bytes or more, got 10"),
    ],
)
def test_settings_that_are_not_safe_are_refused(tmp_path: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(ServeError, match=message):
        Settings(folder=tmp_path, library=tmp_path / "l.db", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback_needs_no_token(tmp_path: Path, host: str) -> None:
    assert Settings(folder=tmp_path, library=tmp_path / "l.db", host=host).token is None


@pytest.mark.parametrize(
    ("header", "name"),
    [("localhost:1", "localhost"), ("[::1]:8", "::1"), ("A.b.", "a.b"), ("x:y", None), ("", None), ("[::1]x", None)],
)
def test_host_headers(header: str, name: str | None) -> None:
    assert host_name(header) == name


def test_every_answer_is_guarded(make_client: MakeClient) -> None:
    client = make_client()
    client.post("/api/recordings?name=x.vtt", content=VTT)
    for path in ("/", "/r/x", "/search?q=budget", "/none", "/api/recordings", "/static/serve.js", "/r/none"):
        headers = client.get(path, headers=HTML).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers
