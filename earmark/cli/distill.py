"""`earmark distill`: train the files that the runtime rooms load. One small function per command.

Every command reads the corpora below `--data`, writes `<name>.json`, `<name>.recipe.toml` and `<name>.metrics.json`
into `--out`, and prints the metrics as JSON. Training twice gives the same bytes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from earmark.cli import distill_classify, distill_encoder, distill_reply, distill_tokens

__all__ = ["app"]

app = typer.Typer(
    help="Train the shipped tables again from corpora; needs the extra 'train' for some of them.",
    no_args_is_help=True,
)

Data = Annotated[Path, typer.Option("--data", help="Folder of the corpora (gzip JSONL files in sub-folders).")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the table, its recipe and its metrics.")]


def _report(metrics: dict[str, Any]) -> None:
    typer.echo(json.dumps(metrics, indent=2, sort_keys=True, ensure_ascii=False))


@app.command()
def tagger(data: Data, out: Out) -> None:
    """Train the part-of-speech tagger on the treebanks in DATA/pos."""
    from distill.artefact import write_beside
    from distill.tagger import TaggerRecipe, train_tagger

    recipe = TaggerRecipe()
    metrics = train_tagger(data, out, recipe)
    write_beside(out, "tagger", recipe, metrics)
    _report(metrics)


@app.command()
def background(data: Data, out: Out) -> None:
    """Count the words of conversations in DATA/dialogues, DATA/messages and DATA/transcripts."""
    from distill.artefact import write_beside
    from distill.background import BackgroundRecipe, count_background

    recipe = BackgroundRecipe()
    metrics = count_background(data, out, recipe)
    write_beside(out, "background", recipe, metrics)
    _report(metrics)


@app.command()
def keywords(data: Data, out: Out) -> None:
    """Train the keyword curve and its title priors on DATA/transcripts and DATA/keyphrases."""
    from distill.artefact import write_beside
    from distill.keywords.train import KeywordsRecipe, train_keywords

    recipe = KeywordsRecipe()
    metrics = train_keywords(data, out, recipe)
    write_beside(out, "keywords", recipe, metrics)
    _report(metrics)


@app.command()
def importance(data: Data, out: Out) -> None:
    """Train the section rating on the queries of the meetings in DATA/transcripts."""
    from distill.artefact import write_beside
    from distill.importance import ImportanceRecipe, train_importance

    recipe = ImportanceRecipe()
    metrics = train_importance(data, out, recipe)
    write_beside(out, "importance", recipe, metrics)
    _report(metrics)


@app.command()
def sections(data: Data, out: Out) -> None:
    """Train the sectioner on the meetings in DATA/transcripts (QMSum, ExplainMeetSum)."""
    from distill.artefact import write_beside
    from distill.segmentation.publish import publish_sections
    from distill.segmentation.train import SectionSettings

    settings = SectionSettings()
    metrics = publish_sections(data, out, settings, lambda line: typer.echo(line, err=True))
    write_beside(out, "sections", settings, metrics)
    _report(metrics)


app.command()(distill_classify.classify)
app.command()(distill_classify.evaluate)
app.command()(distill_reply.reply)
app.command()(distill_encoder.encoder)
app.command()(distill_tokens.tokens)
