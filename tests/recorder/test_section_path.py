"""The division of a recording: best where all of it is in view, and the same however it is saved on the way."""

from __future__ import annotations

import json
import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.cuts import Cut
from recorder.section_path import FINE_WORDS, PATH_WORDS, PathSettings, PathStream

pytestmark = pytest.mark.runtime

SETTINGS = PathSettings(enough=100.0, short=0.7, overdue=150.0, bias=2.0)
Place = tuple[int, int, float]

gaps = st.lists(st.tuples(st.integers(1, 90), st.floats(0.0001, 0.9)), min_size=1, max_size=60)


def places_of(pairs: list[tuple[int, float]]) -> list[Place]:
    """(segment, position, probability), positions adding up."""
    positions = np.cumsum([gap for gap, _ in pairs]).tolist()
    return [(i + 1, position, chance) for i, (position, (_, chance)) in enumerate(zip(positions, pairs, strict=True))]


def run(places: list[Place], *, saved: bool = False) -> list[Cut]:
    stream, cuts = PathStream(SETTINGS), []
    for place in places:
        cuts += stream.push(*place)
        if saved:
            state = json.loads(json.dumps(stream.to_dict()))
            stream = PathStream(SETTINGS)
            stream.restore(state)
    return cuts + stream.finish(places[-1][1] + 30)


def worth(chosen: tuple[Place, ...], end: int) -> float:
    """The value of a division, written from its definition."""
    total, before = 0.0, 0
    for _, position, chance in chosen:
        words = position - before
        total += SETTINGS.short * math.log(min(max(words, 15), 100) / 100) - (words / 150) ** 2
        total += math.log(chance / (1 - chance)) + SETTINGS.bias
        before = position
    last = max(end - before, 1)
    return total - (last / 150) ** 2 + SETTINGS.short * math.log(min(max(last, 15), 400) / 400)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 70), st.floats(0.001, 0.9)), min_size=1, max_size=8))
def test_with_everything_in_view_the_division_is_the_best_of_all(pairs: list[tuple[int, float]]) -> None:
    places = places_of(pairs)
    end = places[-1][1] + 30
    ours = tuple(place for place in places if place[0] in {cut.segment for cut in run(places) if cut.strength >= 0.5})
    subsets = (subset for size in range(len(places) + 1) for subset in combinations(places, size))
    assert worth(ours, end) == pytest.approx(max(worth(subset, end) for subset in subsets))


@settings(max_examples=100, deadline=None)
@given(gaps)
def test_saving_and_restoring_at_every_step_changes_nothing(pairs: list[tuple[int, float]]) -> None:
    places = places_of(pairs)
    assert run(places, saved=True) == run(places)


@settings(max_examples=100, deadline=None)
@given(gaps)
def test_cuts_rise_and_fine_ones_keep_their_distance(pairs: list[tuple[int, float]]) -> None:
    places = places_of(pairs)
    where = {segment: position for segment, position, _ in places}
    cuts = run(places)
    assert [cut.segment for cut in cuts] == sorted({cut.segment for cut in cuts})
    for before, after in pairwise(cuts):
        if after.strength < 0.5:
            assert where[after.segment] - where[before.segment] >= FINE_WORDS
    end = places[-1][1] + 30
    assert all(FINE_WORDS <= where[cut.segment] <= end - FINE_WORDS for cut in cuts if cut.strength < 0.5)
    assert all(0 < cut.strength <= 1 for cut in cuts)


def test_a_place_is_decided_when_it_leaves_the_window() -> None:
    stream = PathStream(SETTINGS)
    decided: dict[int, int] = {}
    for segment in range(1, 400):
        for cut in stream.push(segment, 20 * segment, 0.9 if segment % 10 == 0 else 0.01):
            decided[cut.segment] = 20 * segment
    assert decided
    assert all(PATH_WORDS < at - 20 * segment <= PATH_WORDS + 20 for segment, at in decided.items())
    assert len(stream.to_dict()["places"]) <= PATH_WORDS // 20 + 1


def test_an_overdue_section_ends_at_its_likeliest_place() -> None:
    places = [(i, 20 * i, 0.02 if i == 13 else 0.001) for i in range(1, 60)]
    shown = [cut.segment for cut in run(places) if cut.strength >= 0.5]
    assert 13 in shown
    assert len(shown) >= 3  # 1,200 words in sections that are overdue at 150


def test_no_section_begins_before_the_first_word() -> None:
    assert PathStream(SETTINGS).push(3, 0, 0.99) == []
    assert PathStream(SETTINGS).finish(0) == []
