"""WAV headers and samples: every width against the standard library or known values, damage against its message."""

from __future__ import annotations

import io
import math
import struct
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import AsrError
from recorder.transcript import ReadWarning
from recorder.wav import read_wav

pytestmark = pytest.mark.runtime


def riff(fmt: bytes, data: bytes, *, head: bytes = b"RIFF", data_size: int | None = None, extra: bytes = b"") -> bytes:
    """A WAV file with this 'fmt ' chunk and these samples; `extra` goes between them."""
    size = len(data) if data_size is None else data_size
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + extra
    body += b"data" + struct.pack("<I", size) + data
    return head + struct.pack("<I", min(len(body), 0xFFFFFFFF)) + body


def fmt_chunk(tag: int, channels: int, rate: int, bits: int) -> bytes:
    frame = channels * bits // 8
    return struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits)


def read(data: bytes, *, strict: bool = False) -> tuple[int, np.ndarray, list[ReadWarning]]:
    warnings: list[ReadWarning] = []
    rate, blocks = read_wav(io.BytesIO(data), name="x.wav", strict=strict, warn=warnings.append)
    parts = list(blocks)
    return rate, np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32), warnings


def standard_library_file(width: int, channels: int, rate: int, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setsampwidth(width)
        file.setnchannels(channels)
        file.setframerate(rate)
        file.writeframes(data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("width", "data", "expected"),
    [
        (1, bytes([128, 255, 0, 192]), [0, 127 / 128, -1, 0.5]),
        (2, struct.pack("<4h", 0, 32767, -32768, 16384), [0, 32767 / 32768, -1, 0.5]),
        (3, b"\x00\x00\x00\xff\xff\x7f\x00\x00\x80\x00\x00\x40", [0, 1 - 2**-23, -1, 0.5]),
        (4, struct.pack("<4i", 0, 2**31 - 1, -(2**31), 2**30), [0, 1, -1, 0.5]),
    ],
)
def test_every_integer_width_has_full_scale_one(width: int, data: bytes, expected: list[float]) -> None:
    rate, samples, warnings = read(standard_library_file(width, 1, 16000, data))
    assert rate == 16000
    assert warnings == []
    np.testing.assert_array_equal(samples, np.array(expected, dtype=np.float32))


@pytest.mark.parametrize(("bits", "code"), [(32, "f"), (64, "d")])
def test_float_samples_are_clipped_and_never_nan(bits: int, code: str) -> None:
    data = struct.pack(f"<5{code}", 0.25, -0.5, 3.0, math.inf, math.nan)
    _, samples, _ = read(riff(fmt_chunk(3, 1, 44100, bits), data))
    np.testing.assert_array_equal(samples, np.array([0.25, -0.5, 1, 1, 0], dtype=np.float32))


def test_channels_are_averaged() -> None:
    _, samples, _ = read(standard_library_file(2, 2, 8000, struct.pack("<4h", 16384, 0, -16384, -16384)))
    np.testing.assert_array_equal(samples, np.array([0.25, -0.5], dtype=np.float32))


def test_the_extensible_header_of_field_recorders_is_read() -> None:
    guid = struct.pack("<H", 1) + bytes.fromhex("0000 0000 1000 8000 00aa 0038 9b71".replace(" ", ""))
    fmt = fmt_chunk(0xFFFE, 1, 48000, 16) + struct.pack("<HHI", 22, 16, 4) + guid
    rate, samples, _ = read(riff(fmt, struct.pack("<h", 16384)))
    assert rate == 48000
    assert samples.tolist() == [0.5]


def test_other_chunks_are_passed_over_with_their_padding() -> None:
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    _, samples, _ = read(riff(fmt_chunk(1, 1, 8000, 16), struct.pack("<h", 16384), extra=odd))
    assert samples.tolist() == [0.5]


def test_rf64_takes_its_length_from_the_ds64_chunk() -> None:
    fmt = fmt_chunk(1, 1, 8000, 16)
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, 0, 2, 1, 0)
    data = b"data" + struct.pack("<I", 0xFFFFFFFF) + struct.pack("<2h", 16384, 1)
    file = b"RF64" + b"\xff" * 4 + b"WAVE" + ds64 + b"fmt " + struct.pack("<I", 16) + fmt + data
    _, samples, _ = read(file)
    assert samples.tolist() == [0.5]


@pytest.mark.parametrize("data_size", [0xFFFFFFFF, 0x7FFFF000])
def test_a_length_nobody_knew_means_until_the_end(data_size: int) -> None:
    _, samples, warnings = read(riff(fmt_chunk(1, 1, 8000, 16), struct.pack("<2h", 0, 16384), data_size=data_size))
    assert samples.tolist() == [0, 0.5]
    assert warnings == []


def test_a_recorder_stopped_before_it_wrote_its_lengths_is_read_to_the_end() -> None:
    file = bytearray(riff(fmt_chunk(1, 1, 8000, 16), struct.pack("<2h", 0, 16384), data_size=0))
    file[4:8] = bytes(4)
    _, samples, _ = read(bytes(file))
    assert samples.tolist() == [0, 0.5]


def test_a_file_with_no_samples_is_no_sound_and_no_error() -> None:
    _, samples, warnings = read(standard_library_file(2, 1, 8000, b""))
    assert len(samples) == 0
    assert warnings == []


def test_a_file_that_ends_early_is_used_as_far_as_it_goes_and_said_so() -> None:
    file = standard_library_file(2, 1, 8000, bytes(2 * 8000))[: 44 + 2 * 2000]
    _, samples, warnings = read(file)
    assert len(samples) == 2000
    assert [str(warning) for warning in warnings] == [
        "x.wav: the file ends after 0.25 s of sound; its header promises 1.00 s; the part that is there was used"
    ]


def test_a_file_that_ends_early_is_an_error_under_strict() -> None:
    file = standard_library_file(2, 1, 8000, bytes(2 * 8000))[: 44 + 2 * 2000]
    with pytest.raises(AsrError, match=r"x\.wav is cut off: the file ends after 0\.25 s .* promises 1\.00 s"):
        read(file, strict=True)


def test_half_a_frame_at_the_end_is_left_out() -> None:
    file = riff(fmt_chunk(1, 2, 8000, 16), struct.pack("<3h", 16384, 16384, 5), data_size=0xFFFFFFFF)
    _, samples, _ = read(file)
    assert samples.tolist() == [0.5]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"x\.wav is not a WAV file: earmark reads WAV .* got an empty file\. Convert it"),
        (b"fLaC" + bytes(40), r"x\.wav is not a WAV file: .* got FLAC"),
        (b"OggS" + bytes(40), r"got Ogg"),
        (b"ID3\x04" + bytes(40), r"got MP3"),
        (b"RIFF\0\0\0\0AVI " + bytes(40), r"got a file that begins with b'RIFF.*AVI '"),
        (b'{"start": 0, "end": 1}', r"got a file that begins with"),
        (b"RIFF", r"cut off inside its header, at byte 4"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0", r"cut off inside its header, at byte 22"),
        (riff(fmt_chunk(6, 1, 8000, 8), bytes(8)), r"got A-law \(tag 6\) of 8 bits\. Convert it"),
        (riff(fmt_chunk(85, 2, 44100, 0), bytes(8)), r"got MP3 \(tag 85\)"),
        (riff(fmt_chunk(1, 1, 8000, 12), bytes(8)), r"got PCM \(tag 1\) of 12 bits"),
        (riff(fmt_chunk(1, 0, 8000, 16), bytes(8)), r"got 0 channels at 8000 Hz"),
        (riff(fmt_chunk(1, 1, 0, 16), bytes(8)), r"got 1 channels at 0 Hz"),
        (riff(b"\1\0", bytes(8)), r"'fmt ' chunk has 2 bytes"),
        (b"RIFF\0\0\0\0WAVEdata\x02\0\0\0\0\0", r"its samples come before the 'fmt ' chunk"),
        (b"RIFF\0\0\0\0WAVELIST\xff\xff\xff\xff", r"its b'LIST' chunk at byte 12 claims 4294967295 bytes"),
    ],
)
def test_what_is_not_readable_is_named(data: bytes, message: str) -> None:
    with pytest.raises(AsrError, match=message):
        read(data)


@settings(max_examples=300)
@given(st.binary(max_size=80), st.sampled_from([b"", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0"]))
def test_any_bytes_are_sound_or_an_asr_error(data: bytes, head: bytes) -> None:
    try:
        _, samples, _ = read(head + data)
    except AsrError:
        return
    assert np.isfinite(samples).all()
