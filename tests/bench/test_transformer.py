"""The bench of the transformer: what each side finds alone, and its page of results."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.transformer import _parts, main
from bench.transformer_keywords import side_counts
from bench.transformer_models import records_of
from distill.keywords.data import TitledRecording
from recorder.models import Models
from recorder.records import SectionRecord
from recorder.transcript import Segment

TITLES = ("The battery", "A garden fence", "The launch", "")


def recording(records: tuple[SectionRecord, ...] = ()) -> TitledRecording:
    texts = ("The battery needs a charger.", "The garden.", "A fence.", "Well.")
    segments = tuple(Segment(None, None, text, "Anna") for text in texts)
    spans = (((0, 0),), ((1, 1), (2, 2)), ((3, 3),), ((3, 3),))
    return TitledRecording("r", "r", "Product", ("Anna",), TITLES, spans, segments, records)


def test_which_side_finds_what_alone() -> None:
    one = [[("battery", "oil"), ("roof",), ("x",), ("battery",)]]
    other = [[("batteries",), ("garden gate",), ("y",), ("battery",)]]
    counts, shared = side_counts([recording()], one, other)
    assert counts == {"both": 1, "other": 1, "neither": 1}, "a section without a title is no case"
    assert shared == pytest.approx(2 / 5)


def test_records_are_those_of_the_spans() -> None:
    records = records_of(recording(), Models.load("tfidf"))
    assert [(record.first_segment, record.last_segment) for record in records] == [(0, 0), (1, 2), (3, 3), (3, 3)]
    assert [candidate.stems for candidate in records[1].candidates] == [("fenc",), ("garden",)]


def test_parts_of_an_earlier_run_are_kept(tmp_path: Path) -> None:
    page = tmp_path / "transformer.md"
    assert _parts(page) == {}
    page.write_text("# Title\n\n<!-- keywords -->\na\n\nb\n\n<!-- speed -->\nc\n")
    assert _parts(page) == {"keywords": ["a", "", "b", ""], "speed": ["c"]}


def test_unknown_parts_are_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["transformer", "--data", ".", "--only", "keywords,speeed"])
    with pytest.raises(SystemExit):
        main()
    assert "--only takes keywords, sections, speed; got 'keywords,speeed'." in capsys.readouterr().err
