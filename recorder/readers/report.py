"""Where readers say what they skipped or mended; under `strict` the first damage becomes an error."""

from __future__ import annotations

from collections.abc import Callable

from recorder.errors import TranscriptError
from recorder.transcript import ReadWarning

__all__ = ["DamageError", "Report", "Warn"]

Warn = Callable[[str], None]
"""Takes the reason of one mend; the place is already known to the callable."""


class DamageError(TranscriptError):
    """The first damage under `strict`, with its place already in the message."""


class Report:
    """Collects the warnings of one file.

    Args:
        source: the file's name as it shall stand in messages.
        strict: raise on the first damage instead of collecting it.
    """

    def __init__(self, source: str, *, strict: bool = False) -> None:
        self.source = source
        self.strict = strict
        self.warnings: list[ReadWarning] = []

    def damage(self, line: int | None, reason: str) -> None:
        """Something in the file is wrong and was skipped or mended.

        Raises:
            DamageError: the report is strict; the message carries the same place and reason.
        """
        warning = ReadWarning(self.source, line, reason)
        if self.strict:
            raise DamageError(f"{warning} (strict reading stops at the first damage; read without it to go on)")
        self.warnings.append(warning)

    def note(self, line: int | None, reason: str) -> None:
        """Something the user should know that is no damage: never an error, not even under `strict`."""
        self.warnings.append(ReadWarning(self.source, line, reason))

    def at(self, line: int | None, prefix: str = "") -> Warn:
        """A callable that reports damage at `line`, each reason preceded by `prefix`."""
        return lambda reason: self.damage(line, prefix + reason)
