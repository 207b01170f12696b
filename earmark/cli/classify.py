"""`earmark classify`: what a trained classifier says of some texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from earmark.quiet import quiet

__all__ = ["classify"]


def classify(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A .tflite of `earmark distill classify`.")],
    texts: Annotated[list[str], typer.Argument(metavar="TEXT...", help="One or more texts, each in quotes.")],
    context: Annotated[
        list[str] | None,
        typer.Option("--context", help="An utterance before the text, oldest first; repeat for more."),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many classes to show for each text.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with every class's score.")] = False,
) -> None:
    """Show the classes that a trained classifier gives to texts, best first.

    Example:

        earmark classify medium.tflite "where is my card?"
    """
    from projection.classifier import Classifier
    from projection.rows import utf8

    texts = [utf8(text).decode("utf-8") for text in texts]  # arguments that are not UTF-8 arrive as lone surrogates
    with quiet():
        classifier = Classifier.load(model)
    before = [[utf8(one).decode("utf-8") for one in context or []]] * len(texts)
    for text, scores in zip(texts, classifier(texts, before), strict=True):
        order = (-scores).argsort(kind="stable")
        if as_json:
            found: dict[str, Any] = {
                "text": text,
                "label": classifier.labels[order[0]],
                "scores": {classifier.labels[index]: round(float(scores[index]), 6) for index in order},
            }
            typer.echo(json.dumps(found, ensure_ascii=False))
            continue
        if len(texts) > 1:
            typer.echo(text)
        for index in order[:top]:
            typer.echo(f"{100 * scores[index]:5.1f} %  {classifier.labels[index]}")
