"""`earmark distill classify` and `earmark distill evaluate`: text classifiers from the user's own labelled text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from distill.distortion import Distortion
    from distill.joint import LossWeights

__all__ = ["classify", "evaluate"]


def classify(
    train: Annotated[Path, typer.Option("--train", help="Examples to learn from: .jsonl, .csv or .tsv (also .gz).")],
    valid: Annotated[Path, typer.Option("--valid", help="Examples to measure on while training.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the files; made where it is missing.")],
    recipe: Annotated[
        Path | None, typer.Option("--recipe", help="A recipe.toml to begin from; options given beside it count.")
    ] = None,
    trainer: Annotated[
        str | None,
        typer.Option(
            "--trainer", help="Big network that the students learn from: lstm, bert, none or auto. Default: auto."
        ),
    ] = None,
    bert: Annotated[
        str | None,
        typer.Option("--bert", metavar="NAME", help="Folder or hub name of the BERT. Default: MiniLM from PyPI."),
    ] = None,
    way: Annotated[
        str | None,
        typer.Option("--way", help="joint: trainer and students together; plain: the trainer first. Default: auto."),
    ] = None,
    sizes: Annotated[
        str | None, typer.Option("--sizes", help="Sizes, with commas between them. Default: small,medium,large.")
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(
            "--network",
            help="sequence: token bits and convolutions; message: message bits, dense. Default: sequence.",
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start",
            metavar="START",
            help="What students begin with: pretrained (English chat, ships), none, or a file of earmark distill "
            "tokens. auto: pretrained for the network sequence. Default: auto.",
        ),
    ] = None,
    context: Annotated[
        int | None,
        typer.Option(
            "--context", min=0, metavar="K", help="Also read up to K utterances before each text. Default: 0."
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", min=0, help="Epochs at most; 0: as many as the amount of data asks for. Default: 0."),
    ] = None,
    trainer_epochs: Annotated[
        int | None,
        typer.Option("--trainer-epochs", min=0, help="Of the trainer before the students (--way plain). Default: 0."),
    ] = None,
    patience: Annotated[
        int | None, typer.Option("--patience", min=1, help="Stop after so many epochs without progress. Default: 10.")
    ] = None,
    batch: Annotated[
        int | None, typer.Option("--batch", min=0, help="Examples per step; 0: by the amount of data. Default: 0.")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option("--rate", metavar="R", help="Highest learning rate of the students. Default: 0.003."),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            "--loss",
            metavar="L1,L2,L3",
            help="Weights: trainer against labels, student against trainer, student against labels. Default: 1,1,0.5.",
        ),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(
            "--temperature",
            metavar="T",
            help="Softens (above 1) or sharpens what students learn from the trainer. Default: 0.5.",
        ),
    ] = None,
    smoothing: Annotated[
        float | None,
        typer.Option("--smoothing", metavar="SHARE", help="Share of a label spread over all classes. Default: 0.1."),
    ] = None,
    average: Annotated[
        float | None,
        typer.Option("--average", metavar="D", help="Decay of the students' running average per step. Default: 0.99."),
    ] = None,
    distorted: Annotated[
        float | None,
        typer.Option("--distorted", metavar="SHARE", help="Share of the texts that are distorted. Default: 0.5."),
    ] = None,
    distortion: Annotated[
        str | None,
        typer.Option(
            "--distortion",
            metavar="T,P,C",
            help="Chances in a distorted text: typo per word, no punctuation, other case. Default: 0.1,0.1,0.2.",
        ),
    ] = None,
    quantise: Annotated[str | None, typer.Option("--quantise", help="int8, int8-full or float. Default: int8.")] = None,
    quantise_aware: Annotated[
        int | None,
        typer.Option(
            "--quantise-aware",
            min=0,
            metavar="N",
            help="N more epochs with rounded weights; the better file is kept. Default: 0.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Of everything random. Default: 1.")] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Also write the log as TensorBoard events, OUT/tensorboard.")
    ] = False,
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
    from distill.classify_recipe import read_recipe

    begun = ClassifyRecipe() if recipe is None else read_recipe(recipe)
    given: dict[str, Any] = {
        "trainer": trainer, "source": bert, "way": way, "network": network, "start": start, "context": context,
        "epochs": epochs, "trainer_epochs": trainer_epochs, "patience": patience, "batch_size": batch, "rate": rate,
        "distorted": distorted, "quantisation": quantise, "quantise_aware": quantise_aware, "seed": seed,
        "sizes": None if sizes is None else tuple(one.strip() for one in sizes.split(",")),
        "loss": _loss(begun.loss, loss, temperature, smoothing), "average": average,
        "distortion": _distortion(distortion),
    }  # fmt: skip
    chosen = replace(begun, **{name: value for name, value in given.items() if value is not None})
    data = load_classify_data(train, valid, context=chosen.context, strict=strict)
    for warning in data.warnings:
        typer.echo(f"warning: {warning}", err=True)
    metrics = train_family(
        data, chosen, out, lambda line: typer.echo(line, err=True), files=(train, valid), tensorboard=tensorboard
    )
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


def _loss(
    begun: LossWeights, weights: str | None, temperature: float | None, smoothing: float | None
) -> LossWeights | None:
    changes = {
        name: value for name, value in (("temperature", temperature), ("smoothing", smoothing)) if value is not None
    }
    if weights is not None:
        changes |= zip(("trainer", "mimic", "labels"), _three("--loss", weights), strict=True)
    return replace(begun, **changes) if changes else None


def _distortion(chances: str | None) -> Distortion | None:
    from distill.distortion import Distortion

    return None if chances is None else Distortion(*_three("--distortion", chances))


def _three(option: str, text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 3:
        raise typer.BadParameter(f"expected three numbers with commas between them, such as 1,1,0.5. Got {text!r}.",
                                 param_hint=option)  # fmt: skip
    return numbers


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
