"""WordPiece beside `tokenizers` of Hugging Face: ids and offsets of 100,000 strings, and every code point."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import recorder.wordpiece
from recorder.wordpiece import WordPiece
from tests.recorder.wordpiece_strings import hard_strings

tokenizers = pytest.importorskip("tokenizers", reason="the reference comes with the extra 'train'")

STRINGS = 100_000


@pytest.fixture(scope="module")
def reference() -> Any:
    path = Path(recorder.wordpiece.__file__).parent / "pretrained" / "en" / "wordpiece.txt"
    model = tokenizers.models.WordPiece(
        tokenizers.models.WordPiece.read_file(str(path)), unk_token="[UNK]", max_input_chars_per_word=100
    )
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    return tokenizer


def test_ids_and_offsets_of_100_000_strings(reference: Any) -> None:
    ours = WordPiece.load()
    strings = list(hard_strings(STRINGS, seed=20_000))
    assert len(strings) == STRINGS
    known = 0
    for start in range(0, STRINGS, 5_000):
        some = strings[start : start + 5_000]
        for text, encoding in zip(some, reference.encode_batch(some), strict=True):
            expected = [(piece, *span) for piece, span in zip(encoding.ids, encoding.offsets, strict=True)]
            assert ours.pieces(text) == expected, f"{text!a}"
            assert ours.ids(text) == encoding.ids, f"{text!a}"
            known += sum(piece != 100 for piece in encoding.ids)
    assert known > 5 * STRINGS  # most of the comparison is about real pieces


@pytest.mark.parametrize("planes", [(0,), (1,), (14,)])
def test_every_code_point_of_the_planes_with_letters_in_the_middle_of_a_word(
    reference: Any, planes: tuple[int, ...]
) -> None:
    ours = WordPiece(sorted(reference.get_vocab(), key=reference.token_to_id))
    codes = (plane * 0x10000 + code for plane in planes for code in range(0x10000))
    chars = [chr(code) for code in codes if not 0xD800 <= code < 0xE000]
    for start in range(0, len(chars), 4096):
        text = " ".join(f"ba{char}t" for char in chars[start : start + 4096])
        encoding = reference.encode(text)
        assert ours.ids(text) == encoding.ids
        assert [(at, end) for _, at, end in ours.pieces(text)] == encoding.offsets
