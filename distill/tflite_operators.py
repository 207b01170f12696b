"""Which operators a `.tflite` uses, and which of them an interpreter does not bring along."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ai_edge_litert import schema_py_generated as schema

from projection.metadata import model_bytes

__all__ = ["Operator", "foreign_operators", "list_operators"]

NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator of a model.

    Attributes:
        name: the built-in's name as in the schema (FULLY_CONNECTED), or the custom operator's own.
        count: how many nodes of all its graphs use it; 0 when it is only listed.
        custom: not built in; a name that begins with "Flex" needs TensorFlow itself.
    """

    name: str
    count: int
    custom: bool


def list_operators(model: Path | bytes) -> tuple[Operator, ...]:
    """Every operator that the model lists, by name.

    Raises:
        ArtifactError: not a readable `.tflite`.
    """
    data, _ = model_bytes(model)
    root = schema.Model.GetRootAsModel(data, 0)
    listed = []
    for index in range(root.OperatorCodesLength()):
        code = root.OperatorCodes(index)
        # Files from before 2020 have the number in the byte-wide field alone.
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        custom = number == schema.BuiltinOperator.CUSTOM
        listed.append(
            ((code.CustomCode() or b"?").decode() if custom else NAMES.get(number, f"BUILTIN_{number}"), custom)
        )
    counts: Counter[tuple[str, bool]] = Counter(dict.fromkeys(listed, 0))
    for graph in map(root.Subgraphs, range(root.SubgraphsLength())):
        for index in range(graph.OperatorsLength()):
            counts[listed[graph.Operators(index).OpcodeIndex()]] += 1
    return tuple(Operator(name, counts[name, custom], custom) for name, custom in sorted(counts))


def foreign_operators(model: Path | bytes) -> tuple[str, ...]:
    """Names of the custom and Flex operators: () for a model that any LiteRT interpreter can run."""
    return tuple(operator.name for operator in list_operators(model) if operator.custom)
