"""`earmark distill reply`: smart reply from the dialogue corpora, as one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["reply"]


def reply(
    data: Annotated[Path, typer.Option("--data", help="Folder of the corpora (gzip JSONL files in sub-folders).")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the model, its recipe and its metrics.")],
    size: Annotated[str, typer.Option("--size", help="Of the student: small, medium or large.")] = "medium",
    work: Annotated[
        Path | None,
        typer.Option("--work", help="Folder of what a stopped run goes on from; OUT/work if not given. It is kept."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="On a thousand pairs, in a minute: shows that it works, is of no use.")
    ] = False,
) -> None:
    """Train smart reply on DATA/dialogues and write smartreply.tflite; about an hour and three quarters of one core.

    The replies are those of smartreply/pretrained/en/replies.yaml. A run that was stopped goes on when it is started
    again.
    """
    from dataclasses import replace

    from distill.checkpoint import alone
    from distill.reply.sizes import check_size
    from distill.reply.train import QUICK, ReplyRecipe, train_reply

    recipe = QUICK if quick else replace(ReplyRecipe(), size=check_size(size))
    work = work or out / "work"
    with alone(work):
        metrics = train_reply(data, out, recipe, work=work, quick=quick, say=lambda line: typer.echo(line, err=True))
    typer.echo(json.dumps(metrics, indent=2, sort_keys=True, ensure_ascii=False, default=float))
