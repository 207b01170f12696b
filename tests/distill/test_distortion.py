"""Distorted text: every slip is one slip, the shares are what was asked, and a seed fixes the text."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distill.distortion import (
    NEIGHBOURS,
    WORD,
    Distortion,
    DistortionError,
    distort,
    distort_all,
    misspell,
    misspell_all,
    slip,
)

pytestmark = pytest.mark.runtime

NONE = Distortion(typo=0.0, punctuation=0.0, case=0.0)
SENTENCE = "Could you tell me where my new card is, please? It's been 3.5 weeks!"


def edit_distance(first: str, second: str) -> int:
    """Damerau-Levenshtein (adjacent transpositions count 1), by the textbook table."""
    table = [[max(i, j) if not i * j else 0 for j in range(len(second) + 1)] for i in range(len(first) + 1)]
    for i in range(1, len(first) + 1):
        for j in range(1, len(second) + 1):
            change = first[i - 1] != second[j - 1]
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + change)
            if i > 1 and j > 1 and first[i - 1] == second[j - 2] and first[i - 2] == second[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(st.text(min_size=1, max_size=12), st.integers(0, 1000))
def test_a_slip_is_exactly_one_edit(word: str, seed: int) -> None:
    slipped = slip(word, random.Random(seed))
    assert slipped
    assert edit_distance(word, slipped) == 1


def test_every_kind_of_slip_occurs() -> None:
    found = {slip("card", random.Random(seed)) for seed in range(400)}
    doubled, dropped = {"ccard", "caard", "carrd", "cardd"}, {"ard", "crd", "cad", "car"}
    swapped = {"acrd", "crad", "cadr"}
    assert doubled | dropped | swapped <= found
    assert found - doubled - dropped - swapped == {
        word[:at] + key + word[at + 1 :] for word in ["card"] for at in range(4) for key in NEIGHBOURS[word[at]]
    }
    assert {slip("I", random.Random(seed)) for seed in range(99)} == {"II", "U", "O", "J", "K"}


def test_neighbouring_keys_touch_both_ways() -> None:
    assert sorted(NEIGHBOURS["g"]) == ["b", "f", "h", "t", "v", "y"]
    assert sorted(NEIGHBOURS["q"]) == ["a", "w"]
    assert all(key in NEIGHBOURS[other] for key, others in NEIGHBOURS.items() for other in others)
    assert set(NEIGHBOURS) == set("abcdefghijklmnopqrstuvwxyz")


def test_nothing_is_distorted_unasked() -> None:
    assert distort(SENTENCE, NONE, random.Random(1)) == SENTENCE


def test_certain_punctuation_and_case() -> None:
    bare = "Could you tell me where my new card is please It's been 3.5 weeks"
    assert distort(SENTENCE, Distortion(0.0, 1.0, 0.0), random.Random(1)) == bare
    assert distort("?!", Distortion(0.0, 1.0, 0.0), random.Random(1)) == "?!"
    cases = {distort("Où es-tu?", Distortion(0.0, 0.0, 1.0), random.Random(seed)) for seed in range(50)}
    assert cases == {"où es-tu?", "OÙ ES-TU?", "où es-tu?"[0] + "ù es-tu?"}


@pytest.mark.parametrize("seed", range(5))
def test_typos_come_at_the_rate_asked(seed: int) -> None:
    words = "every word may slip today under these fingers"
    texts = distort_all([words] * 1000, Distortion(0.1, 0.0, 0.0), seed=seed)
    changed = sum(a != b for text in texts for a, b in zip(words.split(), text.split(), strict=True))
    assert 0.08 < changed / 8000 < 0.12


def test_the_seed_and_the_place_fix_the_text() -> None:
    much = Distortion(0.5, 0.5, 0.5)
    first = distort_all([SENTENCE] * 20, much, seed=3)
    assert first == distort_all([SENTENCE] * 20, much, seed=3)
    assert first[:7] == distort_all([SENTENCE] * 7, much, seed=3)
    assert first != distort_all([SENTENCE] * 20, much, seed=4)
    assert len(set(first)) > 10
    # Pinned, so that a table made with one version can be made again with the next.
    assert misspell_all([SENTENCE], edits=1, seed=0) == [
        "Could you tell me where my new card iss, ppease? Ut's been 3.5 wekes!"
    ]


@given(st.text(max_size=60), st.integers(1, 3), st.integers(0, 100))
def test_the_attack_changes_a_third_of_the_words_and_nothing_else(text: str, edits: int, seed: int) -> None:
    attacked = misspell(text, edits=edits, chance=random.Random(seed))
    words = WORD.findall(text)
    parts = WORD.split(text)
    if not words:
        assert attacked == text
        return
    pattern = re.escape(parts[0]) + "".join(f"(.+?){re.escape(part)}" for part in parts[1:])
    found = re.fullmatch(pattern, attacked, re.DOTALL)
    assert found
    most = edits * max(1, round(len(words) / 3))
    assert edit_distance(text, attacked) <= 2 * most  # two slips that overlap may look like three or four
    assert attacked != text


@pytest.mark.parametrize("edits", [1, 2])
def test_the_attack_edits_as_often_as_asked(edits: int) -> None:
    words = ["where", "does", "the", "golden", "harvest", "travel", "after", "the", "summer"]
    total = 0
    for seed in range(50):
        attacked = misspell(" ".join(words), edits=edits, chance=random.Random(seed)).split()
        distances = [edit_distance(a, b) for a, b in zip(words, attacked, strict=True)]
        assert sorted(distances)[:6] == [0] * 6
        assert all(1 <= distance <= edits for distance in sorted(distances)[6:])
        total += sum(distances)
    assert total > 0.9 * edits * 3 * 50


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(DistortionError, match=r"The 'typo' of a Distortion must lie between 0 and 1\. Got 1\.5\."):
        Distortion(typo=1.5)
    with pytest.raises(DistortionError, match=r"The 'case' of a Distortion must lie between 0 and 1\. Got nan\."):
        Distortion(case=float("nan"))
    with pytest.raises(DistortionError, match=r"The number of edits per word must be 1 or more\. Got 0\."):
        misspell("word", edits=0, chance=random.Random(0))
