"""Speech to final segments with word times, offline: pocketsphinx (extra `asr`), whose wheel carries an English model.

Sound comes in, one segment goes out per utterance, as soon as the speaker pauses: nothing waits for the end of the
recording. Whatever its source, the sound is cut into frames of 30 ms at 16 kHz before anything looks at it, so a
recording fed in chunks of any size gives the same segments as its file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from earmark.errors import require_extra
from recorder.errors import AsrError
from recorder.resample import Resampler
from recorder.transcript import ReadWarning, Segment, Word
from recorder.wav import ByteSource, read_wav

__all__ = ["PCM_RATES", "SAMPLE_RATE", "open_file", "open_sound", "recognise", "transcribe"]

SAMPLE_RATE = 16_000
"""Hz of the sound that the English model was trained on."""
PCM_RATES = (4000, 384_000)
"""Allowed rates of headerless sound, in Hz."""
_SAMPLE_BYTES = 2
_BLOCK_SECONDS = 0.03
_PAUSE_SECONDS = 0.3
"""This much silence ends an utterance (the endpointer's window; nine tenths of it must agree)."""
_LONGEST_UTTERANCE = 30.0
"""Seconds after which speech without a pause is cut all the same: noise must not hold back text for ever."""
_SETTLING_SECONDS = 5.0
"""Utterances are heard twice until this much speech has gone by: the decoder learns the level and colour of the sound
(cepstral mean) as it hears it, and before that gets most words wrong. Once it knows, it decodes while it listens."""
_WORD_FRAMES_PER_SECOND = 100


def transcribe(
    sound: str | Path | ByteSource,
    *,
    pcm: int | None = None,
    name: str | None = None,
    strict: bool = False,
    warn: Callable[[ReadWarning], None],
) -> Iterator[Segment]:
    """Final segments of spoken English, one per utterance, while the sound is still being read.

    Args:
        sound: a WAV file's path, or a binary stream (a pipe will do: only `read` is called).
        pcm: None for WAV; for headerless sound (signed 16-bit little-endian, mono) its rate in Hz.
        name: what to call the sound in messages; by default the path, or "<stdin>".
        strict: raise where a warning would do (a file that ends early).
        warn: called with each warning.

    Yields:
        Segments in order, in lower case and without punctuation, as the recogniser gives them. Times are seconds from
        the first sample, to 0.01 s: a segment begins with its first word and ends with its last.

    Raises:
        MissingExtraError: pocketsphinx is not installed.
        AsrError: the sound cannot be read, or `pcm` is out of range.
    """
    if not isinstance(sound, (str, Path)):
        return recognise(open_sound(sound, pcm=pcm, name=name or "<stdin>", strict=strict, warn=warn))
    name = name or str(sound)
    stream = open_file(sound)
    try:
        blocks = open_sound(stream, pcm=pcm, name=name, strict=strict, warn=warn)
    except BaseException:
        stream.close()
        raise
    return _closing(stream, recognise(blocks))


def open_file(path: str | Path) -> BinaryIO:
    """A sound file for `open_sound`.

    Raises:
        AsrError: it cannot be opened.
    """
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise AsrError(f"cannot open {path}: {error.strerror}. Give the path of a WAV file.") from error


def _closing(stream: BinaryIO, segments: Iterator[Segment]) -> Iterator[Segment]:
    with stream:
        yield from segments


def open_sound(
    stream: ByteSource, *, pcm: int | None, name: str, strict: bool = False, warn: Callable[[ReadWarning], None]
) -> Iterator[bytes]:
    """Sound of any rate as `SAMPLE_RATE` mono s16le in blocks of about 30 ms; the header, if any, is read at once.

    Arguments and errors as for `transcribe`.
    """
    if pcm is None:
        rate, blocks = read_wav(stream, name=name, strict=strict, warn=warn)
    else:
        if not PCM_RATES[0] <= pcm <= PCM_RATES[1]:
            raise AsrError(
                f"the rate of headerless sound must be {PCM_RATES[0]} to {PCM_RATES[1]} Hz, got {pcm} (for {name}). "
                "Give the rate it was recorded at, for example 16000."
            )
        rate, blocks = pcm, _pcm_blocks(stream, pcm, name, warn)
    return _to_model_rate(blocks, rate)


def _pcm_blocks(
    stream: ByteSource, rate: int, name: str, warn: Callable[[ReadWarning], None]
) -> Iterator[NDArray[np.float32]]:
    """Headerless sound in blocks of 30 ms, shape [frames], -1..1."""
    block_bytes = max(1, int(rate * _BLOCK_SECONDS)) * _SAMPLE_BYTES
    held = b""
    while data := stream.read(block_bytes - len(held)):
        held += data
        if len(held) == block_bytes:
            yield _samples(held)
            held = b""
    if len(held) % _SAMPLE_BYTES:
        warn(ReadWarning(name, None, "the sound ends in the middle of a sample; its last byte was dropped"))
    if len(held) >= _SAMPLE_BYTES:
        yield _samples(held[: len(held) - len(held) % _SAMPLE_BYTES])


def _samples(raw: bytes) -> NDArray[np.float32]:
    return (np.frombuffer(raw, dtype="<i2") / 32768).astype(np.float32)


def _to_model_rate(blocks: Iterable[NDArray[np.float32]], rate: int) -> Iterator[bytes]:
    """Samples in -1..1 at `rate` Hz -> s16le at `SAMPLE_RATE`."""
    if rate == SAMPLE_RATE:
        yield from map(_s16le, blocks)
        return
    resampler = Resampler(rate, SAMPLE_RATE)
    for block in blocks:
        yield _s16le(resampler.feed(block))
    yield _s16le(resampler.finish())


def _s16le(samples: NDArray[Any]) -> bytes:
    return np.clip(np.rint(samples.astype(np.float64) * 32768), -32768, 32767).astype("<i2").tobytes()


def recognise(chunks: Iterable[bytes]) -> Iterator[Segment]:
    """Final segments from `SAMPLE_RATE` mono s16le sound in chunks of any size; see `transcribe`.

    Raises:
        MissingExtraError: pocketsphinx is not installed.
    """
    return _recognise(chunks, require_extra("pocketsphinx", extra="asr", feature="Speech recognition"))


def _recognise(chunks: Iterable[bytes], sphinx: Any) -> Iterator[Segment]:
    listener = _Listener(sphinx)
    held = bytearray()
    for chunk in chunks:
        held += chunk
        used = 0
        while len(held) - used >= listener.frame_bytes:
            segment = listener.hear(bytes(held[used : used + listener.frame_bytes]))
            used += listener.frame_bytes
            if segment is not None:
                yield segment
        del held[:used]
    segment = listener.end(bytes(held[: len(held) - len(held) % _SAMPLE_BYTES]))
    if segment is not None:
        yield segment


class _Listener:
    """Finds where speech is and hands it to the decoder, frame by frame.

    Args:
        sphinx: the pocketsphinx module.
    """

    def __init__(self, sphinx: Any) -> None:
        self._endpointer = sphinx.Endpointer(
            window=_PAUSE_SECONDS, vad_mode=sphinx.Vad.MEDIUM_STRICT, sample_rate=SAMPLE_RATE
        )
        self._decoder = sphinx.Decoder(samprate=SAMPLE_RATE, loglevel="FATAL")
        self.frame_bytes: int = self._endpointer.frame_bytes
        self._begun: float | None = None  # seconds where the utterance in the decoder begins
        self._samples = 0  # how many samples of it the decoder has had
        self._settled_samples = 0  # samples of the utterances before it, while those are few
        self._kept: list[bytes] = []  # the utterance itself, while it will be heard again

    @property
    def _settling(self) -> bool:
        return self._settled_samples < _SETTLING_SECONDS * SAMPLE_RATE

    def hear(self, frame: bytes) -> Segment | None:
        """Take one whole frame; a segment if it ended an utterance that has words."""
        return self._decode(self._endpointer.process(frame))

    def end(self, rest: bytes) -> Segment | None:
        """Take what is left, less than a frame; the last segment, if one is under way."""
        if not self._endpointer.in_speech:
            return None
        return self._decode(self._endpointer.end_stream(rest or bytes(_SAMPLE_BYTES))) or self._close()

    def _decode(self, speech: bytes | None) -> Segment | None:
        """Speech goes to the decoder; frames may come late, in one piece with those before them."""
        if not speech:  # None for silence; at the end of the stream it may be empty, which the decoder refuses
            return None
        if self._begun is None:
            self._begun = self._endpointer.speech_start
            self._decoder.start_utt()
        self._decoder.process_raw(speech, False, False)
        self._samples += len(speech) // _SAMPLE_BYTES
        if self._settling:
            self._kept.append(speech)
        if not self._endpointer.in_speech:
            return self._close()
        if self._samples >= _LONGEST_UTTERANCE * SAMPLE_RATE:
            resume_at = self._begun + self._samples / SAMPLE_RATE
            segment = self._close()
            self._begun = resume_at
            self._decoder.start_utt()
            return segment
        return None

    def _close(self) -> Segment | None:
        """End the decoder's utterance and read its words."""
        if self._begun is None:
            return None
        begun, length = self._begun, self._samples / SAMPLE_RATE
        self._decoder.end_utt()
        if self._settling:
            self._decoder.start_utt()
            self._decoder.process_raw(b"".join(self._kept), False, False)
            self._decoder.end_utt()
            self._kept.clear()
            self._settled_samples += self._samples
        self._begun, self._samples = None, 0
        words = tuple(_words(self._decoder.seg() or (), begun, length))
        if not words:
            return None
        return Segment(words[0].start, words[-1].end, " ".join(word.text for word in words), None, words)


def _words(entries: Iterable[Any], begun: float, length: float) -> Iterator[Word]:
    """The decoder's words, timed from the start of the sound.

    Left out are its marks for silence and noise (<s>, <sil>, [NOISE], ++UH++); "can(2)", the second way to say "can",
    is "can".
    """
    for entry in entries:
        text = entry.word.split("(")[0]
        if not text or text[0] in "<[+":
            continue
        start = begun + min(entry.start_frame / _WORD_FRAMES_PER_SECOND, length)
        end = begun + min((entry.end_frame + 1) / _WORD_FRAMES_PER_SECOND, length)  # the end frame is inclusive
        yield Word(text, round(start, 2), round(end, 2))
