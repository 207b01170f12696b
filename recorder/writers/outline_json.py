"""The JSON form of an outline: docs/outline-json.md describes it, recorder/schema/outline.schema.json checks it."""

from __future__ import annotations

import re

from recorder.errors import WriteError
from recorder.outline import Outline
from recorder.transcript import Transcript

__all__ = ["write"]

_CONTROL = re.compile("[\x7f-\x9f\u2028\u2029]")


def write(outline: Outline, transcript: Transcript | None) -> str:
    """Indented by two; equal outlines give equal text.

    Raises:
        WriteError: a number is NaN or infinite, which JSON cannot say.
    """
    try:
        text = outline.to_json(indent=2)
    except ValueError as error:
        raise WriteError(f"'json' needs finite numbers in the outline: {error}.") from error
    # JSON allows these as they are; a terminal may take them for commands.
    return _CONTROL.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + "\n"
