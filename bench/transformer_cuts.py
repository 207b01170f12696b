"""Where sections begin, with and without cohesion by the encoder: does it help the sectioner that ships?

The sectioner's log-odds of a place get `weight` times the standardised distance of what is said left and right of it;
the weight is chosen on training meetings, on which the sectioner itself was trained as well. Nothing is tuned on the
meetings that are shown.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from distill.segmentation.operating import DomainScore, score_domains
from distill.segmentation.recordings import Recording, load_recordings
from recorder.cuts import Cut, select_cuts
from recorder.encoder import WindowReading
from recorder.encoder_windows import CLS, PIECES, SEP
from recorder.piece_stream import PieceCutter, read_block
from recorder.section_features import Place
from recorder.section_path import PathSettings, PathStream
from recorder.sectioner import SectionModel, TrainedSectioner, load_section_model
from recorder.text import tokenize
from recorder.wordpiece import WordPiece

__all__ = ["Meeting", "SentenceReader", "cut_part", "cuts_of", "distances", "read_meeting", "standardised"]

TRAINING = 40
"""Training meetings on which the weight is chosen."""
STEP = PIECES // 3
"""Pieces between two places where the distance is measured; between them it is interpolated."""
WEIGHTS = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)
SLOPES = (1.0, 2.0, 3.0, 4.0)
"""Weights of cohesion alone, whose log-odds are those of any place plus the term."""

Floats = npt.NDArray[np.float64]


class SentenceReader(Protocol):
    """`recorder.encoder.Encoder`, or anything of its shape."""

    digest: str

    def read(self, ids: npt.NDArray[np.int32]) -> WindowReading:
        """What is said of windows, int32 (n, 128)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """A recording as the sectioner sees it; p places.

    Attributes:
        recording: with its gold boundaries.
        segments: segment of each place.
        positions: words before each place.
        log_odds: float64 (p,), the sectioner's, that a section begins.
        settings: how the sectioner divides the recording by what it knew when the place was looked at.
        words: of the whole recording.
        distance: float64 (p,), 1 - cosine of the vectors left and right; NaN near the recording's ends.
    """

    recording: Recording
    segments: list[int]
    positions: list[int]
    log_odds: Floats
    settings: list[PathSettings]
    words: int
    distance: Floats


class _Watched(TrainedSectioner):
    """Keeps the places that pass by, with the sectioner's log-odds and settings."""

    def __init__(self, model: SectionModel) -> None:
        super().__init__(model)
        self.seen: list[tuple[Place, float, PathSettings]] = []

    def _cuts(self, places: Sequence[Place]) -> list[Cut]:
        for place in places:
            chance = self._model.probability(place)
            self.seen.append((place, math.log(chance / (1.0 - chance)), self._path.settings))
        return []

    @property
    def words(self) -> int:
        """Words so far."""
        return self._words


def cut_part(data: Path, encoder: SentenceReader, *, cache: Path | None = None) -> list[str]:
    """The tables, as lines of Markdown.

    Args:
        data: folder of the corpora.
        encoder: whose sentence vectors are compared.
        cache: folder that keeps the vectors of each meeting.
    """
    wordpiece = WordPiece.load()
    split = load_recordings(data, "qmsum", "train")
    some = split[:: max(1, len(split) // TRAINING)][:TRAINING]
    train, valid = (
        [read_meeting(one, encoder, wordpiece, cache) for one in part]
        for part in (some, load_recordings(data, "qmsum", "valid"))
    )
    known = np.concatenate([meeting.distance for meeting in train])
    centre, spread = float(np.nanmean(known)), float(np.nanstd(known)) or 1.0
    begins = sum(len(set(meeting.recording.gold) & set(meeting.segments)) for meeting in train)
    base = math.log(begins / (len(known) - begins))
    learnt = _scan(train, centre, spread, base)
    weight = max(WEIGHTS, key=lambda each: _mean_f1(learnt[each, None]))
    slope = max(SLOPES, key=lambda each: _mean_f1(learnt[each, base]))
    shown = _scan(valid, centre, spread, base)
    rows = {
        "**earmark** (no encoder)": shown[0.0, None],
        f"with cohesion by the encoder, weight {weight:g}": shown[weight, None],
        f"cohesion by the encoder alone, weight {slope:g}": shown[slope, base],
        "cut nothing": score_domains([meeting.recording for meeting in valid], [[] for _ in valid]),
    }
    lines = [*_head(len(train), len(valid), centre, spread), *_table(rows), "", *_grid(learnt, shown)]
    print("\n".join(lines), file=sys.stderr, flush=True)
    return [*lines, ""]


Scores = dict[str, DomainScore]


def _scan(
    meetings: Sequence[Meeting], centre: float, spread: float, base: float
) -> dict[tuple[float, float | None], Scores]:
    """Scores by weight, and whether on the sectioner's log-odds (None) or on those of any place (`base`)."""
    recordings = [meeting.recording for meeting in meetings]
    terms = [standardised(meeting.distance, centre, spread) for meeting in meetings]
    found = {}
    for weight, ground in [*((each, None) for each in WEIGHTS), *((each, base) for each in SLOPES)]:
        cuts = [cuts_of(one, weight * term, base=ground) for one, term in zip(meetings, terms, strict=True)]
        found[weight, ground] = score_domains(recordings, cuts)
    return found


def read_meeting(recording: Recording, encoder: SentenceReader, cutter: PieceCutter, cache: Path | None) -> Meeting:
    """Run the shipped sectioner over a recording, and the encoder."""
    sectioner = _Watched(load_section_model())
    tokens = [tokenize(segment.text) for segment in recording.segments]
    for segment, row in zip(recording.segments, tokens, strict=True):
        sectioner.feed(segment, row)
    sectioner.finish()
    block = read_block([segment.text for segment in recording.segments], tokens, cutter)
    at = np.arange(len(block.segments))
    owners = block.owners()
    pieces = block.ids[owners, at - block.starts[owners] + 1]
    places = [place.segment for place, _, _ in sectioner.seen]
    curve = distances(_vectors(pieces, recording.id, encoder, cache))
    return Meeting(
        recording,
        places,
        [place.position for place, _, _ in sectioner.seen],
        np.array([log_odds for _, log_odds, _ in sectioner.seen]),
        [settings for _, _, settings in sectioner.seen],
        sectioner.words,
        _at(curve, np.searchsorted(block.segments, places)),
    )


def _vectors(pieces: npt.NDArray[np.int32], name: str, encoder: SentenceReader, cache: Path | None) -> Floats:
    """Unit vectors of the full windows that begin every `STEP` pieces, (windows, 384)."""
    starts = range(0, len(pieces) - PIECES + 1, STEP)
    ids = np.array([[CLS, *pieces[start : start + PIECES], SEP] for start in starts], np.int32).reshape(-1, PIECES + 2)
    if cache is None:
        return encoder.read(ids).sentence.astype(np.float64)
    digest = hashlib.sha256(encoder.digest.encode() + ids.tobytes()).hexdigest()[:16]
    file = cache / f"cuts-{name}-{digest}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".part")
        with fresh.open("wb") as kept:
            np.save(kept, encoder.read(ids).sentence, allow_pickle=False)
        fresh.replace(file)
    vectors: Floats = np.load(file, allow_pickle=False).astype(np.float64)
    return vectors


def distances(vectors: Floats) -> Floats:
    """1 - cosine of each window and the one that begins where it ends: (windows,) to (windows - 3,), or none.

    Number i belongs to piece `PIECES` + i * `STEP`.
    """
    apart = PIECES // STEP
    near: Floats = np.einsum("ij,ij->i", vectors[:-apart], vectors[apart:])
    return 1.0 - near


def _at(curve: Floats, pieces: npt.NDArray[np.intp]) -> Floats:
    """The curve of `distances` at any pieces; NaN where no full window lies on both sides."""
    if not len(curve):
        return np.full(len(pieces), np.nan)
    return np.interp(pieces, PIECES + STEP * np.arange(len(curve)), curve, left=np.nan, right=np.nan)


def standardised(distance: Floats, centre: float, spread: float) -> Floats:
    """Deviations from the centre; 0, which is no evidence, where nothing is known."""
    return np.nan_to_num((distance - centre) / spread, nan=0.0)


def cuts_of(meeting: Meeting, term: Floats, *, base: float | None = None) -> list[int]:
    """First segments of the sections at the default granularity.

    Args:
        meeting: as read.
        term: (p,), added to the log-odds of its places.
        base: log-odds of every place instead of the sectioner's.
    """
    ground = meeting.log_odds if base is None else np.full(len(term), base)
    chances = 1.0 / (1.0 + np.exp(-(ground + term)))
    path = PathStream(load_section_model().path(0))
    cuts: list[Cut] = []
    for segment, position, chance, settings in zip(
        meeting.segments, meeting.positions, chances, meeting.settings, strict=True
    ):
        path.settings = settings
        cuts += path.push(segment, position, float(chance))
    cuts += path.finish(meeting.words)
    return [cut.segment for cut in select_cuts(cuts)]


def _mean_f1(scores: Scores) -> float:
    return sum(score.f1 for score in scores.values()) / len(scores)


def _head(train: int, valid: int, centre: float, spread: float) -> list[str]:
    return [
        f"## Cuts: QMSum validation, {valid} meetings, turns; the sectioner with and without cohesion by the encoder",
        "",
        f"Added to log-odds: weight * (distance - {centre:.3f}) / {spread:.3f}. The distance is 1 - cosine of the",
        f"vectors of {PIECES} word pieces (about 100 words) left and right of a place; the constants and the weight",
        f"(by mean F1) are of {train} training meetings, on which the sectioner was trained too. Cohesion alone:",
        "log-odds of any place plus the term, same decoder.",
        "Cells: Pk / WindowDiff / F1 within 2 turns, means over meetings; in brackets F1 of all boundaries pooled.",
        "",
    ]


def _table(rows: dict[str, Scores]) -> list[str]:
    domains = sorted(next(iter(rows.values())))
    lines = [f"| cuts | {' | '.join(domains)} | mean F1@2 |", "|---" * (len(domains) + 2) + "|"]
    for label, scores in rows.items():
        cells = [
            f"{one.pk:.3f} / {one.window_diff:.3f} / {one.f1:.3f} ({one.f1_pooled:.3f})"
            for one in (scores[domain] for domain in domains)
        ]
        lines.append(f"| {label} | {' | '.join(cells)} | {_mean_f1(scores):.3f} |")
    return lines


def _grid(
    learnt: dict[tuple[float, float | None], Scores], shown: dict[tuple[float, float | None], Scores]
) -> list[str]:
    """What every weight would give: the training meetings decide, the others tell whether that was luck."""
    lines = ["Mean F1 within 2 by weight:", "", "| log-odds | weight | training | validation | sections a meeting |"]
    lines.append("|---" * 5 + "|")
    for weight, base in learnt:
        made = [_mean_f1(each[weight, base]) for each in (learnt, shown)]
        sections = np.mean([score.sections for score in shown[weight, base].values()])
        ground = "the sectioner's" if base is None else "any place's"
        lines.append(f"| {ground} | {weight:g} | {made[0]:.3f} | {made[1]:.3f} | {sections:.1f} |")
    return lines
