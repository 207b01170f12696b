"""`earmark scroll`: a transcript in, sections with keywords and highlights out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from earmark.cli.models_option import DEFAULT_MODELS, ModelsOption
from earmark.cli.output import TERMINAL, check_output, emit, output_form
from earmark.cli.page import HTML, check_audio, emit_page
from earmark.quiet import quiet

__all__ = ["scroll"]


def scroll(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Transcript file, or - for standard input.")],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            "-t",
            metavar="FORM",
            help="terminal, html (one page for a browser), json, markdown, podcast, webvtt, youtube or ffmetadata "
            "(the last four are chapters).",
        ),
    ] = TERMINAL,
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
    models: ModelsOption = DEFAULT_MODELS,
    audio: Annotated[
        Path | None,
        typer.Option(
            "--audio", metavar="SOUND", help="With --to html: the recording; the page links to it and plays it."
        ),
    ] = None,
    lang: Annotated[
        str, typer.Option("--lang", metavar="TAG", help="With --to html: the transcript's language.")
    ] = "en",
) -> None:
    """Find the sections, keywords and highlights of a transcript.

    Reads WebVTT, SRT, Whisper (openai-whisper, faster-whisper, WhisperX, whisper.cpp), Podcasting 2.0 and Otter
    transcripts, JSON lines and plain text; the format is found by content. Damaged lines are skipped with a warning
    on stderr.

    Examples:

        earmark scroll meeting.vtt

        earmark scroll talk.srt --sections 8 --to youtube

        earmark scroll meeting.vtt --json --output outline.json

        earmark scroll meeting.vtt --to html --audio meeting.mp3 --output meeting.html
    """
    from recorder import Options, SmartScroll, read_transcript
    from recorder.chapters import read_boundaries

    form = output_form(to, as_json, more=(HTML,))
    check_audio(audio, form)
    check_output(output, force)
    options = Options(
        granularity=granularity, sections=sections, keywords=keywords, highlights=highlights, models=models
    )
    if file == "-":
        transcript = read_transcript(sys.stdin.buffer, format=format, strict=strict, name="<stdin>")
    else:
        transcript = read_transcript(file, format=format, strict=strict)
    for warning in transcript.warnings:
        typer.echo(f"warning: {warning}", err=True)
    boundaries = None if chapters is None else read_boundaries(chapters, transcript.segments)
    with quiet():
        scroll = SmartScroll(options)
    outline = scroll.outline(transcript, boundaries=boundaries)
    if form == HTML:
        emit_page(outline, transcript, output, audio=audio, lang=lang)
    else:
        emit(outline, transcript, form, output)
