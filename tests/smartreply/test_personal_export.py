"""What was learnt as JSON and back, and everything that is refused on the way in."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartreply.errors import PersonalError
from smartreply.personal import OWN_AFTER, Personal
from smartreply.personal_export import from_dict, read_export, to_dict, write_export
from smartreply.personal_learning import Weight
from smartreply.personal_records import IntentRecord, ReplyRecord, Snapshot
from smartreply.personal_usage import Usage
from tests.smartreply.personal_world import situation

pytestmark = pytest.mark.runtime

COUNT = st.integers(0, 1000)
TEXT = st.text(st.characters(categories=["L", "So", "Zs"]), min_size=1, max_size=15).map(lambda text: f"a{text}a")


def weights(bound: float) -> st.SearchStrategy[Weight]:
    return st.builds(Weight, st.floats(-bound, bound), COUNT, COUNT)


VECTORS = st.lists(st.floats(-0.375, 0.375, width=16), min_size=4, max_size=4).map(
    lambda row: np.array(row, np.float32)
)
USAGES = st.builds(Usage.of, VECTORS, VECTORS)
SNAPSHOTS = st.builds(
    Snapshot,
    st.integers(1000, 2000),
    st.lists(
        st.builds(ReplyRecord, TEXT, st.just(False), st.none(), COUNT, COUNT, COUNT, weights(2.0))
        | st.builds(
            ReplyRecord, TEXT, st.just(True), st.none() | TEXT, COUNT, COUNT, COUNT, weights(2.0), st.none() | USAGES
        ),
        max_size=5, unique_by=lambda one: one.text,
    ).map(lambda rows: tuple(sorted(rows, key=lambda one: one.text.encode()))),
    st.lists(
        st.builds(IntentRecord, TEXT, COUNT, COUNT, weights(1.0)), max_size=5, unique_by=lambda one: one.name
    ).map(lambda rows: tuple(sorted(rows, key=lambda one: one.name.encode()))),
)  # fmt: skip


@given(SNAPSHOTS)
def test_there_and_back(snapshot: Snapshot) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(snapshot))), place="here") == snapshot


def test_another_device_suggests_the_same(tmp_path: Path) -> None:
    place = situation()
    with Personal.open(tmp_path / "one") as one, Personal.open(tmp_path / "two") as two:
        for text in ["Yup"] * 2 + ["Whoop whoop"] * (OWN_AFTER + 1):
            one.learn(place, text, ("Yes", "No", "Maybe"))
        write_export(one.snapshot(), tmp_path / "me.json")
        two.replace(read_export(tmp_path / "me.json"))
        assert two.snapshot() == one.snapshot()
        assert (two.adjust(place).additions == one.adjust(place).additions).all()
        assert [c.entry for c in two.adjust(place).candidates] == [c.entry for c in one.adjust(place).candidates]
        (mine,), (theirs,) = one.adjust(place).candidates, two.adjust(place).candidates
        assert (mine.vector == theirs.vector).all()
        assert (mine.vector != place.encode("Whoop whoop")).any()
    assert (tmp_path / "me.json").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["me.json", "one", "two"]


GOOD = to_dict(
    Snapshot(
        9, (ReplyRecord("Yup", weight=Weight(1.0, 9, 20_000)), ReplyRecord("Whoop", own=True)), (IntentRecord("yes"),)
    )
)
FAR = base64.b64encode(Usage.of(np.array([1.0], np.float32), np.array([2.0], np.float32)).data).decode()


def broken(*path: Any, value: Any) -> Any:
    made: Any = copy.deepcopy(GOOD)
    place = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return made


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "is not an export"),
        (broken("format", value="x"), "is not an export"),
        (broken("version", value=2), "has version 2; this release reads version 1"),
        (broken("more", value=1), "must be an object with format, version, events, replies, intents"),
        (broken("events", value=-1), "events must be a whole number from 0 on. Got -1"),
        (broken("events", value=True), "events has the wrong type. Got True"),
        (broken("replies", 0, value=7), r"replies\[0\] must be an object with text"),
        (broken("replies", 0, "weight", value=2.5), r"replies\[0\]: the weight must be between -2 and 2. Got 2.5"),
        (broken("replies", 0, "weight", value=float("nan")), "the weight must be between"),
        (broken("intents", 0, "weight", value=-1.5), r"intents\[0\]: the weight must be between -1 and 1. Got -1.5"),
        (broken("replies", 0, "event", value=10), "the event must be at most 9, the file's. Got 10"),
        (broken("replies", 0, "text", value="x" * 81), "may not be kept: it is longer than 80 bytes"),
        (broken("replies", 0, "text", value="\ud800"), "text has half a character"),
        (broken("replies", 1, "text", value="call 555"), "may not be kept: it has a digit"),
        (broken("replies", 1, "text", value="Yup"), "'Yup' stands there twice"),
        (broken("replies", 1, "usage", value="AAA"), r"replies\[1\]: the usage must be base64 of two finite vectors"),
        (broken("replies", 1, "usage", value="\u00e9"), "the usage must be base64"),
        (broken("replies", 1, "usage", value=FAR), "the usage's shift must have a length of at most 1. Got 2"),
        (broken("replies", 0, "usage", value=FAR), "a usage belongs to replies of the user's own. Got one of 'Yup'"),
        (broken("replies", 1, "own", value=1), "own has the wrong type. Got 1"),
        (broken("replies", value=[{**GOOD["replies"][0], "text": f"r {n}"} for n in range(1101)]), "has 1101 replies"),
    ],
)
def test_what_is_refused(value: Any, message: str) -> None:
    with pytest.raises(PersonalError, match=message):
        from_dict(value, place="me.json")


def test_files_that_are_no_export(tmp_path: Path) -> None:
    path = tmp_path / "me.json"
    with pytest.raises(PersonalError, match=r"cannot read .*me\.json"):
        read_export(path)
    for content in (b"{", b"\xff", b"[" * 100_000):
        path.write_bytes(content)
        with pytest.raises(PersonalError, match=r"me\.json is not JSON"):
            read_export(path)
    path.write_bytes(b" " * 4_000_001)
    with pytest.raises(PersonalError, match="has 4000001 bytes; an export has at most"):
        read_export(path)
    with pytest.raises(PersonalError, match="cannot write"):
        write_export(Snapshot(), tmp_path / "nowhere" / "me.json")
