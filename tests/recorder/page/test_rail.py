"""Keywords along the scrollbar: none overlaps another at any height, and the important ones are there first."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.page.assets import source
from recorder.page.rail import HEIGHTS, ROW, Mark, steps_of

pytestmark = pytest.mark.runtime


def tops(marks: list[Mark], height: int) -> list[float]:
    """Where the style sheet puts every row that is shown on a rail of `height` pixels."""
    step = sum(height >= each for each in HEIGHTS) - 1
    return sorted(
        min(mark.at * height, height - ROW) + row * ROW
        for mark, steps in zip(marks, steps_of(marks), strict=True)
        for row, first in enumerate(steps)
        if first <= step
    )


MARKS = st.lists(
    st.builds(Mark, st.floats(0, 0.9999), st.floats(0, 1), st.booleans(), st.integers(1, 3)), min_size=1, max_size=60
).map(lambda marks: sorted(marks, key=lambda mark: mark.at))


@given(MARKS, st.integers(HEIGHTS[0], 2400))
def test_no_two_rows_overlap_and_none_leaves_the_rail(marks: list[Mark], height: int) -> None:
    shown = tops(marks, height)
    assert all(below - above >= ROW - 1e-6 for above, below in pairwise(shown))
    assert all(-1e-6 <= top <= height - ROW + 1 for top in shown)


def test_the_highlighted_then_the_important_section_gets_the_place() -> None:
    crowd = [Mark(0.5, 0.9, False, 1), Mark(0.501, 0.2, True, 1), Mark(0.502, 0.5, False, 1)]
    assert steps_of(crowd) == ((), (0,), ())
    assert steps_of(crowd[::2]) == ((0,), ())


def test_first_keywords_come_before_second_ones() -> None:
    steps = steps_of([Mark(0.0, 1.0, True, 3), Mark(0.1, 0.1, False, 3)])
    assert steps[1][0] == 0
    assert steps[0] == (0, 1, 3)  # 10 % of 300 px hold one row, of 420 two, of 660 three


def test_second_keywords_leave_the_next_section_its_place() -> None:
    narrow = steps_of([Mark(0.0, 0.9, True, 3), Mark(0.06, 0.1, False, 3)])
    assert narrow[1][0] == 1, "from 420 px on there is room for one row each"
    assert narrow[0] == (0, 4, 6), "6 % of 780 px hold two rows, of 1100 px three"


def test_a_lone_section_shows_all_it_has() -> None:
    assert steps_of([Mark(0.0, 0.0, False, 3)]) == ((0, 0, 0),)
    assert steps_of([]) == ()


def test_the_style_sheet_has_the_same_numbers() -> None:
    style = source("page.css")
    for step, height in enumerate(HEIGHTS):
        assert f"@container rail (max-height: {height - 0.02:.2f}px) {{ .rail a > .step-{step}:not(i)" in style
    assert f"font: .8125rem/{ROW}px" in style
    assert f"100% - {ROW}px" in style
