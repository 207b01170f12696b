"""`earmark listen`: a recording while it runs, its outline growing on the screen."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.models_option import DEFAULT_MODELS, ModelsOption
from earmark.errors import EarmarkError
from earmark.quiet import quiet

if TYPE_CHECKING:
    from earmark.cli.stdin import Stop
    from recorder import Options, Outline, Segment, Transcript
    from recorder.session import Session
    from recorder.transcript import ReadWarning

__all__ = ["listen"]

_VIEW = "terminal"
_STDIN = "<stdin>"
_TRANSCRIPTS = {".json", ".jsonl", ".ndjson", ".md", ".srt", ".txt", ".vtt"}


def listen(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="WAV file to transcribe, or - (the default) for standard input.")
    ] = "-",
    pcm: Annotated[
        int | None,
        typer.Option(
            "--pcm",
            metavar="RATE",
            help="The input is headerless sound: signed 16-bit little-endian, mono, RATE samples a second.",
        ),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option("--journal", metavar="FILE", help="Keep the session in this SQLite file as it goes."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the session in --journal, if there is one.")
    ] = False,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            "-t",
            metavar="FORM",
            help="Form of the outline at the end: terminal, json, markdown, podcast, webvtt, youtube or ffmetadata.",
        ),
    ] = _VIEW,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="Write it to this file instead of the screen.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over OUT if it exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --to json.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Make the first damaged line an error.")] = False,
    sections: Annotated[
        int | None, typer.Option("--sections", "-n", metavar="N", help="Make about N sections, at the end.")
    ] = None,
    granularity: Annotated[
        float, typer.Option("--granularity", "-g", metavar="G", help="From 0 (few long sections) to 1 (many short).")
    ] = 0.5,
    chapters: Annotated[
        Path | None,
        typer.Option("--chapters", metavar="CHAPTERS", help="Use these boundaries for the outline at the end."),
    ] = None,
    keywords: Annotated[int, typer.Option("--keywords", "-k", metavar="K", help="Keywords per section at most.")] = 5,
    highlights: Annotated[
        int | None,
        typer.Option("--highlights", metavar="H", help="Mark at most H sections (default: one per ten minutes)."),
    ] = None,
    models: ModelsOption = DEFAULT_MODELS,
) -> None:
    """Follow a recording and show its sections as they close; the whole outline comes at the end.

    Standard input is JSON lines of a recogniser's final results: {"start", "end", "text", "speaker"}, or what vosk and
    sherpa-onnx print. A WAV file, WAV on standard input, or headerless sound with --pcm is transcribed on this device
    (English; needs the extra 'asr').

    Ctrl-C stops listening: what was heard until then is outlined as usual, and the exit code is 0. With --journal the
    session can then go on with --resume.

    Examples:

        my-recogniser | earmark listen --journal meeting.db

        earmark listen meeting.wav --to markdown -o meeting.md

        arecord -q -f S16_LE -r 16000 -t raw | earmark listen --pcm 16000
    """
    from earmark.cli.output import check_output, output_form
    from recorder import Options

    form = output_form(to, as_json)
    check_output(output, force)
    if chapters is not None and not chapters.is_file():
        raise EarmarkError(f"cannot read {chapters}: there is no such file. Give --chapters a chapter file.")
    if resume and journal is None:
        raise typer.BadParameter("it continues the session in --journal FILE; give both.", param_hint="--resume")
    options = Options(
        granularity=granularity, sections=sections, keywords=keywords, highlights=highlights, models=models
    )
    heard = _Heard(_STDIN if file == "-" else file, strict)
    on_screen = form == _VIEW and output is None and sys.stdout.isatty()
    outline = _follow(heard, pcm, options, journal, resume, on_screen)
    _give(outline, heard, options, form, output, chapters)


@dataclass(slots=True)
class _Heard:
    """What has come in so far.

    Attributes:
        name: what the input is called in messages and in the outline.
        strict: warnings are errors.
        segments: every segment of the session, those of a resumed journal first.
        warnings: what was skipped or mended.
    """

    name: str
    strict: bool
    segments: list[Segment] = field(default_factory=list)
    warnings: list[ReadWarning] = field(default_factory=list)

    def warn(self, warning: ReadWarning) -> None:
        """Say it now, and keep it for the outline."""
        typer.echo(f"warning: {warning}", err=True)
        self.warnings.append(warning)


def _follow(
    heard: _Heard, pcm: int | None, options: Options, journal: Path | None, resume: bool, on_screen: bool
) -> Outline:
    """Listen until the input ends or the user stops; the outline of it all."""
    from earmark.cli.growing import growing_view
    from earmark.cli.stdin import Stop, Stopped

    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        source = _open_source(heard, pcm, stop, stack)  # before the journal: a bad input leaves no journal behind
        session = stack.enter_context(_open_session(heard, options, journal, resume))
        if session.finished:
            typer.echo(f"The session in {journal} is finished; this is its outline.", err=True)
            return session.finish()
        view = stack.enter_context(growing_view(on_screen))
        try:
            for segment in _continued(source, heard, by_sound=pcm is not None):
                begun = session.feed(segment)
                heard.segments.append(segment)
                view.update(session, begun)
        except Stopped:
            pass  # a file: the utterance under way is not taken, --resume comes to it again
        for warning in heard.warnings:
            session.warn(warning)
        if stop.asked and journal is not None:
            return _outline_of_copy(session)
        return session.finish()


def _outline_of_copy(session: Session) -> Outline:
    """The outline as `finish` gives it, the session (and its journal) staying open for --resume."""
    from recorder import SmartScroll

    return SmartScroll().restore(session.to_dict()).finish()


def _open_source(heard: _Heard, pcm: int | None, stop: Stop, stack: ExitStack) -> Iterator[Segment]:
    """The segments of the input. What can be known to be wrong with it is raised now, not at the first segment."""
    from earmark.cli.stdin import LiveInput
    from recorder.live import read_finals, split_lines

    if heard.name != _STDIN:
        return _open_file(heard, pcm, stop, stack)
    stdin = LiveInput(stop)
    if pcm is not None or stdin.starts_with(b"RIFF"):
        from recorder.asr import transcribe

        return transcribe(stdin, pcm=pcm, name=heard.name, strict=heard.strict, warn=heard.warn)
    if sys.stdin.isatty():
        typer.echo("Listening for JSON lines on standard input; Ctrl-C ends.", err=True)
    return read_finals(split_lines(stdin.chunks()), name=heard.name, strict=heard.strict, warn=heard.warn)


def _open_file(heard: _Heard, pcm: int | None, stop: Stop, stack: ExitStack) -> Iterator[Segment]:
    from recorder.asr import open_file, open_sound, recognise

    if pcm is None and Path(heard.name).suffix.lower() in _TRANSCRIPTS:
        raise EarmarkError(
            f"{heard.name} looks like a transcript; `earmark listen FILE` takes sound (WAV). Use `earmark scroll "
            f"{heard.name}`, or `earmark listen < {heard.name}` for JSON lines."
        )
    stream = stack.enter_context(open_file(heard.name))
    return recognise(stop.watch(open_sound(stream, pcm=pcm, name=heard.name, strict=heard.strict, warn=heard.warn)))


def _open_session(heard: _Heard, options: Options, journal: Path | None, resume: bool) -> Session:
    """A new session, or the one in the journal with all that it has heard."""
    from recorder import SmartScroll
    from recorder.errors import JournalError
    from recorder.journal import Journal

    with quiet():
        scroll = SmartScroll(options)
    if journal is None:
        return scroll.session(source=heard.name)
    if not journal.exists():
        return scroll.session(journal, source=heard.name)
    if not resume:
        raise JournalError(
            f"the journal {journal} exists already. Add --resume to go on with its session, or name another file."
        )
    with closing(Journal.open(journal)) as kept:
        source = kept.meta()["source"]
        if source != heard.name:
            raise JournalError(
                f"the journal {journal} holds a session of {source}, not of {heard.name}. Give the same input as "
                "before, or another journal."
            )
        heard.segments.extend(kept.segments())
    return scroll.resume(journal)


def _continued(source: Iterator[Segment], heard: _Heard, *, by_sound: bool) -> Iterator[Segment]:
    """What is new in the input of a resumed session.

    A file is read from its start and gives the same segments again, which are passed over. Headerless sound on
    standard input starts at time 0 again and goes on where the journal ends. JSON lines carry their own times.
    """
    if not heard.segments:
        return source
    if heard.name != _STDIN:
        return islice(source, len(heard.segments), None)
    if not by_sound:
        return source
    from recorder import Transcript

    offset = Transcript(tuple(heard.segments)).duration or 0.0
    return (_later(segment, offset) for segment in source)


def _later(segment: Segment, offset: float) -> Segment:
    """The segment with every time moved by `offset` seconds."""

    def moved(time: float | None) -> float | None:
        return None if time is None else round(time + offset, 3)

    words = tuple(replace(word, start=moved(word.start), end=moved(word.end)) for word in segment.words)
    return replace(segment, start=moved(segment.start), end=moved(segment.end), words=words)


def _give(
    outline: Outline, heard: _Heard, options: Options, form: str, output: Path | None, chapters: Path | None
) -> None:
    """Print or write the outline. Whatever goes wrong here, what was heard is shown before the error is."""
    from earmark.cli.output import emit
    from recorder import SmartScroll, Transcript
    from recorder.chapters import read_boundaries

    transcript = Transcript(tuple(heard.segments), heard.name, "live", tuple(heard.warnings))
    try:
        if chapters is not None:
            boundaries = read_boundaries(chapters, transcript.segments)
            outline = SmartScroll(options).outline(transcript, boundaries=boundaries)
        emit(outline, transcript, form, output)
    except EarmarkError:
        if chapters is not None or form != _VIEW or output is not None:
            _show(outline, transcript)
        raise


def _show(outline: Outline, transcript: Transcript) -> None:
    import rich.console

    from earmark.cli.view import render_outline

    render_outline(outline, transcript=transcript, console=rich.console.Console(stderr=True))
