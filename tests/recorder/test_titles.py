import pytest

from recorder.titles import TitleCandidate, suggest_titles

pytestmark = pytest.mark.runtime


def candidate(text: str, score: float, count: int) -> TitleCandidate:
    return TitleCandidate(text, tuple(text.lower().split()), score, count)


def test_frequency_and_uniqueness_both_count() -> None:
    rare, common, both = candidate("derailleur", 0.9, 1), candidate("week", 0.1, 60), candidate("noise finder", 0.8, 20)
    assert suggest_titles([rare, common, both]) == ("Noise finder", "Derailleur", "Week")


def test_no_two_titles_share_a_word() -> None:
    titles = suggest_titles([candidate("spare parts", 0.9, 9), candidate("parts", 0.9, 9), candidate("Berlin", 0.2, 2)])
    assert titles == ("Spare parts", "Berlin")


def test_three_at_most_and_none_from_nothing() -> None:
    assert len(suggest_titles([candidate(word, 0.5, 5) for word in "abcde"])) == 3
    assert suggest_titles([]) == ()


def test_a_name_keeps_its_capitals() -> None:
    assert suggest_titles([candidate("iPhone repair", 0.5, 5)]) == ("iPhone repair",)
    assert suggest_titles([candidate("bottom bracket", 0.5, 5)]) == ("Bottom bracket",)
