"""`earmark distill classify` and `earmark distill evaluate`: text classifiers from the user's own labelled text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["classify", "evaluate"]


def classify(
    train: Annotated[Path, typer.Option("--train", help="Examples to learn from: .jsonl, .csv or .tsv (also .gz).")],
    valid: Annotated[Path, typer.Option("--valid", help="Examples to measure on while training.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the files; made where it is missing.")],
    trainer: Annotated[
        str, typer.Option("--trainer", help="Big network that the students learn from: lstm, bert or none.")
    ] = "lstm",
    bert: Annotated[
        str, typer.Option("--bert", metavar="NAME", help="Folder or hub name of the BERT; default: MiniLM from PyPI.")
    ] = "",
    way: Annotated[
        str, typer.Option("--way", help="joint: trainer and students together; plain: the trainer first.")
    ] = "joint",
    sizes: Annotated[str, typer.Option("--sizes", help="Sizes, with commas between them.")] = "small,medium,large",
    network: Annotated[
        str, typer.Option("--network", help="sequence: token bits and convolutions; message: message bits, dense.")
    ] = "sequence",
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Epochs at most; training may stop earlier.")] = 30,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Examples per step; more is faster on much data.")] = 64,
    context: Annotated[
        int, typer.Option("--context", min=0, metavar="K", help="Also read up to K utterances before each text.")
    ] = 0,
    quantise: Annotated[str, typer.Option("--quantise", help="int8, int8-full or float.")] = "int8",
    seed: Annotated[int, typer.Option("--seed", help="Of everything random.")] = 1,
    strict: Annotated[bool, typer.Option("--strict", help="Doubtful data is an error and not a warning.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the metrics as JSON instead of the table.")] = False,
) -> None:
    """Train text classifiers of several sizes in one run, one .tflite each.

    A line of the files is {"text": "...", "label": "...", "context": ["...", "..."]}, the context being optional; CSV
    and TSV have the same columns. A run that was stopped goes on when the same command is given again.

    Example:

        earmark distill classify --train train.jsonl --valid valid.jsonl --out models --trainer bert
    """
    from distill.classify import ClassifyRecipe
    from distill.classify_data import load_classify_data
    from distill.classify_family import train_family

    recipe = ClassifyRecipe(
        trainer=trainer, source=bert, way=way, network=network, sizes=tuple(one.strip() for one in sizes.split(",")),
        epochs=epochs, batch_size=batch, context=context, quantisation=quantise, seed=seed,
    )  # fmt: skip
    data = load_classify_data(train, valid, context=context, strict=strict)
    for warning in data.warnings:
        typer.echo(f"warning: {warning}", err=True)
    metrics = train_family(data, recipe, out, lambda line: typer.echo(line, err=True))
    typer.echo(_as_json(metrics) if as_json else (out / "sizes.md").read_text(encoding="utf-8"), nl=as_json)


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A .tflite of `earmark distill classify`.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Labelled text: .jsonl, .csv or .tsv (also .gz).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON object.")] = False,
) -> None:
    """Run a trained classifier over labelled text: accuracy, macro F1, size and time per message."""
    from distill.classify_data import read_labelled
    from distill.classify_family import describe
    from distill.quality import measure
    from projection.metadata import read_facts

    context = int(read_facts(model).settings.get("context", 0))
    read = read_labelled(file, context=context)
    for warning in read.warnings:
        typer.echo(f"warning: {warning}", err=True)
    quality = measure(model, read.rows)
    if as_json:
        typer.echo(_as_json(describe(quality)))
        return
    typer.echo(
        f"accuracy  {100 * quality.accuracy:.2f} % of {quality.examples} (majority {100 * quality.majority:.2f} %)"
    )
    typer.echo(f"macro F1  {100 * quality.macro_f1:.2f} %")
    typer.echo(f"size      {quality.kilobytes:.0f} KB")
    typer.echo(f"time      {quality.microseconds:.0f} µs per message, one thread")
    if quality.unknown_classes:
        typer.echo(f"unknown   {', '.join(quality.unknown_classes)}: classes that the model does not have")


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
