"""The journal: nothing that was fed is lost, whatever happens to the process."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recorder import Options, ReadWarning, Segment, SmartScroll
from recorder.errors import BoundaryError, JournalError, SessionError, TranscriptError
from tests.laws.material import transcript

pytestmark = pytest.mark.runtime

SCROLL = SmartScroll()


def batch(segments: list[Segment], scroll: SmartScroll = SCROLL, **choices: list[int]) -> str:
    session = scroll.session(source="live", **choices)  # type: ignore[arg-type]
    session.feed(segments)
    return session.finish().to_json()


@pytest.mark.parametrize("seed", range(6))
def test_stopping_and_resuming_anywhere_changes_nothing(tmp_path: Path, seed: int) -> None:
    segments, rng = transcript(seed, n_pieces=15), random.Random(seed)
    path = tmp_path / "j.sqlite"
    session = SCROLL.session(path, source="live")
    for segment in segments:
        session.feed(segment)
        if rng.random() < 0.02:
            session.close()
            session = SCROLL.resume(path)
    assert session.finish().to_json() == batch(segments)
    session.close()
    again = SCROLL.resume(path)
    assert again.finished
    assert again.finish().to_json() == batch(segments)


def test_options_and_boundaries_are_kept(tmp_path: Path) -> None:
    segments = transcript(3, n_pieces=10)
    path = tmp_path / "j.sqlite"
    scroll = SmartScroll(Options(keywords=2))
    session = scroll.session(path, boundaries=[10, 30])
    session.feed(segments[:20])
    session.close()
    session = SCROLL.resume(path)
    session.feed(segments[20:])
    outline = session.finish()
    assert [section.first_segment for section in outline.sections] == [0, 10, 30]
    assert outline == scroll.outline(segments, boundaries=[10, 30])


CHILD = """
import sys, time
from recorder import Options, SmartScroll
from tests.laws.material import transcript
session = SmartScroll(Options(models=sys.argv[3])).session(sys.argv[1], source="live")
print("ready", flush=True)
for segment in transcript(int(sys.argv[2]), n_pieces=60):
    session.feed(segment)
    time.sleep(0.0005)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize(("seed", "models"), [(0, "tfidf"), (1, "both"), (2, "tfidf"), (3, "transformer")])
def test_kill_9_at_a_random_moment_loses_nothing(tmp_path: Path, seed: int, models: str) -> None:
    path = tmp_path / "j.sqlite"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), str(seed), models],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    time.sleep(random.Random(seed).uniform(0.02, 0.8))
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() in (-signal.SIGKILL, 0)
    child.stdout.close()

    segments = transcript(seed, n_pieces=60)
    session = SCROLL.resume(path)
    session.feed(segments[session.n_segments :])
    assert session.finish().to_json() == batch(segments, SmartScroll(Options(models=models)))


def test_a_journal_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    SCROLL.session(path).close()
    with pytest.raises(JournalError, match=r"exists already. Continue it with resume\(\)"):
        SCROLL.session(path)


def test_there_is_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal at"):
        SCROLL.resume(tmp_path / "none.sqlite")


@pytest.mark.parametrize("content", [b"", b"hello\n" * 400, b"SQLite format 3\x00" + b"x" * 200])
def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"is not an Earmark journal|cannot open the journal"):
        SCROLL.resume(path)
    assert path.read_bytes() == content


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    SCROLL.session(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'version'")
    connection.close()
    with pytest.raises(JournalError, match="has version 99; this release reads version 1"):
        SCROLL.resume(path)


def test_a_damaged_record_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    session = SCROLL.session(path, boundaries=[5])
    session.feed(transcript(1)[:8])
    session.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("UPDATE blocks SET record = '{}'").rowcount == 1
    connection.close()
    with pytest.raises(JournalError, match="is damaged"):
        SCROLL.resume(path)


def test_warnings_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    early, late = ReadWarning("a.vtt", 3, "no arrow"), ReadWarning("a.vtt", None, "cut off")
    session = SCROLL.session(path, warnings=[early])
    session.feed(Segment(0.0, 1.0, "the pump needs oil"))
    session.warn(late)
    session.close()
    assert SCROLL.resume(path).finish().warnings == (early, late)


def test_a_second_writer_takes_over_and_the_first_is_told(tmp_path: Path) -> None:
    segments = transcript(2)
    path = tmp_path / "j.sqlite"
    first = SCROLL.session(path, source="live")
    first.feed(segments[:10])
    second = SCROLL.resume(path)
    with pytest.raises(JournalError, match="another session has taken over"):
        first.feed(segments[10])
    with pytest.raises(SessionError, match="resume it from its journal"):
        first.feed(segments[10])
    second.feed(segments[10:])
    assert second.finish().to_json() == batch(segments)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"cannot create the journal .*No such file or directory"):
        SCROLL.session(tmp_path / "no" / "j.sqlite")


def test_a_finished_session_takes_no_more() -> None:
    session = SCROLL.session()
    session.feed(Segment(0.0, 1.0, "we plant the trees in spring"))
    session.finish()
    with pytest.raises(SessionError, match="is finished"):
        session.feed(Segment(1.0, 2.0, "and again"))


def test_feed_takes_segments_only() -> None:
    with pytest.raises(SessionError, match="takes Segment objects, got str"):
        SCROLL.session().feed(["hello"])  # type: ignore[list-item]


@pytest.mark.parametrize("segments", [[], [Segment(None, None, "")], [Segment(0.0, 1.0, "... --")] * 3])
def test_nothing_said_is_a_clear_error(segments: list[Segment]) -> None:
    with pytest.raises(TranscriptError, match=r"has no words \(\d segments were read\)"):
        SCROLL.outline(segments)


def test_a_boundary_beyond_the_end_is_told() -> None:
    segments = [Segment(None, None, "the garden needs water")] * 3
    with pytest.raises(BoundaryError, match="3"):
        SCROLL.outline(segments, boundaries=[2, 3])


@pytest.mark.parametrize("state", [{}, {"version": 99}, []])
def test_a_foreign_state_is_refused(state: object) -> None:
    with pytest.raises(SessionError, match="a saved session must have version 1"):
        SCROLL.restore(state)  # type: ignore[arg-type]
