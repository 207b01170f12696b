"""A `recipe.toml` back as the recipe that it was written from, every value checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from distill.classify import ClassifyRecipe, RecipeError
from earmark.errors import EarmarkError

__all__ = ["read_recipe"]


def read_recipe(path: Path) -> ClassifyRecipe:
    """The recipe in the file at `path`; what is not in it has its default.

    Raises:
        RecipeError: the file cannot be read, is no TOML, or has a setting that is unknown or out of its range.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"cannot read the recipe {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"the recipe {path} is no TOML file: {error}") from error
    try:
        found: ClassifyRecipe = _made(ClassifyRecipe, values, "")
    except EarmarkError as error:
        raise RecipeError(f"the recipe {path}: {error}") from error
    return found


def _made(kind: Any, values: Mapping[str, Any], table: str) -> Any:
    """A dataclass from the values of a TOML table."""
    hints = get_type_hints(kind)
    known = [field.name for field in fields(kind)]
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise RecipeError(f"{table}{name} is no setting; there are {', '.join(known)}.")
        given[name] = _value(hints[name], value, f"{table}{name}")
    return kind(**given)


def _value(hint: Any, value: Any, name: str) -> Any:
    if is_dataclass(hint):
        if not isinstance(value, dict):
            raise RecipeError(f"{name} must be a table. Got {value!r}.")
        return _made(hint, value, f"{name}.")
    if hint == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise RecipeError(f"{name} must be a list of strings. Got {value!r}.")
        return tuple(value)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:  # exactly: true is no whole number
        raise RecipeError(f"{name} must be of the type {hint.__name__}. Got {value!r}.")
    return value
