"""The page as text: one file that names nothing outside itself, everything escaped, the policy fits the scripts."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings

from recorder.errors import WriteError
from recorder.outline import Keyword, Mention, Outline, Section
from recorder.page import render, render_chapters, render_page, render_rail, render_section, view_of
from recorder.page.assets import script, source
from recorder.transcript import Segment, Transcript
from tests.recorder.strategies import NASTY, make_outline, recordings

SCRIPTS = ("core.js", "rail.js", "search.js", "copy.js", "audio.js")


class Elements(HTMLParser):
    """Every element with its attributes, and the text outside of style and script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data: str) -> None:
        if self.inside not in ("style", "script"):
            self.text += data

    def values(self, attribute: str) -> list[str]:
        return [value for _, attrs in self.found if (value := attrs.get(attribute)) is not None]


def talk() -> tuple[Transcript, Outline]:
    transcript = Transcript(
        (
            Segment(0.0, 4.0, "The budget comes first.", "Anna"),
            Segment(4.0, 9.5, "Rent went up again.", "Bo"),
            Segment(65.25, 70.0, "Now the harvest.", "Anna"),
        ),
        source="talk.vtt",
    )
    sections = (
        Section("s1", 0.0, 9.5, 0, 1, "Budget", (Keyword("budget", 0.9, (Mention(0, 0.5),)),), 0.2, False),
        Section("s2", 65.25, 70.0, 2, 2, "", (Keyword("harvest", 0.8, (Mention(2, 66.0),)),), 1.0, True),
    )
    return transcript, Outline("talk.vtt", 70.0, sections, ("Rent and harvest",))


def test_it_names_nothing_outside_itself() -> None:
    transcript, outline = talk()
    html = render_page(outline, transcript)
    page = Elements(html)
    assert not re.findall(r"https?://|@import|url\(", html)
    assert page.values("src") == []
    assert all(value.startswith("#") for value in page.values("href"))
    assert not page.values("style"), "the policy allows no style attribute"
    assert not [name for _, attrs in page.found for name in attrs if name.startswith("on")]


def test_sections_chapters_and_rail_link_to_each_other() -> None:
    transcript, outline = talk()
    page = Elements(render_page(outline, transcript))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in page.values("href")} <= set(ids)
    assert [tag for tag, _ in page.found].count("nav") == 2
    assert "Section 2" in page.text, "a section without a title still has a heading"
    assert "1:10 11 words 2 speakers 2 sections 1 highlight" in page.text
    assert ids.count("t=65") == 1


def test_the_policy_is_that_of_style_and_script() -> None:
    transcript, outline = talk()
    page = render(outline, transcript, scripts=("console.log(1);",))
    for tag in ("style", "script"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page.html, re.DOTALL)
        assert body is not None
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page.policy
    assert "console.log(1);" in page.html
    assert "default-src 'none'" in page.policy
    assert "unsafe" not in page.policy
    assert "connect-src" not in page.policy
    assert "connect-src 'self'" in render(outline, transcript, live=True).policy
    assert Elements(page.html).values("content").count(page.policy) == 1


def test_scripts_cannot_end_their_element() -> None:
    assert not re.search(r"</script|<!--", script(), re.IGNORECASE)
    assert not re.search(r"</style|<!--", source("page.css"), re.IGNORECASE)
    for name in (*SCRIPTS, "page.css"):
        assert source(name).count("\n") < 400, f"{name} is too long to be read"


@pytest.mark.parametrize("lang", ["", "english language", 'en" onload="x', "e"])
def test_the_language_must_be_a_tag(lang: str) -> None:
    transcript, outline = talk()
    with pytest.raises(WriteError, match="the language must be a tag such as 'en' or 'pt-BR'; got "):
        render_page(outline, transcript, lang=lang)
    assert '<html lang="pt-BR">' in render_page(outline, transcript, lang="pt-BR")


def test_another_transcript_is_refused() -> None:
    transcript, outline = talk()
    with pytest.raises(WriteError, match=r"names segment 2, but the transcript has 1 segments.*was made of"):
        render_page(outline, Transcript(transcript.segments[:1]))


def test_the_parts_are_those_of_the_page() -> None:
    transcript, outline = talk()
    html = render_page(outline, transcript)
    view = view_of(outline, transcript)
    for part in (render_chapters(view), render_rail(view), *map(render_section, view.sections)):
        assert part.strip() in html


def test_sound_and_title_and_way_home() -> None:
    transcript, outline = talk()
    page = Elements(render_page(outline, transcript, audio="./a%20b.mp3", title="My <talk>", home="/"))
    assert page.values("src") == ["./a%20b.mp3"]
    assert page.text.count("My <talk>") == 2
    assert "/" in page.values("href")
    assert "Rent and harvest" not in page.text


def test_no_section_at_all() -> None:
    html = render_page(Outline(None, None, (), ()), Transcript(()))
    assert '<h1 dir="auto">Recording</h1>' in html


@settings(max_examples=40)
@given(recordings())
def test_nothing_of_a_transcript_becomes_markup(recording: tuple[Transcript, Outline, list[int]]) -> None:
    transcript, outline, _ = recording
    html = render_page(outline, transcript)
    html.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", html)
    plain = Transcript(tuple(Segment(s.start, s.end, "x", "Anna" if s.speaker else None) for s in transcript.segments))
    tags = {tag for tag, _ in Elements(html).found}
    assert tags <= {tag for tag, _ in Elements(render_page(outline, plain)).found} | {"p", "span", "ul", "a", "li"}


def test_the_worst_texts_show_themselves() -> None:
    transcript = Transcript(tuple(Segment(None, None, text, text) for text in NASTY))
    outline = make_outline(transcript, [0], ["</title><script>boom()</script>"])
    page = Elements(render_page(outline, transcript))
    assert [tag for tag, _ in page.found].count("script") == 1
    assert "<v Tom>hi</v> & <b>bold</b> &amp;" in page.text
    assert "␛[31mred␛[0m ␀ ␇ \ufffd" in page.text
    assert page.text.count("</title><script>boom()</script>") >= 3


def test_the_templates_escape_by_themselves() -> None:
    folder = Path(__file__).parents[3] / "recorder" / "page"
    for template in folder.glob("*.j2"):
        assert not re.search(r"\|\s*safe|autoescape", template.read_text(encoding="utf-8")), template
