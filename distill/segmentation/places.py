"""From recordings to training rows: units, cue names, and the places with their features."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from distill.segmentation.recordings import Recording, fold_of
from recorder.section_features import FeatureStream, Place
from recorder.section_units import Unit, cue_features, make_unit
from recorder.text import tokenize

__all__ = ["Rows", "place_rows", "unit_cues", "unit_folds", "unit_labels", "units_of"]

Floats = npt.NDArray[np.float64]


def units_of(recording: Recording) -> list[Unit]:
    """The units of a recording, as the sectioner makes them."""
    made = (make_unit(index, segment, tokenize(segment.text)) for index, segment in enumerate(recording.segments))
    return [unit for unit in made if unit is not None]


def unit_cues(units: Sequence[Unit]) -> list[list[str]]:
    """Names of the cue features of every unit."""
    # Interned: the same few names come back at every unit of every meeting.
    return [list(map(sys.intern, cue_features(units, at))) for at in range(len(units))]


def near_gold(gold: Sequence[int], segments: Sequence[int], tolerance: int) -> Floats:
    """1 where a segment is at most `tolerance` away from a gold boundary, else 0."""
    marked = {boundary + shift for boundary in gold for shift in range(-tolerance, tolerance + 1)}
    return np.array([float(segment in marked) for segment in segments])


def unit_labels(recordings: Sequence[Recording], units: Sequence[Sequence[Unit]]) -> Floats:
    """1 where a unit begins a gold section, over all recordings in order."""
    parts = [near_gold(one.gold, [unit.segment for unit in own], 0) for one, own in zip(recordings, units, strict=True)]
    return np.concatenate(parts)


def unit_folds(recordings: Sequence[Recording], sizes: Sequence[int], folds: int) -> npt.NDArray[np.int64]:
    """The fold of each of `sizes[i]` rows of recording i."""
    return np.repeat(np.array([fold_of(recording.id, folds) for recording in recordings], dtype=np.int64), sizes)


@dataclass(frozen=True, slots=True)
class Rows:
    """The places of one recording: segment and word position of each, and features of shape (places, features)."""

    segments: list[int]
    positions: list[int]
    features: Floats


def place_rows(units: Sequence[Unit], scores: Sequence[float], stems: dict[str, int], default: int) -> Rows:
    """Run the runtime's own feature stream, with given cue scores instead of the cue model's."""
    known = {unit.segment: float(score) for unit, score in zip(units, scores, strict=True)}
    stream = FeatureStream(stems, default, lambda held, at: known[held[at].segment])
    places: list[Place] = []
    for unit in units:
        places += stream.push(unit)
    places += stream.finish()
    width = len(places[0].features) if places else 0
    features = np.array([place.features for place in places], dtype=np.float64).reshape(len(places), width)
    return Rows([place.segment for place in places], [place.position for place in places], features)
