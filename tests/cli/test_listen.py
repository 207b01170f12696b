"""`earmark listen` as a user runs it: real processes, real pipes, a real Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder import SmartScroll
from tests.cli.listening import EARMARK, FINE, WAIT, Running, as_lines, batch_json, listen, meeting


@pytest.fixture
def running() -> Iterator[list[Running]]:
    started: list[Running] = []
    yield started
    for process in started:
        process.close()


@pytest.mark.runtime
def test_the_outline_is_the_one_that_scroll_gives(tmp_path: Path) -> None:
    lines = as_lines(meeting())
    heard = listen("--json", given=lines)
    assert heard.returncode == 0
    scrolled = subprocess.run(
        [*EARMARK, "scroll", "-", "--json", *FINE],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
        timeout=WAIT,
    )
    assert heard.stdout == scrolled.stdout
    assert json.loads(heard.stdout) == batch_json(meeting())
    assert len(json.loads(heard.stdout)["sections"]) > 1


@pytest.mark.runtime
def test_a_closed_section_is_shown_while_the_input_goes_on(running: list[Running]) -> None:
    process = Running("--json")
    running.append(process)
    for segment in meeting():
        process.say(as_lines([segment]))
    first = process.next_line()  # the input is still open
    assert re.fullmatch(r"0:20-\d:\d\d  \S.*  \(\S.*\)\s*", first), first  # times, title, keywords
    assert process.process.poll() is None


@pytest.mark.runtime
def test_ctrl_c_gives_the_outline_of_all_that_was_said(running: list[Running]) -> None:
    process = Running("--json")
    running.append(process)
    process.say(as_lines(meeting()))
    process.next_line()  # it listens; what it has not taken yet is in the pipe
    assert json.loads(process.interrupt()) == batch_json(meeting())


@pytest.mark.runtime
@pytest.mark.skipif(sys.platform == "win32", reason="only where a pipe can be waited for")
def test_what_is_in_the_pipe_at_ctrl_c_is_taken_and_no_more_waited_for() -> None:
    code = """
import os, signal
from earmark.cli.stdin import LiveInput, Stop
with Stop() as stop:
    stdin = LiveInput(stop)
    os.kill(os.getpid(), signal.SIGINT)
    print(list(stdin.chunks()))
"""
    reading, writing = os.pipe()
    os.write(writing, b"last words")
    run = subprocess.run(
        [sys.executable, "-c", code], stdin=reading, capture_output=True, text=True, timeout=WAIT, check=True
    )
    os.close(reading)
    os.close(writing)  # open until now: the input has not ended
    assert run.stdout == "[b'last words']\n"


@pytest.mark.runtime
def test_a_journal_goes_on_after_ctrl_c(tmp_path: Path, running: list[Running]) -> None:
    journal = tmp_path / "meeting.db"
    segments = meeting()
    process = Running("--json", "--journal", journal)
    running.append(process)
    process.say(as_lines(segments[:100]))
    process.next_line()
    assert json.loads(process.interrupt()) == batch_json(segments[:100])
    refused = listen("--journal", journal, given=as_lines(segments[100:]))
    assert refused.returncode == 1
    assert f"the journal {journal} exists already. Add --resume to go on with its session" in refused.stderr
    resumed = listen("--json", "--journal", journal, "--resume", given=as_lines(segments[100:]))
    assert resumed.returncode == 0
    assert json.loads(resumed.stdout) == batch_json(segments)
    again = listen("--json", "--journal", journal, "--resume")
    assert again.stdout == resumed.stdout
    assert f"The session in {journal} is finished" in again.stderr
    other = listen("--journal", journal, "--resume", "other.wav", "--pcm", "16000")
    assert other.returncode == 1


@pytest.mark.runtime
def test_a_killed_session_resumes(tmp_path: Path, running: list[Running]) -> None:
    journal = tmp_path / "meeting.db"
    segments = meeting()
    process = Running("--json", "--journal", journal)
    running.append(process)
    process.say(as_lines(segments))
    process.next_line()
    process.process.kill()
    process.process.wait(WAIT)
    with SmartScroll().resume(journal) as session:
        taken = session.n_segments
    assert 0 < taken <= len(segments)
    resumed = listen("--json", "--journal", journal, "--resume", given=as_lines(segments[taken:]))
    assert json.loads(resumed.stdout) == batch_json(segments)


@pytest.mark.runtime
def test_damaged_lines_are_told_and_kept_with_the_outline() -> None:
    heard = listen("--json", given="garbage\n" + as_lines(meeting()))
    assert heard.returncode == 0
    assert "warning: <stdin>:1: " in heard.stderr
    outline = json.loads(heard.stdout)
    assert [(w["source"], w["line"]) for w in outline["warnings"]] == [("<stdin>", 1)]
    strict = listen("--json", "--strict", given="garbage\n" + as_lines(meeting()))
    assert strict.returncode == 1
    assert strict.stdout == ""
    assert "earmark: <stdin>:1: " in strict.stderr


@pytest.mark.runtime
def test_nothing_heard_is_a_message() -> None:
    heard = listen()
    assert heard.returncode == 1
    assert (
        heard.stderr
        == "earmark: the transcript <stdin> has no words (0 segments were read): there is nothing to outline.\n"
    )


@pytest.mark.runtime
def test_forms_files_and_chapters(tmp_path: Path) -> None:
    lines = as_lines(meeting())
    out = tmp_path / "out.md"
    heard = listen("--to", "markdown", "-o", out, given=lines)
    assert (heard.returncode, heard.stdout) == (0, "")
    assert out.read_text(encoding="utf-8").startswith("#")
    refused = listen("--json", "-o", out, given=lines)
    assert refused.returncode == 1
    assert f"{out} exists already" in refused.stderr
    chapters = tmp_path / "chapters.json"
    chapters.write_text("[0, 30, 100]")
    mine = listen("--json", "--chapters", chapters, given=lines)
    assert [section["first_segment"] for section in json.loads(mine.stdout)["sections"]] == [0, 30, 100]


@pytest.mark.runtime
def test_chapters_that_do_not_fit_do_not_cost_the_outline(tmp_path: Path) -> None:
    chapters = tmp_path / "chapters.json"
    chapters.write_text("[0, 5000]")
    heard = listen("--json", "--chapters", chapters, given=as_lines(meeting()))
    assert heard.returncode == 1
    assert heard.stdout == ""
    assert "5000" in heard.stderr.splitlines()[-1]
    assert "sections" in heard.stderr  # the found outline, for the eye
    missing = listen("--chapters", tmp_path / "none.json", given=as_lines(meeting()))
    assert missing.returncode == 1
    assert "cannot read" in missing.stderr


@pytest.mark.runtime
def test_a_reader_that_goes_away_is_no_error(running: list[Running]) -> None:
    process = Running("--json")
    running.append(process)
    assert process.process.stdout is not None
    process.process.stdout.close()
    process.say(as_lines(meeting()))
    assert process.process.stdin is not None
    process.process.stdin.close()
    process.process.wait(WAIT)
    process._reader.join(WAIT)
    talk = "".join(iter(lambda: process._talk.get_nowait() if not process._talk.empty() else "", ""))
    assert "Traceback" not in talk
    assert "Error" not in talk


@pytest.mark.runtime
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--resume"], 2, "--journal FILE"),
        (["meeting.vtt"], 1, "earmark: meeting.vtt looks like a transcript"),
        (["none.wav"], 1, "earmark: cannot open none.wav: No such file or directory"),
        (["--pcm", "3"], 1, "must be 4000 to 384000 Hz, got 3"),
        (["--to", "docx"], 2, "docx"),
        (["--chapters", "none.json"], 1, "cannot read none.json"),
    ],
)
def test_mistakes_are_messages(arguments: list[str], code: int, message: str) -> None:
    heard = listen(*arguments)
    assert heard.returncode == code
    assert message in heard.stderr


@pytest.mark.runtime
def test_a_bad_file_leaves_no_journal_behind(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(b"ID3\x04" + bytes(100))
    heard = listen(song, "--journal", tmp_path / "j.db")
    assert heard.returncode == 1
    assert "song.wav is not a WAV file" in heard.stderr
    assert list(tmp_path.iterdir()) == [song]


@pytest.mark.runtime
def test_without_the_extra_the_message_names_it(tmp_path: Path) -> None:
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "pocketsphinx":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from earmark.cli import main
sys.argv = ["earmark", "listen", "--pcm", "16000"]
sys.exit(main())
"""
    run = subprocess.run([sys.executable, "-c", code], input="", capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == (
        "earmark: Speech recognition needs the package 'pocketsphinx', which is not installed. "
        "Install it with: pip install 'earmark[asr]'\n"
    )


@pytest.mark.runtime
@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
def test_a_terminal_shows_it_growing_and_then_the_outline() -> None:
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*EARMARK, "listen", *FINE],
        stdin=subprocess.PIPE,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"},
    )
    os.close(theirs)
    assert process.stdin is not None
    process.stdin.write(as_lines(meeting()).encode())
    process.stdin.close()
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # Linux: the other end is closed
        pass
    os.close(ours)
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(WAIT) == 0
    growing, _, final = shown.decode().rpartition("Ctrl-C ends")
    assert "Listening: 0 lines" in growing
    assert "sections" in final
    assert "budget" in final.lower()
