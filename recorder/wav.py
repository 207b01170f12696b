"""WAV audio, front to back: the header, then samples as they come, mixed down to one channel.

The standard library's `wave` knows neither float samples nor the "extensible" header that field recorders write, and
wants to seek; this reader needs only `read`, so a pipe serves as well as a file. Read are PCM of 8, 16, 24 and 32 bits
and IEEE float of 32 and 64, in RIFF, RF64 and BW64 files (Microsoft RIFF/WAVE and EBU Tech 3306).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recorder.errors import AsrError
from recorder.transcript import ReadWarning

__all__ = ["ByteSource", "WavFormat", "read_wav"]

_ALLOWED = "earmark reads WAV files with PCM of 8, 16, 24 or 32 bits or float of 32 or 64 bits"
_CONVERT = "Convert it, for example: ffmpeg -i INPUT -ac 1 -ar 16000 output.wav"
_CODECS = {2: "MS ADPCM", 6: "A-law", 7: "mu-law", 17: "IMA ADPCM", 49: "GSM 6.10", 80: "MPEG", 85: "MP3"}
_KINDS = {
    b"fLaC": "FLAC", b"OggS": "Ogg", b"ID3\x03": "MP3", b"ID3\x04": "MP3", b"FORM": "AIFF", b"caff": "CAF",
    b"\x1aE\xdf\xa3": "Matroska or WebM", b".snd": "AU",
}  # fmt: skip
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_UNKNOWN_LENGTH = 0x7FFFF000
"""A data chunk that claims this much or more was written into a pipe (sox, ffmpeg): it ends where the stream does."""
_RATES = (1000, 768_000)
_BLOCK_SECONDS = 0.03


class ByteSource(Protocol):
    """What sound is read from: an open file, a pipe, or anything with this one method."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; fewer only when no more are there yet, none only at the end."""
        ...


@dataclass(frozen=True, slots=True)
class WavFormat:
    """What the header says about the samples.

    Attributes:
        channels: samples per frame, at least 1.
        rate: frames per second (Hz).
        width: bytes per sample: 1, 2, 3, 4 or 8.
        is_float: IEEE float samples rather than integers.
    """

    channels: int
    rate: int
    width: int
    is_float: bool

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame, all channels together."""
        return self.channels * self.width


def read_wav(
    stream: ByteSource, *, name: str, strict: bool = False, warn: Callable[[ReadWarning], None]
) -> tuple[int, Iterator[NDArray[np.float32]]]:
    """Read the header now and the samples later: the rate in Hz, and blocks of mono samples in -1..1.

    Blocks hold 30 ms each (the last one less), shape [frames], float32; channels are averaged. A file that ends before
    the length its header gives is read as far as it goes, with a warning (an error under `strict`).

    Raises:
        AsrError: not a WAV file, a codec that is not PCM, or a header that is damaged or cut off.
    """
    form, data_bytes = _read_header(stream, name)
    return form.rate, _blocks(stream, form, data_bytes, name=name, strict=strict, warn=warn)


def _read_header(stream: ByteSource, name: str) -> tuple[WavFormat, int | None]:
    """Go through the chunks up to the samples; the format, and how many bytes of samples follow (None: to the end)."""
    head = _read_up_to(stream, 12)
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64", b"BW64") or head[8:12] != b"WAVE":
        if head[:4] == b"RIFF" and (len(head) < 12 or head[8:12] == b"WAVE"):
            raise _cut_off(name, len(head))
        got = _KINDS.get(head[:4]) or ("an empty file" if not head else f"a file that begins with {head[:12]!r}")
        raise AsrError(f"{name} is not a WAV file: {_ALLOWED}, got {got}. {_CONVERT}")
    form: WavFormat | None = None
    long_data: int | None = None
    position = 12
    while True:
        chunk = _read_exactly(stream, 8, name, position)
        kind, size = chunk[:4], int.from_bytes(chunk[4:], "little")
        position += 8
        if kind == b"data":
            if form is None:
                raise AsrError(f"{name} is a damaged WAV file: its samples come before the 'fmt ' chunk. {_CONVERT}")
            return form, _data_bytes(size, head, long_data)
        if size > _UNKNOWN_LENGTH:
            raise AsrError(
                f"{name} is a damaged WAV file: its {kind!r} chunk at byte {position - 8} claims {size} bytes. "
                f"{_CONVERT}"
            )
        padded = size + size % 2
        if kind == b"fmt ":
            form = _parse_format(_read_exactly(stream, padded, name, position)[:size], name)
        elif kind == b"ds64":
            long_data = int.from_bytes(_read_exactly(stream, padded, name, position)[8:16], "little")
        else:
            _skip(stream, padded, name, position)
        position += padded


def _data_bytes(size: int, head: bytes, long_data: int | None) -> int | None:
    """Bytes of samples, or None where the writer could not say: it wrote to a pipe, or was stopped before it could."""
    if head[:4] != b"RIFF":
        return long_data if size == 0xFFFFFFFF else size
    riff_size = int.from_bytes(head[4:8], "little")
    unsaid = size >= _UNKNOWN_LENGTH or (size == 0 and riff_size == 0)
    return None if unsaid else size


def _parse_format(body: bytes, name: str) -> WavFormat:
    """The 'fmt ' chunk, 16 bytes or more."""
    if len(body) < 16:
        raise AsrError(f"{name} is a damaged WAV file: its 'fmt ' chunk has {len(body)} bytes, at least 16 are needed.")
    tag, channels = int.from_bytes(body[0:2], "little"), int.from_bytes(body[2:4], "little")
    rate, bits = int.from_bytes(body[4:8], "little"), int.from_bytes(body[14:16], "little")
    if tag == _EXTENSIBLE and len(body) >= 26:
        tag = int.from_bytes(body[24:26], "little")  # the first two bytes of the sub-format's GUID are the old tag
    if (tag, bits) not in {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}:
        codec = {_PCM: "PCM", _FLOAT: "float"}.get(tag) or _CODECS.get(tag, "an unknown codec")
        raise AsrError(f"{name} cannot be read: {_ALLOWED}, got {codec} (tag {tag}) of {bits} bits. {_CONVERT}")
    if not channels or not _RATES[0] <= rate <= _RATES[1]:
        raise AsrError(
            f"{name} is a damaged WAV file: it must have at least 1 channel and {_RATES[0]} to {_RATES[1]} samples a "
            f"second, got {channels} channels at {rate} Hz. {_CONVERT}"
        )
    return WavFormat(channels, rate, bits // 8, tag == _FLOAT)


def _blocks(
    stream: ByteSource,
    form: WavFormat,
    data_bytes: int | None,
    *,
    name: str,
    strict: bool,
    warn: Callable[[ReadWarning], None],
) -> Iterator[NDArray[np.float32]]:
    """The samples, 30 ms at a time."""
    block_bytes = max(1, int(form.rate * _BLOCK_SECONDS)) * form.frame_bytes
    done = 0
    while data_bytes is None or done < data_bytes:
        wanted = block_bytes if data_bytes is None else min(block_bytes, data_bytes - done)
        raw = _read_up_to(stream, wanted)
        done += len(raw)
        whole = len(raw) - len(raw) % form.frame_bytes
        if whole:
            yield _to_mono(raw[:whole], form)
        if len(raw) < wanted:
            break
    if data_bytes is not None and done < data_bytes:
        per_second = form.rate * form.frame_bytes
        there, promised = done / per_second, data_bytes / per_second
        reason = f"the file ends after {there:.2f} s of sound; its header promises {promised:.2f} s"
        if strict:
            raise AsrError(f"{name} is cut off: {reason}. Copy it again, or leave out --strict to use what is there.")
        warn(ReadWarning(name, None, f"{reason}; the part that is there was used"))


def _to_mono(raw: bytes, form: WavFormat) -> NDArray[np.float32]:
    """Bytes of whole frames -> samples in -1..1, shape [frames]; full scale of every integer width is 1."""
    if form.is_float:
        samples = np.frombuffer(raw, dtype=f"<f{form.width}").astype(np.float64)
        samples = np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    elif form.width == 1:
        samples = (np.frombuffer(raw, dtype=np.uint8).astype(np.float64) - 128) / 128  # 8 bits alone are unsigned
    elif form.width == 3:
        padded = np.zeros((len(raw) // 3, 4), dtype=np.uint8)
        padded[:, 1:] = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 3)
        samples = padded.view("<i4")[:, 0] / math.ldexp(1, 31)
    else:
        samples = np.frombuffer(raw, dtype=f"<i{form.width}") / math.ldexp(1, 8 * form.width - 1)
    mono: NDArray[np.float64] = samples.reshape(-1, form.channels).sum(axis=1) / form.channels
    return mono.astype(np.float32)


def _read_up_to(stream: ByteSource, size: int) -> bytes:
    """`size` bytes, or fewer only at the end: an unbuffered stream may hand out less at a time."""
    parts: list[bytes] = []
    while size > 0:
        part = stream.read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _read_exactly(stream: ByteSource, size: int, name: str, position: int) -> bytes:
    data = _read_up_to(stream, size)
    if len(data) < size:
        raise _cut_off(name, position + len(data))
    return data


def _skip(stream: ByteSource, size: int, name: str, position: int) -> None:
    """Read past a chunk that says nothing about the sound, without holding it."""
    while size > 0:
        step = min(size, 65536)
        _read_exactly(stream, step, name, position)
        position += step
        size -= step


def _cut_off(name: str, length: int) -> AsrError:
    return AsrError(
        f"{name} is a WAV file cut off inside its header, at byte {length}: there is no sound in it. "
        "Copy or record it again."
    )
