"""The server's pages in a real browser: a thousand lines come in and nothing jumps, leaks or complains."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recorder import SmartScroll
from tests.browser.conftest import OpenPage, serious, watch
from tests.serve.conftest import VTT, finals, talk

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("jinja2")

import urllib.request

from earmark.serve.app import create_app
from earmark.serve.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

FRESH = """selector => {
  const copy = document.querySelector(selector).cloneNode(true);
  for (const element of copy.querySelectorAll("*"))
    for (const name of ["style", "tabindex", "aria-current", "data-first", "data-at", "data-size"])
      element.removeAttribute(name);
  return copy.innerHTML.replace(/\\s+/g, " ").replace(/> </g, "><").trim();
}"""
"""What an element holds, without what the page's own scripts put on."""

WATCH_PLACE = """() => {
  const part = [...document.querySelectorAll(".par")].find((each) => each.getBoundingClientRect().top > 120);
  window.tops = [part.getBoundingClientRect().top];
  const look = () => {
    const top = document.getElementById(part.id).getBoundingClientRect().top;
    if (Math.abs(top - window.tops.at(-1)) > 0.5) window.tops.push(top);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


class Site:
    """A server in a thread of this process."""

    def __init__(self, folder: Path, scroll: SmartScroll) -> None:
        import uvicorn

        bound = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        app = create_app(Settings(folder=folder, library=folder / ".earmark-library.db"), scroll)
        config = uvicorn.Config(app, log_level="warning", access_log=False, ws="none", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([bound],), daemon=True)
        self._thread.start()

    def post(self, path: str, body: str) -> None:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, body.encode(), method="POST")) as answer:
            answer.read()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)


@pytest.fixture(scope="module")
def scroll() -> SmartScroll:
    return SmartScroll()


@pytest.fixture
def site(tmp_path: Path, scroll: SmartScroll) -> Iterator[Site]:
    served = Site(tmp_path, scroll)
    yield served
    served.close()


def n_lines(page: Page) -> int:
    return int(page.evaluate("document.querySelectorAll('.said span').length"))


def until(page: Page, done: Callable[[], bool]) -> None:
    for _ in range(400):
        if done():
            return
        page.wait_for_timeout(100)
    pytest.fail("it did not happen within 40 s")


def test_a_thousand_lines_in_a_row(site: Site, open_page: OpenPage) -> None:
    lines = talk(1200)
    site.post("/api/live/run", finals(lines[:200]))
    page = open_page(f"{site.url}/live/run", viewport={"width": 1200, "height": 850})
    page.get_by_text("Listening…").wait_for()
    end = "innerHeight + scrollY >= document.documentElement.scrollHeight - 48"
    until(page, lambda: bool(page.evaluate(end)))  # a live page opens at its end
    page.mouse.move(600, 400)
    page.mouse.wheel(0, -4000)
    page.wait_for_timeout(500)
    page.evaluate(WATCH_PLACE)
    for number in range(200, 1200, 5):
        site.post("/api/live/run", finals(lines[number : number + 5]))
    until(page, lambda: n_lines(page) == 1200)
    assert len(page.evaluate("window.tops")) == 1, "the reader's place has moved"
    newest = page.get_by_role("button", name="Newest lines")
    assert newest.is_visible()

    newcomer = open_page(f"{site.url}/live/run", viewport={"width": 1200, "height": 850})
    until(newcomer, lambda: n_lines(newcomer) == 1200)
    for selector in ("#transcript", "#chapter-list", "#rail-list", "#facts"):
        assert page.evaluate(FRESH, selector) == newcomer.evaluate(FRESH, selector)
    elements = "document.getElementsByTagName('*').length"
    assert page.evaluate(elements) == newcomer.evaluate(elements), "elements are left over"

    newest.click()
    until(page, lambda: bool(page.evaluate(end)))
    site.post("/api/live/run", finals(talk(20, 1200)))
    until(page, lambda: n_lines(page) == 1220 and bool(page.evaluate(end)))  # it stays at the end now
    site.post("/api/live/run/finish", "")
    page.get_by_role("link", name="Open its page").click()
    page.wait_for_url("**/r/run")


def test_nothing_is_left_in_memory(site: Site, open_page: OpenPage) -> None:
    lines = talk(1100)
    site.post("/api/live/run", finals(lines[:100]))
    page = open_page(f"{site.url}/live/run")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def nodes() -> float:
        session.send("HeapProfiler.collectGarbage")
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(float(each["value"]) for each in metrics if each["name"] == "Nodes")

    for number in range(100, 1100, 10):
        site.post("/api/live/run", finals(lines[number : number + 10]))
    until(page, lambda: n_lines(page) == 1100)
    page.wait_for_timeout(300)
    grown = nodes()
    page.reload()
    until(page, lambda: n_lines(page) == 1100)
    page.wait_for_timeout(300)
    assert grown < 1.25 * nodes() + 500, "nodes that are no longer shown are kept"


def test_a_server_that_comes_back_is_followed_on(tmp_path: Path, scroll: SmartScroll, open_page: OpenPage) -> None:
    first = Site(tmp_path, scroll)
    port = int(first.url.rpartition(":")[2])
    first.post("/api/live/run", finals(talk(40)))
    page = open_page(f"{first.url}/live/run")
    page.get_by_text("Listening…").wait_for()
    first.close()
    page.get_by_text("The server is away; waiting for it…").wait_for()
    bound = socket.create_server(("127.0.0.1", port))
    bound.close()
    second = Site.__new__(Site)
    import uvicorn

    second.url = first.url
    app = create_app(Settings(folder=tmp_path, library=tmp_path / ".earmark-library.db"), scroll)
    config = uvicorn.Config(
        app, port=port, log_level="warning", access_log=False, ws="none", timeout_graceful_shutdown=1
    )
    second._server = uvicorn.Server(config)
    second._thread = threading.Thread(target=second._server.run, daemon=True)
    second._thread.start()
    until(page, lambda: second._server.started)
    second.post("/api/live/run", finals(talk(30, 40)))
    until(page, lambda: n_lines(page) == 70)
    page.goto("about:blank")
    second.close()
    watch(page).errors.clear()  # the browser tells of the connection that was refused


def test_drop_open_search_and_land(site: Site, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(site.url)
    assert "There is nothing here yet" in page.inner_text("main")
    transcript = tmp_path / "elsewhere" / "Garden talk.vtt"
    transcript.parent.mkdir()
    transcript.write_text(VTT)
    page.set_input_files("#file", transcript)
    page.wait_for_url("**/r/garden-talk")
    page.get_by_role("link", name="All recordings").click()
    page.get_by_role("link", name="budget").or_(page.locator(".open-it")).first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("budget")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=budget")
    page.get_by_role("link", name="Ben Then the budget").click()
    page.wait_for_url("**/r/garden-talk#t=6")
    page.locator(".landed", has_text="Then the").wait_for()


def test_a_dropped_file_that_is_no_transcript_is_a_message(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.url)
    drop = """name => {
      const data = new DataTransfer();
      data.items.add(new File(['{"name": "x"}'], name));
      for (const kind of ["dragenter", "dragover", "drop"])
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
    }"""
    page.evaluate(drop, "package.json")
    page.get_by_role("status").get_by_text("package.json: ", exact=False).wait_for()
    assert "looks like JSON but is no transcript" in page.inner_text("#outcome")
    watch(page).errors.clear()  # the browser tells of the status 400


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(site: Site, open_page: OpenPage, axe: str, scheme: str) -> None:
    site.post("/api/recordings?name=garden.vtt", VTT)
    site.post("/api/live/run", finals(talk(40)))
    for path in ("/", "/search?q=budget", "/live/run", "/r/garden"):
        page = open_page(site.url + path, color_scheme=scheme)
        assert serious(page, axe) == [], path


def test_a_phone_has_no_sideways_scrolling(site: Site, open_page: OpenPage) -> None:
    site.post("/api/recordings?name=" + "a-long-name-without-blanks" * 4 + ".vtt", VTT)
    site.post("/api/live/run", finals(talk(40)))
    for path in ("/", "/search?q=budget", "/live/run"):
        page = open_page(site.url + path, viewport={"width": 360, "height": 700}, is_mobile=True, has_touch=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_without_a_script_the_pages_still_lead_on(site: Site, open_page: OpenPage) -> None:
    site.post("/api/recordings?name=garden.vtt", VTT)
    page = open_page(site.url, java_script_enabled=False)
    page.get_by_label("Search all recordings").fill("budget")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Ben Then the budget").click()
    assert page.url.endswith("/r/garden#t=6")
