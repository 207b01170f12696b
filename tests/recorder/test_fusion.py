"""Fusion: one score of several scorers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import OptionError
from recorder.fusion import fuse

pytestmark = pytest.mark.runtime

rows = st.lists(st.lists(st.floats(-1e6, 1e6), max_size=6), min_size=1, max_size=5)


def test_the_worked_example() -> None:
    fused = fuse({"a": [[0.2, 0.8]], "b": [[10, 0]]}, {"a": 3, "b": 1})
    assert fused == [[pytest.approx(0.4), pytest.approx(0.6)]]


@given(rows)
def test_one_scorer_alone_keeps_its_ranking_and_lands_in_0_to_1(values: list[list[float]]) -> None:
    fused = fuse({"only": values}, {"only": 2.0})
    flat = [value for row in values for value in row]
    after = [value for row in fused for value in row]
    assert all(0 <= value <= 1 for value in after)
    pairs = sorted(zip(flat, after, strict=True))
    assert [score for _, score in pairs] == sorted(after)


def test_scores_in_0_to_1_are_taken_as_they_are() -> None:
    assert fuse({"only": [[0.25], [0.5]]}, {"only": 1}) == [[0.25], [0.5]]


def test_equal_scores_say_nothing() -> None:
    assert fuse({"flat": [[7.0, 7.0]]}, {"flat": 1}) == [[0.5, 0.5]]


def test_empty_sections_are_allowed() -> None:
    assert fuse({"only": [[], []]}, {"only": 1}) == [[], []]


def test_the_order_of_the_scorers_does_not_matter() -> None:
    a, b = [[0.1, 0.7]], [[3.0, -1.0]]
    assert fuse({"a": a, "b": b}, {"a": 1, "b": 3}) == fuse({"b": b, "a": a}, {"b": 3, "a": 1})


@pytest.mark.parametrize("weight", [0, -1.0, float("nan"), None])
def test_a_weight_must_be_positive(weight: float | None) -> None:
    weights = {} if weight is None else {"a": weight}
    with pytest.raises(OptionError, match=r"the weight of the scorer 'a' must be a positive number, got"):
        fuse({"a": [[0.5]]}, weights)


def test_no_scorer_is_an_error() -> None:
    with pytest.raises(OptionError, match="at least one scorer, got none"):
        fuse({}, {})


def test_scorers_must_agree_on_the_candidates() -> None:
    with pytest.raises(OptionError, match=r"'b' gave rows of \[1\], expected \[2\]"):
        fuse({"a": [[0.5, 0.1]], "b": [[0.5]]}, {"a": 1, "b": 1})


def test_scores_must_be_finite() -> None:
    with pytest.raises(OptionError, match="scores of 'a' must be finite"):
        fuse({"a": [[float("nan")]]}, {"a": 1})
