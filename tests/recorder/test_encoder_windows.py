"""Windows of word pieces, and where candidates lie in them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.candidates import Occurrence, find_candidates
from recorder.encoder_windows import (
    CLS,
    OVERLAP,
    PIECES,
    SEP,
    WINDOW,
    BlockWindows,
    CandidatePlaces,
    candidate_places,
    pool_candidates,
)
from recorder.piece_stream import read_block
from recorder.text import tokenize
from recorder.wordpiece import WordPiece
from tests.recorder.strategies import nasty_text

pytestmark = pytest.mark.runtime

CUTTER = WordPiece.load()


def read(texts: list[str]) -> BlockWindows:
    return read_block(texts, [tokenize(text) for text in texts], CUTTER)


def nouns(text: str) -> list[Occurrence]:
    """Candidates of a text whose every token counts as a noun."""
    tokens = tokenize(text)
    return find_candidates(tokens, ["NOUN"] * len(tokens))


def places_of(texts: list[str]) -> tuple[BlockWindows, CandidatePlaces, dict[tuple[str, ...], int]]:
    said = [nouns(text) for text in texts]
    numbers = {stems: i for i, stems in enumerate(sorted({each.stems for row in said for each in row}))}
    windows = read(texts)
    return windows, candidate_places(windows, said, numbers), numbers


def test_a_short_block_is_one_window() -> None:
    windows = read(["Embeddings, please!", "", "Houses"])
    assert windows.ids.shape == (1, WINDOW)
    assert windows.ids[0, :10].tolist() == [CLS, 7861, 8270, 4667, 2015, 1010, 3531, 999, 3506, SEP]
    assert not windows.ids[0, 10:].any()
    assert windows.lengths.tolist() == [10]
    assert windows.mask.sum() == 10
    assert windows.segments.tolist() == [0] * 7 + [2]
    assert windows.tokens.tolist() == [0, 0, 0, 0, 1, 2, 3, 0]


def test_the_ids_at_the_edges_are_those_of_the_vocabulary() -> None:
    assert (CUTTER.id_of("[CLS]"), CUTTER.id_of("[SEP]"), CUTTER.id_of("[PAD]")) == (CLS, SEP, 0)


@pytest.mark.parametrize("texts", [[], [""], ["", " \t"]])
def test_nothing_said_is_no_window(texts: list[str]) -> None:
    windows = read(texts)
    assert len(windows) == 0
    assert candidate_places(windows, [[] for _ in texts], {}).candidates.shape == (0,)


def test_spelled_letters_are_read_as_one_word() -> None:
    assert read(["the D_V_D_ player"]).ids.tolist() == read(["the DVD player"]).ids.tolist()
    assert read(["the D_V_D_ player"]).tokens.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("pieces", "starts"),
    [(1, [0]), (126, [0]), (127, [0, 1]), (236, [0, 110]), (237, [0, 110, 111]), (300, [0, 110, 174])],
)
def test_every_window_of_a_long_block_is_full(pieces: int, starts: list[int]) -> None:
    windows = read(["house " * pieces])
    assert windows.starts.tolist() == starts
    assert windows.lengths.tolist() == [min(pieces, PIECES) + 2] * len(starts)


@settings(deadline=None)
@given(st.integers(1, 2000))
def test_windows_overlap_and_leave_nothing_out(n_pieces: int) -> None:
    windows = read(["house " * n_pieces])
    steps = np.diff(windows.starts)
    assert (steps <= PIECES - OVERLAP).all()
    assert (steps > 0).all()
    assert windows.starts[-1] + PIECES >= n_pieces
    owners = windows.owners()
    inside = np.arange(n_pieces) - windows.starts[owners]
    assert ((inside >= 0) & (inside < PIECES)).all()
    if len(steps):
        assert len(windows) == 1 + -(-(n_pieces - PIECES) // (PIECES - OVERLAP))
        edge = np.minimum(inside, PIECES - 1 - inside)
        assert (edge[(owners > 0) & (owners < len(steps))] >= OVERLAP // 2 - 1).all()


@settings(max_examples=200, deadline=None)
@given(st.lists(nasty_text(), max_size=5))
def test_any_text_is_read(texts: list[str]) -> None:
    windows, places, _ = places_of(texts)
    assert len(windows.segments) == len(windows.tokens)
    assert (np.diff(windows.segments) >= 0).all()
    assert (places.firsts >= 1).all()
    assert (places.lasts >= places.firsts).all()
    assert (places.lasts < windows.lengths[places.windows] - 1).all()


def test_places_hold_the_words_of_their_candidates() -> None:
    """Every place, read back from the ids, is the candidate's own words."""
    texts = ["solar panels on the roof"] + ["garden gate oil chain"] * 60 + ["Embeddings, roof"]
    windows, places, numbers = places_of(texts)
    stems_of = {number: stems for stems, number in numbers.items()}
    words = {CUTTER.ids(word)[0]: word for text in texts for word in text.lower().split()}
    seen: Counter[tuple[str, ...]] = Counter()
    for candidate, window, first, last in zip(
        places.candidates, places.windows, places.firsts, places.lasts, strict=True
    ):
        ids = windows.ids[window, first : last + 1].tolist()
        stems = stems_of[int(candidate)]
        seen[stems] += 1
        assert words[ids[0]][:3] == stems[0][:3]
        if stems == ("roof",):
            assert ids == CUTTER.ids("roof")
        if stems == ("garden", "gate"):
            assert ids == CUTTER.ids("garden gate")
        if stems == ("embed",):
            assert ids == CUTTER.ids("Embeddings")
    assert seen[("garden", "gate")] == 60
    assert seen[("roof",)] == 2
    assert len(windows) > 1


def test_a_candidate_that_is_not_wanted_has_no_place() -> None:
    windows = read(["garden gate"])
    places = candidate_places(windows, [nouns("garden gate")], {("gate",): 7})
    assert places.candidates.tolist() == [7]
    assert (places.firsts.tolist(), places.lasts.tolist()) == ([2], [2])


def test_pooling_by_hand() -> None:
    """Candidate 0 is said twice, as pieces (1, 3) and (2): 2 and 2 -> and 5; candidate 2 is never said."""
    scores = np.zeros((2, WINDOW))
    scores[0, 4:6] = (1.0, 3.0)
    scores[1, 7] = 5.0
    scores[1, 9] = -1.0
    places = CandidatePlaces(*(np.array(column, np.int32) for column in ([0, 0, 1], [0, 1, 1], [4, 7, 9], [5, 7, 9])))
    best, mean = pool_candidates(scores, places, 3)
    assert best.tolist() == [5.0, -1.0, 0.0]
    assert mean.tolist() == [3.5, -1.0, 0.0]
