"""Cuts with cohesion by an encoder: the arithmetic of the term; without it the sectioner is the one that ships."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from bench.sections import ours
from bench.transformer_cuts import STEP, Meeting, cut_part, cuts_of, distances, read_meeting, standardised
from distill.segmentation.recordings import bare, load_recordings
from recorder.encoder import WindowReading
from recorder.encoder_windows import PIECES, WINDOW
from recorder.wordpiece import WordPiece
from tests.distill.meetings import write_meetings


class Bags:
    """Vectors of the pieces that a window holds, whatever their order."""

    def __init__(self, seed: int = 0) -> None:
        self.digest = hashlib.sha256(bytes([seed])).hexdigest()
        self.table = np.random.default_rng(seed).normal(size=(30522, 384)).astype(np.float32)
        self.windows = 0

    def read(self, ids: npt.NDArray[np.int32]) -> WindowReading:
        self.windows += len(ids)
        sums = self.table[ids].sum(axis=1)
        keyword = np.zeros((len(ids), WINDOW), np.float32)
        return WindowReading(keyword, keyword[:, 0], sums / np.linalg.norm(sums, axis=1, keepdims=True))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_meetings(tmp_path_factory.mktemp("data"), n_train=2)


@pytest.fixture(scope="module")
def meeting(data: Path) -> Meeting:
    return read_meeting(load_recordings(data, "qmsum", "valid")[0], Bags(), WordPiece.load(), None)


def test_distance_of_a_window_and_the_one_that_begins_where_it_ends() -> None:
    assert STEP * 3 == PIECES
    turned = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [0.0, 1.0], [0.6, 0.8]])
    assert distances(turned) == pytest.approx([1.0, 0.0])
    assert len(distances(turned[:3])) == 0, "nothing said on one of the sides"


def test_unknown_distance_is_no_evidence() -> None:
    assert standardised(np.array([0.5, np.nan, 0.2]), 0.3, 0.1).tolist() == pytest.approx([2.0, 0.0, -1.0])


def test_without_the_term_cuts_are_those_that_ship(meeting: Meeting) -> None:
    assert cuts_of(meeting, 0.0 * meeting.log_odds) == ours(meeting.recording)
    poorer = bare(meeting.recording)  # other settings of the path: nobody is named
    cuts = ours(poorer)
    assert len(cuts) == 5
    again = read_meeting(poorer, Bags(), WordPiece.load(), None)
    assert cuts_of(again, 0.0 * again.log_odds) == cuts


def test_term_brings_cuts_and_takes_them_away(meeting: Meeting) -> None:
    assert cuts_of(meeting, np.full(len(meeting.segments), -9.0)) == []
    place = len(meeting.segments) // 2
    term = np.zeros(len(meeting.segments))
    term[place] = 30.0
    assert cuts_of(meeting, term, base=-9.0) == [meeting.segments[place]]


def test_places_near_the_ends_have_no_distance(meeting: Meeting) -> None:
    known = ~np.isnan(meeting.distance)
    inside = np.flatnonzero(known)
    assert len(inside) > 5
    assert inside[0] > 0
    assert inside[-1] < len(known) - 1
    assert known[inside[0] : inside[-1] + 1].all()
    words = np.array(meeting.positions)[inside]
    assert 60 < words[0] < 140, "some hundred words left of the first"
    assert 60 < meeting.words - words[-1] < 140


def test_distance_is_of_the_text_left_and_right(data: Path, meeting: Meeting) -> None:
    """Computed anew from the pieces, at the place that lies nearest to a measured one."""
    wordpiece, bags = WordPiece.load(), Bags()
    texts = [segment.text for segment in meeting.recording.segments]
    pieces = [wordpiece.ids(text) for text in texts]
    flat = np.array([piece for row in pieces for piece in row], np.int32)
    begins = np.cumsum([0, *map(len, pieces)])[meeting.segments]
    slack = np.where(np.isnan(meeting.distance), PIECES, np.abs(begins - np.round(begins / STEP) * STEP))
    place = int(slack.argmin())
    middle = round(begins[place] / STEP) * STEP
    sides = np.array([[101, *flat[at : at + PIECES], 102] for at in (middle - PIECES, middle)], np.int32)
    left, right = bags.read(sides).sentence.astype(float)
    assert slack[place] <= 2
    assert meeting.distance[place] == pytest.approx(1.0 - left @ right, abs=0.02 * (slack[place] + 0.01))


def test_vectors_are_kept_for_the_same_encoder_alone(data: Path, tmp_path: Path) -> None:
    recording = load_recordings(data, "qmsum", "valid")[0]
    first, again, other = Bags(), Bags(), Bags(1)
    rows = [read_meeting(recording, each, WordPiece.load(), tmp_path).distance for each in (first, again, other)]
    assert np.array_equal(rows[0], rows[1], equal_nan=True)
    assert (first.windows, again.windows) == (other.windows, 0)
    assert first.windows > 0
    assert len(list(tmp_path.glob("cuts-TS002a-*.npy"))) == 2


def test_tables(data: Path) -> None:
    lines = cut_part(data, Bags())
    cells = {line.split(" | ")[0][2:]: line.split(" | ")[1:] for line in lines if line.startswith("| ")}
    assert cells["cuts"] == ["Academic", "Product", "mean F1@2 |"]
    assert cells["cut nothing"][-1] == "0.000 |"
    grid = [line for line in lines if line.startswith(("| the sectioner's", "| any place's"))]
    assert grid[0].startswith("| the sectioner's | 0 | ")
    assert grid[0].split(" | ")[3] + " |" == cells["**earmark** (no encoder)"][-1], "weight 0 is the one that ships"
    assert len(grid) == 10
