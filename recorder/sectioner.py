"""The trained sectioner: segments in, cuts out, 750 words later at most.

Cue phrases around a segment's beginning give a first score (a linear model); together with what the windows left and
right of it show (word cohesion, speakers, pauses, lengths) it goes into boosted trees, which give the probability
that a section begins; the best division of the recording by these probabilities and by what section lengths are usual
gives the cuts. After Galley et al. 2003 (cues, pauses, speaker change, cohesion), as a stream with a look-ahead of
`AHEAD` + `NEAR` + `PATH_WORDS` words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from earmark.artifacts import load_table
from earmark.errors import ArtifactError
from recorder.boosting import BoostedTrees
from recorder.cuts import DEFAULT_GRANULARITY, Cut, Sectioner, select_cuts
from recorder.errors import SessionError
from recorder.fixed_sectioner import FixedSectioner
from recorder.section_features import FEATURES, FeatureStream, Place
from recorder.section_path import PathSettings, PathStream
from recorder.section_units import Unit, cue_features, make_unit
from recorder.text import Token
from recorder.transcript import Segment

__all__ = [
    "DEFAULT_GRANULARITY",
    "Cut",
    "FixedSectioner",
    "SectionModel",
    "Sectioner",
    "TrainedSectioner",
    "load_section_model",
    "select_cuts",
]

_TABLE = Path(__file__).parent / "pretrained" / "en" / "sections.json"
MANY_SPEAKERS = 3
"""From so many named speakers on a recording is divided as a meeting."""
CUE_UNIT = 256
"""Cue weights are stored as multiples of 1 / CUE_UNIT log-odds, so that their sum is exact."""


class SectionModel:
    """The frozen table behind a sectioner; one may serve many recordings.

    Args:
        body: what `sections.json` holds: "cues" (weight per cue feature), "cue_bias", "stems" (weight per stem),
            "stem_default", "features" (their names), "trees", "path" (`PathSettings` for "few" and "many" speakers).

    Raises:
        ArtifactError: the table was made for other features.
    """

    def __init__(self, body: dict[str, Any]) -> None:
        if tuple(body["features"]) != FEATURES:
            raise ArtifactError(
                f"the section model was trained on {len(body['features'])} features that are not the {len(FEATURES)} "
                "of this release. Retrain it with: earmark distill sections --data DIR --out DIR"
            )
        self._cues: dict[str, int] = body["cues"]
        self._bias = int(body["cue_bias"])
        self.stems: dict[str, int] = body["stems"]
        self.stem_default = int(body["stem_default"])
        self._few = PathSettings(**body["path"]["few"])
        self._many = PathSettings(**body["path"]["many"])
        self._trees = BoostedTrees(body["trees"], len(FEATURES))

    def cue_score(self, units: Sequence[Unit], at: int) -> float:
        """Log-odds that `units[at]` begins a section, by its cue phrases alone."""
        weights = self._cues
        return (self._bias + sum(weights.get(name, 0) for name in cue_features(units, at))) / CUE_UNIT

    def path(self, speakers: int) -> PathSettings:
        """How to divide a recording in which so many people have spoken so far (0 when nobody is named).

        A meeting comes back to its topics and drifts; a lecture, or a talk between two, moves on faster and gives fewer
        signs of it.
        """
        return self._many if speakers >= MANY_SPEAKERS else self._few

    def probability(self, place: Place) -> float:
        """Probability that a section begins at the place, 0..1."""
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self._trees.score(place.features)))))


@lru_cache(maxsize=4)
def load_section_model(path: Path = _TABLE) -> SectionModel:
    """The model in a table file; the same object for the same path.

    Raises:
        ArtifactError: the file is missing, damaged, or of another version.
    """
    return SectionModel(load_table(path, kind="sections", version=1))


class TrainedSectioner:
    """Cuts where a new topic begins; see `recorder.cuts.Sectioner` for the law.

    It needs no times, speakers, case or punctuation, and uses speakers and times where they are. A segment without a
    word is never the beginning of a section. A cut is decided when some 750 words follow it, or at the end.
    """

    def __init__(self, model: SectionModel) -> None:
        self._model = model
        self._features = FeatureStream(model.stems, model.stem_default, model.cue_score)
        self._path = PathStream(model.path(0))
        self._speakers: list[str] = []  # the first `MANY_SPEAKERS` who spoke
        self._words = 0
        self._segments = 0
        self._finished = False

    @classmethod
    def load(cls, path: Path | None = None) -> TrainedSectioner:
        """A sectioner at the beginning of a recording, with the table at `path` or the one shipped."""
        return cls(load_section_model(path or _TABLE))

    def feed(self, segment: Segment, tokens: Sequence[Token]) -> list[Cut]:
        """Take the next final segment with its tokens; return the cuts decided now, in order.

        Raises:
            SessionError: `finish` was called before.
        """
        if self._finished:
            raise SessionError("feed() was called after finish(); start a new sectioner for a new recording.")
        unit = make_unit(self._segments, segment, tokens)
        self._segments += 1
        if unit is None:
            return []
        self._words += unit.size
        if unit.speaker is not None and len(self._speakers) < MANY_SPEAKERS and unit.speaker not in self._speakers:
            self._speakers.append(unit.speaker)
            self._path.settings = self._model.path(len(self._speakers))
        return self._cuts(self._features.push(unit))

    def finish(self) -> list[Cut]:
        """The recording has ended: return the cuts still undecided, in order. A second call returns nothing."""
        if self._finished:
            return []
        self._finished = True
        cuts = self._cuts(self._features.finish())
        return cuts + self._path.finish(self._words)

    def _cuts(self, places: Sequence[Place]) -> list[Cut]:
        cuts: list[Cut] = []
        for place in places:
            cuts += self._path.push(place.segment, place.position, self._model.probability(place))
        return cuts

    def to_dict(self) -> dict[str, Any]:
        """The complete state, ready for JSON, without the model."""
        return {
            "kind": "trained",
            "segments": self._segments,
            "finished": self._finished,
            "features": self._features.to_dict(),
            "path": self._path.to_dict(),
            "speakers": list(self._speakers),
            "words": self._words,
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any], path: Path | None = None) -> TrainedSectioner:
        """The inverse of `to_dict`, with the same table."""
        sectioner = cls.load(path)
        sectioner._segments = state["segments"]
        sectioner._finished = state["finished"]
        sectioner._features.restore(state["features"])
        sectioner._path.restore(state["path"])
        sectioner._speakers = list(state["speakers"])
        sectioner._words = state["words"]
        sectioner._path.settings = sectioner._model.path(len(sectioner._speakers))
        return sectioner
