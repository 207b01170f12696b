"""Choosing cuts, and cuts that the user has set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.cuts import Cut, select_cuts
from recorder.errors import BoundaryError, OptionError, SessionError
from recorder.fixed_sectioner import FixedSectioner
from recorder.transcript import Segment

pytestmark = pytest.mark.runtime

CUTS = st.lists(st.tuples(st.integers(1, 500), st.floats(0, 1)), unique_by=lambda pair: pair[0]).map(
    lambda pairs: [Cut(segment, strength) for segment, strength in sorted(pairs)]
)
LINE = Segment(None, None, "a line")


@given(CUTS, st.floats(0, 1), st.floats(0, 1))
def test_more_granularity_only_adds_cuts(cuts: list[Cut], one: float, other: float) -> None:
    few = select_cuts(cuts, granularity=min(one, other))
    many = select_cuts(cuts, granularity=max(one, other))
    assert [cut for cut in many if cut in few] == few


@given(CUTS, st.integers(1, 60))
def test_about_so_many_sections(cuts: list[Cut], sections: int) -> None:
    chosen = select_cuts(cuts, sections=sections)
    assert len(chosen) == min(len(cuts), sections - 1)
    assert chosen == sorted(chosen, key=lambda cut: cut.segment)
    left = [cut.strength for cut in cuts if cut not in chosen]
    assert not left or not chosen or max(left) <= min(cut.strength for cut in chosen)


def test_the_earlier_cut_wins_at_equal_strength() -> None:
    assert select_cuts([Cut(3, 0.5), Cut(9, 0.5)], sections=2) == [Cut(3, 0.5)]


@pytest.mark.parametrize(("granularity", "sections", "message"), [
    (1.5, None, r"'granularity' must be between 0 .* got 1\.5"),
    (float("nan"), None, "'granularity' must be between 0 .* got nan"),
    (0.5, 0, "'sections' must be a whole number >= 1, got 0"),
])  # fmt: skip
def test_options_out_of_range(granularity: float, sections: int | None, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        select_cuts([], granularity=granularity, sections=sections)


def test_fixed_cuts_come_with_their_segment() -> None:
    sectioner = FixedSectioner([0, 2, 3])
    assert [sectioner.feed(LINE, []) for _ in range(4)] == [[], [], [Cut(2, 1.0)], [Cut(3, 1.0)]]
    assert sectioner.finish() == []
    with pytest.raises(SessionError, match=r"after finish\(\)"):
        sectioner.feed(LINE, [])


@given(st.sets(st.integers(0, 30)), st.integers(0, 31))
def test_fixed_cuts_survive_a_restart(boundaries: set[int], stop: int) -> None:
    sectioner = FixedSectioner(sorted(boundaries))
    cuts = []
    for index in range(31):
        if index == stop:
            sectioner = FixedSectioner.from_dict(sectioner.to_dict())
        cuts += sectioner.feed(LINE, [])
    assert [cut.segment for cut in cuts + sectioner.finish()] == sorted(boundaries - {0})


@pytest.mark.parametrize(("boundaries", "message"), [
    ([-1], "the first one is -1"), ([3, 3], "boundary number 2 is 3 after 3"), ([True], "the first one is True"),
])  # fmt: skip
def test_boundaries_must_ascend(boundaries: list[int], message: str) -> None:
    with pytest.raises(BoundaryError, match=message):
        FixedSectioner(boundaries)


def test_a_boundary_behind_the_end() -> None:
    sectioner = FixedSectioner([5])
    sectioner.feed(LINE, [])
    with pytest.raises(BoundaryError, match="to begin at segment 5, but the transcript has only 1 segments"):
        sectioner.finish()
