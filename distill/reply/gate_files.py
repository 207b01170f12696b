"""Trained gates on disk, so that they are trained once for every recipe and every version of our own lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from projection import Projection

if TYPE_CHECKING:
    from models.reply_gates import EnglishGate, SensitiveGate

__all__ = ["gates_digest", "load_gates", "save_gates"]

LISTS = ("english.txt", "languages.txt", "lexicon.txt", "sensitive.txt")


def gates_digest(projection: Projection) -> str:
    """12 hex digits of what decides the gates, the corpora aside: recipes, our own lists and the projection."""
    from distill.reply.english import EnglishRecipe
    from distill.reply.sensitive import SensitiveRecipe

    settings = [asdict(EnglishRecipe()), asdict(SensitiveRecipe()), projection.to_dict()]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for name in LISTS:
        digest.update(files("distill.reply").joinpath("data", name).read_bytes())
    return digest.hexdigest()[:12]


def save_gates(path: Path, english: EnglishGate, sensitive: SensitiveGate, figures: Mapping[str, Any]) -> None:
    """Write both gates, their settings, weights and figures, as one `.npz`; whole or not at all."""
    gates = {"english": english, "sensitive": sensitive}
    facts = {"figures": figures, **{name: gate.get_config() for name, gate in gates.items()}}
    arrays = {
        f"{name}_{number}": weight for name, gate in gates.items() for number, weight in enumerate(gate.get_weights())
    }
    part = path.with_suffix(".part")
    text = json.dumps(facts, ensure_ascii=False, default=float).encode()
    with part.open("wb") as file:
        np.savez_compressed(file, facts=np.frombuffer(text, np.uint8), **arrays)
    part.replace(path)


def load_gates(path: Path) -> tuple[EnglishGate, SensitiveGate, dict[str, Any]]:
    """The gates and the figures that `save_gates` wrote."""
    from models.reply_gates import EnglishGate, SensitiveGate

    with np.load(path, allow_pickle=False) as kept:
        facts = json.loads(kept["facts"].tobytes())
        made: list[Any] = []
        for name, kind in (("english", EnglishGate), ("sensitive", SensitiveGate)):
            config = {key: value for key, value in facts[name].items() if key != "dtype"}
            gate = kind(**config)
            projection = gate.lexicon.projection
            gate.build((None, projection.words, projection.bits))
            gate.set_weights([kept[f"{name}_{number}"] for number in range(len(gate.weights))])
            made.append(gate)
    return made[0], made[1], facts["figures"]
