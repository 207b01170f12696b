"""The tagger gives the tags of nltk's tagger with the same weights, and the shipped one knows verbs from nouns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.tag.perceptron import PerceptronTagger

import recorder.tagger as module
from earmark.artifacts import load_table, save_table
from earmark.errors import ArtifactError
from recorder.tagger import TAGGER_KIND, TAGGER_VERSION, Tagger, TaggerTable
from recorder.text import tokenize

pytestmark = pytest.mark.runtime

SHIPPED = Path(module.__file__).parent / "pretrained" / "en" / "tagger.json"
SENTENCES = [
    "We should order the new battery before the Friday meeting, shouldn't we?",
    "so um the remote needs a rubber case and the buttons must be bigger",
    "I think Anna's well-known report on 1,200 schools came out in 1998.",
    "they record every show and then the record is kept in the archive",
    "can you drive the design of the drive train or do we design it ourselves",
    "gonna cannot wanna ... ?! $ 5 % -",
    "okay",
    "X",
]


def _words(text: str) -> list[str]:
    return [token.text for token in tokenize(text)]


@cache
def _shipped_table() -> TaggerTable:
    return TaggerTable.from_body(load_table(SHIPPED, kind=TAGGER_KIND, version=TAGGER_VERSION))


def _as_nltk(table: TaggerTable) -> PerceptronTagger:
    """nltk's own tagger, filled with the weights of `table`: the oracle."""
    tagger = PerceptronTagger(load=False)
    weights = {
        f"{name} {value}" if name != "bias" else name: {tag: float(weight) for tag, weight in cells.items()}
        for name, values in table.features.items()
        for value, cells in values.items()
    }
    dictionary = {word: tag for tag, words in table.dictionary.items() for word in words}
    tagger.decode_json_params((weights, dictionary, list(table.tags)))
    return tagger


@cache
def _oracle() -> PerceptronTagger:
    return _as_nltk(_shipped_table())


def _oracle_tags(words: list[str]) -> list[str]:
    return [tag for _, tag in _oracle().tag(words)]


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("lower", [False, True])
def test_same_tags_as_nltk(text: str, lower: bool) -> None:
    words = _words(text.lower() if lower else text)
    assert Tagger.load().tag(words) == _oracle_tags(words)


VOCABULARY = sorted({word for text in SENTENCES for word in _words(text)} | {"-START-", "-END2-", "1998", "7th", "É"})
ANY_WORD = st.one_of(st.sampled_from(VOCABULARY), st.text("abeginstrdy'-7É", min_size=1, max_size=7))


@settings(max_examples=150, deadline=None)
@given(st.lists(ANY_WORD, max_size=14))
def test_same_tags_as_nltk_on_any_words(words: list[str]) -> None:
    assert Tagger.load().tag(words) == _oracle_tags(words)


def test_ties_go_to_the_last_tag_of_the_alphabet() -> None:
    table = TaggerTable(("ADJ", "NOUN", "VERB"), 1, {}, {"i word": {"run": {"NOUN": 2, "VERB": 2}}})
    assert Tagger(table.to_body()).tag(["run", "unseen"]) == ["VERB", "VERB"]
    assert [tag for _, tag in _as_nltk(table).tag(["run", "unseen"])] == ["VERB", "VERB"]


def test_dictionary_words_are_taken_as_written() -> None:
    table = TaggerTable(("ADJ", "DET"), 1, {"DET": ("the",)}, {"bias": {"": {"ADJ": 1}}})
    assert Tagger(table.to_body()).tag(["the", "The", "the"]) == ["DET", "ADJ", "DET"]


def test_nothing_in_nothing_out() -> None:
    assert Tagger.load().tag([]) == []


@pytest.mark.parametrize(
    ("text", "verbs", "nouns"),
    [
        ("we need to discuss the budget", {"need", "discuss"}, {"budget"}),
        ("um the battery lasts a week and then you charge it", {"lasts", "charge"}, {"battery", "week"}),
        (
            "you know i think the teachers voted on the new policy",
            {"think", "voted"},
            {"teachers", "policy"},
        ),
        ("We presented the remote control to the marketing team.", {"presented"}, {"team"}),
    ],
)
def test_verbs_and_nouns_of_speech(text: str, verbs: set[str], nouns: set[str]) -> None:
    words = _words(text)
    tags = dict(zip(words, Tagger.load().tag(words), strict=True))
    assert {word for word, tag in tags.items() if tag == "VERB"} >= verbs
    assert {word for word, tag in tags.items() if tag == "NOUN"} >= nouns


def test_a_full_cache_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CACHED_WORDS", 12)
    small = Tagger.load(SHIPPED)
    for text in SENTENCES * 2:
        assert small.tag(_words(text)) == Tagger.load().tag(_words(text))


def test_more_words_than_the_first_room_for_them() -> None:
    words = [f"{a}{b}{c}" for a in "bcdfgklmnprst" for b in "aeiou" for c in "bcdfgklmnprstvwxz"]
    assert len(words) > 1024
    assert Tagger.load(SHIPPED).tag(words) == _oracle_tags(words)


def test_threads_share_one_tagger() -> None:
    tagger = Tagger.load(SHIPPED)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda text: tagger.tag(_words(text)), SENTENCES * 20))
    assert results == [_oracle_tags(_words(text)) for text in SENTENCES] * 20


def test_default_is_read_once() -> None:
    assert Tagger.load() is Tagger.load()
    assert set(Tagger.load().tags) == set(_shipped_table().tags) >= {"NOUN", "PROPN", "VERB", "AUX", "INTJ"}


def test_table_round_trip(tmp_path: Path) -> None:
    table = TaggerTable(
        tags=("NOUN", "VERB"),
        scale=10,
        dictionary={"NOUN": ("remote", "schools")},
        features={
            "bias": {"": {"VERB": -3}},
            "i word": {"é": {"NOUN": 40, "VERB": -2}, "run": {"VERB": 7}},
            "i-1 tag+i word VERB": {"run": {"NOUN": 1}},
        },
    )
    path = tmp_path / "tagger.json"
    save_table(path, kind=TAGGER_KIND, version=TAGGER_VERSION, body=table.to_body())
    body = load_table(path, kind=TAGGER_KIND, version=TAGGER_VERSION)
    assert TaggerTable.from_body(body) == table
    assert Tagger.load(path).tag(["remote", "run"]) == ["NOUN", "VERB"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"cannot read the model file .*nowhere\.json"):
        Tagger.load(tmp_path / "nowhere.json")


def test_a_table_without_features_is_refused(tmp_path: Path) -> None:
    save_table(tmp_path / "t.json", kind=TAGGER_KIND, version=TAGGER_VERSION, body={"tags": []})
    with pytest.raises(ArtifactError, match=r"t\.json lacks \['dictionary', 'features'\]\. Reinstall earmark"):
        Tagger.load(tmp_path / "t.json")
