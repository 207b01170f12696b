import json
from typing import Any

import pytest

from projection import Projection, ProjectionError

pytestmark = pytest.mark.runtime


def test_defaults_are_the_specification_s() -> None:
    projection = Projection()
    assert (projection.n_bytes, projection.words, projection.bits, projection.orders) == (128, 32, 256, (2, 3, 4))
    assert projection.message_bits == 1120  # SGNN's T = 80, d = 14


def test_settings_survive_json() -> None:
    projection = Projection(n_bytes=64, orders=(3,), message_orders=(), rule="sign", seed=2**32 - 1)
    assert Projection.from_dict(json.loads(json.dumps(projection.to_dict()))) == projection
    assert Projection.from_dict({}) == Projection()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_bytes": 7}, "n_bytes must be a whole number from 8 to 500; got 7"),
        ({"bits": 64.0}, "bits must be a whole number from 2 to 4096; got 64.0"),
        ({"words": True}, "words must be a whole number from 1 to 128; got True"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295; got -1"),
        (
            {"orders": ()},
            r"orders must be a tuple of growing n-gram lengths from 2 to 6, such as \(2, 3, 4\); got \(\)",
        ),
        ({"orders": (3, 2)}, r"growing n-gram lengths .* got \(3, 2\)"),
        ({"message_orders": [3]}, r"message_orders must be a tuple .* got \[3\]"),
        ({"rule": "binary"}, "rule must be one of sign, ternary; got 'binary'"),
        ({"functions": 80, "function_bits": 80}, r"must be at most 4096; got 80 \* 80 = 6400"),
        ({"n_bytes": 200}, r"token level could add up weights of 601, but at most 511 .* smaller n_bytes \(now 200\)"),
        ({"message_word_weight": 40}, "message level could add up weights of 1504"),
    ],
)
def test_what_is_not_allowed_is_told(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ProjectionError, match=message):
        Projection(**wrong)


def test_a_stored_configuration_of_another_version_or_with_unknown_settings_is_told() -> None:
    with pytest.raises(ProjectionError, match="written for specification 2; this version of earmark follows 1"):
        Projection.from_dict({"spec": 2})
    with pytest.raises(ProjectionError, match=r"unknown projection settings \['bitz'\]; known are \['n_bytes'"):
        Projection.from_dict({"bitz": 3})
