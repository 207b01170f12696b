"""Options that the commands of smart reply have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["EditsOption", "ModelOption", "NumberOption"]

NumberOption = Annotated[int, typer.Option("--number", "-k", metavar="K", min=1, max=10, help="How many replies.")]

ModelOption = Annotated[
    Path | None, typer.Option("--model", metavar="FILE", help="Another .tflite than the shipped one.")
]

EditsOption = Annotated[
    Path | None, typer.Option("--edits", metavar="EDITS", help="Edits of the reply list (ReplySet.save).")
]
