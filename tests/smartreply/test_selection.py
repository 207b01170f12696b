"""Laws of choosing replies that stand together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartreply.replies import FORMS, ReplyEntry
from smartreply.selection import ECHO_LOGIT, Columns, choose, scores

pytestmark = pytest.mark.runtime


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[ReplyEntry], np.ndarray, np.ndarray]:
    """Replies, their logits (ties are likely, echoes happen), and which are blocked."""
    size = draw(st.integers(0, 24))
    entries = []
    for number in range(size):
        form = draw(st.sampled_from(FORMS))
        family = f"f{draw(st.integers(0, 8))}"
        sign = 0 if form != "statement" else draw(st.sampled_from([-1, 0, 0, 1]))
        entries.append(ReplyEntry(f"r{number}", family, family, polarity=sign, form=form))
    levels = st.sampled_from([ECHO_LOGIT, -3.0, -1.0, 0.0, 0.5, 0.5, 2.0])
    logits = np.array(draw(st.lists(levels, min_size=size, max_size=size)), np.float32)
    blocked = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), np.bool_)
    return entries, logits, blocked & (np.arange(size) % 2 == 0)


@settings(max_examples=150)
@given(lists(), st.booleans(), st.integers(1, 10))
def test_what_stands_together(case: tuple[list[ReplyEntry], np.ndarray, np.ndarray], polar: bool, k: int) -> None:
    entries, logits, blocked = case
    columns = Columns.of(entries)
    rows = choose(logits, columns, polar=polar, k=k, blocked=blocked)
    picked = [entries[row] for row in rows]
    assert len(rows) <= k
    assert len({one.family for one in picked}) == len(picked)
    assert sum(one.form == "question" for one in picked) <= 1
    assert sum(one.form == "emoji" for one in picked) <= 1
    assert not any(blocked[row] or logits[row] == ECHO_LOGIT for row in rows)
    if len(rows) < k:  # nothing is left that might stand beside them
        for row, one in enumerate(entries):
            taken = one.family in {other.family for other in picked}
            again = one.form != "statement" and one.form in {other.form for other in picked}
            assert taken or again or blocked[row] or logits[row] == ECHO_LOGIT
    assert choose(logits, columns, polar=polar, k=k + 1, blocked=blocked)[: len(rows)] == rows


@given(lists())
def test_the_first_is_the_best_and_ties_go_to_the_first_row(
    case: tuple[list[ReplyEntry], np.ndarray, np.ndarray],
) -> None:
    entries, logits, blocked = case
    rows = choose(logits, Columns.of(entries), polar=True, k=1, blocked=blocked)
    able = [row for row in range(len(entries)) if not blocked[row] and logits[row] > ECHO_LOGIT]
    assert rows == sorted(able, key=lambda row: (-logits[row], row))[:1]


@given(lists())
def test_a_yes_no_question_gets_a_yes_and_a_no_where_both_are_there(
    case: tuple[list[ReplyEntry], np.ndarray, np.ndarray],
) -> None:
    entries, logits, blocked = case
    rows = choose(logits, Columns.of(entries), polar=True, k=3, blocked=blocked)
    free = {
        (one.polarity, one.family) for row, one in enumerate(entries) if not blocked[row] and logits[row] > ECHO_LOGIT
    }
    first = entries[rows[0]] if rows else None
    yes, no = ({family for sign, family in free if sign == wanted} for wanted in (1, -1))
    if first is not None and yes - {first.family} and no - {first.family} and not yes & no:
        assert {1, -1} <= {entries[row].polarity for row in rows[:3]}


def columns_of(*signs: int) -> Columns:
    return Columns.of([ReplyEntry(f"r{i}", f"i{i}", f"i{i}", polarity=sign) for i, sign in enumerate(signs)])


@pytest.mark.parametrize(
    ("signs", "rows"),
    [
        ((1, 1, 0, -1, 0), [0, 3, 2]),  # a yes, then the no, then neither
        ((0, 1, 1, -1, 0), [0, 1, 3]),  # neither, then yes or no, then the other
        ((0, 0, 0, 0, -1), [0, 4, 1]),  # no yes anywhere: the rule for the third does not hold
        ((1, 1, 0, 0, 0), [0, 1, 2]),  # no no anywhere: the rule for the second does not hold, two signs are enough
        ((0, 0, 0, 0, 0), [0, 1, 2]),
    ],
)
def test_the_rule_for_yes_no_questions(signs: tuple[int, ...], rows: list[int]) -> None:
    logits = np.array([5, 4, 3, 2, 1], np.float32)
    assert choose(logits, columns_of(*signs), polar=True, k=3) == rows
    assert choose(logits, columns_of(*signs), polar=False, k=3) == [0, 1, 2]


def test_families_and_forms_of_a_known_list() -> None:
    entries = [
        ReplyEntry("Yes", "yes", "yes"),
        ReplyEntry("Yep", "yep", "yes"),
        ReplyEntry("When?", "when", "when", form="question"),
        ReplyEntry("Where?", "where", "where", form="question"),
        ReplyEntry("😂", "laugh", "laugh", form="emoji"),
        ReplyEntry("🎉", "party", "party", form="emoji"),
        ReplyEntry("Hm", "hm", "hm"),
    ]
    logits = np.array([9, 8, 7, 6, 5, 4, 3], np.float32)
    assert choose(logits, Columns.of(entries), polar=False, k=10) == [0, 2, 4, 6]
    more = Columns.of(entries[:3]).extended(entries[3:])
    assert choose(logits, more, polar=False, k=10) == [0, 2, 4, 6]


def test_the_logits_are_left_as_they_were() -> None:
    logits = np.array([1, 2, 3], np.float32)
    blocked = np.array([False, False, True])
    assert choose(logits, columns_of(0, 0, 0), polar=False, k=3, blocked=blocked) == [1, 0]
    assert logits.tolist() == [1, 2, 3]
    assert blocked.tolist() == [False, False, True]


def test_scores_are_the_calibrated_softmax() -> None:
    logits = np.log(np.array([0.5, 0.25, 0.25], np.float32)) + np.float32(7)
    # a = 1 and b = 0: sigmoid(log p) = p / (1 + p)
    assert scores(logits, [0, 1], 1.0, 0.0) == pytest.approx([1 / 3, 1 / 5], abs=1e-6)
    assert scores(logits, [0], 0.0, 0.0) == [0.5]
    echo = np.array([ECHO_LOGIT, 0.0], np.float32)
    assert scores(echo, [1], 1.0, 0.0) == [0.5]
