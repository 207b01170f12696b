"""`earmark serve`: recordings, live sessions and search in a browser, on this machine."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.errors import EarmarkError, require_extra

if TYPE_CHECKING:
    from earmark.serve.settings import Settings

__all__ = ["serve"]

_FEATURE = "earmark serve"


def serve(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="Folder with transcripts and journals (default: your own recordings)."),
    ] = None,
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Port; 0 takes a free one.")] = 8765,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on; any but loopback needs a token.")
    ] = "127.0.0.1",
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file", metavar="FILE", help="File with the token that visitors need (or set EARMARK_TOKEN)."
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="A further name of this server; needs a token. Repeatable."),
    ] = None,
    library: Annotated[
        Path | None,
        typer.Option("--library", metavar="FILE", help="Keep the search index here instead of inside the folder."),
    ] = None,
    max_upload: Annotated[
        int, typer.Option("--max-upload", metavar="MB", min=1, max=1024, help="Largest file or post, in megabytes.")
    ] = 32,
) -> None:
    """Show a folder of recordings in the browser: a page for each, live pages, and search across all of them.

    Every transcript in FOLDER (WebVTT, SRT, Whisper JSON, text, ...) and every journal of `earmark listen --journal`
    becomes a page with keywords along the scrollbar; new files appear by themselves. A session that is still running
    grows on its page. Drop a transcript on the list to add it. Needs the extra 'serve'.

    It listens on this machine only (127.0.0.1). For other addresses set EARMARK_TOKEN or give --token-file; visitors
    then open the printed link with ?token=... once. There is no encryption: use it only in networks that you trust,
    or behind a proxy that has TLS.

    Examples:

        earmark serve meetings/

        my-recogniser | earmark listen --journal meetings/standup.db

        my-recogniser | curl -T - -X POST http://127.0.0.1:8765/api/live/standup
    """
    require_extra("starlette", extra="serve", feature=_FEATURE)
    require_extra("uvicorn", extra="serve", feature=_FEATURE)
    require_extra("jinja2", extra="serve", feature=_FEATURE)
    from earmark.cli.library import default_folder, library_of
    from earmark.serve.run import open_socket, run
    from earmark.serve.settings import Settings

    place = folder if folder is not None else default_folder()
    if folder is None:
        _make(place)
    elif not place.is_dir():
        raise EarmarkError(f"{place} is not a folder. Name the folder that holds your transcripts, or make it first.")
    settings = Settings(
        folder=place,
        library=library if library is not None else library_of(folder),
        host=host,
        port=port,
        token=_token(token_file),
        names=tuple(allow_host or ()),
        max_body=max_upload << 20,
    )
    with open_socket(settings) as bound, contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how a server is ended
        _announce(settings, bound.getsockname()[1])
        run(settings, bound)


def _announce(settings: Settings, port: int) -> None:
    host = settings.host
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    secret = "?token=..." if settings.token is not None else ""
    typer.echo(f"Recordings of {settings.folder} are at http://{shown}:{port}/{secret}  (Ctrl-C ends)", err=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EarmarkError(f"cannot make the folder {folder}: {error.strerror}. Name another one.") from error


def _token(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get("EARMARK_TOKEN") or None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise EarmarkError(f"cannot read the token in {file}: {error}.") from error
