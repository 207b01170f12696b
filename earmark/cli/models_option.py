"""`--models`: which models rate keywords and sections, the same for `scroll` and `listen`."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["DEFAULT_MODELS", "ModelsOption"]

DEFAULT_MODELS = "tfidf"

ModelsOption = Annotated[
    str,
    typer.Option(
        "--models",
        metavar="MODELS",
        help="Who rates keywords and sections: tfidf (counts), transformer (reads, a small BERT), or both, fused.",
    ),
]
