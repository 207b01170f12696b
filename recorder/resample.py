"""Any sampling rate to another, as the samples come: a windowed-sinc filter in its polyphase form.

Method: J. O. Smith, "Digital Audio Resampling" (band-limited interpolation), with a Kaiser window. Every output sample
is one dot product over the same number of input samples, whatever the chunks the input came in, so the result does not
depend on chunking.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Resampler"]

_ZERO_CROSSINGS = 16
"""Half the filter's length, in periods of the lower of the two rates: enough for 70 dB with the window below."""
_KAISER_BETA = 7.0
_ROLL_OFF = 0.92
"""Where the filter begins to close, as a share of half the lower rate; what lies above would fold back as noise."""
_BATCH = 4096
"""Output samples computed at a time: bounds the memory of the gathered windows."""


class Resampler:
    """Streaming change of sampling rate: `feed` samples, then `finish`.

    The filter delays nothing: output sample k stands for the time k / target, as input sample k does for k / source.

    Args:
        source: rate of the samples fed, in Hz.
        target: rate of the samples returned, in Hz.
    """

    def __init__(self, source: int, target: int) -> None:
        divisor = math.gcd(source, target)
        self._up, self._down = target // divisor, source // divisor
        scale = min(1.0, target / source)
        self._half = math.ceil(_ZERO_CROSSINGS / scale)
        self._table = _phases(self._up, self._half, scale * _ROLL_OFF)
        self._buffer: NDArray[np.float64] = np.zeros(self._half)  # as if silence went before the first sample
        self._origin = -self._half  # input index of buffer[0]
        self._fed = 0
        self._made = 0

    def feed(self, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        """Take input samples, shape [n]; return the output samples that they complete, shape [m], m may be 0."""
        self._fed += len(samples)
        self._buffer = np.concatenate((self._buffer, samples.astype(np.float64)))
        # The window of output k ends at input floor(k * down / up) + half: all k for which that has come are due.
        due = (self._fed - self._half) * self._up
        return self._produce(max(self._made, -(-due // self._down)))

    def finish(self) -> NDArray[np.float64]:
        """The rest, shape [m]: the input is taken to be followed by silence; in all ceil(fed * target / source)."""
        self._buffer = np.concatenate((self._buffer, np.zeros(self._half + 1)))
        return self._produce(-(-self._fed * self._up // self._down))

    def _produce(self, until: int) -> NDArray[np.float64]:
        """Output samples from the first not yet made up to `until`, then forget the input no longer needed."""
        parts = [np.zeros(0)]
        while self._made < until:
            count = min(_BATCH, until - self._made)
            ticks = (self._made + np.arange(count, dtype=np.int64)) * self._down
            first = ticks // self._up - self._half + 1 - self._origin
            windows = self._buffer[first[:, None] + np.arange(2 * self._half)]
            parts.append((windows * self._table[ticks % self._up]).sum(axis=1))
            self._made += count
        spent = self._made * self._down // self._up - self._half + 1 - self._origin
        if spent > 0:
            self._buffer = self._buffer[spent:]
            self._origin += spent
        return np.concatenate(parts)


@lru_cache(maxsize=2)
def _phases(up: int, half: int, cutoff: float) -> NDArray[np.float64]:
    """Filter taps for each of the `up` positions between two input samples, shape [up, 2 * half]; each row sums to 1.

    Args:
        cutoff: as a share of half the input rate, 0..1.
    """
    offsets = np.arange(-half + 1, half + 1) - np.arange(up)[:, None] / up
    window = np.i0(_KAISER_BETA * np.sqrt(np.clip(1 - (offsets / half) ** 2, 0, None))) / np.i0(_KAISER_BETA)
    taps: NDArray[np.float64] = np.sinc(offsets * cutoff) * window
    taps /= taps.sum(axis=1, keepdims=True)
    taps.flags.writeable = False  # shared by the cache
    return taps
