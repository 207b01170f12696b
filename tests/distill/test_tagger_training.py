"""Training the tagger end to end on a handful of self-written sentences."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from distill.corpora import CorpusError
from distill.tagger import (
    TaggerRecipe,
    as_recognised,
    as_written,
    compress,
    evaluate,
    read_treebank,
    train_perceptron,
    train_tagger,
)
from recorder.tagger import Tagger

# word/UPOS, or word/UPOS/XPOS where the alignment looks at it
TRAIN = """
The/DET board/NOUN meets/VERB on/ADP Friday/PROPN ./PUNCT
We/PRON should/AUX order/VERB new/ADJ lamps/NOUN ,/PUNCT I/PRON think/VERB ./PUNCT
The/DET order/NOUN did/AUX n't/PART come/VERB ./PUNCT
Anna/PROPN 's/PART/POS team/NOUN paints/VERB the/DET old/ADJ hall/NOUN ./PUNCT
They/PRON are/AUX gon/VERB na/PART close/VERB the/DET hall/NOUN !/PUNCT
A/DET well/ADV -/PUNCT/HYPH known/VERB/VBN singer/NOUN comes/VERB ./PUNCT
The/DET follow/NOUN -/PUNCT/HYPH up/ADP meets/VERB on/ADP Monday/PROPN ./PUNCT
Mr./PROPN Hill/PROPN can/AUX not/PART come/VERB ;/PUNCT the/DET students/NOUN '/PART/POS books/NOUN came/VERB ./PUNCT
"""
VALID = """
The/DET team/NOUN should/AUX order/VERB old/ADJ books/NOUN ./PUNCT
Anna/PROPN meets/VERB the/DET singer/NOUN ./PUNCT
"""


def _row(line: str) -> dict[str, Any]:
    cells = [cell.split("/") for cell in line.split()]
    return {
        "doc": "made-up",
        "tokens": [cell[0] for cell in cells],
        "upos": [cell[1] for cell in cells],
        "xpos": [cell[2] if len(cell) > 2 else "" for cell in cells],
    }


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "pos").mkdir(parents=True)
    for split, text in (("train", TRAIN), ("valid", VALID)):
        _write(tmp_path / "data/pos" / f"tiny.{split}.jsonl.gz", [_row(line) for line in text.strip().splitlines()])
    return tmp_path / "data"


RECIPE = TaggerRecipe(treebanks=("tiny",), iterations=8, smallest=1)  # eight sentences make small weights


def test_tokens_become_ours(data: Path) -> None:
    sentences = read_treebank(data, "tiny", "train")
    written = [as_written(sentence) for sentence in sentences]
    assert written[2][2:4] == [("did", "AUX"), ("n't", "PART")]
    assert written[3][:3] == [("Anna", "PROPN"), ("'s", "PART"), ("team", "NOUN")]
    assert ("gonna", "VERB") in written[4]
    assert written[5][1] == ("well-known", "ADJ")
    assert written[6][1] == ("follow-up", "NOUN")
    assert written[7] == [
        ("Mr", "PROPN"),
        (".", "PUNCT"),
        ("Hill", "PROPN"),
        ("cannot", "AUX"),
        ("come", "VERB"),
        (";", "PUNCT"),
        ("the", "DET"),
        ("students", "NOUN"),
        ("books", "NOUN"),
        ("came", "VERB"),
        (".", "PUNCT"),
    ]


def test_recognised_text_has_no_case_and_no_marks(data: Path) -> None:
    sentences = read_treebank(data, "tiny", "train")
    assert as_recognised(sentences[5]) == [
        ("a", "DET"),
        ("well", "ADV"),
        ("known", "VERB"),
        ("singer", "NOUN"),
        ("comes", "VERB"),
    ]
    assert ("'s", "PART") in as_recognised(sentences[3])
    assert all(word == word.lower() for sentence in sentences for word, _ in as_recognised(sentence))


def test_trains_a_tagger_that_loads_and_knows_its_sentences(data: Path, tmp_path: Path) -> None:
    metrics = train_tagger(data, tmp_path / "out", RECIPE)
    tagger = Tagger.load(tmp_path / "out" / "tagger.json")
    for sentence in read_treebank(data, "tiny", "train"):
        for pairs in (as_written(sentence), as_recognised(sentence)):
            assert tagger.tag([word for word, _ in pairs]) == [tag for _, tag in pairs]
    assert metrics["training_sentences"] == 8
    assert metrics["bytes"] == (tmp_path / "out" / "tagger.json").stat().st_size
    assert set(metrics["scores"]) == {"plain", "full", "shipped"}
    assert metrics["scores"]["shipped"]["tiny.valid as written"]["tokens"] == 12
    assert metrics["scores"]["shipped"]["tiny.valid as recognised"]["tokens"] == 10


def test_the_same_bytes_again_and_the_global_generator_untouched(data: Path, tmp_path: Path) -> None:
    random.seed(5)
    expected = random.Random(5).random()
    train_tagger(data, tmp_path / "a", RECIPE)
    assert random.random() == expected
    train_tagger(data, tmp_path / "b", RECIPE)
    assert (tmp_path / "a/tagger.json").read_bytes() == (tmp_path / "b/tagger.json").read_bytes()


def test_compression_rounds_and_drops(data: Path) -> None:
    full = train_perceptron([as_written(sentence) for sentence in read_treebank(data, "tiny", "train")], RECIPE)
    table = compress(full, TaggerRecipe(scale=10, smallest=4))
    kept = {
        (f"{name} {value}".strip(), tag): weight
        for name, values in table.features.items()
        for value, cells in values.items()
        for tag, weight in cells.items()
    }
    expected = {
        (feature, tag): round(weight * 10)
        for feature, cells in full.model.weights.items()
        for tag, weight in cells.items()
        if abs(round(weight * 10)) >= 4
    }
    assert kept == expected
    assert 0 < len(kept) < sum(len(cells) for cells in full.model.weights.values())


def test_scores_by_hand() -> None:
    gold = [[("the", "DET"), ("run", "NOUN"), ("runs", "VERB"), ("paint", "NOUN")], []]
    scores = evaluate(lambda words: ["DET", "VERB", "VERB", "NOUN"], gold)
    assert scores == {
        "tokens": 4.0,
        "accuracy": 0.75,
        "verb_precision": 0.5,
        "verb_recall": 1.0,
        "noun_precision": 1.0,
        "noun_recall": 0.5,
        "noun_taken_for_verb": 0.5,
        "verb_taken_for_noun": 0.0,
    }


def test_a_missing_treebank_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"cannot read the corpus file .*gum\.train\.jsonl\.gz.*--data DIR"):
        train_tagger(tmp_path, tmp_path / "out")


def test_a_sentence_without_all_its_tags_is_refused(data: Path) -> None:
    _write(data / "pos" / "bad.train.jsonl.gz", [{"tokens": ["a", "b"], "upos": ["DET"], "xpos": ["", ""]}])
    with pytest.raises(CorpusError, match=r"bad\.train\.jsonl\.gz:1: .*equally long, got 2, 1 and 2"):
        read_treebank(data, "bad", "train")
