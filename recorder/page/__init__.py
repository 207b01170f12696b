"""A recording as one web page that needs nothing else: transcript, chapters, and keywords along the scrollbar.

Reading order: `paragraphs` (segments to paragraphs), `rail` (which keywords have room along the scrollbar), `view`
(what the templates are given), `assets` (style, script, security policy), `render` (the templates filled in). The
look is in page.css, the behaviour in core.js, rail.js, search.js, copy.js and audio.js. See docs/page.md.
"""

from __future__ import annotations

from recorder.page.render import (
    Page,
    render,
    render_chapters,
    render_page,
    render_part,
    render_rail,
    render_section,
)
from recorder.page.view import View, view_of

__all__ = [
    "Page",
    "View",
    "render",
    "render_chapters",
    "render_page",
    "render_part",
    "render_rail",
    "render_section",
    "view_of",
]
