"""Pk and WindowDiff against nltk's; boundary F1 against worked values and a brute-force matching."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics.segmentation import pk as nltk_pk
from nltk.metrics.segmentation import windowdiff as nltk_windowdiff

from distill.segmentation.metrics import boundary_match, half_mean_length, pk, window_diff


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[list[int], list[int], int, int]:
    size = draw(st.integers(3, 40))
    marks = st.sets(st.integers(1, size - 1)).map(sorted)
    return draw(marks), draw(marks), size, draw(st.integers(1, size - 1))


def _string(boundaries: list[int], size: int) -> str:
    # nltk marks the LAST unit of a section and slides over the string of marks; unit 0 begins no section here, so the
    # marks of units 1..size-1 are its string.
    return "".join("1" if unit in boundaries else "0" for unit in range(1, size))


@given(_pairs())
def test_equals_nltk(case: tuple[list[int], list[int], int, int]) -> None:
    predicted, gold, size, k = case
    ours, theirs = _string(predicted, size), _string(gold, size)
    assert pk(predicted, gold, size, k) == pytest.approx(nltk_pk(theirs, ours, k))
    assert window_diff(predicted, gold, size, k) == pytest.approx(nltk_windowdiff(theirs, ours, k))


def test_worked_values() -> None:
    assert pk([], [2], 4, 1) == pytest.approx(1 / 3)
    assert half_mean_length([50], 100) == 25
    assert boundary_match([10, 11, 40], [12, 60]) == (1, 3, 2)


@given(st.sets(st.integers(1, 14), max_size=5), st.sets(st.integers(1, 14), max_size=5), st.integers(0, 3))
def test_matching_is_the_largest_one(ours: set[int], gold: set[int], tolerance: int) -> None:
    predicted, wanted = sorted(ours), sorted(gold)
    best = 0
    for count in range(1, min(len(predicted), len(wanted)) + 1):
        for left in itertools.combinations(predicted, count):
            for right in itertools.combinations(wanted, count):  # in order: crossing pairs are never better
                if all(abs(a - b) <= tolerance for a, b in zip(left, right, strict=True)):
                    best = count
    assert boundary_match(predicted, wanted, tolerance) == (best, len(predicted), len(wanted))
