"""`earmark distill encoder`: the transformer of smart scrolling, from the corpora to the files that ship."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["encoder"]


def encoder(
    data: Annotated[Path, typer.Option("--data", help="Folder of the corpora (gzip JSONL files in sub-folders).")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the model, its table, its recipe and its metrics.")],
    size: Annotated[
        str,
        typer.Option(
            "--size",
            help="Of the network: earmark, two blocks that begin as MiniLM's; published: xxs, xs, s, m.",
        ),
    ] = "earmark",
    work: Annotated[
        Path | None,
        typer.Option("--work", help="Folder of what a stopped run goes on from; OUT/work if not given. It is kept."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="On a few meetings, in a minute: shows that it works, is of no use.")
    ] = False,
) -> None:
    """Distil a MobileBERT-EdgeTPU from MiniLM, teach it keywords and ratings, and write encoder.tflite and
    transformer.json; about three hours of one core.

    A run that was stopped goes on when it is started again.
    """
    from dataclasses import replace

    from distill.checkpoint import alone
    from distill.encoder.train import QUICK, EncoderRecipe, train_encoder
    from earmark.errors import EarmarkError
    from models.mobilebert_edgetpu import MOBILEBERT_SIZES

    if size not in MOBILEBERT_SIZES:
        raise EarmarkError(f"--size must be one of {', '.join(MOBILEBERT_SIZES)}, got {size!r}.")
    recipe = QUICK if quick else replace(EncoderRecipe(), size=size)
    work = work or out / "work"
    with alone(work):
        figures = train_encoder(data, out, recipe, work=work, say=lambda line: typer.echo(line, err=True))
    typer.echo(json.dumps(figures, indent=2, sort_keys=True, ensure_ascii=False, default=float))
