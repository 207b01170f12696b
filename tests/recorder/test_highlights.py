import pytest

from recorder.highlights import WORDS_PER_HIGHLIGHT, highlighted_sections

pytestmark = pytest.mark.runtime


def test_the_most_important_sections_are_marked_in_proportion_to_the_length() -> None:
    importance = [0.1, 0.9, 0.5, 0.7, 0.2, 0.3]
    keyword = [0.9] * 6
    assert highlighted_sections(importance, keyword, WORDS_PER_HIGHLIGHT) == {1}
    assert highlighted_sections(importance, keyword, 2 * WORDS_PER_HIGHLIGHT) == {1, 3}
    assert highlighted_sections(importance, keyword, 50 * WORDS_PER_HIGHLIGHT) == {1, 3, 2}


def test_a_section_without_a_highly_rated_keyword_is_never_marked() -> None:
    assert highlighted_sections([0.9, 0.8, 0.7], [0.3, 0.0, 0.8], 100, highlights=3) == {2}
    assert highlighted_sections([0.9, 0.8], [0.0, 0.0], 100, highlights=2) == frozenset()


def test_the_user_sets_the_number() -> None:
    assert highlighted_sections([0.1, 0.9, 0.5], [1.0] * 3, 10**6, highlights=0) == frozenset()
    assert highlighted_sections([0.1, 0.9, 0.5], [1.0] * 3, 10, highlights=3) == {0, 1, 2}


def test_equal_importance_goes_to_the_earlier_section() -> None:
    assert highlighted_sections([0.5, 0.5, 0.5, 0.5], [1.0] * 4, 1) == {0}


def test_one_section_has_nothing_to_stand_out_from() -> None:
    assert highlighted_sections([1.0], [1.0], 10**6) == frozenset()
    assert highlighted_sections([1.0], [1.0], 10**6, highlights=1) == {0}
