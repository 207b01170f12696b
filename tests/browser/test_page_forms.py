"""The page in all its forms: light, dark, print, phone, reduced motion; what axe-core says; texts that attack it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recorder.page.paragraphs import shown
from tests.browser.conftest import OpenPage, serious, watch
from tests.browser.pages import TOPICS, TORTURE, silence, talk, torture, write
from tests.browser.test_page_reading import PHONE


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("talk"), talk())


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {**PHONE, "color_scheme": "light"}],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing_serious(open_page: OpenPage, tmp_path: Path, axe: str, options: dict[str, Any]) -> None:
    silence(tmp_path / "talk.wav", 1)
    page = open_page(write(tmp_path, talk(), audio="./talk.wav"), **options)
    assert serious(page, axe) == []
    page.locator("#query").fill("lighthouse")
    page.locator(".steps").wait_for(state="visible")
    assert serious(page, axe) == []
    if "has_touch" in options:
        page.locator(".open-chapters").tap()
        page.locator("#chapters").wait_for(state="visible")
        assert serious(page, axe) == []


def test_axe_on_the_attack_and_without_a_script(open_page: OpenPage, tmp_path: Path, page_file: Path, axe: str) -> None:
    assert serious(open_page(write(tmp_path, torture())), axe) == []
    # axe-core is a script itself, so it is the page's own that is taken away.
    bare = tmp_path / "bare.html"
    html = page_file.read_text(encoding="utf-8")
    bare.write_text(html[: html.index("<script>")] + html[html.index("</script>") + 9 :], encoding="utf-8")
    page = open_page(bare)
    assert page.locator("#bar").is_hidden()
    assert serious(page, axe) == []


def test_light_and_dark_and_the_button(open_page: OpenPage, page_file: Path) -> None:
    paper = "() => getComputedStyle(document.body).backgroundColor"
    light, dark = "rgb(251, 250, 247)", "rgb(23, 24, 27)"
    page = open_page(page_file, color_scheme="dark")
    assert page.evaluate(paper) == dark
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(paper) == light
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(paper) == dark
    assert open_page(page_file, color_scheme="light").evaluate(paper) == light


@pytest.mark.parametrize("script", [True, False])
def test_on_paper_the_rail_is_a_table_of_contents(open_page: OpenPage, page_file: Path, script: bool) -> None:
    page = open_page(page_file, color_scheme="dark", java_script_enabled=script, viewport={"width": 700, "height": 990})
    page.emulate_media(media="print", color_scheme="dark")
    for gone in (".rail", "#bar", ".foot", ".tools >> nth=0"):
        assert page.locator(gone).is_hidden(), gone
    contents, text = page.locator("#chapters").bounding_box(), page.locator("#s1").bounding_box()
    assert contents is not None
    assert text is not None
    assert contents["y"] + contents["height"] <= text["y"]
    entries = page.locator(".chapters .some").all_inner_texts()
    assert [entry.split(" · ")[0] for entry in entries] == list(TOPICS), "with the keywords of the rail"
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("() => getComputedStyle(document.getElementById('s8')).contentVisibility") == "visible"


def test_the_printed_pages_hold_all_text(open_page: OpenPage, page_file: Path) -> None:
    pdf = open_page(page_file).pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert 8 <= pdf.count(b"/Type /Page\n") <= 20, "192 lines with names fill about a dozen pages"


def test_reduced_motion_and_language(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file, reduced_motion="reduce")
    page.locator(".chapters a").nth(3).click()
    assert page.evaluate("() => getComputedStyle(document.querySelector('#s4 h2')).animationName") == "none"
    assert page.locator("html").get_attribute("lang") == "en"
    moving = open_page(page_file, reduced_motion="no-preference")
    moving.locator(".chapters a").nth(3).click()
    assert moving.evaluate("() => getComputedStyle(document.querySelector('#s4 h2')).animationName") == "arrive"


def test_the_landmarks_and_headings(open_page: OpenPage, page_file: Path) -> None:
    page = open_page(page_file)
    assert page.get_by_role("navigation").count() == 2
    assert page.get_by_role("main").get_by_role("heading", level=2).count() == len(TOPICS)
    assert page.get_by_role("heading", level=1).all_inner_texts() == ["A talk about eight things"]
    for name in ("Chapters", "Keywords along the recording"):
        nav = page.get_by_role("navigation", name=name)
        assert nav.locator("ol > li > a[href^='#s']").count() == len(TOPICS)
    outline = "() => getComputedStyle(document.activeElement).outlineWidth"
    page.keyboard.press("Tab")
    assert page.evaluate(outline) == "3px"


@pytest.mark.parametrize("options", [{}, PHONE, {"java_script_enabled": False}], ids=["desktop", "phone", "no script"])
def test_an_attack_executes_nothing_and_shows_itself(
    open_page: OpenPage, tmp_path: Path, options: dict[str, Any]
) -> None:
    silence(tmp_path / "talk.wav", 1)
    page = open_page(write(tmp_path, torture(), audio="./talk.wav"), **options)
    page.on("dialog", lambda dialog: watch(page).errors.append(f"dialog: {dialog.message}"))
    said = page.locator(".said").all_text_contents()
    assert said == [shown(text) for text in TORTURE]
    assert page.locator(".who").all_text_contents() == [shown(text) for text in TORTURE]
    assert page.title() == TORTURE[1]
    if options.get("java_script_enabled", True):
        for section in range(1, len(TORTURE) + 1):
            page.evaluate("(id) => document.getElementById(id).scrollIntoView()", f"s{section}")
            page.locator(f"#s{section} .keys a").click()
            page.locator(f"#s{section} [data-copy='text']").click()
        page.locator("#query").fill("<script>")
        page.wait_for_timeout(300)
        page.locator(".rail a").first.hover(force=True)
    assert page.evaluate("() => window.pwned") is None
    assert page.locator("iframe, img, base, svg a, main script, [onload], [onerror], [onmouseover]").count() == 0
    assert page.locator("script").count() == 1
    own = [url for url in watch(page).requests if not url.endswith(("/page.html", "/talk.wav"))]
    assert own == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "long texts wrap"


def test_right_to_left_text_runs_from_the_right_and_disturbs_nobody(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(write(tmp_path, torture()))
    rtl = TORTURE.index(next(text for text in TORTURE if text.startswith("שלום")))
    direction = "(element) => getComputedStyle(element).direction"
    assert page.locator(".said").nth(rtl).evaluate(direction) == "rtl"
    assert page.locator(".said").nth(rtl + 1).evaluate(direction) == "ltr"
    assert page.locator(".said span").nth(rtl).evaluate("(span) => getComputedStyle(span).unicodeBidi") == "isolate"
