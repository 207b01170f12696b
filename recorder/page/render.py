"""The templates filled in: a whole page, or its parts one by one for a page that grows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from earmark.errors import require_extra
from recorder.errors import WriteError
from recorder.outline import Outline
from recorder.page.assets import policy, script, source, style
from recorder.page.view import PartView, SectionView, View, view_of
from recorder.transcript import Transcript

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from markupsafe import Markup

__all__ = ["Page", "render", "render_chapters", "render_page", "render_part", "render_rail", "render_section"]

_FEATURE = "a web page of a recording"
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Page:
    """A page and its Content-Security-Policy (also in the page itself, in a meta element)."""

    html: str
    policy: str


def render(
    outline: Outline,
    transcript: Transcript,
    *,
    audio: str | None = None,
    live: bool = False,
    title: str | None = None,
    lang: str = "en",
    home: str | None = None,
    scripts: Sequence[str] = (),
    styles: Sequence[str] = (),
) -> Page:
    """A recording as one HTML page that loads nothing but, if asked, its sound.

    Args:
        outline: its sections, keywords and highlights.
        transcript: what the outline was made of.
        audio: the sound's address, as it is to stand in the page; a relative one, already percent-encoded.
        live: the page of a session that is still running: it may connect to its own server, and says that it runs.
        title: instead of the outline's first title.
        lang: the language of the transcript, for the `lang` attribute (BCP 47).
        home: address of a page to go back to, or None.
        scripts: further scripts; they run in the scope of the page's own, after them.
        styles: further style sheets, after the page's own.

    Raises:
        MissingExtraError: jinja2 is not installed.
        WriteError: `lang` is not a language tag, or the outline names segments that the transcript does not have.
    """
    if _LANGUAGE.fullmatch(lang) is None:
        raise WriteError(f"the language must be a tag such as 'en' or 'pt-BR'; got {lang!r}.")
    last = max((section.last_segment for section in outline.sections), default=-1)
    if last >= len(transcript.segments):
        raise WriteError(
            f"the outline names segment {last}, but the transcript has {len(transcript.segments)} segments. "
            "Give the transcript that the outline was made of."
        )
    view = view_of(outline, transcript, title=title)
    sheet, code = "\n".join([style(view), *styles]), script(scripts)
    rules = policy(sheet, code, connect=live)
    html = _template("page.html.j2").render(
        view=view,
        policy=rules,
        style=_inline(sheet),
        script=_inline(code),
        audio=audio,
        live=live,
        lang=lang,
        home=home,
    )
    return Page(html, rules)


def render_page(outline: Outline, transcript: Transcript, **options: Any) -> str:
    """The HTML of `render`, which has the options."""
    return render(outline, transcript, **options).html


def render_section(section: SectionView) -> str:
    """One `<section>` of `<main>`."""
    return _template("section.html.j2").render(section=section)


def render_part(part: PartView) -> str:
    """Some paragraphs of a section."""
    return _template("part.html.j2").render(part=part)


def render_chapters(view: View) -> str:
    """The `<li>` elements of the chapter list."""
    return _template("chapters.html.j2").render(view=view)


def render_rail(view: View) -> str:
    """The `<li>` elements of the rail."""
    return _template("rail.html.j2").render(view=view)


@cache
def _environment() -> Environment:
    jinja2 = require_extra("jinja2", extra="page", feature=_FEATURE)
    made: Environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return made


def _template(name: str) -> Template:
    return _environment().get_template(name)


def _inline(text: str) -> Markup:
    """Our own style or script, to stand in the page as it is."""
    trusted: Markup = require_extra("markupsafe", extra="page", feature=_FEATURE).Markup(text)
    return trusted
