"""`earmark listen` on sound: a spoken file, a WAV on standard input, and sound without a header."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import wave
from contextlib import closing
from pathlib import Path

import pytest

from earmark.cli.listen import _continued, _Heard
from recorder import Options, Segment, SmartScroll, Word
from recorder.journal import Journal
from tests.cli.listening import listen


@pytest.fixture(scope="session")
def spoken_meeting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some 7 s of speech by espeak-ng, in two utterances."""
    pytest.importorskip("pocketsphinx")
    if shutil.which("espeak-ng") is None:
        if os.environ.get("EARMARK_REQUIRE_TOOLS") == "1":
            pytest.fail("espeak-ng is not installed, and EARMARK_REQUIRE_TOOLS=1 asks for it")
        pytest.skip("espeak-ng is not installed")
    path = tmp_path_factory.mktemp("spoken") / "meeting.wav"
    text = "She will open the window and look at the garden. The people in the city want a new school for the children."
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "140", "-w", path, text], check=True)
    return path


@pytest.mark.tool
def test_a_spoken_file_becomes_an_outline(spoken_meeting: Path, tmp_path: Path) -> None:
    journal = tmp_path / "spoken.db"
    heard = listen(spoken_meeting, "--json", "--journal", journal)
    assert heard.returncode == 0, heard.stderr
    outline = json.loads(heard.stdout)
    with wave.open(str(spoken_meeting)) as file:
        length = file.getnframes() / file.getframerate()
    assert outline["version"] == 1
    assert outline["source"] == str(spoken_meeting)
    assert length - 1.5 <= outline["duration"] <= length
    assert outline["sections"][0]["first_segment"] == 0
    assert outline["sections"][0]["keywords"]
    for section in outline["sections"]:
        for keyword in section["keywords"]:
            for mention in keyword["mentions"]:
                assert section["start"] <= mention["time"] <= section["end"]
    # A session that was killed after the first utterance hears the file again and takes only what is new.
    with closing(Journal.open(journal)) as kept:
        segments = list(kept.segments())
    assert len(segments) == 2
    killed = tmp_path / "killed.db"
    with SmartScroll(Options(granularity=1.0)).session(killed, source=str(spoken_meeting)) as session:
        session.feed(segments[0])
    assert listen(spoken_meeting, "--json", "--journal", killed, "--resume").stdout == heard.stdout


def test_wav_on_standard_input_is_sound(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    path = tmp_path / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(32000))
    heard = listen(given=path.read_bytes())
    assert heard.returncode == 1
    assert heard.stderr.startswith("earmark: the transcript <stdin> has no words (0 segments were read)")


@pytest.mark.runtime
def test_headerless_sound_goes_on_where_the_journal_ends() -> None:
    heard = _Heard("<stdin>", False, [Segment(0.0, 61.5, "before")])
    new = Segment(1.25, 2.0, "so", None, (Word("so", 1.25, None),))
    assert list(_continued(iter([new]), heard, by_sound=True)) == [
        Segment(62.75, 63.5, "so", None, (Word("so", 62.75, None),))
    ]
    assert list(_continued(iter([new]), heard, by_sound=False)) == [new]
