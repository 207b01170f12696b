"""Getting about in a page: chapters, the rail, deep links, the back button; with mouse, keyboard, finger, no script."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.pages import TOPICS, talk, write

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("talk"), talk())


def settled(page: Page) -> None:
    """Two frames: what a jump or a scroll started has been laid out and marked."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def top_of(page: Page, selector: str) -> float:
    settled(page)
    return float(page.evaluate("(css) => document.querySelector(css).getBoundingClientRect().top", selector))


def near_the_top(page: Page, section: str) -> bool:
    return -5 <= top_of(page, f"#{section}") <= 140


def hash_of(page: Page) -> str:
    return str(page.evaluate("() => location.hash"))


def test_a_click_on_a_chapter_jumps_and_is_marked(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    page.get_by_role("navigation", name="Chapters").get_by_role("link", name=re.compile("Orchestra")).click()
    assert near_the_top(page, "s6")
    assert hash_of(page) == "#s6"
    current = page.locator(".chapters [aria-current]")
    assert current.count() == 1
    assert current.get_attribute("href") == "#s6"
    assert page.locator(".rail [aria-current]").get_attribute("href") == "#s6"
    assert page.evaluate("() => document.activeElement.textContent") == "Orchestra this year"


def test_scrolling_marks_the_section_that_is_read(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    assert page.locator(".chapters [aria-current]").get_attribute("href") == "#s1"
    page.evaluate("() => document.getElementById('s4').scrollIntoView()")
    settled(page)
    assert page.locator(".chapters [aria-current]").get_attribute("href") == "#s4"
    thumb, mark = page.locator("#thumb").bounding_box(), page.locator("#r-s4").bounding_box()
    assert thumb is not None
    assert mark is not None
    assert abs(thumb["y"] - mark["y"]) < 12, "the rail shows where the reader is"


def test_back_and_forward_return_to_where_the_reader_was(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    page.evaluate("() => window.scrollTo(0, 900)")
    before = top_of(page, "#s1 h2")
    page.locator(".chapters a").nth(6).click()
    assert near_the_top(page, "s7")
    page.locator(".chapters a").nth(2).click()
    page.go_back()
    assert near_the_top(page, "s7")
    page.go_back()
    assert abs(top_of(page, "#s1 h2") - before) < 3
    page.go_forward()
    assert near_the_top(page, "s7")


@pytest.mark.parametrize(("link", "line"), [("#t=372", 2), ("#t=6:12", 2), ("#t=0:06:14.2", 2), ("#t=361", 0)])
def test_a_link_to_a_time_shows_the_line_of_that_time(
    open_page: OpenPage, page_file: Path, link: str, line: int
) -> None:
    page = open_page(page_file.as_uri() + link)
    settled(page)
    landed = page.locator(".landed")
    assert landed.inner_text().startswith(f"Line {line + 1} is about the lighthouse")
    box = landed.bounding_box()
    assert box is not None
    assert 60 < box["y"] < 650


def test_a_link_to_a_section_and_a_link_to_nowhere(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file.as_uri() + "#s5")
    assert near_the_top(page, "s5")
    page = open_page(page_file.as_uri() + "#t=soon")
    assert page.evaluate("() => scrollY") == 0


def test_the_keyboard_alone_gets_everywhere(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.getAttribute('href')") == "#s2"
    page.keyboard.press("Enter")
    assert near_the_top(page, "s2")
    page.locator(".rail a").first.focus()
    assert page.locator(".rail a[tabindex='0']").count() == 1, "the rail is one stop of the tab key"
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert TOPICS[3] in page.locator("#bubble").inner_text()
    page.keyboard.press("Enter")
    assert near_the_top(page, "s4")
    assert hash_of(page) == "#s4"
    page.locator(".rail a[tabindex='0']").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert hash_of(page) == "#s8"


def test_a_click_on_a_keyword_of_the_rail(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    page.locator(".rail").get_by_text("bread", exact=True).click()
    assert near_the_top(page, "s5")
    assert hash_of(page) == "#s5"


def test_dragging_shows_the_keyword_under_the_pointer_and_scrolls(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    rail = page.locator("#rail").bounding_box()
    assert rail is not None
    x = rail["x"] + rail["width"] - 15
    page.mouse.move(x, 40)
    page.mouse.down()
    seen = []
    for place in range(8):
        page.mouse.move(x, rail["y"] + 14 + (rail["height"] - 28) * (place + 0.5) / 8, steps=3)
        settled(page)
        seen.append(page.locator("#bubble b").inner_text().rstrip("★"))
        section = page.evaluate("() => document.elementFromPoint(640, 400).closest('section').id")
        assert section == f"s{place + 1}"
    page.mouse.up()
    assert seen == list(TOPICS)
    assert hash_of(page) == "#s8"
    assert page.locator("#bubble").is_hidden()
    page.go_back()
    settled(page)
    assert page.evaluate("() => scrollY") < 5, "back from a drag leads to where it began"


def test_a_finger_on_the_rail_of_a_phone(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file, **PHONE)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, y: float | None) -> None:
        points = [] if y is None else [{"x": 380, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        settled(page)

    touch("touchStart", 60.0)
    for y in range(80, 640, 20):
        touch("touchMove", float(y))
    assert page.locator("#bubble b").inner_text().startswith(TOPICS[5])
    assert "orchestra" in page.locator(".rail").inner_text(), "all keywords show while the finger is down"
    assert page.evaluate("() => getComputedStyle(document.querySelector('#r-s1 span')).visibility") == "visible"
    touch("touchEnd", None)
    assert hash_of(page) == "#s6"
    assert page.locator("#bubble").is_hidden()
    assert page.evaluate("() => getComputedStyle(document.querySelector('#r-s1 span')).visibility") == "hidden"
    page.touchscreen.tap(380, 100)
    assert near_the_top(page, "s1")


def test_the_chapters_of_a_phone_are_a_sheet(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file, **PHONE)
    nav, button = page.locator("#chapters"), page.get_by_role("button", name="Chapters", exact=True)
    assert nav.is_hidden()
    button.tap()
    page.get_by_role("link", name=re.compile("Tunnel")).tap()
    assert near_the_top(page, "s7")
    nav.wait_for(state="hidden")
    button.tap()
    nav.wait_for(state="visible")
    page.keyboard.press("Escape")
    nav.wait_for(state="hidden")
    assert page.evaluate("() => document.activeElement.className").endswith("open-chapters")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_without_a_script_the_links_still_lead_there(
    open_page: OpenPage, page_file: Path, options: dict[str, object]
) -> None:
    page = open_page(page_file, java_script_enabled=False, **options)
    page.locator(".chapters a").nth(3).click()
    assert page.url.endswith("#s4")
    assert -5 <= float(page.locator("#s4").bounding_box()["y"]) <= 60  # type: ignore[index]
    assert page.locator("#bar").is_hidden()
    assert page.locator("[data-copy]").first.is_hidden()
    page.locator("#r-s7 a").click(position={"x": 5, "y": 5})
    assert page.url.endswith("#s7")
    page.goto(page_file.as_uri() + "#t=375")
    assert 0 <= float(page.locator("[id='t=375']").bounding_box()["y"]) < 100  # type: ignore[index]


def test_without_times_sections_have_numbers(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(write(tmp_path, talk(times=False)))
    assert page.locator(".chapters .when").all_inner_texts() == [str(number) for number in range(1, 9)]
    assert page.locator(".at").count() == 0
    page.locator(".chapters a").nth(4).click()
    assert near_the_top(page, "s5")


def test_nothing_is_asked_of_a_network(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file, offline=True)
    page.locator(".chapters a").nth(4).click()
    assert near_the_top(page, "s5")
