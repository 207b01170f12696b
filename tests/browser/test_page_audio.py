"""Sound beside the page: click a line to play from it, the line that is said is marked, the keys play and jump."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenPage, watch
from tests.browser.pages import silence, talk, write
from tests.browser.test_page_reading import settled

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("talk")
    (folder / "a sound").mkdir()
    silence(folder / "a sound" / "100% talk.wav", 960)
    return write(folder, talk(), audio="./a%20sound/100%25%20talk.wav")


def ready(page: Page) -> None:
    page.wait_for_function("() => document.getElementById('audio').readyState >= 1")


def time_of(page: Page) -> float:
    return float(page.evaluate("() => document.getElementById('audio').currentTime"))


def paused(page: Page) -> bool:
    return bool(page.evaluate("() => document.getElementById('audio').paused"))


def test_a_click_on_a_line_plays_it_and_marks_it(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    ready(page)
    page.locator("#s1 .said span").nth(2).click()
    page.locator(".speaking").wait_for()
    assert not paused(page)
    assert 10 <= time_of(page) < 14
    assert page.locator(".speaking").inner_text().startswith("Line 3 is about the budget")
    assert page.locator(".speaking").get_attribute("aria-current") == "time"
    page.locator("a.at").nth(1).click()
    page.wait_for_function("() => document.querySelector('.speaking')?.textContent.startsWith('Line 4 ')")
    assert page.locator(".speaking").count() == 1


def test_space_j_and_l(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    ready(page)
    page.locator("main").focus()
    scrolled = page.evaluate("() => scrollY")
    page.keyboard.press("Space")
    page.wait_for_function("() => !document.getElementById('audio').paused")
    page.keyboard.press("Space")
    page.wait_for_function("() => document.getElementById('audio').paused")
    before = time_of(page)
    for _ in range(3):
        page.keyboard.press("l")
    assert time_of(page) == pytest.approx(before + 30, abs=0.1)
    page.keyboard.press("j")
    assert time_of(page) == pytest.approx(before + 20, abs=0.1)
    for _ in range(4):
        page.keyboard.press("J")
    assert time_of(page) == 0
    assert abs(page.evaluate("() => scrollY") - scrolled) < 300, "Space does not turn a page"
    page.keyboard.press("/")
    page.keyboard.type("jl j")
    assert time_of(page) == 0
    assert page.locator("#query").input_value() == "jl j"


def test_the_spoken_line_is_brought_into_view(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    ready(page)
    page.evaluate("() => { document.getElementById('audio').currentTime = 605; }")
    page.locator(".speaking").wait_for()
    settled(page)
    assert page.locator(".speaking").inner_text().startswith("Line 2 is about the orchestra")
    box = page.locator(".speaking").bounding_box()
    assert box is not None
    assert 60 < box["y"] < 600


def test_selecting_text_is_not_playing_it(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    ready(page)
    page.locator("#s1 .said span").nth(0).click(click_count=3, position={"x": 40, "y": 10})
    page.evaluate("() => document.getElementById('audio').pause()")
    page.evaluate("() => { document.getElementById('audio').currentTime = 0; }")
    assert page.evaluate("() => String(getSelection())").strip() != ""
    page.locator("#s1 .said span").nth(0).dispatch_event("click")
    assert paused(page)


def test_a_recording_that_is_not_there_is_said(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(write(tmp_path, talk(), audio="./gone.wav"))
    page.get_by_text("The recording cannot be opened.").wait_for()
    page.locator(".chapters a").nth(3).click()
    assert page.evaluate("() => location.hash") == "#s4"
    watch(page).errors.clear()


def test_the_command_links_to_the_sound_by_a_relative_way(open_page: OpenPage, tmp_path: Path) -> None:
    examples = Path(__file__).parents[2] / "examples"
    shutil.copy(examples / "meeting.vtt", tmp_path)
    (tmp_path / "out").mkdir()
    silence(tmp_path / "the meeting #1.wav", 5)
    arguments = ["scroll", "meeting.vtt", "--to", "html", "--audio", "the meeting #1.wav", "-o", "out/page.html"]
    command = [sys.executable, "-m", "earmark", *arguments]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    html = (tmp_path / "out" / "page.html").read_text(encoding="utf-8")
    assert re.findall(r' src="([^"]*)"', html) == ["../the%20meeting%20%231.wav"]
    page = open_page(tmp_path / "out" / "page.html")
    ready(page)
    assert page.evaluate("() => document.getElementById('audio').duration") == 5
