"""What `earmark serve` was asked for, checked before anything is opened."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from earmark.errors import EarmarkError

__all__ = ["SHORTEST_TOKEN", "ServeError", "Settings", "is_loopback"]

SHORTEST_TOKEN = 16
"""Characters that a token must have."""

_MEGABYTE = 1 << 20


class ServeError(EarmarkError):
    """The server cannot be started as asked."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to listen, what to show, whom to let in.

    Attributes:
        folder: where recordings come from, and where dropped and posted ones are kept.
        library: the SQLite file with their index.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        token: what every request must know, or None on loopback, where none is needed.
        names: further host names by which the server may be called.
        max_body: bytes that one request may bring.
        stall: seconds after which a client that neither sends nor takes anything is let go.

    Raises:
        ServeError: another address than loopback, or a further host name, without a token; a token that is too short.
    """

    folder: Path
    library: Path
    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = None
    names: tuple[str, ...] = ()
    max_body: int = 32 * _MEGABYTE
    stall: float = 60.0

    def __post_init__(self) -> None:
        if self.token is None and (not is_loopback(self.host) or self.names):
            where = self.host if not is_loopback(self.host) else ", ".join(self.names)
            raise ServeError(
                f"everybody who reaches {where} could read the recordings: a token is required. "
                "Set EARMARK_TOKEN, or give --token-file FILE, or listen on 127.0.0.1."
            )
        if self.token is not None and (len(self.token) < SHORTEST_TOKEN or not self.token.isascii()):
            raise ServeError(
                f"the token must have {SHORTEST_TOKEN} ASCII characters or more, got {len(self.token)}. "
                "Make one with: python -c 'import secrets; print(secrets.token_urlsafe())'"
            )
        if self.max_body < 1024:
            raise ServeError(f"the largest body must be 1024 bytes or more, got {self.max_body}.")

    def knows_host(self, header: str) -> bool:
        """Whether a Host header names this server.

        A page on the web can make a name of its own point here (DNS rebinding), but not an address. So localhost and
        addresses are known (on loopback only loopback addresses), and names that the user gave.
        """
        name = host_name(header)
        if name is None:
            return False
        if name == "localhost" or name.endswith(".localhost") or name in {given.lower() for given in self.names}:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not is_loopback(self.host)

    def knows_token(self, given: str) -> bool:
        """Whether this is the token; how long the answer takes says nothing about it."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    @property
    def badge(self) -> str:
        """What a browser keeps in its cookie in the place of the token."""
        return hmac.new((self.token or "").encode(), b"earmark serve", hashlib.sha256).hexdigest()

    def knows_badge(self, given: str) -> bool:
        """Whether this is the badge of our token."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.badge.encode())


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def host_name(header: str) -> str | None:
    """The name in a Host header, lower case, without the port; None when it is no such header."""
    name, bracket, port = header.strip().lower().partition("]") if header.startswith("[") else (header, "", "")
    if bracket:
        name = name[1:]
    else:
        name, _, port = name.strip().lower().partition(":")
        port = f":{port}" if port else ""
    if not name or (port and not (port[0] == ":" and port[1:].isdecimal())):
        return None
    return name.removesuffix(".")
