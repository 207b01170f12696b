"""The server as a process: uvicorn with limits."""

from __future__ import annotations

import socket

import uvicorn

from earmark.serve.app import create_app
from earmark.serve.settings import ServeError, Settings

__all__ = ["open_socket", "run"]

_MOST_CONNECTIONS = 256


def open_socket(settings: Settings) -> socket.socket:
    """The socket to listen on, bound already.

    Raises:
        ServeError: the address or the port cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host.strip("[]"), settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServeError(f"cannot listen on {settings.host}: {error.strerror or error}.") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise ServeError(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
            "Is another server running? Choose another port with --port, or --port 0 for a free one."
        ) from error
    return bound


def run(settings: Settings, bound: socket.socket) -> None:
    """Serve until Ctrl-C.

    Raises:
        RecorderError: the folder or the library cannot be used.
    """
    config = uvicorn.Config(
        create_app(settings),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        h11_max_incomplete_event_size=32 * 1024,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[bound])
