"""What an app changed in a reply list: added, removed and blocked replies, and their JSON file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartreply.blocks import Blocks
from smartreply.errors import ReplyError
from smartreply.replies import ReplyEntry

__all__ = ["Edits", "load_edits", "save_edits"]

FORMAT = "earmark.reply_edits"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Edits:
    """Changes to a reply list.

    Attributes:
        added: replies that the app added, in that order.
        removed: texts of the model's own replies that the app took out.
        blocks: what must never be offered.
    """

    added: tuple[ReplyEntry, ...] = ()
    removed: tuple[str, ...] = ()
    blocks: Blocks = field(default_factory=Blocks)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `save_edits`."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "added": [one.to_dict() for one in self.added],
            "removed": list(self.removed),
            "blocked": self.blocks.to_dict(),
        }

    @classmethod
    def from_dict(cls, value: Any, *, place: str) -> Edits:
        """Back from `to_dict`; `place` names the file in messages.

        Raises:
            ReplyError: another format or version, or a field outside of what is allowed.
        """
        if not isinstance(value, dict) or value.get("format") != FORMAT or value.get("version") != VERSION:
            raise ReplyError(f"{place} must be a JSON object with the format {FORMAT!r} and the version {VERSION}. "
                             f"Got {value!r:.80}.")  # fmt: skip
        added, removed = value.get("added"), value.get("removed")
        if not isinstance(added, list):
            raise ReplyError(f"{place}: 'added' must be a list of replies. Got {added!r:.80}.")
        if not isinstance(removed, list) or not all(isinstance(text, str) for text in removed):
            raise ReplyError(f"{place}: 'removed' must be a list of texts. Got {removed!r:.80}.")
        entries = tuple(
            ReplyEntry.from_dict(one, place=f"{place}, added reply {number}") for number, one in enumerate(added, 1)
        )
        return cls(entries, tuple(removed), Blocks.from_dict(value.get("blocked"), place=place))


def save_edits(edits: Edits, path: str | Path) -> None:
    """Write the edits as JSON; the file is put in place whole or not at all.

    Raises:
        ReplyError: the file cannot be written.
    """
    path = Path(path)
    text = json.dumps(edits.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(path)
    except OSError as error:
        raise ReplyError(f"cannot write {path}: {error.strerror}.") from error


def load_edits(path: str | Path) -> Edits:
    """Read a file of `save_edits`.

    Raises:
        ReplyError: it cannot be read or is no such file.
    """
    try:
        value = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise ReplyError(f"cannot read {path}: {error.strerror}.") from error
    except ValueError as error:
        raise ReplyError(f"{path} is not JSON: {error}.") from error
    return Edits.from_dict(value, place=str(path))
