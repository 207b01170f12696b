"""`earmark scroll`: a transcript in, sections with keywords and highlights out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.errors import EarmarkError

if TYPE_CHECKING:
    from recorder import Outline, Transcript

__all__ = ["scroll"]

_VIEW = "terminal"


def scroll(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Transcript file, or - for standard input.")],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            "-t",
            metavar="FORM",
            help="terminal, json, markdown, podcast, webvtt, youtube or ffmetadata (the last four are chapters).",
        ),
    ] = _VIEW,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="Write to this file instead of the screen.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over OUT if it exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --to json.")] = False,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            help="The transcript's format, when sniffing its content gets it wrong: "
            "webvtt, srt, whisper, whisperx, whispercpp, podcast, otter, jsonl or text.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Make the first damaged line an error.")] = False,
    sections: Annotated[
        int | None, typer.Option("--sections", "-n", metavar="N", help="Make about N sections.")
    ] = None,
    granularity: Annotated[
        float, typer.Option("--granularity", "-g", metavar="G", help="From 0 (few long sections) to 1 (many short).")
    ] = 0.5,
    chapters: Annotated[
        Path | None,
        typer.Option(
            "--chapters",
            metavar="CHAPTERS",
            help="Keep my boundaries: a chapter file in any form this command writes, or a JSON list of first "
            "segment indexes.",
        ),
    ] = None,
    keywords: Annotated[int, typer.Option("--keywords", "-k", metavar="K", help="Keywords per section at most.")] = 5,
    highlights: Annotated[
        int | None,
        typer.Option("--highlights", metavar="H", help="Mark at most H sections (default: one per ten minutes)."),
    ] = None,
) -> None:
    """Find the sections, keywords and highlights of a transcript.

    Reads WebVTT, SRT, Whisper (openai-whisper, faster-whisper, WhisperX, whisper.cpp), Podcasting 2.0 and Otter
    transcripts, JSON lines and plain text; the format is found by content. Damaged lines are skipped with a warning
    on stderr.

    Examples:

        earmark scroll meeting.vtt

        earmark scroll talk.srt --sections 8 --to youtube

        earmark scroll meeting.vtt --json --output outline.json
    """
    from recorder import Options, SmartScroll, read_transcript
    from recorder.chapters import read_boundaries

    form = _output_form(to, as_json)
    _check_output(output, force)
    options = Options(granularity=granularity, sections=sections, keywords=keywords, highlights=highlights)
    if file == "-":
        transcript = read_transcript(sys.stdin.buffer, format=format, strict=strict, name="<stdin>")
    else:
        transcript = read_transcript(file, format=format, strict=strict)
    for warning in transcript.warnings:
        typer.echo(f"warning: {warning}", err=True)
    boundaries = None if chapters is None else read_boundaries(chapters, transcript.segments)
    outline = SmartScroll(options).outline(transcript, boundaries=boundaries)
    _emit(outline, transcript, form, output)


def _output_form(to: str, as_json: bool) -> str:
    from recorder.writers import WRITERS

    if as_json and to not in (_VIEW, "json"):
        raise typer.BadParameter(f"--json is short for --to json; it cannot go with --to {to}.")
    form = "json" if as_json else to
    allowed = (_VIEW, *WRITERS)
    if form not in allowed:
        raise typer.BadParameter(f"must be one of {', '.join(allowed)}; got '{form}'.", param_hint="--to")
    return form


def _check_output(output: Path | None, force: bool) -> None:
    """Refuse before the work is done, not after it."""
    if output is None:
        return
    if output.exists() and not force:
        raise EarmarkError(f"{output} exists already. Choose another --output, or add --force to write over it.")
    if not output.parent.is_dir():
        raise EarmarkError(f"the folder {output.parent} for --output does not exist. Create it first.")


def _emit(outline: Outline, transcript: Transcript, form: str, output: Path | None) -> None:
    from recorder.writers import write_outline

    if form != _VIEW:
        text = write_outline(outline, form, transcript=transcript)
        if output is None:
            sys.stdout.buffer.write(text.encode("utf-8"))
            sys.stdout.buffer.flush()
        else:
            _write(output, text)
        return

    import rich.console

    from earmark.cli.view import render_outline

    if output is None:
        render_outline(outline, transcript=transcript, console=rich.console.Console())
    else:
        with output.open("w", encoding="utf-8") as file:
            render_outline(outline, transcript=transcript, console=rich.console.Console(file=file, width=100))


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise EarmarkError(f"cannot write {output}: {error.strerror}.") from error
