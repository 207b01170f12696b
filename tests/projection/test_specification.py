"""The reference against the document: stored vectors, and a second implementation written from the text alone."""

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from projection import Projection, encode, project_messages, project_tokens, tokenize
from projection.characters import CLASS_RANGES
from projection.constants import hash_numbers, lane_constants, message_threshold, token_thresholds
from tests.projection import spec
from tests.projection.strategies import texts

pytestmark = pytest.mark.runtime

SETS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="ascii"))["sets"]
CASES = [(one["settings"], case) for one in SETS for case in one["cases"]]
SMALL = Projection(n_bytes=32, words=5, bits=9, functions=3, function_bits=3, message_orders=(2, 3), seed=99)


def symbols(values: Any) -> str:
    return "".join("-0+"[int(v) + 1] for v in values)


def data_of(case: dict[str, Any]) -> bytes:
    return case["text"].encode("utf-8") if "text" in case else bytes.fromhex(case["bytes"])


@pytest.mark.parametrize(("values", "case"), CASES)
def test_the_reference_gives_the_vectors(values: dict[str, Any], case: dict[str, Any]) -> None:
    projection = Projection.from_dict(values)
    data = data_of(case)
    tokens = project_tokens([data], projection)
    assert tokenize(data, projection) == case["tokens"]
    assert [symbols(v) for v in tokens.values[0][tokens.mask[0]]] == case["token_values"]
    assert not tokens.values[0][~tokens.mask[0]].any()
    assert symbols(project_messages([data], projection)[0]) == case["message_values"]


@pytest.mark.parametrize(("values", "case"), CASES)
def test_plain_python_from_the_text_gives_the_vectors(values: dict[str, Any], case: dict[str, Any]) -> None:
    data = spec.cut(data_of(case), values["n_bytes"])
    per_token, message = spec.project(data, values)
    assert [symbols(v) for v in per_token] == case["token_values"]
    assert symbols(message) == case["message_values"]


@pytest.mark.parametrize("one", SETS)
def test_the_numbers_of_a_seed(one: dict[str, Any]) -> None:
    values = one["settings"]
    bits = values["functions"] * values["function_bits"]
    assert list(hash_numbers(values["seed"])) == one["hash_numbers"]
    for label, number, key in ((1, values["bits"], "token_constants"), (2, bits, "message_constants")):
        assert lane_constants(values["seed"], number, label).tolist() == one[key]
        assert spec.constants(values["seed"], label, number) == one[key]


@given(texts)
@settings(max_examples=300, deadline=None)
def test_reference_and_plain_python_agree_on_any_text(text: str | bytes) -> None:
    row = encode(text, SMALL.n_bytes)
    data = spec.cut(text, SMALL.n_bytes) if isinstance(text, bytes) else spec.to_bytes(text, SMALL.n_bytes)
    assert row.tobytes() == data
    per_token, message = spec.project(data, SMALL.to_dict())
    tokens = project_tokens(row[None], SMALL)
    assert tokens.mask[0].sum() == len(per_token)
    assert tokens.values[0][tokens.mask[0]].tolist() == per_token
    assert project_messages(row[None], SMALL)[0].tolist() == message


def test_the_document_lists_the_classes_that_the_code_has() -> None:
    names = {number: name for name, number in spec.NUMBER.items()}
    here = [(low, high, names[kind]) for low, high, kind in CLASS_RANGES]
    edges = sorted({0, 0x110000, *(e for low, high, _ in here + spec.RANGES for e in (low, high + 1))})

    def found(ranges: list[tuple[int, int, str]], point: int) -> str:
        return next((name for low, high, name in ranges if low <= point <= high), "word")

    for low, _ in pairwise(edges):
        assert found(here, low) == found(spec.RANGES, low), f"U+{low:04X}"


def test_low_halves_of_constants_are_not_small_multiples_of_each_other() -> None:
    low = lane_constants(3, 512, 1).astype(np.int64) & 0xFFFF
    for times, other in ((1, 1), (1, 3), (2, 2)):
        a, b = (times * low) % 65536, (other * low) % 65536
        near = (a[:, None] == b[None]) | (a[:, None] == (-b[None]) % 65536)
        np.fill_diagonal(near, False)
        assert not near.any(), (times, other)


def test_the_width_of_the_zero_band() -> None:
    projection = Projection(orders=(2, 4), word_weight=3)
    expected = [0] + [math.isqrt(66402344 * (9 + length + 1 + max(length - 1, 0))) for length in range(1, 129)]
    assert token_thresholds(projection).tolist() == expected
    message = message_threshold(projection)
    assert message.tolist() == [math.isqrt(66402344 * q) for q in range(128 + 32 * (4 + 2 + 1) + 1)]
