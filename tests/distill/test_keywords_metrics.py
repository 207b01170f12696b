"""The measures of keywords, by hand-worked cases."""

from __future__ import annotations

import pytest

from distill.keywords.metrics import MeasuredSection, keyword_stems, measure, title_stems
from recorder.tagger import Tagger


def section(title: str | None, text: str, *keywords: str) -> MeasuredSection:
    return MeasuredSection(title, (text,), keywords)


def test_content_words_of_a_title() -> None:
    assert title_stems("Discussion on the budgets of this year") == {"discuss", "budget", "year"}
    assert keyword_stems("Remote controls") == {"remot", "control"}


def test_hits_and_recall_are_over_titled_sections() -> None:
    text = "we have a battery and a budget"
    recording = [
        section("The battery budget", text, "batteries", "paint"),
        section("Paint colours", text, "wood"),
        section(None, text, "glue"),
        section("What is this", text, "nails"),
    ]
    metrics = measure([recording], Tagger.load())
    assert metrics.hit == 0.5
    assert metrics.recall == pytest.approx(0.25)
    assert (metrics.sections, metrics.keywords) == (4, 5)


def test_only_the_first_five_count() -> None:
    metrics = measure([[section("Battery", "a battery", "a1", "b1", "c1", "d1", "e1", "battery")]], Tagger.load())
    assert (metrics.hit, metrics.keywords) == (0.0, 5)


def test_fillers_and_verbs() -> None:
    text = "yeah we bring the paint and they bring the glue"
    metrics = measure([[section("Glue", text, "yeah", "bring", "paint", "the glue")]], Tagger.load())
    assert (metrics.fillers, metrics.verbs) == (0.5, 0.25)


def test_repeats_are_contained_in_a_better_keyword_of_another_section() -> None:
    text = "paint"
    first = section(None, text, "remote control", "paint", "paints")
    second = section(None, text, "glue", "control", "remote control panel")
    assert measure([[first, second]], Tagger.load()).repeats == pytest.approx(1 / 6)
    assert measure([[first], [second]], Tagger.load()).repeats == 0.0


def test_without_titles_there_is_no_hit_rate() -> None:
    metrics = measure([[section(None, "paint", "paint")]], Tagger.load())
    assert (metrics.hit, metrics.recall) == (None, None)
    assert metrics.to_dict()["hit"] is None
