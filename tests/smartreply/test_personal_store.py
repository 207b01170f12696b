"""The personal file: foreign, damaged and newer ones, erasing, several processes, sudden death, bounded size."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smartreply import personal_store
from smartreply.errors import PersonalError
from smartreply.personal import OWN_AFTER, Personal
from smartreply.personal_learning import Weight
from smartreply.personal_records import IntentRecord, ReplyRecord, Snapshot
from smartreply.personal_store import Store, erase
from smartreply.personal_usage import Usage
from tests.smartreply.personal_world import situation

pytestmark = pytest.mark.runtime

ROOT = Path(__file__).parents[2]
OFFERED = ("Yes", "No", "Maybe")


def learn(path: Path, *texts: str) -> None:
    with Personal.open(path) as personal:
        for text in texts:
            personal.learn(situation(), text, OFFERED)


def every_byte(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "me.earmark"


def test_the_database_is_one_file(path: Path) -> None:
    learn(path, "Yup")
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "content", [b"dear diary", b"x" * 10_000, b"SQLite format 3\0"], ids=["short", "long", "header"]
)
def test_a_foreign_file_is_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for use in (Personal.open, erase):
        with pytest.raises(PersonalError, match=r"me\.earmark is not a personal file of Earmark|is damaged"):
            use(path)
        assert path.read_bytes() == content


def test_another_database_is_left_alone(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    before = path.read_bytes()
    for use in (Personal.open, erase):
        with pytest.raises(PersonalError, match="is an SQLite file, but not a personal file of Earmark"):
            use(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("version", "advice"), [(3, "Update Earmark"), (1, "Use the release that wrote it")])
def test_another_version_is_an_error_but_can_be_erased(path: Path, version: int, advice: str) -> None:
    learn(path, "Yup")
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE more (name TEXT)")
    other.execute(f"PRAGMA user_version = {version}")
    other.close()
    with pytest.raises(PersonalError, match=f"has version {version}; this release reads version 2. {advice}"):
        Personal.open(path)
    assert erase(path)
    assert list(path.parent.iterdir()) == []


def test_damage_is_found_at_opening_and_can_be_erased(path: Path) -> None:
    learn(path, "Yup", "omw mate", "omw mate", "omw mate")
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:4096] + bytes(len(whole) - 4096), whole[:4096] + b"\xa5" * 12_000):
        path.write_bytes(damaged)
        with pytest.raises(PersonalError, match=r"is damaged .*Erase it with `earmark personal forget`"):
            Personal.open(path)
        assert erase(path)
        assert list(path.parent.iterdir()) == []


def test_a_damaged_usage_is_told(path: Path) -> None:
    learn(path, "omw mate", "omw mate", "omw mate")
    other = sqlite3.connect(path)
    assert other.execute("UPDATE replies SET usage = x'0000007c' WHERE own").rowcount == 1
    other.commit()
    other.close()
    with pytest.raises(PersonalError, match=r"cannot use the personal file .*two finite vectors.*personal forget"):
        Personal.open(path)
    assert erase(path)


def test_missing_rows_are_damage(path: Path) -> None:
    learn(path, "Yup")
    other = sqlite3.connect(path)
    other.execute("DELETE FROM meta")
    other.commit()
    other.close()
    with pytest.raises(PersonalError, match=r"is damaged \(rows are missing\)"):
        Personal.open(path)


def test_an_empty_file_counts_as_new(path: Path) -> None:
    path.touch()
    learn(path, "Yup")
    with Personal.open(path) as personal:
        assert personal.snapshot().events == 1


def test_a_missing_folder_says_so(tmp_path: Path) -> None:
    personal = Personal.open(tmp_path / "nowhere" / "me")
    with pytest.raises(PersonalError, match=r"the folder .*nowhere for the personal file does not exist"):
        personal.learn(situation(), "Yup", OFFERED)
    personal.close()


def test_odd_file_names(tmp_path: Path) -> None:
    path = tmp_path / "me?mode=ro&x#%41 ü.earmark"
    learn(path, "Yup")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert erase(path)
    assert list(tmp_path.iterdir()) == []


def test_forget_leaves_nothing(path: Path) -> None:
    with Personal.open(path) as personal:
        for text in (["Gadzooks indeed"] * OWN_AFTER) + ["Yup"]:
            personal.learn(situation(), text, OFFERED)
        assert b"Gadzooks" in every_byte(path.parent)
        personal.forget()
        assert list(path.parent.iterdir()) == []
        assert not personal.adjust(situation()).additions.any()
        assert personal.adjust(situation()).candidates == ()
        assert list(path.parent.iterdir()) == []
        personal.learn(situation(), "Yup", OFFERED)  # and life goes on
        assert personal.snapshot().events == 1
        personal.forget()
        personal.forget()
    assert not erase(path)


def test_forget_overwrites_before_it_removes(path: Path) -> None:
    learn(path, *["Gadzooks indeed"] * OWN_AFTER)
    os.link(path, path.parent / "second name")  # keeps the bytes reachable
    assert b"Gadzooks" in every_byte(path.parent)
    assert erase(path)
    assert [one.name for one in path.parent.iterdir()] == ["second name"]
    left = every_byte(path.parent)
    assert left.startswith(b"SQLite format 3")
    for word in (b"adzooks", b"Maybe", b"maybe", b"Yes"):
        assert word not in left


def test_what_is_pruned_or_replaced_is_overwritten(path: Path) -> None:
    learn(path, *["Gadzooks indeed"] * OWN_AFTER)
    with Personal.open(path) as personal:
        personal.replace(Snapshot())
        assert b"adzooks" not in every_byte(path.parent)


def test_forget_takes_what_a_crash_left_beside(path: Path) -> None:
    for side in ("-journal", "-wal", "-shm"):
        Path(f"{path}{side}").write_bytes(b"Gadzooks")
    assert erase(path)
    assert list(path.parent.iterdir()) == []


def test_a_link_is_followed(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    learn(real, "Yup")
    link.symlink_to(real)
    assert erase(link)
    assert not real.exists()


def test_another_opener_sees_choices_and_the_forgetting(path: Path) -> None:
    with Personal.open(path) as one, Personal.open(path) as two:
        one.learn(situation(), "Yup", OFFERED)
        assert two.adjust(situation()).additions.any()
        two.learn(situation(), "Yup", OFFERED)
        assert one.snapshot() == two.snapshot()
        assert one.snapshot().events == 2
        one.forget()
        assert not two.adjust(situation()).additions.any()
        assert not path.exists()
        two.learn(situation(), "No", OFFERED)
        assert one.snapshot().events == two.snapshot().events == 1


def test_a_file_erased_while_one_waits_for_its_lock(path: Path) -> None:
    learn(path, "Yup")
    with Personal.open(path) as personal:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        waiting = threading.Thread(target=personal.learn, args=(situation(), "No", OFFERED))
        waiting.start()
        time.sleep(0.3)
        path.unlink()
        holder.close()
        waiting.join()
        assert path.exists()
        assert personal.snapshot().events == 1


def _learn_many(path: str, times: int) -> None:
    with Personal.open(path) as personal:
        for number in range(times):
            personal.learn(situation(), ("Yup", "No", "Whoop whoop")[number % 3], OFFERED)


def test_two_processes_lose_no_choice(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_learn_many, args=(str(path), 15)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    with Personal.open(path) as personal:
        snapshot = personal.snapshot()
    records = {one.text: one for one in snapshot.replies}
    assert snapshot.events == 30
    assert records["Yup"].typed == 10
    assert records["No"].picked == 10
    assert records["Whoop whoop"].typed + records["Whoop whoop"].picked == 10


def test_a_process_may_forget_while_others_learn(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    worker = context.Process(target=_learn_many, args=(str(path), 30))
    worker.start()
    while worker.is_alive():
        erase(path)
        time.sleep(0.01)
    worker.join(60)
    assert worker.exitcode == 0
    if path.exists():  # chosen after the last forgetting
        with Personal.open(path) as personal:
            assert personal.snapshot().events < 30
    erase(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(("failures", "learnt"), [(1, True), (4, True), (5, False)])
def test_a_disk_that_fails_while_a_transaction_begins_is_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, failures: int, learnt: bool
) -> None:
    left = [failures]

    class Failing(sqlite3.Connection):
        def execute(self, statement: str, *rest: Any) -> sqlite3.Cursor:
            if statement == "BEGIN IMMEDIATE" and left[0]:
                left[0] -= 1
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR
                raise error
            return super().execute(statement, *rest)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, factory=Failing, **options))
    with Personal.open(path) as personal:
        if learnt:
            personal.learn(situation(), "Yup", OFFERED)
            assert personal.snapshot().events == 1
        else:
            with pytest.raises(PersonalError, match="disk I/O error"):
                personal.learn(situation(), "Yup", OFFERED)


ENDLESS = """
import sys
from smartreply.personal import Personal
from tests.smartreply.personal_world import situation
with Personal.open(sys.argv[1]) as personal:
    for number in range(100_000):
        personal.learn(situation(), ("Yup", "Whoop whoop", "No")[number % 3], ("Yes", "No", "Maybe"))
        print(number + 1, flush=True)
"""


def test_a_killed_process_loses_no_choice_that_returned(path: Path) -> None:
    sure = 0
    for lines in (1, 7, 12):
        worker = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(path)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert worker.stdout is not None
        for _ in range(lines):
            worker.stdout.readline()
        worker.send_signal(signal.SIGKILL)
        rest = worker.stdout.read().splitlines()
        worker.stdout.close()
        worker.wait()
        sure += int(rest[-1]) if rest else lines
        with Personal.open(path) as personal:
            events = personal.snapshot().events
            assert sure <= events <= sure + 1
            sure = events
    assert erase(path)
    assert list(path.parent.iterdir()) == []


def test_a_held_file_is_an_error_and_nothing_is_written(path: Path) -> None:
    learn(path, "Yup")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    store = Store(path, timeout=0.05)
    with pytest.raises(PersonalError, match="is held by another program"):
        store.snapshot()
    holder.execute("ROLLBACK")
    assert store.snapshot().events == 1
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(PersonalError, match="is held by another program"), store.changing():
        pass
    holder.close()
    with store.changing() as change:
        assert change.event == 2
    store.close()


def test_a_failing_change_is_taken_back(path: Path) -> None:
    store = Store(path)
    with store.changing() as change:
        change.put_reply(ReplyRecord("No"))

    def fail() -> None:
        with store.changing() as change:
            change.put_reply(ReplyRecord("Yup"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [one.text for one in store.snapshot().replies] == ["No"]
    store.close()


def test_the_file_stays_small(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"MAX_REPLIES": 5, "MAX_OWN": 3, "MAX_INTENTS": 4, "MAX_PENDING": 2}
    for name, value in limits.items():
        monkeypatch.setattr(personal_store, name, value)
    store = Store(path)
    for number in range(12):
        with store.changing() as change:
            weight = Weight(0.5, change.event, 20_000)
            change.put_reply(ReplyRecord(f"listed {number}", weight=weight))
            change.put_reply(ReplyRecord(f"own {number}", own=True, weight=weight))
            change.put_intent(IntentRecord(f"intent {number}", weight=weight))
            change.count_pending(bytes([number]) * 16)
    snapshot = store.snapshot()
    assert sorted(one.text for one in snapshot.replies if not one.own) == sorted(f"listed {n}" for n in range(7, 12))
    assert sorted(one.text for one in snapshot.replies if one.own) == sorted(f"own {n}" for n in range(9, 12))
    assert len(snapshot.intents) == 4
    with store.changing() as change:
        assert change.count_pending(bytes([11]) * 16) == 2
        assert change.count_pending(bytes([3]) * 16) == 1
    store.close()


def test_a_full_file_is_small(path: Path) -> None:
    usage = Usage.of(np.ones(128, np.float32), np.ones(128, np.float32))
    replies = [
        ReplyRecord(f"{n:04d} ".ljust(80, "x"), own, usage=usage if own else None)
        for n, own in enumerate([True] * personal_store.MAX_OWN + [False] * personal_store.MAX_REPLIES)
    ]
    intents = [IntentRecord(f"an_intent_with_a_long_name_{n}") for n in range(personal_store.MAX_INTENTS)]
    store = Store(path)
    store.replace(Snapshot(7, tuple(replies), tuple(intents)))
    snapshot = store.snapshot()
    assert (len(snapshot.replies), len(snapshot.intents), snapshot.events) == (1100, 500, 7)
    store.close()
    assert path.stat().st_size < 400_000


def test_every_error_names_the_file(path: Path) -> None:
    path.mkdir()
    with pytest.raises(PersonalError, match=re.escape(f"cannot use the personal file {path}")):
        Personal.open(path)
