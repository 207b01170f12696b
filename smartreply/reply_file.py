"""A text file of replies: one a line, `#` before comments, an intent and a tab before the reply where wanted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smartreply.errors import ReplyError
from smartreply.replies import check_intent, check_text

__all__ = ["OwnReply", "read_reply_file", "reply_file_problems"]

_TOLD = 10


@dataclass(frozen=True, slots=True)
class OwnReply:
    """One line of the file.

    Attributes:
        text: the reply.
        intent: what it is meant to say, where the file says so.
        line: its number, from 1.
    """

    text: str
    intent: str | None
    line: int


def read_reply_file(path: str | Path) -> tuple[OwnReply, ...]:
    """The replies of a file.

        # a comment
        On my way!
        Running late, sorry
        thanks<TAB>Cheers!

    Raises:
        ReplyError: the file cannot be read, is not UTF-8, has no replies, or has lines that are too long (80 bytes),
            stand there twice or are no replies; the message names file and line of the first ten.
    """
    own, problems = _read(path)
    if problems:
        more = f"\n... and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
        raise ReplyError("\n".join(problems[:_TOLD]) + more)
    return own


def reply_file_problems(path: str | Path) -> tuple[str, ...]:
    """Everything that is wrong with a file, each with file and line.

    Raises:
        ReplyError: the file cannot be read.
    """
    return tuple(_read(path)[1])


def _read(path: str | Path) -> tuple[tuple[OwnReply, ...], list[str]]:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ReplyError(f"cannot read {path}: {error.strerror}.") from error
    own: list[OwnReply] = []
    problems: list[str] = []
    first: dict[str, int] = {}
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        try:
            reply = _parse(raw, number)
            if reply is None:
                continue
            before = first.setdefault(reply.text.casefold(), number)
            if before != number:
                raise ReplyError(f"the reply {reply.text!r} stands in line {before} already.")
            own.append(reply)
        except ReplyError as error:
            problems.append(f"{path}, line {number}: {error}")
    if not own and not problems:
        problems.append(f"{path}: there are no replies in it. Write one a line.")
    return tuple(own), problems


def _parse(raw: bytes, number: int) -> OwnReply | None:
    try:
        line = raw.decode("utf-8").strip(" ")
    except UnicodeDecodeError as error:
        raise ReplyError(f"the line is not UTF-8: byte {error.start + 1} is 0x{raw[error.start]:02x}.") from error
    if not line.strip() or line.startswith("#"):
        return None
    intent, tab, text = line.partition("\t")
    if not tab:
        intent, text = "", line
    text = text.strip()
    check_text(text)
    if tab:
        check_intent(intent.strip(), text)
    return OwnReply(text, intent.strip() if tab else None, number)
