"""What was learnt as JSON: to read, to keep, to carry to another device, and back.

    {"format": "earmark.personal", "version": 1, "events": 12,
     "replies": [{"text": "Yup", "own": false, "alike": null, "picked": 3, "typed": 1, "passed": 2,
                  "weight": 1.2, "event": 12, "day": 20414, "usage": null}, ...],
     "intents": [{"name": "yes", "chosen": 4, "passed": 1, "weight": 0.4, "event": 12, "day": 20414}, ...]}

Weights are in logits as they were after choice number `event` on `day` (days since 1970). The fingerprints of texts
that have not been typed often enough stay behind: they belong to the file's own salt. `usage` is base64 of what
`smartreply.personal_usage` keeps of a reply of the user's own.
"""

from __future__ import annotations

import base64
import json
import math
import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np

from smartreply.errors import PersonalError
from smartreply.personal_learning import LearningRates, Weight
from smartreply.personal_records import IntentRecord, ReplyRecord, Snapshot
from smartreply.personal_store import MAX_OWN, MAX_REPLIES
from smartreply.personal_texts import MAX_OWN_BYTES, refusal
from smartreply.personal_usage import Usage

__all__ = ["EXPORT_VERSION", "from_dict", "read_export", "to_dict", "write_export"]

EXPORT_VERSION = 1
_FORMAT = "earmark.personal"
_LARGEST = 2**53
_MAX_FILE = 4_000_000
_REPLY = {"text": str, "own": bool, "alike": (str, type(None)), "picked": int, "typed": int, "passed": int}
_INTENT = {"name": str, "chosen": int, "passed": int}
_WEIGHT = {"weight": (int, float), "event": int, "day": int}


def to_dict(snapshot: Snapshot) -> dict[str, Any]:
    """Everything learnt, ready for JSON."""
    return {
        "format": _FORMAT,
        "version": EXPORT_VERSION,
        "events": snapshot.events,
        "replies": [
            {"text": one.text, "own": one.own, "alike": one.alike, "picked": one.picked, "typed": one.typed,
             "passed": one.passed, **_weight(one.weight), "usage": _usage(one.usage)}
            for one in snapshot.replies
        ],
        "intents": [
            {"name": one.name, "chosen": one.chosen, "passed": one.passed, **_weight(one.weight)}
            for one in snapshot.intents
        ],
    }  # fmt: skip


def from_dict(value: Any, *, place: str) -> Snapshot:
    """Back from `to_dict`; `place` names the source in messages.

    Raises:
        PersonalError: another format or version, a field that is missing, unknown or outside of what is allowed, a
            text twice, or a text of the user's own that may not be kept.
    """
    if not isinstance(value, dict) or value.get("format") != _FORMAT:
        raise PersonalError(f"{place} is not an export of `earmark personal export`. Choose another file.")
    if value.get("version") != EXPORT_VERSION:
        raise PersonalError(
            f"{place} has version {value.get('version')!r}; this release reads version {EXPORT_VERSION}."
        )
    _fields(value, {"format": str, "version": int, "events": int, "replies": list, "intents": list}, place)
    rates = LearningRates()
    replies = []
    for number, row in enumerate(value["replies"]):
        where = f"{place}, replies[{number}]"
        _fields(row, {**_REPLY, **_WEIGHT, "usage": (str, type(None))}, where)
        why = refusal(row["text"]) if row["own"] else _too_long(row["text"])
        if why is not None:
            raise PersonalError(f"{where}: the text {row['text']!r:.60} may not be kept: {why}.")
        weight = _read_weight(row, rates.reply_bound, value["events"], where)
        usage = _read_usage(row, rates.usage_bound, where)
        replies.append(ReplyRecord(**{name: row[name] for name in _REPLY}, weight=weight, usage=usage))
    intents = []
    for number, row in enumerate(value["intents"]):
        where = f"{place}, intents[{number}]"
        _fields(row, {**_INTENT, **_WEIGHT}, where)
        weight = _read_weight(row, rates.intent_bound, value["events"], where)
        intents.append(IntentRecord(**{name: row[name] for name in _INTENT}, weight=weight))
    for texts in ([one.text for one in replies], [one.name for one in intents]):
        twice = sorted({text for text in texts if texts.count(text) > 1}) if len(set(texts)) < len(texts) else []
        if twice:
            raise PersonalError(f"{place}: {twice[0]!r:.60} stands there twice. Every reply and intent has one entry.")
    if len(replies) > MAX_REPLIES + MAX_OWN:
        raise PersonalError(f"{place} has {len(replies)} replies; at most {MAX_REPLIES + MAX_OWN} are kept.")
    return Snapshot(value["events"], tuple(replies), tuple(intents))


def write_export(snapshot: Snapshot, path: Path) -> None:
    """Write the JSON; readable by the user alone, and whole or not at all.

    Raises:
        PersonalError: it cannot be written.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(to_dict(snapshot), file, ensure_ascii=False, indent=1)
                file.write("\n")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise PersonalError(f"cannot write {path}: {error.strerror}.") from error


def read_export(path: Path) -> Snapshot:
    """Read what `write_export` wrote.

    Raises:
        PersonalError: it cannot be read or is not such a file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PersonalError(f"cannot read {path}: {error.strerror}.") from error
    if len(data) > _MAX_FILE:
        raise PersonalError(f"{path} has {len(data)} bytes; an export has at most {_MAX_FILE}. Choose another file.")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PersonalError(f"{path} is not JSON: {error}.") from error
    return from_dict(value, place=str(path))


def _weight(weight: Weight) -> dict[str, Any]:
    return {"weight": weight.value, "event": weight.event, "day": weight.day}


def _read_weight(row: dict[str, Any], bound: float, events: int, place: str) -> Weight:
    value = float(row["weight"])
    if not math.isfinite(value) or abs(value) > bound:
        raise PersonalError(f"{place}: the weight must be between -{bound:g} and {bound:g}. Got {row['weight']!r}.")
    if row["event"] > events:
        raise PersonalError(f"{place}: the event must be at most {events}, the file's. Got {row['event']}.")
    return Weight(value, row["event"], row["day"])


def _usage(usage: Usage | None) -> str | None:
    return None if usage is None else base64.b64encode(usage.data).decode("ascii")


def _read_usage(row: dict[str, Any], bound: float, place: str) -> Usage | None:
    if row["usage"] is None:
        return None
    if not row["own"]:
        raise PersonalError(f"{place}: a usage belongs to replies of the user's own. Got one of {row['text']!r:.60}.")
    try:
        usage = Usage(base64.b64decode(row["usage"], validate=True))
    except ValueError:
        raise PersonalError(
            f"{place}: the usage must be base64 of two finite vectors of one size in float16. Got {row['usage']!r:.60}."
        ) from None
    if (length := float(np.linalg.norm(usage.shift))) > bound + 0.01:
        raise PersonalError(f"{place}: the usage's shift must have a length of at most {bound:g}. Got {length:.3g}.")
    return usage


def _too_long(text: str) -> str | None:
    size = len(text.encode("utf-8", "replace"))
    return f"it is longer than {MAX_OWN_BYTES} bytes" if size > MAX_OWN_BYTES else None


def _fields(row: Any, kinds: dict[str, Any], place: str) -> None:
    if not isinstance(row, dict) or set(row) != set(kinds):
        raise PersonalError(f"{place} must be an object with {', '.join(kinds)}. Got {row!r:.80}.")
    for name, kind in kinds.items():
        value = row[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise PersonalError(f"{place}: {name} has the wrong type. Got {value!r:.60}.")
        if kind is int and not 0 <= value <= _LARGEST:
            raise PersonalError(f"{place}: {name} must be a whole number from 0 on. Got {value!r:.60}.")
        if isinstance(value, str):
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise PersonalError(f"{place}: {name} has half a character. Got {value!r:.60}.") from None
