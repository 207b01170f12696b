"""Speech recognition on speech made at test time by espeak-ng: times, words, chunks, silence, damage."""

from __future__ import annotations

import io
import itertools
import os
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from recorder import asr
from recorder.errors import AsrError
from recorder.transcript import ReadWarning, Segment

PAUSE = 3.0
SENTENCES = (
    "She will open the window and look at the garden.",
    "The people in the city want a new school for the children.",
)


def samples_of(path: Path) -> tuple[int, np.ndarray]:
    with wave.open(str(path)) as file:
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def write_wav(path: Path, samples: np.ndarray, rate: int = 16000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sentences with 3 s of silence between them, as espeak-ng writes them (22,050 Hz)."""
    pytest.importorskip("pocketsphinx")
    if shutil.which("espeak-ng") is None:
        if os.environ.get("EARMARK_REQUIRE_TOOLS") == "1":
            pytest.fail("espeak-ng is not installed, and EARMARK_REQUIRE_TOOLS=1 asks for it")
        pytest.skip("espeak-ng is not installed")
    folder = tmp_path_factory.mktemp("spoken")
    parts: list[np.ndarray] = []
    rate = 0
    for number, sentence in enumerate(SENTENCES):
        path = folder / f"{number}.wav"
        subprocess.run(["espeak-ng", "-v", "en-us", "-s", "140", "-w", path, sentence], check=True)
        rate, samples = samples_of(path)
        parts += [samples, np.zeros(int(rate * PAUSE), dtype="<i2")]
    return write_wav(folder / "spoken.wav", np.concatenate(parts[:-1]), rate)


@pytest.fixture(scope="session")
def heard(spoken: Path) -> list[Segment]:
    """What is recognised in it."""
    return list(asr.transcribe(spoken, warn=refuse))


@pytest.fixture(scope="session")
def pcm(spoken: Path) -> bytes:
    """The same sound as the recogniser gets it: 16 kHz mono s16le."""
    with spoken.open("rb") as stream:
        return b"".join(asr.open_sound(stream, pcm=None, name="spoken.wav", warn=refuse))


def refuse(warning: ReadWarning) -> None:
    raise AssertionError(str(warning))


class Dribble(io.RawIOBase):
    """A pipe that hands out pieces of odd sizes, never what was asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._sizes: Iterator[int] = iter(())
        self.handed_out = 0

    def read(self, size: int = -1, /) -> bytes:
        step = next(self._sizes, None)
        if step is None:
            self._sizes = iter((1, 7, 333, 960, 5))
            step = next(self._sizes)
        piece = self._data[self.handed_out : self.handed_out + min(step, size)]
        self.handed_out += len(piece)
        return piece


@pytest.mark.tool
def test_words_and_times_are_real(spoken: Path, heard: list[Segment]) -> None:
    rate, samples = samples_of(spoken)
    length = len(samples) / rate
    assert len(heard) == 2
    for expected, segment in zip(("opened window look garden", "people city want children"), heard, strict=True):
        found = set(segment.text.split()) & set(expected.split())
        assert len(found) >= 2, segment.text  # a synthetic voice is hard to recognise
        assert " ".join(word.text for word in segment.words) == segment.text
        assert not set("<>[]()") & set(segment.text)
        times = [time for word in segment.words for time in (word.start, word.end) if time is not None]
        assert len(times) == 2 * len(segment.words)
        assert times == sorted(times)
        assert (segment.start, segment.end) == (times[0], times[-1])
        assert times[0] >= 0
        assert times[-1] <= length
    # Where the sound itself says that the sentences are: the first and last sample of each that is not near silence.
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 500) / rate
    gap = int(np.argmax(np.diff(loud)))
    first_end, second_start = heard[0].end, heard[1].start
    assert first_end is not None
    assert second_start is not None
    assert first_end == pytest.approx(loud[gap], abs=0.3)
    assert second_start == pytest.approx(loud[gap + 1], abs=0.3)
    assert second_start - first_end >= PAUSE - 0.1


@pytest.mark.tool
def test_a_segment_comes_as_soon_as_the_speaker_pauses(pcm: bytes) -> None:
    stream = Dribble(pcm)
    first = next(asr.transcribe(stream, pcm=16000, warn=refuse))
    assert first.end is not None
    assert stream.handed_out / 32000 < first.end + 1.0  # seconds of sound; 3 s of silence and a sentence are to come


@pytest.mark.tool
def test_raw_sound_in_odd_pieces_gives_what_the_file_gives(spoken: Path, heard: list[Segment], pcm: bytes) -> None:
    assert list(asr.transcribe(Dribble(pcm), pcm=16000, warn=refuse)) == heard
    rate, samples = samples_of(spoken)  # at the file's own rate the sound is resampled on the way
    for stream, options in ((Dribble(samples.tobytes()), rate), (Dribble(spoken.read_bytes()), None)):
        sound = b"".join(asr.open_sound(stream, pcm=options, name="x", warn=refuse))
        assert sound == pcm


@pytest.mark.tool
def test_speech_without_a_pause_is_cut_and_its_times_go_on(pcm: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asr, "_LONGEST_UTTERANCE", 1.5)
    sentence = pcm[: 3 * 32000]
    segments = list(asr.recognise([sentence]))
    assert len(segments) >= 2
    for before, after in itertools.pairwise(segments):
        assert before.end is not None
        assert after.start is not None
        assert before.end <= after.start + 0.01
        assert after.start > 1.4


@pytest.mark.tool
def test_speech_up_to_the_last_sample_is_not_lost(pcm: bytes) -> None:
    for odd in (0, 3):  # bytes beyond the last whole frame
        segments = list(asr.recognise([pcm[: 960 * 60 + odd]]))
        assert len(segments) == 1
        assert segments[0].end is not None
        assert 1.2 <= segments[0].end <= 1.81


def test_silence_noise_and_nothing_give_no_segments() -> None:
    pytest.importorskip("pocketsphinx")
    hiss = np.random.default_rng(1).normal(0, 20, 16000 * 3).astype("<i2").tobytes()
    for sound in (b"", b"\0", bytes(32000 * 60), hiss):
        warnings: list[ReadWarning] = []
        assert list(asr.transcribe(io.BytesIO(sound), pcm=16000, warn=warnings.append)) == []
        assert [str(w) for w in warnings] == (
            ["<stdin>: the sound ends in the middle of a sample; its last byte was dropped"] if sound == b"\0" else []
        )


def test_an_empty_wav_file_gives_no_segments(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    assert list(asr.transcribe(write_wav(tmp_path / "empty.wav", np.zeros(0)), warn=refuse)) == []


@pytest.mark.runtime
@pytest.mark.parametrize("rate", [0, -1, 3999, 1_000_000])
def test_a_rate_out_of_range_is_an_error(rate: int) -> None:
    with pytest.raises(AsrError, match=rf"must be 4000 to 384000 Hz, got {rate} \(for <stdin>\)\. Give the rate"):
        asr.transcribe(io.BytesIO(b""), pcm=rate, warn=refuse)


@pytest.mark.runtime
def test_a_file_that_is_not_there_or_not_sound_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(AsrError, match=r"cannot open .*none\.wav: No such file or directory\. Give the path of a WAV"):
        asr.transcribe(tmp_path / "none.wav", warn=refuse)
    (tmp_path / "song.wav").write_bytes(b"ID3\x04" + bytes(100))
    with pytest.raises(AsrError, match=r"song\.wav is not a WAV file: .* got MP3\. Convert it, for example: ffmpeg"):
        asr.transcribe(tmp_path / "song.wav", warn=refuse)


@pytest.mark.runtime
def test_without_the_extra_the_error_names_it() -> None:
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "pocketsphinx":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from earmark.errors import MissingExtraError
from recorder.asr import recognise
try:
    recognise([])
except MissingExtraError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == (
        "Speech recognition needs the package 'pocketsphinx', which is not installed. "
        "Install it with: pip install 'earmark[asr]'\n"
    )


@pytest.mark.runtime
def test_the_words_without_marks_and_second_spellings() -> None:
    entries = [Entry("<s>", 0, 2), Entry("can(2)", 3, 12), Entry("[NOISE]", 13, 20), Entry("++UH++", 21, 22)]
    words = list(asr._words([*entries, Entry("i'm", 23, 40), Entry("</s>", 41, 44)], 9.599999999999987, 0.4))
    assert [(word.text, word.start, word.end) for word in words] == [("can", 9.63, 9.73), ("i'm", 9.83, 10.0)]


class Entry:
    """One entry of pocketsphinx's word segmentation; frames of 10 ms, the last one inclusive."""

    def __init__(self, word: str, start_frame: int, end_frame: int) -> None:
        self.word = word
        self.start_frame = start_frame
        self.end_frame = end_frame
