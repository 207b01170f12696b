"""Candidates: which words and phrases of an utterance may become keywords."""

from __future__ import annotations

import pytest

from recorder.candidates import MAX_WORDS, find_candidates, is_content
from recorder.tagger import Tagger
from recorder.text import tokenize

pytestmark = pytest.mark.runtime


def found(text: str, tags: str | None = None) -> list[str]:
    """Forms of the candidates; `tags` gives the word classes by hand."""
    tokens = tokenize(text)
    classes = tags.split() if tags else Tagger.load().tag([token.text for token in tokens])
    return [occurrence.form for occurrence in find_candidates(tokens, classes)]


def test_a_run_of_nouns_gives_its_phrases_and_words() -> None:
    assert found("the remote control charger", "DET NOUN NOUN NOUN") == [
        "remote control charger",
        "remote control",
        "remote",
        "control charger",
        "control",
        "charger",
    ]


def test_an_adjective_begins_a_phrase_but_stands_for_nothing_alone() -> None:
    assert found("rubber covers feel soft and solar", "ADJ NOUN VERB ADJ CCONJ ADJ") == ["rubber covers", "covers"]


def test_phrases_are_at_most_three_words_long() -> None:
    forms = found("speech data storage format committee", "NOUN NOUN NOUN NOUN NOUN")
    assert max(len(form.split()) for form in forms) == MAX_WORDS
    assert "storage format committee" in forms


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("budget, charger", "NOUN PUNCT NOUN"),
        ("budget of charger", "NOUN ADP NOUN"),
        ("budget um charger", "NOUN NOUN NOUN"),
        ("budget needs charger", "NOUN VERB NOUN"),
        ("budget seven charger", "NOUN NUM NOUN"),
        ("budget monday charger", "NOUN PROPN NOUN"),
        ("budget new charger", "NOUN ADJ NOUN"),
        ("budget strangest charger", "NOUN ADJ NOUN"),
    ],
)
def test_marks_and_empty_words_break_a_phrase(text: str, tags: str) -> None:
    assert found(text, tags) == ["budget", "charger"]


def test_a_generic_noun_heads_nothing_but_may_lead() -> None:
    assert found("battery thing", "NOUN NOUN") == ["battery"]
    assert found("question time", "NOUN NOUN") == []
    assert found("name badge", "NOUN NOUN") == ["name badge", "badge"]


def test_a_broken_off_word_is_skipped_and_a_joined_dash_is_not() -> None:
    assert found("the rem- battery", "DET NOUN PUNCT NOUN") == ["battery"]
    assert found("the rem - battery", "DET NOUN PUNCT NOUN") == ["rem", "battery"]


def test_a_repeated_word_makes_no_phrase() -> None:
    assert found("battery battery charger", "NOUN NOUN NOUN") == ["battery", "battery charger", "battery", "charger"]


@pytest.mark.parametrize(
    "text", ["[door slams] battery", "{vocalsound} battery", "(laughter) battery", "<URL> battery"]
)
def test_notes_about_sounds_are_skipped(text: str) -> None:
    assert found(text, " ".join("NOUN" if token.text.isalpha() else "PUNCT" for token in tokenize(text))) == ["battery"]


def test_words_in_round_brackets_are_kept() -> None:
    assert found("battery (lithium)", "NOUN PUNCT NOUN PUNCT") == ["battery", "lithium"]


def test_a_sentence_begins_in_lower_case_unless_it_begins_with_a_name() -> None:
    tokens = tokenize("Batteries cost. Berlin has Batteries.")
    tags = ["NOUN", "VERB", "PUNCT", "PROPN", "VERB", "NOUN", "PUNCT"]
    rows = [(each.form, each.capitalised, each.proper) for each in find_candidates(tokens, tags)]
    assert rows == [("batteries", False, False), ("Berlin", False, True), ("Batteries", True, False)]


def test_whole_and_nominal_mark_the_longest_phrase_and_the_absence_of_adjectives() -> None:
    rows = {
        each.form: (each.whole, each.nominal)
        for each in find_candidates(tokenize("solar battery charger"), ["ADJ", "NOUN", "NOUN"])
    }
    assert rows["solar battery charger"] == (True, False)
    assert rows["battery charger"] == (False, True)


@pytest.mark.parametrize("word", ["UK", "tv", "mp3", "battery", "co-location", "LCD"])
def test_content_words(word: str) -> None:
    assert is_content(word)


@pytest.mark.parametrize(
    "word", ["the", "um", "yeah", "7", "10th", "xx", "ab", "mmm", "Hm-hmm", "Tuesday", "'s", "seven", "x"]
)
def test_words_without_content(word: str) -> None:
    assert not is_content(word)


def test_lower_case_text_without_marks_gives_phrases() -> None:
    forms = found("so um we need to talk about the advertising budget for the remote control")
    assert "advertising budget" in forms
    assert "remote control" in forms
    assert not {"um", "need", "talk", "so"} & {word for form in forms for word in form.split()}
