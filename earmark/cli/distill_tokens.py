"""`earmark distill tokens`: the token encoders that classifiers start from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["tokens"]


def tokens(
    data: Annotated[Path, typer.Option("--data", help="Folder of the corpora (gzip JSONL files in sub-folders).")],
    out: Annotated[Path, typer.Option("--out", help="Folder for tokens.npz, its recipe and its metrics.")],
    work: Annotated[
        Path | None,
        typer.Option("--work", help="Folder of what a stopped run goes on from; OUT/work if not given. It is kept."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="On a few hundred texts, in a minute: shows that it works, is of no use.")
    ] = False,
) -> None:
    """Pre-train token encoders on DATA/dialogues and write tokens.npz; under an hour on two cores.

    Every size of `earmark distill classify` learns MiniLM's sentence embeddings of the texts; classifiers that start
    from it (--start) need far fewer examples. A run that was stopped goes on when it is started again.
    """
    from distill.checkpoint import alone
    from distill.tokens.train import QUICK, TokensRecipe, train_tokens

    recipe = QUICK if quick else TokensRecipe()
    work = work or out / "work"
    with alone(work):
        metrics = train_tokens(data, out, recipe, work=work, say=lambda line: typer.echo(line, err=True))
    typer.echo(json.dumps(metrics, indent=2, sort_keys=True, ensure_ascii=False))
