"""Writes vectors.json with the numpy reference: `python -m tests.projection.make_vectors` (in the repository root)."""

import json
from pathlib import Path

import numpy as np

from projection import Projection, encode, project_messages, project_tokens, tokenize
from projection.constants import hash_numbers, lane_constants
from tests.projection.examples import RAW, TEXTS

HERE = Path(__file__).parent / "vectors.json"
CONFIGS = (
    Projection(),
    Projection(n_bytes=24, words=4, bits=33, rule="sign", functions=4, function_bits=8, message_rule="ternary", seed=7),
)


def symbols(values: np.ndarray) -> str:
    """-1, 0, 1 as `-0+`: one character a value."""
    return "".join("-0+"[v + 1] for v in values.tolist())


def case(data: bytes, projection: Projection) -> dict[str, object]:
    row = encode(data, projection.n_bytes)[None]
    tokens = project_tokens(row, projection)
    return {
        "tokens": tokenize(data, projection),
        "token_values": [symbols(v) for v in tokens.values[0][tokens.mask[0]]],
        "message_values": symbols(project_messages(row, projection)[0]),
    }


def document(projection: Projection) -> dict[str, object]:
    numbers = hash_numbers(projection.seed)
    return {
        "settings": projection.to_dict(),
        "hash_numbers": list(numbers),
        "token_constants": lane_constants(projection.seed, projection.bits, 1).tolist(),
        "message_constants": lane_constants(projection.seed, projection.message_bits, 2).tolist(),
        "cases": [
            *({"text": text, **case(text.encode("utf-8"), projection)} for text in TEXTS),
            *({"bytes": data.hex(), **case(data, projection)} for data in RAW),
        ],
    }


if __name__ == "__main__":
    text = json.dumps({"spec": 1, "sets": [document(p) for p in CONFIGS]}, ensure_ascii=True, indent=1)
    HERE.write_text(text + "\n", encoding="ascii")
