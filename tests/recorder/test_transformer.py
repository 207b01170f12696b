"""The transformer's side: what it keeps of a block, what follows from it, and that it is safe to ship."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from earmark.errors import ArtifactError
from recorder.encoder import ENCODER, Encoder, WindowReading
from recorder.encoder_windows import CLS, SEP, WINDOW
from recorder.errors import OptionError
from recorder.models import Models
from recorder.options import MODELS, Options
from recorder.records import SectionRecord, build_record, merge_records, record_of
from recorder.session import SmartScroll
from recorder.tagger import Tagger
from recorder.text import tokenize
from recorder.transcript import Segment
from recorder.transformer import (
    KEYWORD_FEATURES,
    STEP,
    UNREAD,
    TransformerKeywords,
    TransformerReader,
    TransformerTable,
    keyword_features,
    rating_features,
)
from recorder.utterance import observe
from recorder.wordpiece import WordPiece
from tests.laws.material import transcript

pytestmark = pytest.mark.runtime

TALK = [
    "The battery lasts nine hours, and the charger is slow.",
    "So we need a better battery for the winter.",
    "Okay. The budget for the garden fence is gone.",
    "Then the fence has to wait until the spring.",
]


def records(texts: list[str], *cuts: int) -> list[SectionRecord]:
    """One record per block of `texts` between `cuts`, read by the shipped encoder."""
    reader, tagger = TransformerReader(Encoder.load(), WordPiece.load()), Tagger.load()
    segments, rows = [Segment(None, None, text) for text in texts], [tokenize(text) for text in texts]
    ends = [0, *cuts, len(texts)]
    return [build_record(a, segments[a:b], rows[a:b], tagger, [reader]) for a, b in itertools.pairwise(ends)]


def test_evidence_survives_json_and_joins_in_order() -> None:
    blocks = records(TALK, 1, 2)
    joined = merge_records(blocks)
    ((name, values),) = joined.evidence
    assert name == "transformer"
    assert len(values) == 3
    assert SectionRecord.from_dict(json.loads(json.dumps(joined.to_dict(), allow_nan=False))) == joined


def test_joined_blocks_add_up() -> None:
    first, second = records(TALK[:2], 1)
    joined = merge_records([first, second])
    stems = [candidate.stems for candidate in joined.candidates]
    battery = keyword_features(joined)[stems.index(("batteri",))]
    alone = [block.evidence[0][1][0]["keywords"]["batteri"] for block in (first, second)]
    assert [count for _, _, count in alone] == [1, 1]
    assert battery[KEYWORD_FEATURES.index("best")] == max(best for best, _, _ in alone) / STEP
    assert battery[KEYWORD_FEATURES.index("mean")] == sum(total for _, total, _ in alone) / (2 * STEP)


def test_a_candidate_that_was_never_read_counts_as_unlikely() -> None:
    (read,) = records(TALK[:2])
    old = replace(read, evidence=())
    assert (keyword_features(old)[:, :2] == UNREAD).all()
    scorer = TransformerKeywords(TransformerTable.load())
    assert max(scorer.score([old])[0]) < max(scorer.score([read])[0])


def test_the_same_word_counts_differently_elsewhere() -> None:
    about = ["The battery is the main problem, the battery of this phone dies after an hour."] * 3
    aside = ["We talked about paint for the kitchen, white paint, and somebody said battery by mistake."] * 3
    scorer = TransformerKeywords(TransformerTable.load())
    scores = []
    for texts in (about, aside):
        (record,) = records(texts)
        place = [candidate.stems for candidate in record.candidates].index(("batteri",))
        scores.append(scorer.score([record])[0][place])
    assert scores[0] > scores[1]


def test_a_section_unlike_the_recording_is_unique() -> None:
    sections = records([*TALK[:2] * 4, "Penguins breed on the ice of the far south in June."], 2, 4, 6, 8)
    unique = [row[1] for row in rating_features(sections)]
    assert unique[-1] == max(unique)


def test_nothing_said_is_nothing_read() -> None:
    (record,) = records([""])
    assert record.evidence == (("transformer", ({"keywords": {}, "rating": [0, 0], "vector": ""},)),)
    assert rating_features([record])[0][0] == 0.0
    assert TransformerKeywords(TransformerTable.load()).score([record]) == [[]]


@pytest.mark.parametrize("models", MODELS)
def test_every_choice_of_models_gives_an_outline(models: str) -> None:
    talk = [Segment(None, None, text) for text in TALK * 10]
    outline = SmartScroll(Options(models=models)).outline(talk)
    assert outline.sections[0].keywords


def test_the_transformer_changes_what_is_found() -> None:
    talk = [Segment(None, None, text) for text in TALK * 10]
    found = [
        [[keyword.score for keyword in section.keywords] for section in outline.sections]
        for outline in (SmartScroll(Options(models=models)).outline(talk) for models in MODELS)
    ]
    assert found[0] != found[1] != found[2]


def test_unknown_models_are_told() -> None:
    with pytest.raises(OptionError, match="'models' must be one of tfidf, transformer, both, got 'bert'"):
        Models.load("bert")


def test_a_session_read_with_the_transformer_goes_on_after_a_kill(tmp_path: Path) -> None:
    """Every block's evidence is the same; its first window often begins in a block that was closed before the kill."""
    talk, scroll = transcript(1, n_pieces=14), SmartScroll(Options(models="transformer", granularity=1.0))
    session = scroll.session(tmp_path / "journal.db")
    for at in range(0, len(talk), 60):
        session.feed(talk[at : at + 60])
        session.close()  # killed
        session = SmartScroll().resume(tmp_path / "journal.db")
    whole = scroll.session()
    whole.feed(talk)
    assert session.finish().to_dict() == whole.finish().to_dict()
    assert session.to_dict()["records"] == whole.to_dict()["records"]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The windows that the encoder has read since the test began."""
    windows: list[bytes] = []
    plain = Encoder.read

    def spy(self: Encoder, ids: npt.NDArray[np.int32]) -> WindowReading:
        windows.extend(row.tobytes() for row in ids)
        return plain(self, ids)

    monkeypatch.setattr(Encoder, "read", spy)
    return windows


def test_finish_reads_one_window_however_long_the_open_tail_is(read: list[bytes]) -> None:
    """One section that never ends, and a recording whose last words are still to be cut when it stops."""
    scroll = SmartScroll(Options(models="both", granularity=1.0))
    open_tail = [Segment(None, None, text) for text in TALK * 50]
    talk_with_topics = transcript(1, n_pieces=14)
    for talk, boundaries, cuts in ((open_tail, [], 0), (talk_with_topics, None, 1)):
        session = scroll.session(boundaries=boundaries)
        session.feed(talk)
        before, known = len(read), len(session._records)
        session.finish()
        assert len(read) - before <= 1
        assert len(session._records) - known > cuts


def test_each_window_is_read_once(read: list[bytes]) -> None:
    SmartScroll(Options(models="transformer", granularity=1.0)).outline(transcript(1, n_pieces=14))
    assert len(read) == len(set(read)) > 10


def test_an_outline_asked_for_just_before_a_section_ends_is_forgotten() -> None:
    """It shows the section without the words that follow; the closed section has been read with them."""
    talk, scroll, boundaries = transcript(1, n_pieces=14), SmartScroll(Options(models="both")), [40, 41, 90]
    session, early = scroll.session(boundaries=boundaries), []
    for number, segment in enumerate(talk):
        if number in boundaries:
            early.append(session.outline().sections[-1])
        session.feed(segment)
    assert session.finish().to_dict() == scroll.outline(talk, boundaries=boundaries).to_dict()
    assert [section.last_segment + 1 for section in early] == boundaries


def test_a_block_is_read_with_what_was_said_around_it() -> None:
    reader = TransformerReader(Encoder.load(), WordPiece.load())
    listener = reader.begin()
    texts = ["The battery of this phone is what we are here for."] * 9
    texts += ["That is the last of it, and the garden comes next.", *["The garden needs a fence."] * 30]
    segments, tagger = [Segment(None, None, text) for text in texts], Tagger.load()
    utterances = [observe(segment, tokenize(segment.text), tagger) for segment in segments]
    for utterance in utterances:
        listener.hear(utterance)
    listener.drop(9)
    inside = record_of(9, utterances[9:10], [listener])
    alone = build_record(
        9, segments[9:10], [tokenize(segments[9].text)], tagger, [TransformerReader(Encoder.load(), WordPiece.load())]
    )
    assert inside.evidence != alone.evidence
    assert replace(inside, evidence=()) == replace(alone, evidence=())


def test_windows_do_not_depend_on_their_neighbours() -> None:
    encoder = Encoder.load()
    ids = np.zeros((3, WINDOW), np.int32)
    ids[:, 0], ids[:, 5] = CLS, SEP
    ids[:, 1:5] = [[6046, 2166, 2003, 2204], [3871, 8638, 2003, 2204], [3462, 2000, 3000, 3892]]
    together = encoder.read(ids)
    for row in range(3):
        alone = encoder.read(ids[row : row + 1])
        assert np.array_equal(alone.keyword[0], together.keyword[row])
        assert np.array_equal(alone.sentence[0], together.sentence[row])


def test_damaged_and_missing_encoders_are_told(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"cannot read the encoder .*none\.tflite: No such file"):
        Encoder.load(tmp_path / "none.tflite")
    (tmp_path / "cut.tflite").write_bytes(ENCODER.read_bytes()[:5000])
    with pytest.raises(ArtifactError, match="LiteRT cannot run the encoder"):
        Encoder.load(tmp_path / "cut.tflite")


def test_the_shipped_pair_belongs_together() -> None:
    table = TransformerTable.load()
    table.check(Encoder.load())
    assert ENCODER.stat().st_size < 10_000_000
    with pytest.raises(ArtifactError, match="belongs to an encoder with the SHA-256 1111"):
        replace(table, encoder_sha256="1" * 64).check(Encoder.load())
