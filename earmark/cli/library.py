"""`earmark library`: recordings kept for search, without a server."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.errors import EarmarkError

if TYPE_CHECKING:
    from rich.text import Text

    from recorder.library import Hit, Library
    from recorder.outline import Section

__all__ = ["app", "default_folder", "library_of"]

app = typer.Typer(
    help="Keep recordings and search all of them: every word, with section and keywords.",
    no_args_is_help=True,
)

Where = Annotated[
    Path | None,
    typer.Option("--library", "-l", metavar="PLACE", help="Library file, or a folder that `earmark serve` shows."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON value instead of text for people.")]


def _data() -> Path:
    """Where a program keeps its user's data."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "earmark"


def default_folder() -> Path:
    """The folder that `earmark serve` shows when none is named."""
    return _data() / "recordings"


def library_of(place: Path | None) -> Path:
    """The library file of a folder; a file is itself, and None the user's own library."""
    from recorder.library.folder import INDEX_NAME

    if place is None:
        return default_folder() / INDEX_NAME
    return place / INDEX_NAME if place.is_dir() else place


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Transcripts or journals.")],
    library: Where = None,
    format: Annotated[
        str | None, typer.Option("--format", "-f", metavar="NAME", help="The transcripts' format, if not by content.")
    ] = None,
) -> None:
    """Add recordings, or read them anew when they have changed; the text is kept in the library.

    Example:

        earmark library add meetings/*.vtt
    """
    from recorder import SmartScroll
    from recorder.library.sources import read_file, stamp_of

    shelf = _open(library)
    scroll = SmartScroll()
    failed = 0
    for file in files:
        try:
            stamp = stamp_of(file)
            source = read_file(file, scroll, format=format, name=str(file))
            entry = shelf.add(source, file.name, path=str(file.absolute()), stamp=stamp)
        except EarmarkError as error:
            failed += 1
            typer.echo(f"earmark: {error}", err=True)
            continue
        for warning in source.transcript.warnings:
            typer.echo(f"warning: {warning}", err=True)
        sections = "1 section" if entry.n_sections == 1 else f"{entry.n_sections} sections"
        typer.echo(f"{entry.slug}  {entry.title}  ({sections})")
    if failed:
        raise typer.Exit(1)


@app.command("list")
def list_(library: Where = None, as_json: Json = False) -> None:
    """Show all recordings, the newest first.

    Example:

        earmark library list
    """
    from recorder.clock import clock, to_ms

    entries = _open(library, new=False).entries()
    if as_json:
        typer.echo(json.dumps([entry.to_dict() for entry in entries], ensure_ascii=False))
        return
    if not entries:
        typer.echo("The library is empty; `earmark library add FILE` puts recordings in.", err=True)
        return
    import rich.console
    import rich.table

    table = rich.table.Table(box=None, pad_edge=False)
    for name in ("name", "title", "length", "keywords"):
        table.add_column(name, overflow="fold")
    for entry in entries:
        length = f"{entry.n_words:,} words" if entry.duration is None else clock(to_ms(entry.duration))
        table.add_row(*map(_text, (entry.slug, entry.title, length, ", ".join(entry.keywords))))
    rich.console.Console(width=None if sys.stdout.isatty() else 120).print(table)


@app.command()
def search(
    query: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY...", help='Words, "phrases", beginn*, -without, speaker:anna, title:word, keyword:word.'
        ),
    ],
    library: Where = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="Sections to show.")] = 10,
    as_json: Json = False,
) -> None:
    """Find sections with all the words, best first, with the lines where they are said.

    Example:

        earmark library search budget '"next year"' -- -draft
    """
    found = _open(library, new=False).search(" ".join(map(_quoted, query)), limit=limit)
    if as_json:
        hits = [hit.to_dict() for hit in found.hits]
        typer.echo(json.dumps({"total": found.total, "hits": hits}, ensure_ascii=False))
        return
    if not found.hits:
        typer.echo("No section has all of this.", err=True)
        raise typer.Exit(1)
    import rich.console

    console = rich.console.Console(soft_wrap=True, highlight=False)
    for hit in found.hits:
        for line in _shown(hit):
            console.print(line)
        console.print()
    rest = found.total - len(found.hits)
    if rest:
        typer.echo(f"{rest} more; --limit shows them.", err=True)


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Short names of `list`, or paths.")],
    library: Where = None,
) -> None:
    """Take recordings out of the library, with their text; their files stay where they are.

    Example:

        earmark library remove standup
    """
    shelf = _open(library, new=False)
    for name in names:
        known = str(Path(name).absolute())
        entry = shelf.remove(known if known in shelf.stamps() else name)
        typer.echo(f"{entry.slug} is removed.")


def _open(place: Path | None, *, new: bool = True) -> Library:
    from recorder.library import Library

    path = library_of(place)
    if not new and not path.exists():
        raise EarmarkError(f"there is no library at {path}. `earmark library add FILE` makes one.")
    return Library(path)


def _quoted(word: str) -> str:
    """One argument of the shell; what the user quoted there with a space inside is a phrase."""
    return f'"{word}"' if " " in word and '"' not in word else word


def _text(text: str, style: str = "") -> Text:
    import rich.text

    from recorder.writers.timeline import one_line

    return rich.text.Text(one_line(text), style=style)


def _shown(hit: Hit) -> list[Any]:
    from recorder.clock import clock, to_ms
    from recorder.writers.timeline import title_of

    section = hit.section
    when = "" if section.start is None else f"  {clock(to_ms(section.start))}"
    title = _text(title_of(section, int(section.id[1:])), "bold")
    shown: list[Any] = [_text(hit.slug, "bold").append(f"{when}  ").append_text(title)]
    if section.keywords:
        shown.append(_text("").append("    ").append_text(_text(_listed(section), "dim")))
    for line in hit.lines:
        text = _text("").append("    " if line.start is None else f"    {clock(to_ms(line.start))}  ")
        if line.speaker:
            text.append_text(_text(line.speaker, "dim")).append(": ", style="dim")
        for part, marked in line.parts:
            text.append(part, style="bold reverse" if marked else "")
        shown.append(text)
    return shown


def _listed(section: Section) -> str:
    return ", ".join(keyword.text for keyword in section.keywords)
