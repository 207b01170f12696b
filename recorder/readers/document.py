"""A decoded file as the format readers see it: its lines, and its JSON value when it has one."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import Any

from recorder.errors import TranscriptError
from recorder.readers.report import Report
from recorder.readers.values import load_json
from recorder.transcript import Segment

__all__ = ["Document", "Placed"]

Placed = tuple[int | None, Segment]
"""A segment and the number of the line it stands on, from 1; None inside one JSON value."""

_LIST_KEY = re.compile(r'"(segments|transcription|chunks)"\s*:\s*\[')
_RESTARTS = 200
"""After so many damaged places the rescue of a JSON file gives up; each costs one pass over the file."""


class Document:
    """Text with "\\n" line ends, and the report that its readers write to."""

    def __init__(self, text: str, report: Report) -> None:
        self.text = text
        self.report = report
        self.json_error: str | None = None
        self._damage: list[tuple[int | None, str]] = []

    @cached_property
    def lines(self) -> list[str]:
        """The lines; line n of the file is `lines[n - 1]`."""
        return self.text.split("\n")

    @cached_property
    def looks_json(self) -> bool:
        """Whether the first characters are those of a JSON object, or of a list of objects."""
        return re.match(r'\s*(?:\{\s*(?:"|\Z|\})|\[\s*(?:\{|\]|"))', self.text) is not None

    @cached_property
    def value(self) -> Any:
        """The file as one JSON value, or None when it is not one.

        Of a damaged file with a list of segments, the objects that are whole are rescued: the value then has
        nothing but that list. Readers call `report_damage` before they use it.
        """
        if not self.looks_json:
            return None
        try:
            return load_json(self.text)
        except TranscriptError as error:
            self.json_error = str(error)
            return self._rescue(str(error))

    def report_damage(self) -> None:
        """Pass on what was wrong with the JSON value."""
        for line, reason in self._damage:
            self.report.damage(line, reason)

    def _rescue(self, reason: str) -> Any:
        match = _LIST_KEY.search(self.text)
        if match is None and re.match(r"\s*\[\s*\{", self.text) is None:
            return None
        begin = match.end() if match else self.text.index("[") + 1
        try:
            items = self._rescue_items(begin)
        except RecursionError:
            return None
        if not items:
            return None
        lost = f"the file is {reason}"
        self._damage.insert(0, (self._line_of(reason), f"{lost}; whole entries rescued: {len(items)}"))
        return {match.group(1): items} if match else items

    def _rescue_items(self, position: int) -> list[Any]:
        decoder = json.JSONDecoder()
        items: list[Any] = []
        failures = 0
        while (position := self.text.find("{", position)) >= 0:
            if failures == _RESTARTS:
                self._damage.append((None, f"more than {_RESTARTS} damaged places; the rest of the file is skipped"))
                break
            try:
                item, position = decoder.raw_decode(self.text, position)
            except json.JSONDecodeError as error:
                position = max(error.pos, position + 1)
                failures += 1
            except ValueError:
                position += 1
                failures += 1
            else:
                # Inside a damaged entry stand its words and tokens: those are no entries themselves.
                if any(key in item for key in ("text", "body")) and not ("p" in item and "id" in item):
                    items.append(item)
        return items

    @staticmethod
    def _line_of(reason: str) -> int | None:
        match = re.search(r"at line ([0-9]+)", reason)
        return int(match.group(1)) if match else None
