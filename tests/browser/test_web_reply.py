"""The smart reply page of `examples/web` in a real browser: typing, silence, own replies, offline, nothing sent."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from smartreply import Message, SmartReply
from smartreply.engine import SHIPPED
from smartreply.own_replies import build_model
from tests.browser.conftest import FLAGS, OpenPage, find_chromium, serious, watch
from tests.browser.web_reply import PATIENT, build_page, serve

OPENING = (
    Message("Hey! Are you around this weekend?", "them"),
    Message("I think so, why?", "me"),
    Message("We’re driving to the lake on Saturday. Want to come along?", "them"),
)
OWN = "yes\tYes, with butter\nno\tNo bread today\nlater\tAsk me at noon\n"


@pytest.fixture(scope="module")
def dist() -> Path:
    return build_page()


@pytest.fixture(scope="module")
def address(dist: Path) -> Iterator[str]:
    with serve(dist) as found:
        yield found


@pytest.fixture(scope="module")
def smart() -> SmartReply:
    return SmartReply.load()


@pytest.fixture
def ready(open_page: OpenPage, address: str) -> Page:
    return wait_ready(open_page(address))


def wait_ready(page: Page) -> Page:
    expect(page.locator("#state")).to_have_text(re.compile("replies ready"), timeout=PATIENT)
    page.locator("#chips .chip").first.wait_for(timeout=PATIENT)
    return page


def write(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.wait_for_function("(text) => document.querySelector('.draft .bubble')?.lastChild.data === text", arg=text)


def chips(page: Page) -> list[str]:
    return page.locator("#chips .words").all_inner_texts()


def use_own(page: Page, text: str) -> None:
    page.get_by_role("button", name="My replies").click()
    page.get_by_label("Replies, one a line").fill(text)
    page.get_by_role("button", name="Use these").click()


def test_chips_follow_the_typing_as_python_would_answer(ready: Page, smart: SmartReply) -> None:
    expect(ready.locator("#chips .words")).to_have_text([one.text for one in smart.suggest(OPENING)])
    field = ready.get_by_label("Message", exact=True)
    field.press_sequentially("Can you bring th")
    for text in ("Can you bring the", "Can you bring the tent?"):
        field.fill(text)
        wanted = smart.suggest([*OPENING, Message(text)])
        assert wanted.status == "success"
        expect(ready.locator("#chips .words")).to_have_text([one.text for one in wanted])
        assert re.fullmatch(r"[0-9]+\.[0-9]\u202fms", ready.locator("#time").inner_text())


@pytest.mark.parametrize("text", ["Wie geht es dir heute Abend?", "I want to hurt myself"])
def test_silence_says_its_reason(ready: Page, smart: SmartReply, text: str) -> None:
    wanted = smart.suggest([*OPENING, Message(text)], always=True)
    assert wanted.status not in ("success", "no_reply")
    ready.get_by_text("Suggest even where a short reply is unlikely").click()
    write(ready, text)
    expect(ready.locator("#reason")).to_have_text(f"No suggestion: {wanted.reason}")
    expect(ready.locator("#chips .chip").first).to_be_hidden()


def test_keys_alone_write_choose_and_send(ready: Page, smart: SmartReply) -> None:
    ready.get_by_label("Message", exact=True).focus()
    ready.keyboard.type("Shall we meet at noon?")
    wanted = [one.text for one in smart.suggest([*OPENING, Message("Shall we meet at noon?")])]
    expect(ready.locator("#chips .words")).to_have_text(wanted)
    ready.keyboard.press("Enter")
    expect(ready.locator(".theirs").last).to_contain_text("Shall we meet at noon?")
    expect(ready.locator("#chips .words")).to_have_text(wanted)
    for _ in range(4):  # back over who writes to the last chip, then to the first
        ready.keyboard.press("Shift+Tab")
    assert ready.evaluate("document.activeElement.innerText") == wanted[0]
    ready.keyboard.press("Enter")
    expect(ready.locator(".turn").last).to_have_text(f"Me: {wanted[0]}")
    expect(ready.locator("#reason")).to_contain_text("the last message is from me")
    assert ready.evaluate("document.activeElement.id") == "draft"


def test_scores_come_on_demand(ready: Page, smart: SmartReply) -> None:
    assert ready.locator(".score").count() == 0
    expect(ready.get_by_role("heading", name="What the model says")).to_be_hidden()
    ready.get_by_role("button", name="Scores").click()
    wanted = smart.suggest(OPENING)
    figures = [float(one.split("\u202f")[0]) for one in ready.locator(".score").all_inner_texts()]
    assert figures == pytest.approx([100 * one.score for one in wanted.replies], abs=0.16)
    expect(ready.locator("#reason")).to_have_text(f"Why: {wanted.reason}")
    expect(ready.get_by_role("heading", name="What the model says")).to_be_visible()


def test_own_replies_are_pasted_and_taken_back(ready: Page, tmp_path: Path) -> None:
    before = chips(ready)
    (tmp_path / "own.txt").write_text(OWN, encoding="utf-8")
    build_model(tmp_path / "own.txt", tmp_path / "own.tflite")
    use_own(ready, OWN)
    expect(ready.locator("#state")).to_have_text("3 own replies", timeout=PATIENT)
    wanted = SmartReply.load(tmp_path / "own.tflite").suggest(OPENING)
    expect(ready.locator("#chips .words")).to_have_text([one.text for one in wanted])
    ready.get_by_role("button", name="My replies").click()
    ready.get_by_role("button", name="Back to the model’s").click()
    expect(ready.locator("#chips .words")).to_have_text(before)


def test_lines_that_are_no_replies_are_named(ready: Page, tmp_path: Path) -> None:
    use_own(ready, "Yes\nyes\n" + "x" * 81)
    alert = ready.get_by_role("alert")
    expect(alert).to_contain_text("line 2: the reply “yes” stands in line 1 already.")
    expect(alert).to_contain_text("line 3: a reply may have at most 80 bytes. Got 81")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    ready.locator("#own-file").set_input_files(tmp_path / "latin.txt")
    expect(alert).to_have_text("latin.txt is not a text file in UTF-8.")
    ready.keyboard.press("Escape")
    expect(ready.locator("#state")).to_contain_text("replies ready")


def test_markup_in_a_message_stays_text(ready: Page) -> None:
    text = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    write(ready, text)
    ready.get_by_role("button", name="Send").click()
    expect(ready.locator(".turn").last).to_contain_text(text)
    assert ready.locator(".thread img, .thread script").count() == 0


def test_it_works_with_the_network_off(open_page: OpenPage, dist: Path, smart: SmartReply) -> None:
    with serve(dist) as address:
        page = wait_ready(open_page(address))
        expect(page.locator("#offline")).to_contain_text("Kept on this device", timeout=PATIENT)
    page.context.set_offline(True)
    page.reload()  # the server is gone, too
    wait_ready(page)
    write(page, "Can you bring the tent?")
    wanted = smart.suggest([*OPENING, Message("Can you bring the tent?")])
    expect(page.locator("#chips .words")).to_have_text([one.text for one in wanted])
    page.context.set_offline(False)


def test_the_browsers_network_log_names_nobody_else(browser: Browser, address: str, tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    quiet = "--disable-features=AutofillServerCommunication"  # Chromium asks Google about any page with a text field
    own = browser.browser_type.launch(executable_path=find_chromium(), args=[*FLAGS, quiet, f"--log-net-log={log}"])
    page = own.new_page()
    page.goto(address)
    wait_ready(page)
    write(page, "my secret plan for tonight?")
    use_own(page, OWN)
    expect(page.locator("#state")).to_have_text("3 own replies", timeout=PATIENT)
    page.locator("#chips .chip").first.click()
    expect(page.locator("#offline")).to_contain_text("Kept on this device", timeout=PATIENT)
    own.close()  # only now is the log whole
    told = json.loads(log.read_text(encoding="utf-8"))
    start = told["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    started = [one for event in told["events"] if event["type"] == start and "url" in (one := event.get("params", {}))]
    # The key names the page that a request is for, whoever starts it; the browser's own errands have another or none.
    site = f"http://{urlsplit(address).hostname}"
    mine = [one for one in started if site in one["network_isolation_key"] or one["initiator"].startswith(site)]
    assert {(one["method"], urlsplit(one["url"]).netloc) for one in mine} == {("GET", urlsplit(address).netloc)}
    paths = {urlsplit(one["url"]).path for one in mine}
    assert {"/", "/smartreply.tflite", "/worker.js", "/assets/engine.js"} <= paths
    assert not any("secret" in one["url"] for one in started)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page: OpenPage, address: str, axe: str, scheme: str) -> None:
    page = wait_ready(open_page(address, color_scheme=scheme, reduced_motion="reduce"))
    page.get_by_role("button", name="Scores").click()
    write(page, "lunch?")
    assert serious(page, axe) == []
    use_own(page, "only one")
    expect(page.get_by_role("alert")).to_contain_text("at least 3 intents", timeout=PATIENT)
    assert serious(page, axe) == []


def test_a_phone_has_room_for_all_of_it(open_page: OpenPage, address: str) -> None:
    page = wait_ready(open_page(address, viewport={"width": 320, "height": 640}, has_touch=True))
    page.get_by_role("button", name="Scores").tap()
    page.get_by_label("Message", exact=True).fill("word " * 60 + "x" * 200)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)


def test_the_policy_allows_its_own_files_alone(dist: Path) -> None:
    page = (dist / "index.html").read_text(encoding="utf-8")
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert found is not None
    policy = found[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';")
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
    assert not re.search(r"https?://", policy)


def test_a_missing_model_is_told(open_page: OpenPage, dist: Path, tmp_path: Path) -> None:
    shutil.copytree(dist, tmp_path / "site", ignore=shutil.ignore_patterns("*.tflite"))
    with serve(tmp_path / "site") as address:
        page = open_page(address)
        wanted = "Smart reply could not start: the model smartreply.tflite is not beside the page (HTTP 404)"
        expect(page.locator("#state")).to_have_text(wanted, timeout=PATIENT)
        watch(page).errors.clear()


def test_the_page_serves_what_export_writes(dist: Path) -> None:
    assert (dist / "smartreply.tflite").read_bytes() == SHIPPED.read_bytes()
