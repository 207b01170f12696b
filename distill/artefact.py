"""What goes beside a trained file: the recipe that made it and the figures it reached.

`write_beside` puts `<name>.recipe.toml` and `<name>.metrics.json` into the folder of the artefact. The card
(`<name>.card.md`) is written by hand.
"""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

__all__ = ["recipe_toml", "write_beside"]


def write_beside(out: Path, name: str, recipe: Any, metrics: dict[str, Any]) -> None:
    """Write recipe and metrics of the artefact `<name>.json`; equal values give equal files.

    `recipe` is a dataclass of strings, numbers, booleans, tuples of those, and dicts with string keys of those.
    """
    (out / f"{name}.recipe.toml").write_text(recipe_toml(name, recipe), encoding="utf-8")
    text = json.dumps(metrics, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    (out / f"{name}.metrics.json").write_text(text + "\n", encoding="utf-8")


def recipe_toml(name: str, recipe: Any) -> str:
    """The recipe as TOML: plain values first, then one table for each dict.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Settings:
    ...     seed: int
    ...     sets: tuple[str, ...]
    >>> print(recipe_toml("tagger", Settings(7, ("gum",))), end="")
    # made by: earmark distill tagger
    seed = 7
    sets = ["gum"]
    """
    if not is_dataclass(recipe) or isinstance(recipe, type):
        raise TypeError(f"a recipe must be a dataclass instance, got {type(recipe).__name__}.")
    values = asdict(recipe)
    lines = [f"# made by: earmark distill {name}"]
    lines += [f"{key} = {_value(value)}" for key, value in values.items() if not isinstance(value, dict)]
    for key, table in values.items():
        if isinstance(table, dict):
            lines += ["", f"[{key}]"]
            lines += [f"{json.dumps(entry)} = {_value(value)}" for entry, value in table.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """Strings, numbers, booleans and flat lists are written the same in JSON and TOML."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
