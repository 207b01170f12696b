"""The resampler: length, time, level and pass band against the mathematics, and chunks against the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.resample import Resampler

pytestmark = pytest.mark.runtime

RATES = [8000, 11025, 22050, 32000, 44100, 44101, 48000]


def convert(samples: np.ndarray, source: int, cuts: tuple[int, ...] = ()) -> np.ndarray:
    resampler = Resampler(source, 16000)
    parts = [resampler.feed(part) for part in np.split(samples.astype(np.float32), cuts)]
    return np.concatenate([*parts, resampler.finish()])


def tone(hz: float, rate: int, seconds: float = 0.5) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_pitch_level_and_place(rate: int) -> None:
    out = convert(tone(440, rate), rate)
    expected = tone(440, 16000, len(out) / 16000)
    middle = slice(800, len(out) - 800)  # at its ends the tone begins and stops, which is not a tone
    assert np.abs(out[middle] - expected[middle]).max() < 2e-3


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
def test_what_the_model_rate_cannot_hold_is_taken_out(rate: int) -> None:
    out = convert(tone(10_000, rate), rate)[800:-800]
    assert np.abs(out).max() < 2e-3  # folded back it would be a loud tone of 6 kHz


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("length", [0, 1, 2, 1000, 1001])
def test_the_length_is_the_time_rounded_up(rate: int, length: int) -> None:
    assert len(convert(np.ones(length), rate)) == -(-length * 16000 // rate)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([8000, 22050, 44100, 44101]), st.lists(st.integers(0, 3000), max_size=8))
def test_chunks_do_not_matter(rate: int, cuts: list[int]) -> None:
    samples = np.random.default_rng(7).uniform(-1, 1, 3000)
    whole = convert(samples, rate)
    assert convert(samples, rate, tuple(sorted(cuts))).tobytes() == whole.tobytes()
