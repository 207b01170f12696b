"""The lines of a labelled file: bytes to text with the place of every fault, then JSON, CSV or TSV to cells."""

from __future__ import annotations

import csv
import difflib
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earmark.errors import EarmarkError

__all__ = ["COLUMNS", "ClassifyDataError", "Row", "read_rows", "shown"]

COLUMNS = ("text", "label", "context")
REQUIRED = ("text", "label")
OTHER_NAMES = {
    "text": ("sentence", "utterance", "message", "query", "question", "input"),
    "label": ("class", "intent", "category", "target", "tag", "output"),
}
"""What public files call the two columns: not read, but named in the complaint."""

KINDS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "tsv"}


class ClassifyDataError(EarmarkError):
    """A file of labelled text cannot be used; the message names the file and, where there is one, the line."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one record by column name; `line` counts from 1. Types are still unchecked."""

    line: int
    cells: dict[str, Any]


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the records of a file; every one has the columns 'text' and 'label'. Blank lines are passed over.

    Raises:
        ClassifyDataError: unreadable file, unknown kind, bytes that are not UTF-8, broken JSON or CSV, wrong columns.
    """
    name = path.name.lower().removesuffix(".gz")
    kind = KINDS.get(Path(name).suffix)
    if kind is None:
        raise ClassifyDataError(
            f"{path}: the name of a file of labelled text must end in .jsonl, .csv or .tsv (.gz may follow). "
            f"Got {Path(name).suffix or 'no ending'!r}."
        )
    text = _decode(path, _bytes(path))
    if kind == "jsonl":
        return _json_rows(path, text)
    return _table_rows(path, text, quoted=kind == "csv")


def shown(value: object) -> str:
    """`value` as it stands in a message: its JSON, cut to 60 characters, with its type where that helps."""
    text = json.dumps(value, ensure_ascii=True, default=repr)
    text = text if len(text) <= 60 else text[:57] + "..."
    return text if isinstance(value, str) or value is None else f"{text} ({type(value).__name__})"


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.name.lower().endswith(".gz") else data
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ClassifyDataError(f"{path}: cannot read the file: {reason}.") from error


def _decode(path: Path, data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ClassifyDataError(f"{path}:1: the file is UTF-16; save it as UTF-8.")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        start = data.rfind(b"\n", 0, error.start) + 1
        line = data.count(b"\n", 0, error.start) + 1
        raise ClassifyDataError(
            f"{path}:{line}: byte {error.start - start + 1} of the line is 0x{data[error.start]:02x}, "
            f"which is not UTF-8 here ({error.reason}); save the file as UTF-8."
        ) from error


def _json_rows(path: Path, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise ClassifyDataError(f"{path}:{number}: not valid JSON: {error}.") from error
        except RecursionError as error:
            raise ClassifyDataError(f"{path}:{number}: not valid JSON: nested too deeply.") from error
        if not isinstance(value, dict):
            raise ClassifyDataError(
                f'{path}:{number}: a line must be a JSON object like {{"text": "...", "label": "..."}}. '
                f"Got {shown(value)}."
            )
        _check_columns(f"{path}:{number}", tuple(value))
        yield Row(number, value)


def _table_rows(path: Path, text: str, *, quoted: bool) -> Iterator[Row]:
    records = _records(path, text, quoted=quoted)
    try:
        number, header = next(records)
    except StopIteration:
        return
    names = tuple(_column(name) for name in header)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ClassifyDataError(f"{path}:{number}: the header names the column {shown(twice[0])} twice.")
    _check_columns(f"{path}:{number}", names)
    for number, cells in records:
        if len(cells) != len(names):
            raise ClassifyDataError(
                f"{path}:{number}: the line must have {len(names)} cells like the header. Got {len(cells)}"
                + (": put a cell that has a comma in double quotes." if quoted and len(cells) > len(names) else ".")
            )
        row: dict[str, Any] = dict(zip(names, cells, strict=True))
        if "context" in row:
            row["context"] = row["context"].splitlines() if quoted else row["context"].split("\\n")
        yield Row(number, row)


def _records(path: Path, text: str, *, quoted: bool) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells) of every record that is not blank."""
    if not quoted:
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield number, line.removesuffix("\r").split("\t")
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    first = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield first, cells
            first = reader.line_num + 1
    except csv.Error as error:
        raise ClassifyDataError(
            f'{path}:{first}: the record that begins here is not valid CSV: {error}; is a closing " missing?'
        ) from error


def _column(name: str) -> str:
    """A header cell as a column name; the three known ones may be written in any letter case."""
    name = name.strip()
    return name.lower() if name.lower() in COLUMNS else name


def _check_columns(place: str, names: Sequence[str]) -> None:
    for required in REQUIRED:
        if required not in names:
            raise ClassifyDataError(
                f"{place}: the column '{required}' is missing; the line has {_listed(names)}."
                + _did_you_mean(required, [name for name in names if name not in COLUMNS])
            )
    for name in names:
        # Passing over "contxt" would train a model without context: a likely misspelling is not just one column more.
        if name not in COLUMNS and difflib.get_close_matches(name.lower(), ["context"], n=1, cutoff=0.8):
            raise ClassifyDataError(f"{place}: unknown column {shown(name)}; did you mean 'context'?")


def _did_you_mean(wanted: str, names: Iterable[str]) -> str:
    names = list(names)
    near = [name for name in names if name.lower() in OTHER_NAMES[wanted]]
    near += difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    return f" Rename {shown(near[0])} to '{wanted}'?" if near else ""


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(shown(name) for name in names[:8]) or "no column"
    return listed + (", ..." if len(names) > 8 else "")
