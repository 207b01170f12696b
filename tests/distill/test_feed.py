"""What the students read: equal to the reference, the same in every run, each example once an epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distill.distortion import Distortion
from distill.feed import Examples, Feed
from distill.student_rows import MessageRows, StudentRows, TokenRows
from projection import Projection, project_messages, project_tokens
from tests.distill.requests import requests

BITS = Projection(n_bytes=32, words=6, bits=10, functions=3, function_bits=4)
TEXTS = ["play a song", "", "né né 🙂", "a b c d e f g h", "play play"]


def examples(number: int = 50, *, context: bool = False) -> Examples:
    rows = requests(number, seed=1, context=context)
    return Examples.of(rows, list(range(number)), context=2 if context else 0)


def test_token_rows_are_what_the_reference_projects() -> None:
    rows = TokenRows(BITS)
    wanted, mask = project_tokens(TEXTS, BITS)
    numbers = rows.encode(TEXTS)
    batch = rows.batch(numbers, "text")
    assert rows.lengths(numbers).tolist() == [3, 0, 3, 6, 2]
    assert np.array_equal(batch["text_values"], wanted)
    assert np.array_equal(batch["text_mask"], mask.astype(np.float32))
    short = rows.batch(rows.encode(TEXTS[:2]), "text")
    assert np.array_equal(short["text_values"], wanted[:2, :3])
    assert len(rows.table) == 1 + len({"play", "a", "song", "né", "🙂", *"cdefgh"})


def test_the_table_grows() -> None:
    rows = TokenRows(BITS)
    texts = [f"w{number} x{number}" for number in range(1500)]
    assert np.array_equal(rows.batch(rows.encode(texts), "text")["text_values"], project_tokens(texts, BITS)[0][:, :2])
    assert rows.batch(rows.encode([""]), "text")["text_values"].shape == (1, 1, 10)
    assert rows.encode([]).shape == (0, 6)


def test_message_rows_are_what_the_reference_projects() -> None:
    rows = MessageRows(BITS)
    assert np.array_equal(rows.batch(rows.encode(TEXTS), "text")["text_bits"], project_messages(TEXTS, BITS))
    assert rows.encode([]).shape == (0, 12)


@pytest.mark.parametrize("rows", [TokenRows(BITS), MessageRows(BITS)])
def test_an_epoch_shows_every_example_once_in_its_own_order(rows: StudentRows) -> None:
    feed = Feed(examples(), rows, batch_size=8, seed=3)
    orders = [[int(label) for batch in feed.epoch(number) for label in batch["labels"]] for number in (1, 2, 1)]
    assert feed.steps == 7
    assert sorted(orders[0]) == list(range(50))
    assert orders[0] == orders[2]
    assert orders[0] != orders[1]


def test_the_same_epoch_distorts_the_same_and_another_differs() -> None:
    rows = TokenRows(BITS)
    feed = Feed(examples(), rows, batch_size=50, distortion=Distortion(typo=1.0), share=0.5, seed=3)

    def values(number: int) -> Any:
        batch = next(iter(feed.epoch(number)))
        order = np.argsort(batch["labels"])
        return batch["student"]["text_values"][order]

    clean = next(iter(feed.in_order()))
    undistorted = clean[1]["student"]["text_values"][np.argsort(clean[0])]
    changed = [int((values(number) != undistorted).any(axis=(1, 2)).sum()) for number in (1, 2)]
    assert all(10 < count < 40 for count in changed), changed
    assert np.array_equal(values(1), values(1))
    assert not np.array_equal(values(1), values(2))


def test_context_is_a_row_of_its_own() -> None:
    feed = Feed(examples(context=True), TokenRows(BITS), batch_size=50)
    positions, batch = next(iter(feed.in_order()))
    assert sorted(batch["student"]) == ["context_mask", "context_values", "text_mask", "text_values"]
    first = int(positions[0])
    contexts = feed.examples.contexts
    assert contexts is not None
    assert contexts[first].startswith("hello\n")
    wanted = project_tokens([contexts[first]], BITS)[0][0]
    assert np.array_equal(batch["student"]["context_values"][0], wanted[: batch["student"]["context_values"].shape[1]])


def test_targets_stay_with_their_examples() -> None:
    targets = np.arange(50, dtype=np.float32)[:, None]
    feed = Feed(examples(), TokenRows(BITS), targets=targets, batch_size=8, seed=1)
    for batch in feed.epoch(4):
        assert np.array_equal(batch["targets"][:, 0], batch["labels"])
