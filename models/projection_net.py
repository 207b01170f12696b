"""ProjectionNet: message bits, dense layers, logits; the student of the paper.

"ProjectionNet: Learning Efficient On-Device Deep Networks Using Neural Projections" (Ravi 2017, section 3.2): T
projection functions of d bits each take the place of an embedding table, then a few narrow dense layers. SGNN (Ravi and
Kozareva 2018) is this with T = 80, d = 14 and two layers of 256.

The network reads raw bytes (`projection.encode_batch`), by name: ``text``, uint8 (batch, n_bytes), and with
``context=True`` also ``context``, the bytes of what was said before. It returns float32 logits (batch, num_classes).
Its part behind the projection, ``core``, can be called by itself with ``text_bits`` (batch, T * d) in -1, 0, 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import keras

from projection import Projection
from projection.keras_layer import MessageProjection

__all__ = ["MESSAGE_SIZES", "MessageSize", "ProjectionNet"]

PACKAGE = "earmark"


# === Functional Model ===


@keras.saving.register_keras_serializable(package=PACKAGE)
class ProjectionNet(keras.Model):
    """The student; see the module's docstring.

    Args:
        projection: how bytes become message bits; T and d are what `size` says, whatever stands there.
        size: T, d and the widths, or the name of one of `MESSAGE_SIZES`.
        num_classes: at least 2.
        context: also read the utterances before, as a second row of bytes.
    """

    def __init__(
        self,
        projection: Projection | dict[str, Any],
        size: MessageSize | dict[str, Any] | str = "medium",
        *,
        num_classes: int,
        context: bool = False,
        **kwargs: Any,
    ) -> None:
        chosen = _size(size)
        base = projection.to_dict() if isinstance(projection, Projection) else projection
        bits = Projection.from_dict({**base, "functions": chosen.functions, "function_bits": chosen.function_bits})
        rows = ("text", "context") if context else ("text",)
        core = _core(chosen, rows, num_classes)
        inputs = {row: keras.Input((bits.n_bytes,), dtype="uint8", name=row) for row in rows}
        project = MessageProjection(bits, name="projection")
        super().__init__(inputs=inputs, outputs=core({f"{row}_bits": project(inputs[row]) for row in rows}), **kwargs)
        self.core = core
        self.projection, self.size, self.num_classes, self.context = bits, chosen, num_classes, context

    # === Config ===

    def get_config(self) -> dict[str, Any]:
        return {
            "projection": self.projection.to_dict(),
            "size": asdict(self.size),
            "num_classes": self.num_classes,
            "context": self.context,
            "name": self.name,
        }


def _core(size: MessageSize, rows: tuple[str, ...], num_classes: int) -> Any:
    inputs = {f"{row}_bits": keras.Input((size.functions * size.function_bits,), name=f"{row}_bits") for row in rows}
    x = keras.layers.Concatenate(name="rows")([*inputs.values()]) if len(rows) > 1 else inputs["text_bits"]
    for index, width in enumerate(size.widths):
        x = keras.layers.Dense(width, activation="relu", name=f"dense_{index}")(x)
        x = keras.layers.Dropout(size.dropout, name=f"dropout_{index}")(x)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(x)
    return keras.Model(inputs, logits, name="core")


def _size(size: MessageSize | dict[str, Any] | str) -> MessageSize:
    if isinstance(size, str):
        if size not in MESSAGE_SIZES:
            raise ValueError(f"The 'size' parameter of ProjectionNet must be one of {sorted(MESSAGE_SIZES)}, "
                             f"a MessageSize or its values. Got {size!r} instead.")  # fmt: skip
        return MESSAGE_SIZES[size]
    if isinstance(size, dict):
        return MessageSize(**{**size, "widths": tuple(size["widths"])}) if "widths" in size else MessageSize(**size)
    return size


# === Config ===


@dataclass(frozen=True, slots=True)
class MessageSize:
    """Sizes of a ProjectionNet.

    Attributes:
        functions: T, the projection functions.
        function_bits: d, the bits of each.
        widths: of the dense layers before the logits, in order.
        dropout: share of components that training drops behind each of them.
    """

    functions: int = 60
    function_bits: int = 12
    widths: tuple[int, ...] = (128, 128)
    dropout: float = 0.3

    def __post_init__(self) -> None:
        if not self.widths or min(self.widths) < 1:
            raise ValueError(f"The 'widths' of a MessageSize must be one or more numbers from 1 on. "
                             f"Got {self.widths!r} instead.")  # fmt: skip
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"The 'dropout' of a MessageSize must be from 0 to below 1. Got {self.dropout} instead.")


MESSAGE_SIZES: Mapping[str, MessageSize] = MappingProxyType(
    {
        "small": MessageSize(functions=40, function_bits=10, widths=(64,)),
        "medium": MessageSize(),
        "large": MessageSize(functions=80, function_bits=14, widths=(256, 256)),
    }
)
"""Large is SGNN's: T = 80, d = 14, two layers of 256."""
