"""WordPiece without its reference: worked cases, laws, and what is no vocabulary."""

from __future__ import annotations

import doctest
import hashlib
from pathlib import Path

import pytest

import recorder.wordpiece
from earmark.errors import ArtifactError
from recorder.wordpiece import WordPiece
from tests.recorder.wordpiece_strings import hard_strings

pytestmark = pytest.mark.runtime

SMALL = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "battery",
    "bat",
    "##ter",
    "##y",
    "##ies",
    "a",
    "##a",
    "!",
    "文",
    "e",
    "ss",
]


def cut(text: str, wordpiece: WordPiece | None = None) -> list[tuple[str, str]]:
    """(piece, the part of the text that it stands for)"""
    used = wordpiece or WordPiece(SMALL)
    names = {used.id_of(piece): piece for piece in SMALL} if wordpiece is None else {}
    return [(names.get(piece, str(piece)), text[start:end]) for piece, start, end in used.pieces(text)]


def test_the_examples_of_the_documentation() -> None:
    assert doctest.testmod(recorder.wordpiece).failed == 0


def test_the_longest_piece_from_the_left() -> None:
    assert cut("battery") == [("battery", "battery")]
    assert cut("batteries") == [("bat", "bat"), ("##ter", "ter"), ("##ies", "ies")]


def test_a_word_that_does_not_come_out_is_unknown_as_a_whole() -> None:
    assert cut("batters battery") == [("[UNK]", "batters"), ("battery", "battery")]


def test_case_accents_and_control_characters() -> None:
    assert cut("BÁttery") == [("battery", "BÁttery")]
    assert cut("Ba\u0301tte\u200bry\x00") == [("battery", "Ba\u0301tte\u200bry")]
    assert cut("bat\x85tery\x0b battery\ufffd") == [("battery", "bat\x85tery"), ("battery", "battery")]


def test_punctuation_and_ideographs_stand_alone() -> None:
    assert cut("bat!文文battery") == [("bat", "bat"), ("!", "!"), ("文", "文"), ("文", "文"), ("battery", "battery")]


def test_every_whitespace_ends_a_word() -> None:
    assert cut("a\u00a0a\u3000a\u2028a\r\na") == [("a", "a")] * 5


def test_a_word_of_more_than_a_hundred_characters_is_unknown() -> None:
    assert len(cut("a" * 100)) == 100
    assert cut("a" * 101) == [("[UNK]", "a" * 101)]
    assert len(cut("a\u0301" * 100)) == 100  # counted after the accents are gone


def test_special_tokens_in_a_text_are_text() -> None:
    assert WordPiece(SMALL).id_of("[SEP]") not in WordPiece(SMALL).ids("a [SEP] a")
    assert cut("[SEP]") == [("[UNK]", "["), ("[UNK]", "SEP"), ("[UNK]", "]")]


def test_lone_surrogates_are_dropped() -> None:
    assert cut("\ud800bat\udfffteries") == [("bat", "bat"), ("##ter", "ter"), ("##ies", "ies")]


def test_nothing_comes_of_nothing() -> None:
    assert WordPiece(SMALL).ids("") == WordPiece(SMALL).ids(" \t\u0301 \x00") == []


def test_offsets_rise_and_lie_in_the_text_and_ids_are_those_of_pieces() -> None:
    wordpiece = WordPiece.load()
    for text in hard_strings(3000, seed=1):
        pieces = wordpiece.pieces(text)
        assert [piece for piece, _, _ in pieces] == wordpiece.ids(text)
        ends = [0, *(end for _, _, end in pieces)]
        assert all(0 <= start < end <= len(text) for _, start, end in pieces)
        assert ends == sorted(ends)


def test_a_full_cache_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(hard_strings(200, seed=2))
    expected = WordPiece(SMALL).pieces(text)
    monkeypatch.setattr(recorder.wordpiece, "_CACHED_CHUNKS", 3)
    small = WordPiece(SMALL)
    assert small.pieces(text) == expected
    assert small.pieces(text) == expected


def test_the_shipped_vocabulary_is_that_of_bert_uncased() -> None:
    path = Path(recorder.wordpiece.__file__).parent / "pretrained" / "en" / "wordpiece.txt"
    text = path.read_text(encoding="utf-8")
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
    )
    wordpiece = WordPiece.load()
    assert wordpiece is WordPiece.load()
    assert len(wordpiece) == 30_522
    assert [wordpiece.id_of(name) for name in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")] == [0, 100, 101, 102, 103]
    assert "battery" in wordpiece
    assert "batteryx" not in wordpiece


def test_a_vocabulary_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.txt"
    path.write_text("\n".join(SMALL) + "\n", encoding="utf-8")
    assert WordPiece.load(path).ids("batteries !") == WordPiece(SMALL).ids("batteries !") == [5, 6, 8, 11]


def test_what_is_no_vocabulary(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"must be different and not empty. Got 'a' among them"):
        WordPiece([*SMALL, "a"])
    with pytest.raises(ArtifactError, match=r"must be different and not empty. Got '' among them"):
        WordPiece([*SMALL, ""])
    with pytest.raises(ArtifactError, match=r"must hold the piece '\[UNK\]'. Got 1 pieces without it"):
        WordPiece(["a"])
    with pytest.raises(ArtifactError, match=r"of 15 pieces does not hold the piece 'zebra'"):
        WordPiece(SMALL).id_of("zebra")
    with pytest.raises(ArtifactError, match=r"there is no WordPiece vocabulary .*nowhere.txt"):
        WordPiece.load(tmp_path / "nowhere.txt")
    (tmp_path / "latin.txt").write_bytes(b"[UNK]\ncaf\xe9\n")
    with pytest.raises(ArtifactError, match=r"cannot read the WordPiece vocabulary .*latin.txt"):
        WordPiece.load(tmp_path / "latin.txt")
