"""The bench of the transformer: what each side finds alone, and its page of results."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from bench.transformer import _parts, main
from bench.transformer_keywords import keyword_part, side_counts
from bench.transformer_models import SIDES, records_of
from bench.transformer_sections import section_part
from distill.keywords.data import TitledRecording
from recorder.models import Models
from recorder.records import SectionRecord
from recorder.transcript import Segment
from tests.distill.meetings import write_meetings

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
    assert "--only takes keywords, sections, cuts, speed; got 'keywords,speeed'." in capsys.readouterr().err


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_meetings(tmp_path_factory.mktemp("data"), n_train=0)
    talk = {
        "id": "talk", "kind": "lecture", "title": "Wooden bridges",
        "segments": [{"start": None, "end": None, "speaker": None, "text": "A bridge of wood. " * 200}] * 3,
        "topics": [{"title": None, "spans": [[i, i]]} for i in range(3)],
    }  # fmt: skip
    with gzip.open(folder / "transcripts" / "vt_ssum.valid.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(talk) + "\n")
    return folder


def test_tables_of_keywords_and_ratings(data: Path) -> None:
    """The counting model stands in for all three: its rows are equal, and each finds what the other finds."""
    models = dict.fromkeys(SIDES, Models.load("tfidf"))
    lines = keyword_part(data, models, peers=False)
    assert "## QMSum validation, gold topics: 2 recordings, 12 sections" in lines
    assert "## VT-SSum validation, 20 lectures (title of the talk): 1 recordings, 3 sections" in lines
    rows = [line.split(" | ")[1:-1] for line in lines if line.startswith(("| earmark", "| **earmark"))]
    assert len(rows) == 9
    assert rows[0] == rows[1] == rows[2]
    assert any("100% of the keywords of TF-IDF are the transformer's too." in line for line in lines)

    rated = section_part(data, models, peers=False)
    cells = {line.split(" | ")[0]: line.split(" | ")[1:] for line in rated if line.startswith("|")}
    assert cells["| earmark, TF-IDF alone"] == cells["| **earmark, fused**"]
    assert {"| scorer 'tfidf' alone", "| scorer 'rating' alone", "| length of the section alone"} <= cells.keys()
