"""Epochs: the best is kept, training stops early, and a stopped training goes on as if it had not been."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from distill.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from distill.distortion import Distortion
from distill.feed import Batch, Examples, Feed
from distill.joint import JointStep, LossWeights
from distill.learn import Course, learn, logits_of
from distill.student_rows import Arrays, TokenRows
from distill.training_log import draw_curves
from earmark.errors import ArtifactError
from models.sequence_projection_net import SequenceProjectionNet, SequenceSize
from projection import Projection
from tests.distill.requests import data, requests

BITS = Projection(n_bytes=32, words=8, bits=16)
SIZE = SequenceSize(bits=16, width=8, blocks=1, heads=1, hidden=8, dropout=0.1)
DATA = data(requests(90, seed=1), held=20)


class Stopped(Feed):
    """A feed during whose third epoch somebody pulls the plug."""

    def epoch(self, number: int) -> Iterator[Batch]:
        for index, batch in enumerate(super().epoch(number)):
            if number == 3 and index == 1:
                raise KeyboardInterrupt
            yield batch


def run(work: Path, *, feed: type[Feed] = Feed, epochs: int = 5, rate: float = 0.02, patience: int = 9,
        digest: str = "one", say: Callable[[str], None] = print) -> tuple[JointStep, Course]:  # fmt: skip
    keras.utils.set_random_seed(4)
    rows = TokenRows(BITS)
    train, valid = (
        Examples.of(part, DATA.class_numbers(part), context=0) for part in (DATA.train, DATA.valid)
    )  # fmt: skip
    shown = feed(train, rows, batch_size=16, distortion=Distortion(), share=0.5, seed=2)
    core = SequenceProjectionNet(BITS, SIZE, num_classes=3).core
    step = JointStep({"tiny": core}, None, LossWeights(), steps=5 * shown.steps, student_rate=rate, trainer_rate=0.0)
    course = learn(
        step, shown, Feed(valid, rows, batch_size=16),
        keep=["tiny"], epochs=epochs, patience=patience, work=work, name="students", digest=digest,
        say=say,
    )  # fmt: skip
    return step, course


def test_a_stopped_training_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    for name in ("whole", "stopped"):
        (tmp_path / name).mkdir()
    whole, course = run(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "stopped", feed=Stopped)
    told: list[str] = []
    again, resumed = run(tmp_path / "stopped", say=told.append)
    assert told == ["students: going on after epoch 2"]
    assert resumed.rows == course.rows
    assert resumed.best == course.best
    for one, two in zip(whole.variables, again.variables, strict=True):
        assert np.array_equal(one.numpy(), two.numpy()), one.path
    log = list(csv.DictReader((tmp_path / "stopped" / "students.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["epoch"] for row in log] == ["1", "2", "3", "4", "5"]
    assert float(log[-1]["tiny loss"]) < float(log[0]["tiny loss"])
    assert {path.name for path in (tmp_path / "stopped").iterdir()} == {"students.npz", "students.csv"}

    with pytest.raises(ArtifactError, match=r"belongs to a training with other settings or other data\. .* Remove "):
        run(tmp_path / "stopped", digest="two")

    draw_curves(tmp_path / "curves.png", course.rows, title="a test")
    assert (tmp_path / "curves.png").read_bytes()[:4] == b"\x89PNG"


def test_the_best_epoch_is_kept_and_training_stops_early(tmp_path: Path) -> None:
    step, course = run(tmp_path, epochs=40, rate=1.0, patience=2)  # a rate at which epochs get worse again
    assert len(course.rows) < 40
    assert course.stale == 2
    best = max((row["tiny accuracy"], -row["tiny valid loss"]) for row in course.rows)
    assert course.best["tiny"] == best
    valid = Examples.of(DATA.valid, DATA.class_numbers(DATA.valid), context=0)
    logits = logits_of(step, Feed(valid, TokenRows(BITS)), "tiny")
    assert float(np.mean(logits.argmax(axis=1) == valid.labels)) == best[0]


def test_a_checkpoint_survives_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    assert read_checkpoint(path, digest="d") is None
    arrays: Arrays = {"one": np.arange(3, dtype=np.int8), "best/two": np.array(0.1, np.float32)}
    write_checkpoint(path, Checkpoint("d", {"rows": [{"epoch": 1.0}], "word": "né"}, arrays))
    found = read_checkpoint(path, digest="d")
    assert found is not None
    assert found.about == {"rows": [{"epoch": 1.0}], "word": "né"}
    assert all(np.array_equal(found.arrays[name], value) for name, value in arrays.items())
    assert [one.name for one in tmp_path.iterdir()] == ["a.npz"]
    for broken in (path.read_bytes()[:-30], b"", b"text"):
        path.write_bytes(broken)
        with pytest.raises(ArtifactError, match=r"the checkpoint .*a\.npz is damaged: .* Remove .* to start afresh"):
            read_checkpoint(path, digest="d")
