"""The bench of classifiers: its sets, its score, its parts that are run once, and its table."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bench import classify, classify_times
from bench.classify_sets import BenchSet, load_set, score
from bench.classify_table import table
from bench.classify_times import times
from distill.classify import ClassifyRecipe
from distill.classify_data import ClassifyData, LabelledText
from tests.distill.requests import requests


def write(folder: Path, name: str, rows: Sequence[dict[str, Any]]) -> None:
    (folder / "classify").mkdir(exist_ok=True)
    with gzip.open(folder / "classify" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def lines(number: int, seed: int) -> list[dict[str, Any]]:
    return [{"text": row.text, "label": row.label} for row in requests(number, seed=seed)]


def test_sets_keep_their_rules(tmp_path: Path) -> None:
    write(tmp_path, "banking77.train", lines(90, 1))
    write(tmp_path, "banking77.test", lines(9, 2))
    bench = load_set(tmp_path, "banking77")
    assert (len(bench.data.train), len(bench.data.valid), len(bench.test)) == (81, 9, 9)
    assert bench == load_set(tmp_path, "banking77")
    assert not {row.text for row in bench.data.train} & {row.text for row in bench.data.valid}

    outside = {"text": "what is love", "label": "oos", "oos": True}
    for split in ("train", "valid", "test"):
        write(tmp_path, f"clinc150.{split}", [*lines(9, 3), outside])
        talk = [{"text": f"line {index}", "label": "sd", "dialogue": str(index // 4)} for index in range(8)]
        write(tmp_path, f"swda.{split}", talk)
    assert "oos" not in load_set(tmp_path, "clinc150").data.labels
    assert load_set(tmp_path, "swda").test[3].context == ()
    assert load_set(tmp_path, "swda-context").test[3].context == ("line 0", "line 1", "line 2")
    assert load_set(tmp_path, "swda-context").test[4].context == ()


def test_the_score_counts_what_slips_cost() -> None:
    rows = requests(60, seed=1)
    known = {row.text: row.label for row in rows}
    found = score(lambda asked: [known.get(row.text, "lost") for row in asked], rows)
    assert found == {"accuracy": 1.0, "macro_f1": 1.0, "one_slip": 0.0, "two_slips": 0.0}
    seen: list[tuple[LabelledText, ...]] = []

    def remember(asked: Sequence[LabelledText]) -> list[str]:
        seen.append(tuple(asked))
        return ["food"] * len(asked)

    share = sum(row.label == "food" for row in rows) / len(rows)
    found = score(remember, rows)
    assert found["accuracy"] == found["one_slip"] == found["two_slips"] == share
    assert seen[0] == rows
    assert all(first.text != second.text != third.text for first, second, third in zip(*seen, strict=True))


def test_parts_are_run_once_and_the_table_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for split, seed in (("train", 1), ("valid", 2), ("test", 3)):
        write(tmp_path, f"atis.{split}", lines(60, seed))
    out = tmp_path / "classify.md"

    def run(*more: str) -> dict[str, Any]:
        common = ["bench", "--data", str(tmp_path), "--sets", "atis", "--out", str(out), "--state", str(tmp_path / "s")]
        monkeypatch.setattr(sys, "argv", [*common, *more])
        classify.main()
        found: dict[str, Any] = json.loads((tmp_path / "classify.json").read_text(encoding="utf-8"))
        return found

    first = run("--rows", "majority")
    assert set(first) == {"atis/set", "atis/majority"}
    assert 0.0 < first["atis/majority"]["accuracy"] <= first["atis/set"]["majority"] < 0.5
    second = run("--rows", "maj*,tfidf")
    assert second["atis/majority"] == first["atis/majority"]
    assert second["atis/tfidf"]["accuracy"] > 0.9
    text = out.read_text(encoding="utf-8")
    assert "60 to learn from, 60 to choose on, 60 measured on; 3 classes. Majority " in text
    figures = second["atis/tfidf"]
    assert f"| logistic regression on tf-idf | {100 * figures['accuracy']:.2f} | " in text
    assert "| majority | " in text
    out.unlink()
    assert run("--rows", "") == second
    assert out.read_text(encoding="utf-8") == text
    monkeypatch.setattr(sys, "argv", ["bench", "--data", str(tmp_path), "--sets", "odd", "--out", str(out)])
    with pytest.raises(SystemExit, match=r"The set must be one of atis, clinc150, .*\. Got 'odd'\."):
        classify.main()


def figures(accuracy: float, **more: Any) -> dict[str, Any]:
    found = {"accuracy": accuracy, "macro_f1": 0.5, "one_slip": accuracy - 0.05, "two_slips": accuracy - 0.1,
             "kilobytes": 123.4, "microseconds": 99.6, "float_accuracy": accuracy, "parameters": 1000}  # fmt: skip
    return found | more


def test_the_table_of_every_kind_of_row() -> None:
    about = {"rule": "made here", "train": 1000, "valid": 10, "test": 20, "classes": 3, "majority": 0.4}
    recipe = {"network": "sequence", "trainer": "bert", "way": "plain", "trainer_epochs": 4, "epochs": 30,
              "batch_size": 64, "rate": 0.003, "seed": 1}  # fmt: skip
    kinds = {kind: {"without": 0.5, "with": 0.75} for kind in ("int8", "float")}
    parts = {
        "atis/set": about,
        "atis/family": {"recipe": recipe, "epochs": 12, "minutes": 3.2, "date": "2026-01-02",
                        "sizes": {"small": figures(0.9)}, "trainer": figures(0.96, name="bert")},
        "atis/ways/joint/1": figures(0.90, size="medium", epochs=10, trainer=0.95),
        "atis/ways/joint/2": figures(0.92, size="medium", epochs=20, trainer=0.97),
        "atis/bits/sequence/sign": figures(0.8),
        "atis/aware/1": {"sizes": {"small": kinds}, "aware_epochs": 3},
        "atis/times": {"runs": {"lstm/64": {"every": 3.0, "largest": 2.0, "sizes": ["small", "large"]}}},
        "atis/sweep": {"nets": {"10 x 8": figures(0.7), "20 x 8": figures(0.75)}},
    }  # fmt: skip
    text = table(parts, "the command")
    for line in (
        "Lines: made here. 1,000 to learn from, 10 to choose on, 20 measured on; 3 classes. "
        "Majority 40.0 % of the test lines.",
        "| trainer bert | 96.00 | 50.00 | 5.0 | 10.0 | 123 | 100 | 1,000 | 96.00 |",
        "| small (sequence, bert) | 90.00 | 50.00 | 5.0 | 10.0 | 123 | 100 | 1,000 | 90.00 |",
        "- share of the trainer's accuracy kept: small 93.8 %.",
        "| joint | medium | 2 | 91.00 | 90.00 to 92.00 | 96.00 | 5.0 | 15 |",
        "| sequence | sign | 80.00 | 50.00 | 5.0 | 10.0 | 123 | 100 |",
        "| small | 50.00 | 75.00 | 50.00 | 75.00 |",
        "| 10 | 70.00, 123 |",
        "| 20 | 75.00, 123 |",
        "| lstm | 64 | 3.0 | 2.0 | 1.50 |",
    ):
        assert line in text.splitlines(), line
    assert "the command\n" in text
    assert "## CLINC150" not in text


def test_what_is_the_same_for_every_number_of_epochs_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    def train(data: ClassifyData, recipe: ClassifyRecipe, work: Path, say: Callable[[str], None]) -> None:
        assert not list(work.iterdir())
        assert recipe.way == "joint"
        assert recipe.patience > recipe.epochs
        trainer = {"none": 0.0, "lstm": 1.0, "bert": 10.0}[recipe.trainer]
        clock[0] += 100 * len(recipe.sizes) + recipe.epochs * (2.0 * len(recipe.sizes) + trainer)

    monkeypatch.setattr(classify_times, "train_students", train)
    monkeypatch.setattr("bench.classify_times.time.process_time", lambda: clock[0])
    bench = BenchSet("atis", ClassifyData((), (), ()), (), "")
    found = times(bench, ClassifyRecipe(), batches=(64, 256))
    assert len(found) == 6
    assert found["none/64"] == {"every": 6.0, "largest": 2.0, "sizes": ["small", "medium", "large"]}
    assert found["bert/256"] == {"every": 16.0, "largest": 12.0, "sizes": ["small", "medium", "large"]}
