"""The settings of a projection: everything that decides which bits a text gets (docs/projection.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from projection.errors import ProjectionError

__all__ = ["MAX_TOTAL_WEIGHT", "RULES", "SPEC_VERSION", "Projection"]

SPEC_VERSION = 1
"""The version of docs/projection.md that this code follows; another version gives other bits."""

RULES = ("sign", "ternary")

# Sums of int16 values must stay below 2**24, where float32 is still exact whatever the order of addition.
MAX_TOTAL_WEIGHT = 511


@dataclass(frozen=True, slots=True)
class Projection:
    """How text becomes bits; two equal configurations give equal bits in every implementation.

    A text is at most `n_bytes` bytes of UTF-8 (a longer one keeps its end) and at most `words` tokens (the last ones).

    - Token level: each token gets `bits` values from its character n-grams (`orders`, weight 1 each) and from the
      token itself (`word_weight`), by `rule`: "sign" gives -1 or +1, "ternary" gives -1, 0 or +1.
    - Message level: the whole text gets `functions * function_bits` values from its character n-grams
      (`message_orders`, weight 1), its tokens (`message_word_weight`) and its pairs of tokens with up to `skips`
      tokens between them (weight 1), by `message_rule`.

    `seed` (0 to 2**32 - 1) decides the hash functions.

    Raises:
        ProjectionError: a value is outside what the specification allows; the message says which and what to do.
    """

    n_bytes: int = 128
    words: int = 32
    bits: int = 256
    orders: tuple[int, ...] = (2, 3, 4)
    word_weight: int = 1
    rule: str = "ternary"
    functions: int = 80
    function_bits: int = 14
    message_orders: tuple[int, ...] = (3,)
    message_word_weight: int = 2
    skips: int = 2
    message_rule: str = "sign"
    seed: int = 1

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            _check_int(name, getattr(self, name), low, high)
        _check_orders("orders", self.orders)
        _check_orders("message_orders", self.message_orders)
        for name in ("rule", "message_rule"):
            if getattr(self, name) not in RULES:
                raise ProjectionError(
                    f"the projection's {name} must be one of {', '.join(RULES)}; got {getattr(self, name)!r}."
                )
        if self.message_bits > 4096:
            raise ProjectionError(
                f"functions * function_bits must be at most 4096; got {self.functions} * {self.function_bits} = "
                f"{self.message_bits}."
            )
        self._check_weights()

    def _check_weights(self) -> None:
        token = len(self.orders) * self.n_bytes + self.word_weight
        pairs = self.words * (self.skips + 1)
        message = len(self.message_orders) * self.n_bytes + self.words * self.message_word_weight + pairs
        for level, total, orders in (("token", token, "orders"), ("message", message, "message_orders")):
            if total > MAX_TOTAL_WEIGHT:
                raise ProjectionError(
                    f"the {level} level could add up weights of {total}, but at most {MAX_TOTAL_WEIGHT} add up exactly "
                    f"in float32. Use a smaller n_bytes (now {self.n_bytes}), fewer {orders} "
                    f"(now {getattr(self, orders)}) or a smaller weight."
                )

    @property
    def message_bits(self) -> int:
        """How many values the message level gives: functions * function_bits."""
        return self.functions * self.function_bits

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values, with the version of the specification."""
        values = asdict(self)
        values["orders"] = list(self.orders)
        values["message_orders"] = list(self.message_orders)
        return {"spec": SPEC_VERSION, **values}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Projection:
        """The reverse of `to_dict`; a setting that is absent takes its default.

        Raises:
            ProjectionError: another version of the specification, an unknown setting, or a value out of range.
        """
        rest = dict(values)
        spec = rest.pop("spec", SPEC_VERSION)
        if spec != SPEC_VERSION:
            raise ProjectionError(
                f"this projection was written for specification {spec!r}; this version of earmark follows "
                f"{SPEC_VERSION}. Use the earmark version that wrote it, or train again."
            )
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(rest) - set(known))
        if unknown:
            raise ProjectionError(f"unknown projection settings {unknown}; known are {known}.")
        for name in ("orders", "message_orders"):
            if isinstance(rest.get(name), list):
                rest[name] = tuple(rest[name])
        return cls(**rest)


_RANGES = (
    ("n_bytes", 8, 500),
    ("words", 1, 128),
    ("bits", 2, 4096),
    ("word_weight", 0, 100),
    ("functions", 1, 4096),
    ("function_bits", 1, 4096),
    ("message_word_weight", 0, 100),
    ("skips", 0, 8),
    ("seed", 0, 2**32 - 1),
)


def _check_int(name: str, value: Any, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ProjectionError(f"the projection's {name} must be a whole number from {low} to {high}; got {value!r}.")


def _check_orders(name: str, value: Any) -> None:
    fine = (
        isinstance(value, tuple)
        and all(isinstance(n, int) and 2 <= n <= 6 for n in value)
        and list(value) == sorted(set(value))
        and (value or name == "message_orders")
    )
    if not fine:
        raise ProjectionError(
            f"the projection's {name} must be a tuple of growing n-gram lengths from 2 to 6, such as (2, 3, 4); "
            f"got {value!r}."
        )
