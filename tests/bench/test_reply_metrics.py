"""The figures of the smart reply bench on cases made by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from gzip import open as gzip_open
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.reply_data import Case, rank_task, read_messages
from bench.reply_entries import counted
from bench.reply_judge import Judge
from bench.reply_metrics import (
    calibration_error,
    coverage_precision,
    echoes,
    plain,
    ranked_first,
    self_similarity,
    weighted_rouge,
)
from bench.reply_ranking import rank
from bench.reply_report import write_section
from bench.reply_rows import read_row
from bench.reply_selection import SetRule, choose_set
from bench.reply_suggest import Offer, nearest_messages
from bench.reply_trigger import _auroc
from distill.reply.pairs import Pair
from earmark.errors import EarmarkError
from smartreply.replies import ReplyEntry
from smartreply.selection import Columns


def toy(texts: Sequence[str]) -> NDArray[np.float32]:
    """Counts of letters, unit length: equal texts have the cosine 1, texts without a common letter 0."""
    rows = np.zeros((len(texts), 128), np.float32)
    for row, text in zip(rows, texts, strict=True):
        for letter in plain(text):
            row[min(ord(letter), 127)] += 1
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


class ToyScorer:
    def queries(self, messages: Sequence[str], contexts: Sequence[str]) -> NDArray[np.float32]:
        return toy([message + context for message, context in zip(messages, contexts, strict=True)])

    def replies(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return toy(texts)


def case(message: str, *references: str, number: int = 0) -> Case:
    return Case(f"toy-{number}", "toy", (), message, references, (), ("Okay", "Sure", "No"))


def test_plain_keeps_words_alone() -> None:
    assert plain("I'm  SICK!") == "im sick"
    assert plain("😀") == "😀"


def test_ranked_first_counts_ties_in_parts() -> None:
    assert ranked_first(np.array([[2.0, 1.0], [1.0, 2.0], [1.0, 1.0]])) == pytest.approx(0.5)


def test_self_similarity_is_the_mean_of_three_pairs() -> None:
    trio = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    assert self_similarity(trio) == pytest.approx(1 / 3)


def test_echo_by_words_or_by_meaning_unless_allowed() -> None:
    low, high = np.array([0.1], np.float32), np.array([0.9], np.float32)
    assert echoes("I'm sick", ["im sick!"], low, [False])
    assert echoes("when does it start", ["What time?"], high, [False])
    assert not echoes("hi", ["Hi!"], high, [True])
    assert not echoes("hi", ["Bye"], low, [False])


def test_coverage_takes_the_most_certain_first() -> None:
    scores, right = np.array([0.2, 0.9, 0.5, 0.1]), np.array([False, True, False, True])
    assert coverage_precision(scores, right, [0.25, 0.5, 1.0]) == [(0.9, 1.0), (0.5, 0.5), (0.1, 0.5)]


def test_calibration_error_is_the_gap_of_each_bin() -> None:
    right = np.array([True, True, False, False])
    assert calibration_error(np.array([1.0, 1.0, 0.0, 0.0]), right) == 0.0
    assert calibration_error(np.full(4, 0.9), right) == pytest.approx(0.4)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_calibration_error_is_a_share(rows: list[tuple[float, bool]]) -> None:
    scores, right = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    assert 0.0 <= calibration_error(scores, right) <= 1.0


def test_auroc_counts_ties_half() -> None:
    assert _auroc(np.array([0.1, 0.2, 0.3]), np.array([False, False, True])) == 1.0
    assert _auroc(np.array([0.5, 0.5]), np.array([False, True])) == 0.5


def test_weighted_rouge_of_equal_and_of_shorter_texts() -> None:
    assert weighted_rouge(["See you at eight"], ["see you at eight!"]) == pytest.approx(1.0)
    assert weighted_rouge(["yes"], ["Yes."]) == pytest.approx(1 / 6)  # it has no pairs and triples of words
    assert weighted_rouge(["no", "you there"], ["see you there"]) == pytest.approx(0.8 / 6 + (2 / 3) / 3)
    assert weighted_rouge(["no"], ["yes"]) == 0.0


ENTRIES = (
    ReplyEntry("aaa", "first", "one"),
    ReplyEntry("aab", "second", "one"),
    ReplyEntry("bbb", "third", "two"),
    ReplyEntry("ccc", "fourth", "three"),
    ReplyEntry("ddd", "fifth", "four"),
)


def test_judge_measures_one_message() -> None:
    judge = Judge([case("zzz", "bbb")], ENTRIES, frozenset({"aaa"}), toy)
    figures = judge([Offer(("aaa", "bbb!", "zzz"))])
    assert figures.best[0] == pytest.approx(1.0)
    assert figures.close[0] == 1
    assert figures.alike[0] == pytest.approx(0.0)
    assert figures.generic[0] == pytest.approx(1 / 3)
    assert figures.echo[0] == 1
    assert figures.hit[0] == 1
    assert figures.rouge[0] == pytest.approx(100 / 6)


def test_judge_gives_a_foreign_reply_the_intent_of_the_nearest_one() -> None:
    judge = Judge([case("zzz", "eee")], ENTRIES, frozenset(), toy)
    figures = judge([Offer(("aaaaaab", "aaa", "ccc"))])
    assert figures.intents[0] == 2
    assert figures.families[0] == 2
    assert np.isnan(figures.hit[0])  # no reply of the list is near "eee"


def test_a_ranking_list_has_the_true_reply_first_and_no_second_of_its_dialogue_or_wording() -> None:
    pairs = [Pair((), f"message {k}", f"reply {k % 150}", "toy", f"dialogue {k // 2}") for k in range(300)]
    task = rank_task(pairs, most=300)
    assert task == rank_task(pairs, most=300)
    for number, places in enumerate(task.candidates):
        assert places[0] == number
        assert len({task.pairs[place].reply for place in places}) == len(places) == 100
        assert len({task.pairs[place].dialogue for place in places}) == 100


def test_rank_uses_context_only_when_told() -> None:
    letters = "abcdefghij"
    pairs = tuple(Pair((letter * 3,), "?", letter, "toy", letter) for letter in letters)
    task = rank_task(pairs, most=10)
    assert rank(ToyScorer(), task, context=False) == pytest.approx(0.1)  # nothing to tell them apart: chance
    assert rank(ToyScorer(), task, context=True) == pytest.approx(1.0)


def test_the_nearest_message_lends_its_replies() -> None:
    system = nearest_messages(["where are you", "good night", "are you there"], ["at home", "sleep well", "yes"])
    assert system([case("where are you now")])[0].texts == ("at home", "yes", "sleep well")


def test_priors_are_counted_only_where_there_are_none() -> None:
    assert [entry.prior for entry in counted(ENTRIES[:2], {"aaa": 1})] == [pytest.approx(np.log(2)), 0.0]
    known = (ReplyEntry("aaa", "first", "one", prior=-1.0),)
    assert counted(known, {"aaa": 9}) == known


def vectors(*angles: float) -> NDArray[np.float32]:
    turns = np.radians(angles)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


@pytest.mark.parametrize("exhaustive", [True, False])
def test_set_choice_covers_what_may_be_meant(exhaustive: bool) -> None:
    # Three near-synonyms lead, yet another two meanings are nearly as probable.
    logits = np.array([2.0, 1.9, 1.8, 1.7, 1.6], np.float32)
    columns = Columns.of([ReplyEntry(str(k), f"i{k}", f"f{k}") for k in range(5)])
    rule = SetRule(candidates=5, answers=5, exhaustive=exhaustive)
    chosen = choose_set(logits, vectors(0, 2, 4, 90, 180), columns, rule)
    assert {3, 4} < set(chosen)


@pytest.mark.parametrize("exhaustive", [True, False])
def test_set_choice_keeps_families_apart(exhaustive: bool) -> None:
    logits = np.array([3.0, 2.9, 0.0, 0.0, -1e4], np.float32)
    rule = SetRule(candidates=3, answers=5, exhaustive=exhaustive)
    assert choose_set(logits, vectors(0, 90, 45, 60, 70), Columns.of(ENTRIES), rule)[0] == 0
    chosen = choose_set(logits, vectors(0, 90, 45, 60, 70), Columns.of(ENTRIES), rule)
    assert chosen == [0, 2, 3]  # row 1 is of row 0's family, and row 4 is an echo


def test_a_row_needs_a_name_and_a_known_variant(tmp_path: Path) -> None:
    for value in ("student.tflite", "a=b.tflite,no-magic"):
        with pytest.raises(EarmarkError, match="a row must be NAME=PATH or NAME=PATH,VARIANT"):
            read_row(value, ENTRIES, None)  # type: ignore[arg-type]
    with pytest.raises(EarmarkError, match=r"must be a \.tflite, or a \.npz or \.keras without a variant"):
        read_row("a=b.npz,no-prior", ENTRIES, None)  # type: ignore[arg-type]


def test_a_section_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    write_section(report, ["# Old"], ["## (b) Two", "", "second"])
    write_section(report, ["# New"], ["## (a) One", "", "first", ""])
    write_section(report, ["# New"], ["## (b) Two", "", "other"])
    write_section(report, ["# Unused"], [])
    assert report.read_text() == "# New\n\n## (a) One\n\nfirst\n\n## (b) Two\n\nother\n"


def test_only_the_measured_half_of_halved_sets_is_read(tmp_path: Path) -> None:
    (tmp_path / "peers").mkdir()
    recorded = {"shown": [], "forced": [["Okay", 0.1], ["Sure", 0.0], ["No", -0.1]]}
    rows = [
        {"id": f"{source}-{k}#2", "source": source, "context": ["a ", "b"], "refs": ["c"], "android10": recorded}
        for source in ("samsum.valid", "personachat.valid")
        for k in range(50)
    ]
    with gzip_open(tmp_path / "peers" / "android10.valid.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    cases = read_messages(tmp_path)
    assert len([one for one in cases if one.source == "samsum.valid"]) == 50
    assert 5 < len([one for one in cases if one.source == "personachat.valid"]) < 45
    assert (cases[0].context, cases[0].message, cases[0].forced) == (("a",), "b", ("Okay", "Sure", "No"))
    assert len(read_messages(tmp_path, everything=True)) == 100
