"""numpy = Keras = the exported file, bit for bit."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from projection import Projection, ProjectionError, encode_batch, project_messages, project_tokens
from projection.keras_layer import MessageProjection, TokenProjection
from tests.projection.examples import RAW, TEXTS
from tests.projection.litert import Runner, export, operators
from tests.projection.strategies import many_texts, texts

# Few values, so that ten thousand texts are quick; everything before the values is the same at any width.
NARROW = Projection(bits=32, functions=4, function_bits=8)
OTHER = Projection(
    n_bytes=40, words=3, bits=7, orders=(2, 5), rule="sign", word_weight=3, functions=3, function_bits=3,
    message_orders=(), message_rule="ternary", skips=4, seed=5,
)  # fmt: skip


class Three:
    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        self.layers = TokenProjection(projection), MessageProjection(projection)
        self.file = export(self.layers)
        self.run = Runner(self.file)

    def check(self, rows: NDArray[np.uint8]) -> None:
        reference = (*project_tokens(rows, self.projection), project_messages(rows, self.projection))
        layers = (*self.layers[0](rows), self.layers[1](rows))
        for name, numpy, one, two in zip(("tokens", "mask", "message"), reference, layers, self.run(rows), strict=True):
            assert np.array_equal(one.numpy(), numpy), f"Keras differs from numpy: {name}"
            assert np.array_equal(two, numpy), f"LiteRT differs from numpy: {name}"


@pytest.fixture(scope="module")
def narrow() -> Three:
    return Three(NARROW)


@pytest.fixture(scope="module")
def other() -> Three:
    return Three(OTHER)


@pytest.fixture(scope="module")
def default() -> Three:
    return Three(Projection())


def test_ten_thousand_random_texts(narrow: Three) -> None:
    rows = encode_batch(many_texts(10_000, seed=1), NARROW.n_bytes)
    for start in range(0, len(rows), 1000):
        narrow.check(rows[start : start + 1000])


@given(st.lists(texts, min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_any_texts(other: Three, texts: list[str | bytes]) -> None:
    other.check(encode_batch(texts, OTHER.n_bytes))


def test_the_default_settings(default: Three) -> None:
    default.check(encode_batch([*TEXTS, *RAW, *many_texts(200, seed=2)], default.projection.n_bytes))


def test_random_bytes(narrow: Three) -> None:
    rng = np.random.default_rng(3)
    narrow.check(rng.integers(0, 256, (300, NARROW.n_bytes)).astype(np.uint8))
    narrow.check(rng.choice([0x80, 0xBF, 0xC3, 0xE2, 0xF0, 0x20, 0x41], (300, NARROW.n_bytes)).astype(np.uint8))


def test_the_file_needs_nothing_but_litert_s_own_operators(default: Three) -> None:
    used = operators(default.file)
    assert len(used) > 100
    assert "CUSTOM" not in used
    assert not {name for name in used if name.startswith("STABLEHLO") or name in ("WHILE", "IF")}
    assert len(default.file) < 80_000


def test_int32_input_gives_the_same(narrow: Three) -> None:
    rows = encode_batch(TEXTS, NARROW.n_bytes)
    first = narrow.layers[0](rows)[0].numpy()
    assert np.array_equal(first, narrow.layers[0](rows.astype(np.int32))[0].numpy())


def test_layers_in_a_model_are_saved_and_read_back(tmp_path: Path) -> None:
    inputs = keras.Input((NARROW.n_bytes,), dtype="uint8")
    values, mask = TokenProjection(NARROW, name="tokens")(inputs)
    message = MessageProjection(NARROW, name="message")(inputs)
    model = keras.Model(inputs, [values, mask, message])
    assert [tuple(o.shape) for o in model.outputs] == [(None, 32, 32), (None, 32), (None, 32)]
    assert {o.dtype for o in model.outputs} == {"float32"}
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.get_layer("tokens").projection == NARROW
    assert again.count_params() == 0
    rows = encode_batch(TEXTS, NARROW.n_bytes)
    for one, two in zip(model(rows), again(rows), strict=True):
        assert np.array_equal(one.numpy(), two.numpy())


def test_a_wrong_width_is_told() -> None:
    with pytest.raises(ProjectionError, match=r"TokenProjection reads \[batch, 128\] bytes; got shape \[None, 64\]"):
        TokenProjection(NARROW)(keras.Input((64,), dtype="uint8"))
