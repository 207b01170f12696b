"""The library: what goes in comes out, what is typed finds it, several processes share it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import Segment, SmartScroll, Transcript
from recorder.errors import LibraryError, TranscriptError
from recorder.library import Folder, Library
from recorder.library.entries import slug_of
from recorder.library.query import match_expression
from recorder.library.sources import Source, read_bytes, read_file

pytestmark = pytest.mark.runtime

SCROLL = SmartScroll()
VTT = """WEBVTT

00:00:01.000 --> 00:00:05.000
<v Anna>The supplier has sent the invoice for the greenhouse twice.

00:00:06.000 --> 00:00:09.000
<v Ben>Then the budget of the greenhouse is gone before Márta's next year begins.

00:01:06.250 --> 00:01:09.000
<v Anna>Let us talk about the violin and the orchestra rehearsal instead.
"""
OTHER = "Clara: The orchestra has a new conductor.\n\nDan: The conductor wants a budget for violins.\n"


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    return {
        "greenhouse.vtt": read_bytes(VTT.encode(), SCROLL, name="greenhouse.vtt"),
        "Orchestra notes.txt": read_bytes(OTHER.encode(), SCROLL, name="Orchestra notes.txt"),
    }


@pytest.fixture
def library(tmp_path: Path, sources: dict[str, Source]) -> Library:
    shelf = Library(tmp_path / "deep" / "library.db")
    for name, source in sources.items():
        shelf.add(source, name)
    return shelf


def found(library: Library, query: str) -> set[str]:
    return {hit.slug for hit in library.search(query).hits}


def test_what_goes_in_comes_out(library: Library, sources: dict[str, Source]) -> None:
    transcript, outline = library.load("greenhouse")
    assert transcript.segments == sources["greenhouse.vtt"].transcript.segments
    assert outline == sources["greenhouse.vtt"].outline
    assert library.outline_json("greenhouse") == outline.to_json()
    notes, vtt = library.entries()
    assert (notes.slug, vtt.slug) == ("orchestra-notes", "greenhouse")
    assert vtt.speakers == ("Ben", "Anna") or vtt.speakers == ("Anna", "Ben")
    assert (vtt.n_segments, vtt.n_sections, vtt.finished) == (3, len(outline.sections), True)
    assert sum(size for size, _, _ in vtt.strip) == pytest.approx(1, abs=0.01)
    assert json.loads(json.dumps(vtt.to_dict()))["slug"] == "greenhouse"


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("greenhouse", {"greenhouse"}),
        ("budget", {"greenhouse", "orchestra-notes"}),
        ("BUDGETS", {"greenhouse", "orchestra-notes"}),  # stems, no case
        ("marta", {"greenhouse"}),  # no accents
        ("orchestra conductor", {"orchestra-notes"}),  # all words
        ("invoice rehearsal", {"greenhouse"}),  # anywhere in the section
        ('"new conductor"', {"orchestra-notes"}),
        ('"conductor new"', set()),
        ("rehears*", {"greenhouse"}),
        ("budget -violins", set()),
        ("orchestra -invoice", {"orchestra-notes"}),
        ("speaker:clara", {"orchestra-notes"}),
        ("speaker:greenhouse", set()),
        ('speaker:anna "the invoice"', {"greenhouse"}),
        ("budget AND", {"greenhouse"}),  # a word like any other
        ("(budget) NEAR* ^greenhouse", set()),
        ('"unclosed', set()),
    ],
)
def test_what_is_typed_finds_it(library: Library, query: str, slugs: set[str]) -> None:
    assert found(library, query) == slugs


def test_a_hit_says_where(library: Library) -> None:
    result = library.search("orchestra rehearsal")
    assert result.total == 1
    hit = result.hits[0]
    assert hit.section.id == "s1"
    assert {keyword.text for keyword in hit.section.keywords}
    line = next(line for line in hit.lines if line.segment == 2)
    assert (line.start, line.speaker) == (66.25, "Anna")
    assert [text for text, marked in line.parts if marked] == ["orchestra", "rehearsal"]
    assert "".join(text for text, _ in line.parts) == (
        "Let us talk about the violin and the orchestra rehearsal instead."
    )
    assert json.loads(json.dumps(hit.to_dict()))["lines"]


def test_titles_and_keywords_weigh_more(tmp_path: Path) -> None:
    library = Library(tmp_path / "l.db")
    filler = "We went on about other things for a while and nobody minded that at all. "
    about = "The harvest of apples. The harvest was late. Apples need the harvest. " + filler
    aside = filler + "Somebody said harvest. " + filler + "The parking garage, the parking fee, the parking ticket. "
    for name, text in (("aside", aside), ("about", about)):
        library.add(read_bytes(f"Ann: {text}".encode(), SCROLL, name=name), name)
    assert [hit.slug for hit in library.search("harvest").hits] == ["about", "aside"]


def test_words_in_a_title_or_speaker_alone_still_show_a_line(library: Library) -> None:
    hit = library.search("speaker:dan").hits[0]
    assert hit.lines
    assert not any(marked for _, marked in hit.lines[0].parts)


def test_a_long_line_is_cut_around_the_word(tmp_path: Path) -> None:
    library = Library(tmp_path / "l.db")
    text = "so then " * 300 + "the zeppelin landed " + "and and " * 300
    transcript = Transcript((Segment(0.0, 9.0, text),))
    library.add(Source(transcript, SCROLL.outline(transcript), "d"), "long")
    line = library.search("zeppelin").hits[0].lines[0]
    shown = "".join(text for text, _ in line.parts)
    assert "zeppelin" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 300


@pytest.mark.parametrize("query", ["", "   ", "-budget", "...", "-", '""', "speaker:"])
def test_nothing_to_search_for_is_a_message(library: Library, query: str) -> None:
    if query == "speaker:":  # a word like any other: the index knows "speaker"
        assert library.search(query).total == 0
        return
    with pytest.raises(LibraryError, match="there is no word to search for"):
        library.search(query)


def test_too_much_to_search_for_is_a_message(library: Library) -> None:
    with pytest.raises(LibraryError, match="may have 500 characters, this one has 600"):
        library.search("a" * 600)
    with pytest.raises(LibraryError, match="may have 32 words, this one has 40"):
        library.search("a " * 40)


@given(st.text(max_size=60) | st.text(alphabet='ab"*-:()^{}+ \x00', max_size=30), st.booleans())
@settings(max_examples=100, deadline=None)
def test_whatever_is_typed_is_a_valid_expression(query: str, prefix: bool) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE passages USING fts5 (title, keywords, speakers, text)")
    try:
        expression = match_expression(query.encode("utf-8", "replace").decode(), prefix=prefix)
    except LibraryError:
        return
    finally:
        connection.close()
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE passages USING fts5 (title, keywords, speakers, text)")
    connection.execute("SELECT * FROM passages WHERE passages MATCH ?", (expression,)).fetchall()
    connection.close()


def test_marks_of_the_index_in_a_transcript_do_no_harm(tmp_path: Path) -> None:
    library = Library(tmp_path / "l.db")
    segments = (Segment(0.0, 1.0, "a \x02harvest\x03 of <b>apples</b>\x02", "\x03Ann"), Segment(1.0, 2.0, "of pears\n"))
    outline = SCROLL.outline(Transcript(segments))
    library.add(Source(Transcript(segments), outline, "d"), "torture\n\x1b[31m")
    hit = library.search("harvest").hits[0]
    assert [text for text, marked in hit.lines[0].parts if marked] == ["harvest"]
    assert library.load("torture-31m")[0].segments == segments


def test_adding_again_replaces(library: Library, sources: dict[str, Source], tmp_path: Path) -> None:
    path = tmp_path / "greenhouse.vtt"
    path.write_text(VTT)
    first = library.add(read_file(path, SCROLL), "greenhouse.vtt", path=str(path))
    assert first.slug == "greenhouse-2"  # another recording of that name is there
    path.write_text(VTT.replace("violin", "trombone"))
    second = library.add(read_file(path, SCROLL), "greenhouse.vtt", path=str(path))
    assert second.slug == "greenhouse-2"
    assert found(library, "trombone") == {"greenhouse-2"}
    assert found(library, "violin rehearsal") == {"greenhouse"}
    library.add(sources["greenhouse.vtt"], "greenhouse.vtt")  # same name, same content
    assert len(library.entries()) == 3


def test_removing_takes_the_text_out(library: Library) -> None:
    library.remove("greenhouse")
    assert found(library, "greenhouse") == set()
    assert [entry.slug for entry in library.entries()] == ["orchestra-notes"]
    with pytest.raises(LibraryError, match="there is no recording 'greenhouse' in the library, which has 1"):
        library.load("greenhouse")
    with sqlite3.connect(library.path) as connection:
        connection.execute("INSERT INTO passages (passages) VALUES ('integrity-check')")
    connection.close()


def test_another_file_is_no_library(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    with pytest.raises(LibraryError, match=r"notes\.txt is not an Earmark library"):
        Library(text)
    assert text.read_text() == "hello"
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE mine (a)")
    connection.close()
    with pytest.raises(LibraryError, match=r"foreign\.db is not an Earmark library"):
        Library(foreign)
    Library(tmp_path / "old.db")
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LibraryError, match="has version 99; this release reads version 1"):
        Library(tmp_path / "old.db")


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Année/Café (2).vtt", "annee-cafe-2"), ("会議.srt", "recording"), ("../../x", "x"), ("a" * 99, "a" * 60)],
)
def test_short_names(name: str, slug: str) -> None:
    assert slug_of(name) == slug


WRITER = """
import sys
from recorder import SmartScroll
from recorder.library import Library
from recorder.library.sources import read_bytes
library, who = Library(sys.argv[1]), sys.argv[2]
scroll = SmartScroll()
print("ready", flush=True)
sys.stdin.readline()
for number in range(8):
    source = read_bytes(f"Ann: The harvest {who} {number} of apples.".encode(), scroll, name="same.txt")
    library.add(source, "same.txt")
    assert library.search("harvest").total >= 1
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), who], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for who in ("one", "two")
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("go\n", timeout=120)
        assert process.returncode == 0
    library = Library(path)
    assert library.search("harvest").total == 16
    assert len({entry.slug for entry in library.entries()}) == 16


# --- folders -------------------------------------------------------------------------------------------------------


def test_a_folder_is_followed(tmp_path: Path) -> None:
    root = tmp_path / "meetings"
    root.mkdir()
    (root / "a.vtt").write_text(VTT)
    (root / ".hidden.vtt").write_text(VTT)
    (root / "picture.png").write_bytes(b"\x89PNG")
    (root / "package.json").write_text('{"name": "x"}')
    with sqlite3.connect(root / "cookies.db") as connection:
        connection.execute("CREATE TABLE mine (a)")
    connection.close()
    folder = Folder(root, Library(root / ".earmark-library.db"), SCROLL)
    assert folder.sync() == 1
    assert [entry.name for entry in folder.library.entries()] == ["a.vtt"]
    assert [problem.name for problem in folder.problems] == ["package.json"]
    assert "looks like JSON but is no transcript" in folder.problems[0].reason
    assert folder.sync() == 0  # neither what is known nor what failed is read again
    (root / "a.vtt").write_text(VTT.replace("violin", "trombone"))
    (root / "package.json").unlink()
    assert folder.sync() == 1
    assert folder.problems == ()
    assert found(folder.library, "trombone") == {"a"}
    elsewhere = tmp_path / "b.txt"
    elsewhere.write_text(OTHER)
    folder.library.add(read_file(elsewhere, SCROLL), "b.txt", path=str(elsewhere))
    elsewhere.unlink()
    (root / "a.vtt").unlink()
    folder.sync()
    assert [entry.slug for entry in folder.library.entries()] == ["b"]  # added by hand: kept


def test_journals_are_read_without_disturbing_their_writer(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db")
    folder = Folder(tmp_path, library, SCROLL)
    segments = [Segment(float(n), n + 1.0, f"The harvest of apples number {n} is late.", "Ann") for n in range(40)]
    with SCROLL.session(tmp_path / "run.db", source="live") as session:
        session.feed(segments[:20])
        assert list(folder.journals()) == ["run"]
        assert folder.changed() == ()  # somebody has just written to it
        assert folder.read(tmp_path / "run.db")
        entry = library.get(str(tmp_path / "run.db"))
        assert (entry.n_segments, entry.finished) == (20, False)
        session.feed(segments[20:])  # it has not been taken over
        whole = session.finish()
    assert folder.journals() == {}
    folder.sync()
    entry = library.get("run")
    assert (entry.n_segments, entry.finished) == (40, True)
    assert library.load("run")[1].to_json() == whole.to_json()


def test_a_folder_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="none is not a folder"):
        Folder(tmp_path / "none", Library(tmp_path / "l.db"), SCROLL)
    with pytest.raises(TranscriptError, match="has nothing but white space"):
        read_bytes(b"  \n", SCROLL, name="blank.txt")
    with pytest.raises(LibraryError, match=r"cannot read .*none\.vtt: No such file"):
        read_file(tmp_path / "none.vtt", SCROLL)
