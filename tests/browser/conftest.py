"""Pages in a real browser: Playwright drives the system's Chromium (Debian's package), never a downloaded one.

    def test_something(open_page: OpenPage, tmp_path: Path) -> None:
        page = open_page(path_or_url, color_scheme="dark")      # keywords go to Browser.new_context
        page.get_by_role("link", name="…").click()

A page opened so is watched: every address it asks for and every error it reports is kept in `watch(page)`, and a test
ends in an error if the page reported an error or asked for anything but its own origin (a test that provokes errors
clears `watch(page).errors`).

Tests of this folder carry the marker `browser` and are skipped, with the reason, where Chromium or Playwright is
absent; EARMARK_REQUIRE_BROWSER=1 makes that an error. EARMARK_CHROMIUM names another Chromium.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

_ROOT = Path(__file__).parents[2]
_CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "earmark" / "browser"
_AXE = Path("axe-core") / "axe.min.js"

OpenPage = Callable[..., "Page"]
"""`open_page(address, **context_options)`: a path or an address, opened in a fresh browser context."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, so that `-m "not browser"` leaves them out."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def absent(reason: str) -> NoReturn:
    """Skip the test, or fail it where EARMARK_REQUIRE_BROWSER=1 asks for a browser."""
    if os.environ.get("EARMARK_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason} (EARMARK_REQUIRE_BROWSER=1 asks for it)")
    pytest.skip(reason)


def find_chromium() -> str | None:
    """The Chromium to drive: EARMARK_CHROMIUM, else the first one on the PATH."""
    names = (os.environ.get("EARMARK_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@dataclass
class Watch:
    """What a page did since it was opened: addresses asked for, and errors reported."""

    origin: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def foreign(self) -> list[str]:
        """Addresses outside the page's own origin (a file, data or blob address is nobody's server)."""
        return [
            url for url in self.requests
            if urlsplit(url).scheme not in ("file", "data", "blob", "about") and _origin(url) != self.origin
        ]  # fmt: skip


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


_watches: dict[int, Watch] = {}


def watch(page: Page) -> Watch:
    """The watch of a page that `open_page` opened."""
    return _watches[id(page)]


# Not for the whole session: Playwright keeps an event loop running in this thread, which asyncio.run() elsewhere
# would trip over.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, headless, without a window system and without any service of its own that talks to the network."""
    chromium = find_chromium()
    if chromium is None:
        absent("no Chromium found: apt-get install chromium, or set EARMARK_CHROMIUM")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        absent("Playwright is not installed: pip install -e '.[browser]'")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open an address (or a file) in a context of its own; options go to `Browser.new_context`."""
    contexts: list[BrowserContext] = []
    watched: list[Watch] = []

    def open_it(address: str | Path, **options: Any) -> Page:
        url = address.resolve().as_uri() if isinstance(address, Path) else address
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        seen = _watches[id(page)] = Watch(_origin(url))
        watched.append(seen)
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
        page.goto(url)
        return page

    yield open_it
    for context in contexts:
        context.close()
    _watches.clear()
    for seen in watched:
        assert not seen.errors, f"the page reported errors: {seen.errors}"
        assert not seen.foreign(), f"the page asked for addresses outside its origin: {seen.foreign()}"


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core: from a node_modules folder here, or from the copy `.ci/run` puts into the cache."""
    named = os.environ.get("EARMARK_AXE")
    places = [Path(named)] if named else []
    places += [folder / "node_modules" / _AXE for folder in (_ROOT, _ROOT / "examples" / "web", _CACHE)]
    for place in places:
        if place.is_file():
            return place.read_text(encoding="utf-8")
    absent(f"axe-core is not installed: npm install --prefix {_CACHE} axe-core@4")


def serious(page: Page, axe: str) -> list[str]:
    """What axe-core finds wrong at level "serious" or "critical", one line each with the places.

    It would wait for ever in a context without JavaScript.
    """
    # As an isolated script: a page with a strict Content-Security-Policy runs nothing that a test injects.
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame})["executionContextId"]
    session.send("Runtime.evaluate", {"expression": axe, "contextId": world})
    answer = session.send(
        "Runtime.evaluate",
        {"expression": "axe.run(document)", "contextId": world, "awaitPromise": True, "returnByValue": True},
    )
    return [
        f"{found['id']}: {found['help']} at {[node['target'] for node in found['nodes']][:5]}"
        for found in answer["result"]["value"]["violations"]
        if found["impact"] in ("serious", "critical")
    ]
