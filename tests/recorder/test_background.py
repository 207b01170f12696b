"""The background table: look-ups, the worked values of the documentation, and what the shipped table must know."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.artifacts import load_table, save_table
from earmark.errors import ArtifactError
from recorder.background import BACKGROUND_KIND, BACKGROUND_VERSION, Background, BackgroundTable, Usage
from recorder.text import stem

pytestmark = pytest.mark.runtime

TABLE = BackgroundTable(
    documents=99,
    words=30_000,
    sources=("calls", "lectures", "chats"),
    usage={"batteri": Usage(9, 30, 2), "yeah": Usage(99, 1500, 3), "main street": Usage(4, 4, 1)},
)


def test_counts() -> None:
    background = Background(TABLE.to_body())
    assert (background.n_documents, background.n_words, background.n_sources, len(background)) == (99, 30_000, 3, 3)
    assert background.documents("batteri") == 9
    assert background.occurrences("batteri") == 30
    assert background.breadth("batteri") == 2
    assert background.usage("batteri") == Usage(9, 30, 2)
    assert background.documents("main street") == 4
    assert "batteri" in background
    assert "battery" not in background


def test_what_the_table_does_not_hold_counts_nothing() -> None:
    background = Background(TABLE.to_body())
    assert background.usage("zyzzyva") == Usage(0, 0, 0)
    assert background.documents("zyzzyva") == background.occurrences("zyzzyva") == background.breadth("zyzzyva") == 0


def test_idf_by_hand() -> None:
    background = Background(TABLE.to_body())
    assert background.idf("yeah") == 0.0
    assert background.idf("batteri") == pytest.approx(math.log(10))
    assert background.idf("zyzzyva") == pytest.approx(math.log(100))


STEMS = st.text("abcdefghijklmnopqrstuvwxyzé'-. ", min_size=1, max_size=9)


@st.composite
def _tables(draw: st.DrawFn) -> BackgroundTable:
    usage = {}
    for entry in draw(st.lists(STEMS, unique=True, max_size=12)):
        documents = draw(st.integers(1, 10**6))
        usage[entry] = Usage(documents, documents + draw(st.integers(0, 10**6)), draw(st.integers(1, 35)))
    return BackgroundTable(10**6, 10**9, ("calls",), usage)


@settings(max_examples=60, deadline=None)
@given(_tables())
def test_any_table_round_trips(table: BackgroundTable) -> None:
    body = table.to_body()
    assert BackgroundTable.from_body(body) == table
    background = Background(body)
    for entry, usage in table.usage.items():
        assert background.usage(entry) == usage
        assert background.idf(entry) >= 0.0


def test_the_shipped_table_is_read_once_and_ranks_words_by_use() -> None:
    background = Background.load()
    assert background is Background.load()
    assert background.n_documents > 10_000
    rising = [background.idf(stem(word)) for word in ("yeah", "people", "battery", "zyzzyva")]
    assert rising == sorted(rising)
    assert rising[0] < 1.0 < rising[-1]
    assert background.breadth("yeah") > background.breadth(stem("compiler")) > 0


def test_the_shipped_table_knows_the_phrases_of_small_talk() -> None:
    assert Background.load().documents("littl bit") > 100


def test_the_shipped_table_holds_no_digits_no_addresses_and_no_rare_stems() -> None:
    path = Path(__file__).parents[2] / "recorder" / "pretrained" / "en" / "background.json"
    if not path.exists():  # the tests run against an installed wheel
        import recorder.background as module

        path = Path(module.__file__).parent / "pretrained" / "en" / "background.json"
    table = BackgroundTable.from_body(load_table(path, kind=BACKGROUND_KIND, version=BACKGROUND_VERSION))
    assert not [entry for entry in table.usage if any(c.isdigit() or c in "@<>/_" for c in entry)]
    assert min(usage.documents for usage in table.usage.values()) >= 5
    assert min(usage.breadth for usage in table.usage.values()) >= 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"cannot read the model file .*nowhere\.json"):
        Background.load(tmp_path / "nowhere.json")


def test_a_table_without_counts_is_refused(tmp_path: Path) -> None:
    save_table(tmp_path / "b.json", kind=BACKGROUND_KIND, version=BACKGROUND_VERSION, body={"documents": 1, "words": 1})
    with pytest.raises(ArtifactError, match=r"b\.json lacks \['breadth', 'counts', 'entries', 'repeats', 'sources'\]"):
        Background.load(tmp_path / "b.json")
