"""Search and copy: hits are counted, painted, drawn on the rail and gone through; a section and its link are copied."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.pages import LINES, talk, write
from tests.browser.test_page_reading import hash_of, settled, top_of

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("talk"), talk())


def look_for(page: Page, text: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type(text)
    page.wait_for_function("() => document.querySelector('#hits').textContent !== ''")


def painted(page: Page, name: str) -> list[str]:
    return list(page.evaluate("(name) => [...(CSS.highlights.get(name) ?? [])].map(String)", name))


def test_hits_are_counted_painted_and_gone_through(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    look_for(page, "THE  Lighthouse")
    assert page.locator("#hits").inner_text() == str(LINES)
    assert painted(page, "hits") == ["the lighthouse"] * LINES
    page.keyboard.press("Enter")
    assert page.locator("#hits").inner_text() == f"1 of {LINES}"
    assert painted(page, "hit-now") == ["the lighthouse"]
    assert 40 < top_of(page, "#s4 .said") < 800
    page.locator("main").focus()
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert page.locator("#hits").inner_text() == f"3 of {LINES}"
    page.keyboard.press("Shift+N")
    page.keyboard.press("Shift+N")
    page.keyboard.press("Shift+N")
    assert page.locator("#hits").inner_text() == f"{LINES} of {LINES}", "it goes round"
    page.get_by_role("button", name="Next hit").click()
    assert page.locator("#hits").inner_text() == f"1 of {LINES}"


def test_hits_stand_on_the_rail_at_their_section(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    look_for(page, "lighthouse")
    hits, mark = page.locator("#rail-hits path").bounding_box(), page.locator("#r-s4").bounding_box()
    assert hits is not None
    assert mark is not None
    assert mark["y"] - 2 <= hits["y"]
    assert hits["y"] + hits["height"] <= mark["y"] + mark["height"] + 2
    assert hits["height"] > mark["height"] * 0.8


def test_a_phrase_may_run_over_two_lines(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    look_for(page, "the next. Line 2 is about the bread")
    assert page.locator("#hits").inner_text() == "1"
    assert painted(page, "hits") == ["the next. Line 2 is about the bread"]


def test_nothing_found_and_escape(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    look_for(page, "dentist")
    assert page.locator("#hits").inner_text() == "none"
    assert page.get_by_role("button", name="Next hit").is_hidden()
    page.keyboard.press("Escape")
    assert page.locator("#query").input_value() == ""
    assert page.locator("#hits").inner_text() == ""
    assert page.locator("#rail-hits path").get_attribute("d") == ""
    page.keyboard.press("n")
    assert page.evaluate("() => scrollY") == 0


def test_a_keyword_of_a_section_is_searched_for(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    page.evaluate("() => document.getElementById('s5').scrollIntoView()")
    page.locator("#s5 .keys a").nth(1).click()
    assert page.locator("#query").input_value() == "what we make"
    assert page.locator("#hits").inner_text() == f"{4 * LINES + 1} of {8 * LINES}", "the first hit of this section"
    page.go_back()
    assert hash_of(page) == ""


def test_a_section_and_its_link_are_copied(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file, permissions=["clipboard-read", "clipboard-write"])
    section = page.locator("#s3")
    section.get_by_role("button", name="Copy this section").click()
    page.get_by_text("Section copied").wait_for()
    text = page.evaluate("() => navigator.clipboard.readText()")
    head, said = text.split("\n\n", 1)
    assert head.splitlines() == ["Bicycles this year", "★ Highlight 4:00 – 5:59"]
    assert said.startswith("Anna: Line 1 is about the bicycles")
    assert "\nBo: Line 4 is about the bicycles" in said
    section.get_by_role("button", name="Copy a link to this section").click()
    page.get_by_text("Link copied").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()") == page_file.as_uri() + "#s3"


def test_letters_in_the_search_field_are_only_letters(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    look_for(page, "nN/")
    settled(page)
    assert page.locator("#query").input_value() == "nN/"
