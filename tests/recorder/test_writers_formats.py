"""Each format on one small outline: exact text, derived times, escapes, and the messages of refusals."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from recorder.errors import WriteError
from recorder.outline import Keyword, Mention, Outline, Section
from recorder.transcript import Segment, Transcript
from recorder.writers import WRITERS, write_outline
from recorder.writers.timeline import chapters_of, one_line

pytestmark = pytest.mark.runtime


def section(number: int, start: float | None, end: float | None, title: str = "") -> Section:
    """Section `number` (from 0) with ten segments."""
    return Section(f"s{number + 1}", start, end, number * 10, number * 10 + 9, title, (), 0.5, False)


def outline(*sections: Section, duration: float | None = None, titles: tuple[str, ...] = ()) -> Outline:
    return Outline("ride.vtt", duration, sections, titles)


RIDE = outline(
    section(0, 4.2, 60.0, "Chain noise"),
    section(1, 65.9, 130.0, "Brakes"),
    section(2, 131.0, 200.0, "Lights"),
    duration=201.5,
    titles=("Night ride", "Chain noise"),
)


def test_names() -> None:
    assert WRITERS == ("json", "podcast", "webvtt", "youtube", "ffmetadata", "markdown")
    with pytest.raises(
        WriteError, match="must be one of json, podcast, webvtt, youtube, ffmetadata, markdown; got 'x'"
    ):
        write_outline(RIDE, "x")


def test_podcast() -> None:
    assert json.loads(write_outline(RIDE, "podcast")) == {
        "version": "1.2.0",
        "title": "Night ride",
        "chapters": [
            {"startTime": 4.2, "endTime": 65.9, "title": "Chain noise"},
            {"startTime": 65.9, "endTime": 131, "title": "Brakes"},
            {"startTime": 131, "endTime": 201.5, "title": "Lights"},
        ],
    }


def test_webvtt() -> None:
    assert write_outline(RIDE, "webvtt").split("\n\n") == [
        "WEBVTT",
        "1\n00:00:04.200 --> 00:01:05.900\nChain noise",
        "2\n00:01:05.900 --> 00:02:11.000\nBrakes",
        "3\n00:02:11.000 --> 00:03:21.500\nLights\n",
    ]


def test_youtube() -> None:
    assert write_outline(RIDE, "youtube") == "0:00 Chain noise\n1:05 Brakes\n2:11 Lights\n"


def test_ffmetadata() -> None:
    assert write_outline(RIDE, "ffmetadata").startswith(
        ";FFMETADATA1\ntitle=Night ride\n\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=4200\nEND=65900\ntitle=Chain noise\n\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=65900\n"
    )


def test_markdown() -> None:
    keywords = (
        Keyword("chain", 0.9, tuple(Mention(index, 10.0 * index) for index in range(1, 8))),
        Keyword("rear *hub*", 0.4, (Mention(3, None),)),
    )
    first = replace(RIDE.sections[0], keywords=keywords, highlighted=True, title="Chain_noise [loud]")
    segments = tuple(Segment(None, None, "- so <b>the chain</b> is really loud", "Tom #1") for _ in range(30))
    text = write_outline(
        replace(RIDE, sections=(first, *RIDE.sections[1:])), "markdown", transcript=Transcript(segments)
    )
    assert text.startswith(
        "# Night ride\n\nOther titles: Chain noise\n\n"
        "## ★ Chain\\_noise \\[loud\\]\n\n*0:04–1:00 · segments 0–9 · importance 0.50*\n\n"
        "- **chain** (0:10, 0:20, 0:30, 0:40, 0:50 and 2 more)\n- **rear \\*hub\\***\n\n"
        "> Tom \\#1: \\- so \\<b\\>the chain\\</b\\> is really loud\n\n## Brakes\n"
    )


def test_markdown_without_anything() -> None:
    assert write_outline(outline(), "markdown") == "# Outline\n"
    text = write_outline(outline(replace(section(0, None, None), last_segment=0)), "markdown")
    assert text == "# Outline\n\n## Section 1\n\n*segment 0 · importance 0.50*\n"


@pytest.mark.parametrize("form", ["podcast", "webvtt", "youtube", "ffmetadata"])
def test_no_sections(form: str) -> None:
    with pytest.raises(WriteError, match=f"'{form}' needs at least one section, and this outline has none"):
        write_outline(outline(), form)


@pytest.mark.parametrize("form", ["podcast", "webvtt", "youtube", "ffmetadata"])
def test_no_times(form: str) -> None:
    with pytest.raises(WriteError, match=re.escape(f"'{form}' needs times, and ride.vtt has none. Use 'json' or")):
        write_outline(outline(section(0, None, None), section(1, None, None)), form)


def test_json_refuses_what_json_cannot_say() -> None:
    with pytest.raises(WriteError, match="'json' needs finite numbers"):
        write_outline(outline(replace(section(0, 0.0, 1.0), importance=float("nan"))), "json")


def test_unknown_starts_lie_between_their_neighbours() -> None:
    made = outline(section(0, None, None), section(1, 20.0, 30.0), section(2, None, None), section(3, 60.0, 70.0))
    assert [(chapter.start, chapter.end) for chapter in chapters_of(made, "webvtt")] == [
        (0, 20_000),
        (20_000, 40_000),
        (40_000, 60_000),
        (60_000, 70_000),
    ]


def test_the_end_is_the_latest_known_time() -> None:
    made = outline(section(0, 0.0, None), section(1, 5.0, None))
    assert chapters_of(made, "webvtt")[-1].end == 15_000  # nobody knows: ten seconds
    assert chapters_of(replace(made, duration=8.0), "webvtt")[-1].end == 8_000
    transcript = Transcript((Segment(0.0, 9.5, "so"),))
    assert chapters_of(replace(made, duration=8.0), "webvtt", transcript)[-1].end == 9_500


def test_overlapping_speakers_do_not_make_overlapping_chapters() -> None:
    made = outline(section(0, 5.0, 9.0), section(1, 5.0, 8.0), section(2, 4.0, 7.0))
    assert [(chapter.start, chapter.end) for chapter in chapters_of(made, "webvtt")] == [
        (5_000, 5_001),
        (5_001, 5_002),
        (5_002, 9_000),
    ]


def test_beyond_99_hours() -> None:
    made = outline(*(section(number, 200_000.0 * number, None, "Part") for number in range(3)), duration=600_000.0)
    assert "00:00:00.000 --> 55:33:20.000" in write_outline(made, "webvtt")
    assert "111:06:40.000 --> 166:40:00.000" in write_outline(made, "webvtt")
    assert write_outline(made, "youtube").splitlines()[2] == "111:06:40 Part"
    assert "START=400000000\nEND=600000000" in write_outline(made, "ffmetadata")


def parts(*lengths: float) -> Outline:
    """An outline of sections A, B, C, ... with these lengths in seconds."""
    starts = [sum(lengths[:place]) for place in range(len(lengths))]
    made = [section(place, start, None, "ABCDEFGHIJ"[place]) for place, start in enumerate(starts)]
    return outline(*made, duration=sum(lengths))


@pytest.mark.parametrize(
    ("lengths", "lines"),
    [
        ((30, 30, 30), ["0:00 A", "0:30 B", "1:00 C"]),
        ((5, 30, 30, 30), ["0:00 B", "0:35 C", "1:05 D"]),  # a short first one gives way to the second
        ((30, 4, 30, 30), ["0:00 A", "0:34 C", "1:04 D"]),  # a short one joins the one before; C stays exact
        ((30, 30, 30, 4), ["0:00 A", "0:30 B", "1:00 C"]),
        ((6, 6, 6, 6, 6, 6), ["0:00 A", "0:12 C", "0:24 E"]),  # short ones together are long enough
        ((10, 10, 10), ["0:00 A", "0:10 B", "0:20 C"]),
    ],
)
def test_youtube_joins_short_chapters(lengths: tuple[float, ...], lines: list[str]) -> None:
    assert write_outline(parts(*lengths), "youtube").splitlines() == lines


def test_youtube_says_what_to_do_when_too_few_remain() -> None:
    with pytest.raises(
        WriteError, match=re.escape("gives 2 (from 4 sections). Ask for more sections (--sections 3 or")
    ):
        write_outline(parts(30, 3, 3, 30), "youtube")
    with pytest.raises(WriteError, match="needs at least 3 chapters of at least 10 seconds"):
        write_outline(parts(600, 600), "youtube")


NASTY_TITLE = "a --> b <i>&\n[CHAPTER] x=1;#\\ \x1b[31m\u202e"


def test_titles_are_escaped() -> None:
    made = replace(RIDE, sections=(replace(RIDE.sections[0], title=NASTY_TITLE), *RIDE.sections[1:]))
    assert "\na --&gt; b &lt;i&gt;&amp; [CHAPTER] x=1;#\\ [31m\n" in write_outline(made, "webvtt")
    assert write_outline(made, "youtube").startswith("0:00 a --› b ‹i›& [CHAPTER] x=1;#\\ [31m\n")
    assert "\ntitle=a --> b <i>&\\\n[CHAPTER] x\\=1\\;\\#\\\\ [31m\n\n" in write_outline(made, "ffmetadata")
    assert "## a --\\> b \\<i\\>\\& [CHAPTER" not in write_outline(made, "markdown")
    assert "## a --\\> b \\<i\\>\\& \\[CHAPTER\\] x=1;\\#\\\\ \\[31m\n" in write_outline(made, "markdown")
    assert json.loads(write_outline(made, "podcast"))["chapters"][0]["title"] == "a --> b <i>& [CHAPTER] x=1;#\\ [31m"


def test_one_line() -> None:
    assert one_line(" two\r\nlines\u2028and\ta\x00half \ud83d ") == "two lines and a half ?"
    assert one_line("👩‍🔧 stays") == "👩‍🔧 stays"
