"""Labelled text from the user's files: JSON Lines, CSV or TSV in, checked examples out.

Every complaint names the file and the line. What makes training impossible or meaningless is an error
(`ClassifyDataError`): a missing column, an empty text, a class without a name, one class only, bytes that are not
UTF-8. What is merely doubtful is a warning, and with ``strict=True`` an error as well: columns that are not read,
texts that stand in both files, a few validation labels that training never shows.

The files::

    a.jsonl   {"text": "where is my card?", "label": "card_arrival"}              one JSON object a line
              {"text": "yes", "label": "agree", "context": ["is it blue?"]}       previous utterances, oldest first
    a.csv     text,label[,context]   a header, cells quoted with "; one utterance of the context a line of its cell
    a.tsv     text<TAB>label[<TAB>context]   nothing is quoted; utterances of the context separated by \\n

A name that ends in ``.gz`` is unpacked while reading.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from distill.classify_lines import COLUMNS, ClassifyDataError, Row, read_rows, shown

__all__ = [
    "ClassifyData",
    "ClassifyDataError",
    "LabelledFile",
    "LabelledText",
    "fold",
    "hold_out",
    "load_classify_data",
    "read_labelled",
]

UNSEEN_SHARE = 0.05
"""Largest share of validation lines with a label unknown to training that is a warning and not an error."""

FIRST_FEW = 5
"""How many lines a warning lists."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One example.

    Attributes:
        text: what was said, as it stands in the file; never blank.
        label: its class, without surrounding white space; never empty.
        context: previous utterances, oldest first; at most as many as were asked for.
        line: line in its file, from 1 (the first line of a quoted CSV record).
    """

    text: str
    label: str
    context: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """The examples of one file in its order, and what its reader found doubtful."""

    path: Path
    rows: tuple[LabelledText, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassifyData:
    """Checked training and validation examples.

    Attributes:
        train: examples to learn from.
        valid: examples to measure on while training; a label outside `labels` counts as answered wrongly.
        labels: the classes of `train`, sorted; the position of a name is its class number.
        warnings: sentences for the user, each with file and line.
    """

    train: tuple[LabelledText, ...]
    valid: tuple[LabelledText, ...]
    labels: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def class_numbers(self, rows: Sequence[LabelledText]) -> list[int]:
        """Class number of each row; -1 for a label that training never showed."""
        number = {label: index for index, label in enumerate(self.labels)}
        return [number.get(row.label, -1) for row in rows]


def load_classify_data(train: Path, valid: Path, *, context: int = 0, strict: bool = False) -> ClassifyData:
    """Read both files and check them against each other.

    Args:
        train: examples to learn from (.jsonl, .csv or .tsv, also with .gz).
        valid: examples to measure on, in any of these formats.
        context: how many previous utterances to keep; 0 drops the column.
        strict: whatever would be a warning is an error.

    Raises:
        ClassifyDataError: a file cannot be used; the message names file and line.
    """
    first = read_labelled(train, context=context)
    second = read_labelled(valid, context=context)
    labels = tuple(sorted({row.label for row in first.rows}))
    if len(labels) < 2:
        raise ClassifyDataError(
            f"{train}:{first.rows[0].line}: every line has the class {labels[0]!r}; "
            "a classifier needs at least two classes in the training file."
        )
    warnings = [*first.warnings, *second.warnings]
    if context and not any(row.context for row in first.rows):
        warnings.append(
            f"{train}:{first.rows[0].line}: {context} utterances of context were asked for, "
            "but no line of the file has a 'context'."
        )
    warnings += _unseen_labels(first, second, set(labels))
    warnings += _shared_texts(first, second)
    if strict and warnings:
        raise ClassifyDataError("\n".join(["Refused, because --strict makes every warning an error:", *warnings]))
    return ClassifyData(first.rows, second.rows, labels, tuple(warnings))


def read_labelled(path: Path, *, context: int = 0) -> LabelledFile:
    """Read one file of labelled text.

    Raises:
        ClassifyDataError: the file is missing, of an unknown kind, not UTF-8, has no example, or a line is wrong.
    """
    if context < 0:
        raise ClassifyDataError(f"The number of utterances of context must be 0 or more. Got {context}.")
    rows = []
    ignored: dict[str, int] = {}
    for row in read_rows(path):
        for name in row.cells.keys() - set(COLUMNS):
            ignored.setdefault(name, row.line)
        rows.append(_example(path, row, context))
    if not rows:
        raise ClassifyDataError(f"{path}: the file has no example; give it at least two classes.")
    names = sorted(ignored, key=lambda name: (ignored[name], name))
    warnings = [
        f"{path}:{ignored[names[0]]}: not read: {', '.join(map(shown, names))}; "
        "the columns are 'text', 'label' and 'context'."
    ] if names else []  # fmt: skip
    return LabelledFile(path, tuple(rows), tuple(warnings))


def fold(text: str) -> str:
    """`text` with case, white space and Unicode composition folded: equal results count as the same text.

    Example: ``fold(" Where IS it? ") == fold("where is it?")``.
    """
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def hold_out(
    rows: Sequence[LabelledText], *, share: float = 0.1, seed: int = 0
) -> tuple[tuple[LabelledText, ...], tuple[LabelledText, ...]]:
    """Split `rows` into (train, valid) for a user who has one file only; every class keeps a training example.

    Equal texts (see `fold`) stay on one side. `share` of each class, rounded down, goes to valid. The same `seed`
    gives the same split.
    """
    if not 0.0 < share < 1.0:
        raise ClassifyDataError(f"The share to hold out must lie between 0 and 1 (both excluded). Got {share}.")
    classes: dict[str, dict[str, list[int]]] = {}
    home: dict[str, str] = {}
    for index, row in enumerate(rows):
        text = fold(row.text)
        label = home.setdefault(text, row.label)  # a text with two labels follows its first one
        classes.setdefault(label, {}).setdefault(text, []).append(index)
    held: set[int] = set()
    for texts in classes.values():
        order = sorted(texts, key=lambda text: hashlib.sha256(f"{seed}/{text}".encode()).digest())
        for text in order[: int(share * len(order))]:
            held.update(texts[text])
    seen = {row.label for index, row in enumerate(rows) if index not in held}
    held = {index for index in held if rows[index].label in seen}
    train = tuple(row for index, row in enumerate(rows) if index not in held)
    return train, tuple(row for index, row in enumerate(rows) if index in held)


def _example(path: Path, row: Row, context: int) -> LabelledText:
    place = f"{path}:{row.line}"
    text = _string(place, row, "text")
    if not text.strip():
        raise ClassifyDataError(f"{place}: the text is empty; remove the line or give it a text.")
    label = row.cells["label"]
    if isinstance(label, int) and not isinstance(label, bool):
        label = str(label)  # class numbers are common in public files
    if not isinstance(label, str):
        raise ClassifyDataError(f"{place}: 'label' must be a string or a whole number. Got {shown(label)}.")
    label = label.strip()
    if not label:
        raise ClassifyDataError(f"{place}: the class (column 'label') is empty; remove the line or name its class.")
    if not label.isprintable():
        raise ClassifyDataError(f"{place}: a class name must be one line of printable characters. Got {label!r}.")
    example = LabelledText(text, label, _context(place, row.cells.get("context")), row.line)
    _encodable(place, (example.text, example.label, *example.context))
    return replace(example, context=example.context[-context:] if context else ())


def _string(place: str, row: Row, column: str) -> str:
    value = row.cells[column]
    if not isinstance(value, str):
        raise ClassifyDataError(f"{place}: '{column}' must be a string. Got {shown(value)}.")
    return value


def _context(place: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    utterances = [value] if isinstance(value, str) else value
    if not isinstance(utterances, list) or not all(isinstance(item, str) for item in utterances):
        raise ClassifyDataError(
            f"{place}: 'context' must be a list of strings (previous utterances, oldest first). Got {shown(value)}."
        )
    return tuple(item for item in utterances if item.strip())


def _encodable(place: str, texts: Iterable[str]) -> None:
    """JSON can spell half a surrogate pair (``"\\ud83d"``), which is no text and cannot become bytes."""
    for text in texts:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ClassifyDataError(
                f"{place}: {text[error.start]!a} is half of a surrogate pair, not a character; "
                "write the whole character."
            ) from error


def _unseen_labels(train: LabelledFile, valid: LabelledFile, labels: set[str]) -> list[str]:
    unseen = [row for row in valid.rows if row.label not in labels]
    if not unseen:
        return []
    lines = _places(valid.path, unseen, lambda row: repr(row.label))
    if len(unseen) > UNSEEN_SHARE * len(valid.rows):
        raise ClassifyDataError(
            f"{valid.path}:{unseen[0].line}: {len(unseen)} of {len(valid.rows)} lines have a class that {train.path} "
            f"never shows ({lines}); are the two files of one data set?"
        )
    return [f"{len(unseen)} of {len(valid.rows)} lines of {valid.path} have a class that {train.path} never "
            f"shows ({lines}); they count as answered wrongly."]  # fmt: skip


def _shared_texts(train: LabelledFile, valid: LabelledFile) -> list[str]:
    first: dict[tuple[str, ...], int] = {}
    for row in train.rows:
        first.setdefault(_key(row), row.line)
    shared = [row for row in valid.rows if _key(row) in first]
    if not shared:
        return []
    lines = _places(valid.path, shared, lambda row: f"= {train.path}:{first[_key(row)]}")
    return [f"{len(shared)} of {len(valid.rows)} lines of {valid.path} stand in {train.path} too, letter case and "
            f"spaces aside ({lines}); the measured accuracy is too high for new text."]  # fmt: skip


def _key(row: LabelledText) -> tuple[str, ...]:
    return (fold(row.text), *map(fold, row.context))


def _places(path: Path, rows: Sequence[LabelledText], remark: Callable[[LabelledText], str]) -> str:
    parts = [f"{path}:{row.line} {remark(row)}" for row in rows[:FIRST_FEW]]
    more = len(rows) - len(parts)
    return "; ".join(parts) + (f"; and {more} more" if more else "")
