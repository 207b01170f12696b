"""The terminal view: what it shows, how it fits, and that a transcript cannot write anything but text."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from earmark.cli.view import render_outline
from recorder.outline import Keyword, Mention, Outline, Section
from recorder.transcript import Segment, Transcript
from tests.recorder.strategies import recordings

pytestmark = pytest.mark.runtime

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Output(io.StringIO):
    """A file of a terminal with another encoding; what the encoding lacks is an error, as on a real one."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def write(self, text: str) -> int:
        text.encode(self._encoding)
        return super().write(text)


def show(
    outline: Outline,
    transcript: Transcript | None = None,
    *,
    width: int = 80,
    encoding: str = "utf-8",
    colour: bool = False,
    environment: dict[str, str] | None = None,
) -> str:
    file = Output(encoding)
    console = Console(
        file=file,
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        _environ=environment or {},
    )
    render_outline(outline, transcript=transcript, console=console)
    return file.getvalue()


def ride() -> tuple[Transcript, Outline]:
    """Two sections: a highlighted one of a minute, and one of four minutes."""
    segments = (
        Segment(4.0, 30.0, "Okay.", "Priya"),
        Segment(30.0, 64.0, "So the noise finder heard the chain again.", "Tom"),
        Segment(65.0, 305.0, "Right, then the [red]brake pads[/red] came off \x1b[2J in the rain.", "Priya"),
    )
    first = Section(
        "s1",
        4.0,
        64.0,
        0,
        1,
        "Noise finder",
        (
            Keyword("noise finder", 0.9, (Mention(1, 30.0),)),
            Keyword("chain", 0.5, (Mention(1, 30.0), Mention(1, 31.0))),
            Keyword("old thing", 0.1, (Mention(1, 30.0),)),
        ),
        1.0,
        True,
    )
    second = Section("s2", 65.0, 305.0, 2, 2, "Brake [bold]pads", (Keyword("brake", 0.7, ()),), 0.2, False)
    outline = Outline("ride.vtt", 305.0, (first, second), ("Night ride", "Rain", "Chain"))
    return Transcript(segments, "ride.vtt"), outline


def test_what_it_shows() -> None:
    transcript, outline = ride()
    assert show(outline, transcript, width=70).split("\n") == [
        "",
        "  Night ride",
        "  or: Rain · Chain",
        "  ride.vtt · 5:05 · 20 words · 2 speakers · 2 sections",
        "  ★ 1 highlighted",
        "",
        "        ★",
        "  ██████████████ ▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂",
        "",
        "  0:04 █  ★ Noise finder                                          1:00",
        "       █  noise finder   chain ×2   old thing",
        "       █  Tom: “So the noise finder heard the chain again.”",
        "",
        "  1:05 ▌  Brake [bold]pads                                        4:00",
        "       ▌  brake",
        "       ▌  Priya: “Right, then the [red]brake pads[/red] came off [2J…”",
        "       ▌",
        "       ▌",
        "",
        "",
    ]


def test_ascii() -> None:
    transcript, outline = ride()
    shown = show(replace(outline, titles=("Nächte", "日本")), transcript, encoding="ascii")
    assert shown.isascii()
    assert "\n  N?chte\n  or: ??\n" in shown
    assert "  0:04 #  * Noise finder" in shown
    assert "       |  brake\n" in shown
    assert "chain x2" in shown
    assert 'Tom: "So the noise finder' in shown


def test_without_times_or_transcript() -> None:
    transcript, outline = ride()
    sections = tuple(replace(section, start=None, end=None) for section in outline.sections)
    bare = replace(outline, duration=None, sections=sections, titles=(), source=None)
    shown = show(bare)
    assert "  #0 █  ★ Noise finder\n" in shown
    assert "  #2 ▌  Brake [bold]pads\n" in shown
    assert "  2 sections · ★ 1 highlighted\n" in shown
    assert "Tom" not in shown
    assert "20 words" in show(bare, transcript)


def test_the_rail_follows_the_words_where_there_are_no_times() -> None:
    segments = tuple(Segment(None, None, "so " * words) for words in (10, 300))
    outline = ride()[1]
    sections = tuple(
        replace(part, start=None, end=None, first_segment=place, last_segment=place, keywords=())
        for place, part in enumerate(outline.sections)
    )
    shown = show(replace(outline, sections=sections), Transcript(segments))
    assert shown.count("▌") > shown.count("\n  #0 █") + 2


def test_no_sections() -> None:
    assert show(Outline(None, None, (), ())) == "\n  0 sections\n\n  no sections\n"


def test_weights_show_in_style() -> None:
    transcript, outline = ride()
    shown = show(outline, transcript, colour=True)
    assert "\x1b[1;38;2;58;134;255mnoise finder" in shown  # strong: bold, the section's colour
    assert "\x1b[38;2;58;134;255mchain" in shown
    assert "\x1b[2mold thing" in shown  # weak: dim
    assert ANSI.sub("", shown) == show(outline, transcript)


def test_no_color_leaves_weight_but_no_colour() -> None:
    transcript, outline = ride()
    shown = show(outline, transcript, colour=True, environment={"NO_COLOR": "1"})
    assert "38;2" not in shown
    assert "\x1b[1mnoise finder" in shown
    assert "\x1b[2mold thing" in shown


def test_long_sections_have_longer_rails_but_not_much() -> None:
    _, outline = ride()
    first, second = outline.sections
    shown = show(replace(outline, sections=(first, replace(second, end=36_000.0))))
    assert shown.count("▌") == 4  # no more rows than all the text has
    many = [replace(first, start=float(place), end=place + 1.0) for place in range(40)]
    shown = show(replace(outline, sections=(*many, replace(second, start=40.0, end=4_000.0))))
    assert shown.count("▌") == 2 + 4


def test_many_sections_do_without_the_bar() -> None:
    _, outline = ride()
    many = tuple(replace(outline.sections[1], start=60.0 * place, end=60.0 * place + 59) for place in range(300))
    shown = show(replace(outline, sections=many))
    assert "▂" not in shown
    assert shown.count("Brake [bold]pads") == 300
    assert "4:59:00" in shown


@settings(max_examples=60)
@given(
    recording=recordings(),
    width=st.integers(60, 160),
    encoding=st.sampled_from(("utf-8", "ascii", "cp1252")),
    with_transcript=st.booleans(),
)
def test_anything_fits_and_stays_text(
    recording: tuple[Transcript, Outline, list[int]], width: int, encoding: str, with_transcript: bool
) -> None:
    transcript, outline, _ = recording
    shown = show(outline, transcript if with_transcript else None, width=width, encoding=encoding)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert all(cell_len(line) <= width for line in shown.split("\n"))


def test_a_narrow_terminal_is_cropped_not_wrapped() -> None:
    transcript, outline = ride()
    shown = show(outline, transcript, width=24)
    assert all(cell_len(line) <= 24 for line in shown.split("\n"))
    assert "  0:04 █  ★ Noise finder" in shown
