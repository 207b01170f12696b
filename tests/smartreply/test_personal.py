"""`Personal`: what choices do to the ranking, and what is and is not written down."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartreply.errors import PersonalError
from smartreply.personal import OWN_AFTER, OWN_INTENT, Personal
from smartreply.personal_learning import LearningRates
from smartreply.personal_protocol import Learner, Situation
from tests.smartreply.personal_world import REPLIES, SETTINGS, encode, logits_of, ranked, shown, situation

pytestmark = pytest.mark.runtime

DAY = 86_400.0
TEXTS = [one.text for one in REPLIES]


class Clock:
    def __init__(self) -> None:
        self.now = 20_000 * DAY

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def personal(tmp_path: Path, clock: Clock) -> Iterator[Personal]:
    with Personal(tmp_path / "me.earmark", clock=clock) as made:
        yield made


def choose(personal: Personal, text: str, times: int = 1) -> None:
    place = situation()
    for _ in range(times):
        personal.learn(place, text, shown(place, personal.adjust(place)))


def test_it_is_a_learner(personal: Personal) -> None:
    learner: Learner = personal
    assert learner.adjust(situation()).candidates == ()


def test_nothing_learnt_changes_nothing_and_makes_no_file(personal: Personal) -> None:
    place = situation()
    assert not personal.adjust(place).additions.any()
    assert ranked(place, personal.adjust(place))[:3] == ["Yes", "No", "Maybe"]
    assert not personal.path.exists()


def test_yup_overtakes_yes_within_a_few_choices(personal: Personal) -> None:
    place = situation()
    assert ranked(place, personal.adjust(place))[0] == "Yes"
    choose(personal, "Yup", 3)
    assert ranked(place, personal.adjust(place))[0] == "Yup"
    other = situation((2.5, 1.5, 2.0, 1.5, 0.0, -1.0, 0.5), message="did you get it?")
    assert ranked(other, personal.adjust(other))[0] == "Yup"


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(TEXTS), st.lists(st.floats(-5, 5, width=32), min_size=7, max_size=7))
def test_picking_raises_and_passing_over_lowers(text: str, logits: list[float]) -> None:
    with tempfile.TemporaryDirectory() as folder, Personal(Path(folder, "me")) as personal:
        place = situation(tuple(logits))
        before = ranked(place, personal.adjust(place))
        offered = shown(place, personal.adjust(place))
        personal.learn(place, text, offered)
        after = personal.adjust(place)
        assert ranked(place, after).index(text) <= before.index(text)
        replies, _ = personal.weights()
        assert replies[text] > 0 or np.ptp(logits) > 5
        assert all(replies[one] <= 0 for one in offered if one != text)


def test_what_is_passed_over_sinks(personal: Personal) -> None:
    place = situation()
    for _ in range(20):
        personal.learn(place, "at 8 then", ("Yes", "No", "Maybe"))
    replies, intents = personal.weights()
    assert replies["Yes"] < replies["Maybe"] < 0
    assert intents["yes"] < 0
    assert set(replies) == {"Yes", "No", "Maybe"}
    before = personal.weights()[0]
    personal.learn(place, "well " * 30, ("Yes", "No", "Maybe"))  # long: no evidence about short replies
    assert personal.weights()[0] == pytest.approx(before, rel=0.01)


def test_nothing_is_pushed_past_the_bound(personal: Personal) -> None:
    for wanted, passed in (("Thanks!", ("Yes", "No", "Maybe")), ("Yup", ("Thanks!",))):
        for _ in range(30):
            personal.learn(situation((9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0)), wanted, passed)
        additions = personal.adjust(situation()).additions
        assert np.abs(additions).max() <= personal.rates.bound
        assert additions.dtype == np.float32
        assert not additions.flags.writeable


def test_habits_fade_with_choices_and_days(personal: Personal, clock: Clock) -> None:
    choose(personal, "Yup", 5)
    place = situation()
    fresh = personal.adjust(place).additions.copy()
    clock.now += 60 * DAY
    assert personal.adjust(place).additions == pytest.approx(fresh / 2, abs=1e-6)
    clock.now += 6000 * DAY
    assert np.abs(personal.adjust(place).additions).max() < 1e-6
    assert ranked(place, personal.adjust(place))[0] == "Yes"


@settings(max_examples=6, deadline=None)
@given(st.lists(st.sampled_from([*TEXTS, "omw mate", "hm"]), min_size=1, max_size=8), st.sets(st.integers(0, 7)))
def test_closing_and_opening_between_choices_changes_nothing(choices: list[str], breaks: set[int]) -> None:
    place, clock = situation(), Clock()
    with tempfile.TemporaryDirectory() as folder:
        straight = Personal(Path(folder, "one"), clock=clock)
        broken = Personal(Path(folder, "two"), clock=clock)
        for number, text in enumerate(choices):
            if number in breaks:
                broken.close()
                broken = Personal(Path(folder, "two"), clock=clock)
            for personal in (straight, broken):
                personal.learn(place, text, shown(place, personal.adjust(place)))
            clock.now += DAY
            assert np.array_equal(straight.adjust(place).additions, broken.adjust(place).additions)
        assert straight.snapshot() == broken.snapshot()
        straight.close()
        broken.close()


def test_a_reply_is_known_by_its_letters(personal: Personal) -> None:
    choose(personal, "  YUP!! ")
    choose(personal, "thanks", 2)
    replies, _ = personal.weights()
    assert replies["Yup"] > 0
    assert replies["Thanks!"] > 0
    assert "thanks" not in replies
    record = {one.text: one for one in personal.snapshot().replies}["Yup"]
    assert (record.picked, record.typed, record.own) == (0, 1, False)


def test_the_users_own_reply_becomes_a_candidate(personal: Personal) -> None:
    place = situation(message="are you coming on my way?")
    for number in range(OWN_AFTER):
        assert personal.adjust(place).candidates == ()
        personal.learn(place, "On my way :)" if number else "on my way :)!", ("Yes",))
    (candidate,) = personal.adjust(place).candidates
    assert candidate.entry.text == "On my way :)"
    assert (candidate.entry.intent, candidate.entry.family) == ("coming", "coming")  # as "On my way!", which it is like
    assert candidate.entry.prior == 0.0  # as popular as that one
    words, query = encode("On my way :)"), place.outputs.query
    assert candidate.vector @ query > words @ query + 0.05  # nearer to what it was sent for than its words are
    assert float(np.linalg.norm(candidate.vector)) == pytest.approx(1.0, abs=1e-6)
    assert candidate.addition > 0.9
    before = logits_of(place, personal.adjust(place))["On my way :)"]
    personal.learn(place, "on my way :)", shown(place, personal.adjust(place)))
    assert logits_of(place, personal.adjust(place))["On my way :)"] > before
    (record,) = [one for one in personal.snapshot().replies if one.own]
    assert record.typed + record.picked == OWN_AFTER + 1


def test_an_own_reply_is_learnt_for_what_it_answers(personal: Personal) -> None:
    asked, other = situation(message="are you coming tonight?"), situation(message="happy birthday dear")
    for _ in range(OWN_AFTER):
        personal.learn(asked, "Whoop whoop", ("Yes",))

    def learnt(place: Situation) -> float:
        """By how many logits it stands higher than its words do."""
        (candidate,) = personal.adjust(place).candidates
        return SETTINGS.scale * float((candidate.vector - encode("Whoop whoop")) @ place.outputs.query)

    assert learnt(asked) > 2.0
    assert learnt(other) < 0.5 * learnt(asked)
    before = learnt(asked), learnt(other)
    for _ in range(4):  # offered in vain there, it goes away from there
        personal.learn(other, "Thanks!", ("Whoop whoop", "Thanks!"))
    assert learnt(other) < before[1] - 0.5
    assert before[0] - learnt(asked) < 0.5 * (before[1] - learnt(other))
    assert learnt(asked) > 2.0


def test_rates_may_be_zero(tmp_path: Path) -> None:
    still = LearningRates(reply_rate=0.0, intent_rate=0.0)
    with Personal(tmp_path / "me", rates=still) as personal:
        choose(personal, "Whoop whoop", OWN_AFTER + 2)
        (candidate,) = personal.adjust(situation()).candidates
        assert candidate.addition == pytest.approx(still.own_start, abs=0.01)


def test_what_another_model_taught_does_not_count(personal: Personal) -> None:
    for _ in range(OWN_AFTER + 3):
        personal.learn(situation(), "Whoop whoop", ("Yes",))
    before = situation()
    other = replace(before, encode=lambda text: encode(text[::-1]), replies=tuple(before.replies[:-1]))
    (candidate,) = personal.adjust(other).candidates
    assert np.array_equal(candidate.vector, encode("Whoop whoop"[::-1]))
    personal.learn(other, "Whoop whoop", ("Yes",))  # and learning goes on from there
    (candidate,) = personal.adjust(other).candidates
    assert candidate.vector @ other.outputs.query > encode("Whoop whoop"[::-1]) @ other.outputs.query


def test_an_own_reply_that_is_like_no_other(personal: Personal) -> None:
    choose(personal, "Whoop whoop", OWN_AFTER)
    (candidate,) = personal.adjust(situation()).candidates
    assert (candidate.entry.intent, candidate.entry.family) == (OWN_INTENT, OWN_INTENT)
    assert candidate.entry.prior == situation().settings.prior_default


@pytest.mark.parametrize(
    "text", ["it is 42", "mail me@example.org", "I hurt myself", "x" * 81, "two\nlines", "my pin is secret"]
)
def test_what_may_not_be_kept_is_not(personal: Personal, text: str) -> None:
    choose(personal, text, OWN_AFTER + 2)
    assert personal.adjust(situation()).candidates == ()
    assert text.encode() not in personal.path.read_bytes()


def test_no_word_is_kept_of_messages_or_of_texts_typed_once(personal: Personal) -> None:
    place = situation(message="meet me behind the lighthouse")
    personal.learn(place, "Gadzooks indeed", ("Yes", "No"))
    personal.learn(place, "Gadzooks indeed", ("Yes", "No"))
    everything = b"".join(path.read_bytes() for path in personal.path.parent.iterdir())
    assert b"lighthouse" not in everything
    assert b"adzooks" not in everything
    personal.learn(place, "Gadzooks indeed", ("Yes", "No"))
    assert b"Gadzooks indeed" in personal.path.read_bytes()


def test_several_threads_at_once(personal: Personal) -> None:
    place = situation()
    errors = []

    def work() -> None:
        try:
            for _ in range(10):
                personal.adjust(place)
                personal.learn(place, "Yup", ("Yes", "No", "Maybe"))
        except Exception as error:  # noqa: BLE001  (the test reports it)
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert personal.snapshot().events == 40


def test_another_reply_list_keeps_what_it_can(personal: Personal) -> None:
    choose(personal, "Yup", 3)
    fewer = situation(BASE_OF_TWO, replies=(REPLIES[1], REPLIES[5]))
    assert personal.adjust(fewer).additions[0] > 1
    assert personal.adjust(fewer).additions[1] == 0


BASE_OF_TWO = (0.0, 0.0)


def test_a_closed_file_says_so(tmp_path: Path) -> None:
    personal = Personal(tmp_path / "me")
    personal.close()
    with pytest.raises(PersonalError, match="has been closed"):
        personal.adjust(situation())
