"""The laws of the update: choosing raises, passing over lowers, nothing leaves its bounds, everything fades."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartreply.personal_learning import ZERO, LearningRates, Offer, Weight, decayed, moved, steps

pytestmark = pytest.mark.runtime

RATES = LearningRates()
LOGITS = st.floats(-20, 20)
OFFERS = st.lists(st.tuples(st.integers(0, 3), LOGITS), min_size=1, max_size=6).map(
    lambda rows: [Offer(f"reply {row}", f"intent {intent}", logit) for row, (intent, logit) in enumerate(rows)]
)


@given(OFFERS, st.integers(0, 5))
def test_choosing_raises_and_passing_over_lowers(offers: list[Offer], index: int) -> None:
    chosen = offers[index % len(offers)]
    replies, intents = steps(offers, chosen, RATES)
    assert replies[chosen.key] >= 0
    assert all(step <= 0 for key, step in replies.items() if key != chosen.key)
    assert intents[chosen.intent] >= -1e-12
    assert all(step <= 0 for name, step in intents.items() if name != chosen.intent)
    assert all(abs(step) <= RATES.reply_rate for step in replies.values())
    assert all(abs(step) <= RATES.intent_rate + 1e-12 for step in intents.values())


@given(OFFERS)
def test_something_else_lowers_every_offer_a_little(offers: list[Offer]) -> None:
    replies, intents = steps(offers, None, RATES)
    assert all(-RATES.reply_rate * RATES.ignored / 2 <= step <= 0 for step in replies.values())
    assert min(replies.values()) < 0
    assert all(step <= 0 for step in intents.values())


def test_the_steps_are_those_of_a_softmax() -> None:
    offers = [Offer("a", "x", math.log(3.0)), Offer("b", "x", 0.0)]
    typed = Offer("c", "y", 0.0)
    replies, intents = steps(offers, typed, RATES)
    assert replies == pytest.approx({"a": -0.8 * 0.6, "b": -0.8 * 0.2, "c": 0.8 * 0.8})
    assert intents == pytest.approx({"x": -0.3 * 0.8, "y": 0.3 * 0.8})
    replies, intents = steps([], typed, RATES)
    assert replies == pytest.approx({"c": 0.4})
    assert intents == pytest.approx({"y": 0.15})
    assert steps([], None, RATES) == ({}, {})


def test_what_is_passed_over_sinks_ever_more_slowly() -> None:
    first, _ = steps([Offer("a", "x", 2.0)], None, RATES)
    later, _ = steps([Offer("a", "x", 2.0, -2.5)], None, RATES)
    assert first == pytest.approx({"a": -0.8 * RATES.ignored / 2})
    assert first["a"] < 4 * later["a"] < 0


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 300), st.integers(0, 90)), max_size=30),
    st.floats(0.1, 3.0),
)
def test_a_weight_stays_within_its_bound(changes: list[tuple[float, int, int]], bound: float) -> None:
    weight = ZERO
    for step, events, days in changes:
        weight = moved(weight, step, bound, weight.event + events, weight.day + days, RATES)
        assert abs(weight.value) <= bound


@given(st.floats(-2, 2), st.integers(0, 2000), st.integers(0, 500))
def test_weights_fade_and_never_turn(value: float, events: int, days: int) -> None:
    weight = Weight(value, 7, 20_000)
    now = decayed(weight, 7 + events, 20_000 + days, RATES)
    assert abs(now) <= abs(value)
    assert now * value >= 0
    later = decayed(weight, 8 + events, 20_000 + days, RATES)
    assert abs(later) <= abs(now)


def test_half_lives() -> None:
    weight = Weight(1.0, 10, 20_000)
    assert decayed(weight, 510, 20_000, RATES) == 0.5
    assert decayed(weight, 10, 20_060, RATES) == 0.5
    assert decayed(weight, 510, 20_120, RATES) == 0.125
    assert decayed(weight, 3, 19_000, RATES) == 1.0  # a clock that was put back
