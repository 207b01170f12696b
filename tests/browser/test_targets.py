"""Everything that can be pressed is as big as a finger: 44 pixels each way, on every page, wide and narrow.

What is measured is where a press arrives, not a box: a link whose card takes the press is as big as the card, and a
button that something else lies upon is as small as what is left of it. One pixel is forgiven: a round button loses it
at its edge where it stands between two pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from recorder import SmartScroll
from tests.browser.conftest import OpenPage
from tests.browser.pages import silence, talk, write
from tests.browser.test_page_reading import PHONE
from tests.browser.test_serve import Site, until
from tests.browser.web_reply import PATIENT, build_page, serve
from tests.serve.conftest import VTT, finals
from tests.serve.conftest import talk as spoken

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS = pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])

SMALL = """root => {
  const found = [];
  const kinds = "a[href], button, input, textarea, select, summary, [role=button]";
  const all = document.querySelectorAll(`${root} :is(${kinds})`);
  for (const target of all) {
    // A press on the rail goes where the finger is, whatever keyword stands there: the rail is the target.
    if (target.closest(".rail") || !target.checkVisibility({ visibilityProperty: true })) continue;
    target.focus({ preventScroll: true });  // a skip link shows itself only then
    target.scrollIntoView({ block: "center", behavior: "instant" });
    const box = target.getClientRects()[0];
    const mine = [target, ...(target.labels ?? [])];
    const reach = (dx, dy) => {
      for (let far = 0; far < 45; far += 0.5) {
        const hit = document.elementFromPoint(box.x + box.width / 2 + dx * far, box.y + box.height / 2 + dy * far);
        if (!hit || !mine.some((one) => one.contains(hit))) return far;
      }
      return 45;
    };
    const width = reach(-1, 0) + reach(1, 0), height = reach(0, -1) + reach(0, 1);
    if (width < 43 || height < 43) found.push(`${width} x ${height}: ${target.outerHTML.slice(0, 90)}`);
  }
  return { small: found, count: all.length };
}"""


def too_small(page: Page, at_least: int, root: str = "body") -> list[str]:
    """The targets in `root` that are smaller than a finger; there have to be some, so that it says something."""
    found: dict[str, Any] = page.evaluate(SMALL, root)
    assert found["count"] >= at_least
    return list(found["small"])


@WIDTHS
def test_a_recording(open_page: OpenPage, tmp_path: Path, options: dict[str, Any]) -> None:
    silence(tmp_path / "talk.wav", 1)
    page = open_page(write(tmp_path, talk(), audio="./talk.wav"), **options)
    page.locator("#query").fill("lighthouse")
    page.locator(".steps").wait_for(state="visible")
    assert too_small(page, 100) == []
    rail = page.locator(".rail").bounding_box()
    assert rail is not None
    assert rail["width"] >= 44
    if options:
        page.locator(".open-chapters").tap()
        page.locator("#chapters").wait_for(state="visible")
        page.wait_for_timeout(400)  # it slides in
        assert too_small(page, 9, "#chapters") == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with more recordings than a page of results has room for, one broken file, and three sessions."""
    folder = tmp_path_factory.mktemp("site")
    served = Site(folder, SmartScroll())
    for number in range(21):
        served.post(f"/api/recordings?name=garden{number}.vtt", VTT.replace("twice", f"{number} times"))
    (folder / "broken.json").write_text('{"name": "x"}', encoding="utf-8")
    for name in ("running", "desktop", "phone"):
        served.post(f"/api/live/{name}", finals(spoken(60)))
    yield served
    served.close()


@WIDTHS
def test_the_server(open_page: OpenPage, site: Site, options: dict[str, Any]) -> None:
    page = open_page(site.url, **options)
    page.get_by_text("1 file could not be read").wait_for()
    assert too_small(page, 8) == []
    page.goto(f"{site.url}/search?q=greenhouse&page=2")
    page.get_by_role("link", name="Better ones").wait_for()
    assert too_small(page, 5) == []
    page.goto(f"{site.url}/live/running")
    page.get_by_text("Listening…").wait_for()

    def at_the_top() -> bool:  # once more where the page was still on its way to its end
        page.keyboard.press("Home")
        return bool(page.evaluate("() => scrollY < 100"))

    until(page, at_the_top)
    site.post("/api/live/running", finals(spoken(20, 60)))
    page.get_by_role("button", name="Newest lines").wait_for()
    assert too_small(page, 20) == []
    ended = "phone" if options else "desktop"
    page.goto(f"{site.url}/live/{ended}")
    site.post(f"/api/live/{ended}/finish", "")
    page.get_by_role("link", name="Open its page").wait_for()
    assert too_small(page, 20) == []
    page.goto("about:blank")  # or the browser complains of the server's end


@WIDTHS
def test_the_chat(open_page: OpenPage, options: dict[str, Any]) -> None:
    with serve(build_page()) as address:
        page = open_page(address, **options)
        page.locator("#chips .chip").first.wait_for(timeout=PATIENT)
        page.get_by_role("button", name="Scores").click()
        assert too_small(page, 12) == []
        page.get_by_role("button", name="My replies").click()
        assert too_small(page, 5, "#own") == []
