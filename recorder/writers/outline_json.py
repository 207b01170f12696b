"""The JSON form of an outline: docs/outline-json.md describes it, recorder/schema/outline.schema.json checks it."""

from __future__ import annotations

from recorder.errors import WriteError
from recorder.outline import Outline
from recorder.transcript import Transcript

__all__ = ["write"]


def write(outline: Outline, transcript: Transcript | None) -> str:
    """Indented by two; equal outlines give equal text.

    Raises:
        WriteError: a number is NaN or infinite, which JSON cannot say.
    """
    try:
        return outline.to_json(indent=2) + "\n"
    except ValueError as error:
        raise WriteError(f"'json' needs finite numbers in the outline: {error}.") from error
