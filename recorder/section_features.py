"""What the boosted trees see of each candidate place, computed while the segments arrive.

Two steps follow each other with a fixed look-ahead, so that what is computed never depends on how much more has
arrived already. First, once `AHEAD` words follow a place: windows of words left and right, speakers, pauses, the cue
score. Then, once the neighbours up to `NEAR` words away have theirs: how the place stands out among them.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recorder.section_speakers import SpeakerLedger, speaker_features
from recorder.section_units import Unit
from recorder.section_windows import Window
from recorder.text import stem

__all__ = ["AHEAD", "FEATURES", "NEAR", "FeatureStream", "Place"]

AHEAD = 300
"""Words that must follow a place before it is looked at (fewer at the end of the recording)."""
NEAR = 100
"""Words within which places are compared with each other."""
_BEHIND = 600  # words that the longest left window reaches back
_WINDOWS = ((100, 100), (300, 300), (600, 300))
_HISTORY = 200  # words for which finished rows are kept
_BINS = 64  # bins of the running distribution of cue scores
_NAN = math.nan

_OWN = (
    "cosine_100", "cosine_300", "cosine_600", "new_50", "new_150",
    "turn_size", "unit_size", "previous_size", "next_size", "units_left", "units_right",
    "pause", "pause_ahead", "pause_rank", "asks_before", "words_before", "unit_mean",
    "speaker_change", "divergence_100", "divergence_300", "speakers_left", "speakers_right",
    "speaker_share", "speaker_cues", "speaker_rank", "speaker_away", "previous_share", "lead_right", "lead_left",
)  # fmt: skip
_AMONG = (
    "cue", "cue_-3", "cue_-2", "cue_-1", "cue_+1", "cue_+2", "cue_+3", "cue_max_left", "cue_max_right", "cue_higher",
    "cue_mass_left", "cue_mass_right", "cue_quantile", "depth_100", "depth_300", "depth_600",
)  # fmt: skip
FEATURES = _OWN + _AMONG
"""Names of the features, in the order of `Place.features`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A candidate place for a cut: the beginning of a segment.

    Attributes:
        segment: index from 0.
        position: words before it.
        features: one number per name in `FEATURES`; NaN where unknown (no times, no speakers).
    """

    segment: int
    position: int
    features: list[float]


@dataclass(slots=True)
class _Row:
    segment: int
    position: int
    cue: float
    quantile: float
    own: list[float]

    def to_list(self) -> list[Any]:
        own = [None if math.isnan(value) else value for value in self.own]
        return [self.segment, self.position, self.cue, self.quantile, own]

    @classmethod
    def from_list(cls, values: list[Any]) -> _Row:
        segment, position, cue, quantile, own = values
        return cls(segment, position, cue, quantile, [_NAN if value is None else value for value in own])


class FeatureStream:
    """Units in, places with their features out, in order.

    Args:
        weights: weight 0..15 of a stem; 0 for a word without content. Stems that are absent weigh `default`.
        default: see above.
        cue_score: log-odds that `units[at]` begins a section, by its cue phrases.
    """

    def __init__(self, weights: Mapping[str, int], default: int, cue_score: Callable[[list[Unit], int], float]) -> None:
        self._weights = weights
        self._default = default
        self._cue_score = cue_score
        self._units: list[Unit] = []  # from _BEHIND words before the next place on
        self._starts: list[int] = []  # word position of each
        self._terms: list[tuple[str, int] | None] = []  # of the words of _units
        self._end = 0  # word position after the last unit
        self._next = 0  # index in _units of the next one to look at
        self._windows = [Window(left, right) for left, right in _WINDOWS]
        self._speakers = SpeakerLedger()
        self._seen_units = 0
        self._seen_words = 0
        self._bins = [0] * _BINS
        self._rows: list[_Row] = []  # from _HISTORY words before the next place to hand out on
        self._ready = 0  # index in _rows of the next one to hand out
        self._term_cache: dict[str, tuple[str, int] | None] = {}

    def push(self, unit: Unit) -> list[Place]:
        """Take the next unit; return the places that are complete now."""
        self._units.append(unit)
        self._starts.append(self._end)
        self._terms.extend([self._term(word) for word in unit.words])
        self._end += len(unit.words)
        while self._next < len(self._units) and self._end - self._starts[self._next] >= AHEAD:
            self._look()
        places = self._compare(last=False)
        self._forget()
        return places

    def finish(self) -> list[Place]:
        """No unit follows: return the remaining places."""
        while self._next < len(self._units):
            self._look()
        return self._compare(last=True)

    def _term(self, word: str) -> tuple[str, int] | None:
        found = self._term_cache.get(word, self)
        if found is not self:
            return found  # type: ignore[return-value]
        term = None
        if len(word) > 2 and not word[0].isdigit():
            root = stem(word)
            weight = self._weights.get(root, self._default)
            term = (root, weight * weight) if weight else None
        if len(self._term_cache) > 50_000:
            self._term_cache.clear()
        self._term_cache[word] = term
        return term

    def _look(self) -> None:
        at = self._next
        position = self._starts[at]
        base = self._starts[0]
        for window in self._windows:
            window.move(position, self._terms, base)
        cue = self._cue_score(self._units, at)
        chance = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, cue))))
        own = [window.cosine for window in self._windows]
        own += self._novelty(position - base)
        own += self._shape(at)
        own += speaker_features(self._units, self._starts, at, self._speakers, chance)
        self._rows.append(_Row(self._units[at].segment, position, cue, self._quantile(cue), own))
        unit = self._units[at]
        self._speakers.add(unit, position, chance)
        self._seen_units += 1
        self._seen_words += unit.size
        self._next += 1

    def _novelty(self, first: int) -> list[float]:
        """Share of content words right of the place that the 600 words left of it do not have."""
        longest = self._windows[-1]
        shares = []
        for reach in (50, 150):
            terms = [term for term in self._terms[first : first + reach] if term is not None]
            fresh = sum(not longest.knows(term[0]) for term in terms)
            shares.append(fresh / len(terms) if terms else _NAN)
        return shares

    def _shape(self, at: int) -> list[float]:
        units, starts = self._units, self._starts
        unit = units[at]
        turn, following = 0, at
        while following < len(units) and units[following].speaker == unit.speaker and turn < AHEAD:
            turn += units[following].size
            following += 1
        place = starts[at]
        left = at - bisect_left(starts, place - AHEAD, 0, at)
        right = bisect_left(starts, place + AHEAD, at) - at
        return [
            float(min(turn, AHEAD)) if unit.speaker is not None else _NAN,
            float(unit.size),
            float(units[at - 1].size) if at else _NAN,
            float(units[at + 1].size) if at + 1 < len(units) and unit.size < AHEAD else _NAN,
            float(left),
            float(right),
            *_pauses(units, at),
            float(units[at - 1].asks) if at else 0.0,
            float(self._seen_words),
            self._seen_words / self._seen_units if self._seen_units else _NAN,
        ]

    def _quantile(self, cue: float) -> float:
        """Share of earlier units whose cue score lies below this one's."""
        slot = min(_BINS - 1, max(0, int((cue + 12.0) * 4.0)))
        share = sum(self._bins[:slot]) / self._seen_units if self._seen_units else 0.5
        self._bins[slot] += 1
        return share

    def _compare(self, *, last: bool) -> list[Place]:
        places = []
        rows = self._rows
        while self._ready < len(rows) and (last or rows[-1].position > rows[self._ready].position + NEAR):
            row = rows[self._ready]
            if row.segment and row.position:
                places.append(Place(row.segment, row.position, row.own + _among(rows, self._ready)))
            self._ready += 1
            drop = 0
            while drop < self._ready - 4 and rows[drop].position < row.position - _HISTORY:
                drop += 1
            if drop > 64:
                del rows[:drop]
                self._ready -= drop
        return places

    def _forget(self) -> None:
        """Drop what no window reaches any more; in lumps, because shortening a list costs its length."""
        if not self._next:
            return
        horizon = self._starts[self._next - 1] - _BEHIND - 1
        drop = min(self._next - 8, bisect_right(self._starts, horizon, 0, self._next) - 1)
        if drop > 256 or (drop > 0 and self._starts[drop] - self._starts[0] > 2000):
            del self._terms[: self._starts[drop] - self._starts[0]]
            del self._units[:drop]
            del self._starts[:drop]
            self._next -= drop

    def to_dict(self) -> dict[str, Any]:
        """The complete state, ready for JSON."""
        return {
            "units": [unit.to_list() for unit in self._units],
            "first": self._starts[0] if self._starts else 0,
            "next": self._next,
            "speakers": self._speakers.to_list(),
            "seen": [self._seen_units, self._seen_words],
            "bins": list(self._bins),
            "rows": [row.to_list() for row in self._rows],
            "ready": self._ready,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over the state that `to_dict` gave."""
        self._end = state["first"]
        for values in state["units"]:
            unit = Unit.from_list(values)
            self._units.append(unit)
            self._starts.append(self._end)
            self._terms.extend(self._term(word) for word in unit.words)
            self._end += len(unit.words)
        self._next = state["next"]
        self._speakers = SpeakerLedger.from_list(state["speakers"])
        self._seen_units, self._seen_words = state["seen"]
        self._bins = list(state["bins"])
        self._rows = [_Row.from_list(values) for values in state["rows"]]
        self._ready = state["ready"]
        if self._next:
            place = self._starts[self._next - 1]
            for window in self._windows:
                window.restart(max(self._starts[0], place - window.left))
                window.move(place, self._terms, self._starts[0])


def _pauses(units: list[Unit], at: int) -> list[float]:
    """Seconds of silence before the unit, after it, and the share of nearby silences that are shorter."""
    gaps = [_gap(units[i - 1], units[i]) for i in range(max(1, at - 8), min(len(units), at + 9))]
    here = _gap(units[at - 1], units[at]) if at else None
    ahead = _gap(units[at], units[at + 1]) if at + 1 < len(units) and units[at].size < AHEAD else None
    if here is None:
        return [_NAN, _NAN if ahead is None else ahead, _NAN]
    known = [gap for gap in gaps if gap is not None]
    return [here, _NAN if ahead is None else ahead, sum(gap < here for gap in known) / len(known)]


def _gap(before: Unit, after: Unit) -> float | None:
    if before.end is None or after.start is None:
        return None
    return after.start - before.end


def _among(rows: list[_Row], at: int) -> list[float]:
    row = rows[at]
    values = [row.cue]
    for offset in (-3, -2, -1, 1, 2, 3):
        values.append(rows[at + offset].cue if 0 <= at + offset < len(rows) else _NAN)
    left = [other for other in rows[max(0, at - 60) : at] if other.position >= row.position - NEAR]
    right = [other for other in rows[at + 1 : at + 61] if other.position <= row.position + NEAR]
    values.append(max((other.cue for other in left), default=_NAN))
    values.append(max((other.cue for other in right), default=_NAN))
    values.append(float(sum(other.cue > row.cue for other in left) + sum(other.cue > row.cue for other in right)))
    for side in (left, right):
        values.append(sum(math.exp(min(0.0, other.cue)) for other in side))
    values.append(row.quantile)
    for place in range(3):
        peaks = [max((other.own[place] for other in side), default=row.own[place]) for side in (left, right)]
        values.append(peaks[0] + peaks[1] - 2.0 * row.own[place])
    return values
