"""Counting the background end to end on a few self-written conversations."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from distill.background import BackgroundRecipe, count_background, noun_phrases, windows
from distill.corpora import CorpusError
from recorder.background import Background, Usage

LAMP = "yeah the lamp on the main street is broken"  # 9 words
SONG = "yeah we sang the old song again last night"  # 9 words


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    lamps = {"id": "one", "turns": [{"speaker": "A", "text": LAMP}, {"speaker": "B", "text": LAMP}]}
    songs = {"id": "two", "turns": [{"speaker": "A", "text": SONG}, {"speaker": "B", "text": SONG}]}
    _write(folder / "dialogues/small.train.jsonl.gz", [lamps, songs])
    texts = [f"{LAMP} <URL> bo@mail.org 42 4th www.lamps.org <file_gif>", "Zebulon " + LAMP]
    _write(folder / "messages/texts.jsonl.gz", [{"id": f"m{i}", "text": text} for i, text in enumerate(texts)])
    talk = {"id": "talk", "segments": [{"speaker": None, "text": LAMP}] * 3 + [{"speaker": None, "text": "bye"}]}
    _write(folder / "transcripts/talks.jsonl.gz", [talk])
    return folder


CAPS = {"dialogues/small.train": 1000, "messages/texts": 1000, "transcripts/talks": 1000}
RECIPE = BackgroundRecipe(
    window=9, min_documents=2, min_sources=2, phrase_documents=2, phrase_sources=3, caps=dict(CAPS)
)


def test_counts_by_hand(data: Path, tmp_path: Path) -> None:
    metrics = count_background(data, tmp_path / "out", RECIPE)
    background = Background.load(tmp_path / "out" / "background.json")
    # Four windows of dialogue; two messages; three of the talk, whose last word is less than half a window.
    assert background.n_documents == 9 == metrics["documents"]
    assert background.usage("lamp") == Usage(7, 7, 3)
    assert background.usage("the") == Usage(9, 16, 3)
    assert background.usage("yeah") == Usage(9, 9, 3)
    assert background.usage("main street") == Usage(7, 7, 3)
    assert metrics["sources"]["talks"] == {"documents": 3, "words": 27}
    assert metrics["bytes"] == (tmp_path / "out" / "background.json").stat().st_size


def test_names_markers_and_numbers_fall_away(data: Path, tmp_path: Path) -> None:
    count_background(data, tmp_path / "out", RECIPE)
    background = Background.load(tmp_path / "out" / "background.json")
    for entry in ("song", "zebulon", "url", "bo", "mail", "42", "4th", "www", "gif"):
        assert entry not in background  # one source only, or never counted
    loose = BackgroundRecipe(window=9, min_documents=1, min_sources=1, caps=dict(CAPS))
    count_background(data, tmp_path / "loose", loose)
    everything = Background.load(tmp_path / "loose" / "background.json")
    assert everything.documents("zebulon") == 1
    for entry in ("url", "bo", "mail", "org", "42", "4th", "www", "gif"):
        assert entry not in everything


def test_a_cap_stops_after_the_conversation_that_reaches_it(data: Path, tmp_path: Path) -> None:
    caps = {**CAPS, "dialogues/small.train": 10}
    metrics = count_background(data, tmp_path / "out", BackgroundRecipe(window=9, caps=caps))
    assert metrics["sources"]["small"] == {"documents": 2, "words": 18}


def test_the_same_bytes_again_whatever_the_order_of_the_file(data: Path, tmp_path: Path) -> None:
    count_background(data, tmp_path / "a", RECIPE)
    path = data / "dialogues/small.train.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    _write(path, rows[::-1])
    count_background(data, tmp_path / "b", RECIPE)
    assert (tmp_path / "a/background.json").read_bytes() == (tmp_path / "b/background.json").read_bytes()


def test_windows_of_whole_lines() -> None:
    a, b, c = ("a",) * 4, ("b",) * 3, ("c",) * 2
    assert list(windows([[a, b], [c]], 6, across=True)) == [[a, b]]
    assert list(windows([[b], [c, a]], 6, across=True)) == [[b, c, a]]
    assert list(windows([[a, b, b], [c]], 6, across=False)) == [[a, b], [b]]
    assert list(windows([[], [b]], 6, across=True)) == [[b]]


def test_phrases_are_runs_of_adjectives_and_nouns() -> None:
    line = ("we", "need", "a", "new", "school", "building", ",", "okay")
    assert noun_phrases(line) == ["new school", "new school build", "school build"]
    assert noun_phrases(()) == []


def test_held_out_files_are_refused(data: Path, tmp_path: Path) -> None:
    recipe = BackgroundRecipe(caps={"transcripts/qmsum.valid": 10, "messages/texts": 10})
    with pytest.raises(CorpusError, match=r"training or unsplit files, got \['transcripts/qmsum\.valid'\]"):
        count_background(data, tmp_path / "out", recipe)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": "hello"}, r"must have an 'id', got the keys \['text'\]"),
        ({"id": "x", "turns": [{"speaker": "A"}]}, r"the conversation 'x' has a part without 'text'"),
    ],
)
def test_a_row_without_its_keys_is_named(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    _write(tmp_path / "messages/bad.jsonl.gz", [row])
    with pytest.raises(CorpusError, match=message):
        count_background(tmp_path, tmp_path / "out", BackgroundRecipe(caps={"messages/bad": 10}))


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"cannot read the corpus file .*changelog\.jsonl\.gz"):
        count_background(tmp_path, tmp_path / "out")
