"""The pages in Firefox and in WebKit, where they are installed: what a reader does most, once in each.

apt-get install firefox-esr webkit2gtk-driver xvfb
pytest tests/browser/test_other_engines.py
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from recorder import Options, SmartScroll, read_transcript
from recorder.page import render_page
from smartreply import Message, SmartReply
from tests.browser.engines import CENTRE, Browser, firefox, until, webkit
from tests.browser.reply_messages import conversations
from tests.browser.test_serve import Site
from tests.browser.test_targets import SMALL
from tests.browser.test_web_reply import OPENING
from tests.browser.web_reply import build_page, serve
from tests.serve.conftest import VTT, finals, talk

MEETING = Path(__file__).parents[2] / "examples" / "meeting.vtt"
LISTENER = "window.told = []; addEventListener('error', (event) => told.push(event.message || 'not loaded'), true);"


@pytest.fixture(scope="module", params=[firefox, webkit], ids=["firefox", "webkit"])
def browser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with ExitStack() as stack:
        yield Browser(request.param(stack, tmp_path_factory.mktemp("profile")))


@pytest.fixture(scope="module")
def scroll() -> SmartScroll:
    return SmartScroll(Options(granularity=0.8))


def test_a_recording(browser: Browser, scroll: SmartScroll, tmp_path: Path) -> None:
    transcript = read_transcript(MEETING)
    html = render_page(scroll.outline(transcript), transcript)
    # What goes wrong while the page opens is kept by a script more, which the page's policy has to let in.
    allowed = f"'sha256-{base64.b64encode(hashlib.sha256(LISTENER.encode()).digest()).decode()}'"
    html = html.replace("script-src ", f"script-src {allowed} ", 1).replace(
        "<style>", f"<script>{LISTENER}</script><style>", 1
    )
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    browser.open((tmp_path / "page.html").as_uri() + "#s2")

    def there(section: str) -> bool:
        return -5 <= float(browser.value(f"document.querySelector('#{section}').getBoundingClientRect().top")) <= 140

    until(lambda: there("s2"), 5)
    browser.click("#r-s8 a")
    until(lambda: there("s8") and browser.value("location.hash === '#s8'"), 5)
    said = browser.value("[...document.querySelectorAll('.said')].map((one) => one.textContent).join('\\n')")
    browser.type("/price")
    until(lambda: browser.value("document.querySelector('#hits').textContent") == str(said.lower().count("price")), 5)
    browser.type("\ue007")
    until(lambda: " of " in browser.value("document.querySelector('#hits').textContent"), 5)
    assert browser.value("CSS.highlights.get('hit-now').size === 1")
    browser.open((tmp_path / "page.html").as_uri() + "#s2")
    browser.click("#s2 [data-copy=text]")
    until(lambda: browser.value("document.querySelector('#toast').textContent") == "Section copied", 5)
    paper = "getComputedStyle(document.body).backgroundColor"
    before = browser.value(paper)
    browser.click("#theme")
    assert {before, browser.value(paper)} == {"rgb(251, 250, 247)", "rgb(23, 24, 27)"}
    x, y = browser.run(CENTRE, "#r-s4 a")
    browser.press((x, y), (x, y + 60), (x, y + 120))
    assert browser.value("scrollY") > 2000
    assert browser.value("location.hash !== '#s2'")
    assert browser.run(f"return ({SMALL})('body')")["small"] == []
    assert browser.value("window.told") == []


def test_the_server(browser: Browser, scroll: SmartScroll, tmp_path: Path) -> None:
    site = Site(tmp_path, scroll)
    lines = "document.querySelectorAll('.said span').length"
    try:
        site.post("/api/recordings?name=garden.vtt", VTT)
        site.post("/api/live/run", finals(talk(300)))
        browser.open(site.url)
        assert browser.value("document.querySelectorAll('.open-it').length") == 2
        browser.open(f"{site.url}/live/run")
        until(lambda: browser.value(f"{lines} === 300 && innerHeight + scrollY >= document.body.scrollHeight - 60"))
        for number in range(300, 400, 10):
            site.post("/api/live/run", finals(talk(10, number)))
        until(lambda: browser.value(f"{lines} === 400 && innerHeight + scrollY >= document.body.scrollHeight - 60"))
        site.post("/api/live/run/finish", "")
        until(lambda: browser.value("document.querySelector('#running').textContent.includes('Open its page')"))
    finally:
        browser.open("about:blank")
        site.close()


def test_the_chat(browser: Browser) -> None:
    smart = SmartReply.load()
    chips = "[...document.querySelectorAll('#chips .words')].filter((one) => one.checkVisibility())"
    shown = f"{chips}.map((one) => one.textContent)"
    said = [messages[-1].text for messages, _ in conversations(400)[200:]]

    def answered(text: str | None) -> bool:
        messages = [*OPENING, *([] if text is None else [Message(text)])]
        return bool(browser.value(shown) == [one.text for one in smart.suggest(messages)])

    with serve(build_page()) as address:
        browser.open(address)
        until(lambda: answered(None), 300)
        browser.click("#draft")
        browser.type("Can you bring the tent?")
        until(lambda: answered("Can you bring the tent?"))
        fill = "document.querySelector('#draft').value = arguments[0];"
        for text in said:
            browser.run(
                f"{fill} document.querySelector('#draft').dispatchEvent(new Event('input', {{bubbles: true}}))", text
            )
            until(partial(answered, text), 20)
        browser.open("about:blank")
