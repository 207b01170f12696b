"""The trained sectioner: the streaming law, odd inputs, and a transcript with clear topics, also when stripped bare."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recorder
from earmark.artifacts import load_table, save_table
from earmark.errors import ArtifactError
from recorder.errors import SessionError
from recorder.sectioner import Cut, TrainedSectioner, load_section_model, select_cuts
from recorder.text import tokenize
from recorder.transcript import Segment

pytestmark = pytest.mark.runtime

TABLE = Path(recorder.__file__).parent / "pretrained" / "en" / "sections.json"

# Four topics of a made-up allotment club; each list is one topic, each line one turn.
TOPICS = [
    [
        "Good evening everyone, thanks for coming. First the water tank.",
        "The tank behind the shed leaks at the tap and half the rain water is gone by Monday.",
        "I looked at the tap, the washer is worn, the tank itself is sound.",
        "A washer costs two pounds, a new tank costs ninety.",
        "Then we change the washer and paint the tank before the frost.",
        "I can bring the washer and fit the tap on Saturday morning.",
        "The tank should be emptied the evening before, otherwise the tap cannot be taken off.",
        "Good, so the tank is settled, the washer on Saturday.",
    ],
    [
        "Okay, so let's move on to the next item, the seed order.",
        "Last year the beans came late and the carrot seed was old.",
        "The catalogue has a runner bean that stands the wind, and three kinds of carrot.",
        "We need four packets of bean seed and six packets of carrot seed.",
        "My neighbour saves his own carrot seed, the packets are cheaper than the catalogue.",
        "Do his carrots come up straight? Mine from the catalogue forked.",
        "They forked because of the stones, the seed was fine.",
        "So four packets of beans from the catalogue and the carrot seed from your neighbour.",
    ],
    [
        "Alright, the next thing on the agenda is the bees.",
        "The school wants to put two hives at the end of the orchard path.",
        "Hives near the path worry me, my grandson is allergic to a sting.",
        "The beekeeper says the hives can face the hedge, then bees fly up and over.",
        "Bees would help the apple blossom, the orchard gave little fruit.",
        "A fence round the hives and a sign at the path, would that do?",
        "With a fence I can live with the hives.",
        "Then the school may bring the bees in April, hives behind a fence.",
    ],
    [
        "Okay, moving on. Let's talk about the summer party and the money.",
        "The party cost two hundred last summer, most of it for the band and the tent.",
        "The account has three hundred and twenty, the rent for the field comes out in June.",
        "We could ask five pounds for a ticket to the party and let children in free.",
        "The band would play for a hundred if we feed them.",
        "Without a tent the party depends on the weather, remember the storm.",
        "My brother lends us his tent for nothing.",
        "So tickets at five pounds, the band for a hundred, no rent for the tent.",
    ],
]  # fmt: skip
SPEAKERS = ["Chair", "Ada", "Ben", "Cleo", "Dev", "Ben", "Ada", "Chair"]


def club(*, bare: bool = False) -> tuple[list[Segment], list[int]]:
    """The club's meeting, each topic discussed at some length, and the first segments of its later topics."""
    segments: list[Segment] = []
    firsts = []
    time = 0.0
    for topic in TOPICS:
        firsts.append(len(segments))
        lines = list(topic)
        for opening in ("Yes, and ", "", "I still say ", "True, "):
            lines += [f"{opening}{line[0].lower()}{line[1:]}" for line in topic[1:7]]
        time += 4.0  # a silence before every topic
        for turn, line in enumerate(lines):
            if bare:
                text = "".join(c for c in line.lower() if c.isalnum() or c in " '")
                segments.append(Segment(None, None, text))
            else:
                segments.append(Segment(time, time + 4.0, line, "Chair" if not turn else SPEAKERS[1 + turn % 6]))
            time += 4.2
    return segments, firsts[1:]


def run(segments: Sequence[Segment]) -> list[Cut]:
    sectioner = TrainedSectioner.load()
    cuts = [cut for segment in segments for cut in sectioner.feed(segment, tokenize(segment.text))]
    return cuts + sectioner.finish()


def found(cuts: Sequence[Cut], gold: Sequence[int]) -> int:
    return sum(any(abs(cut.segment - first) <= 1 for cut in cuts) for first in gold)


def test_finds_the_topics_of_a_clear_meeting() -> None:
    segments, gold = club()
    assert found(select_cuts(run(segments), sections=5), gold) == 3  # and one after the greeting


def test_finds_most_topics_without_times_speakers_case_and_marks() -> None:
    segments, gold = club(bare=True)
    assert found(select_cuts(run(segments), sections=4), gold) >= 2


def test_case_and_marks_change_nothing_but_questions() -> None:
    segments, _ = club(bare=True)
    shouted = [Segment(None, None, segment.text.upper() + " !") for segment in segments]
    assert run(shouted) == run(segments)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_tiny_recordings(count: int) -> None:
    segments = [Segment(None, None, "okay next item") for _ in range(count)]
    cuts = run(segments)
    assert all(0 < cut.segment < count and 0 <= cut.strength <= 1 for cut in cuts)


def test_empty_segments_never_begin_a_section() -> None:
    segments, _ = club()
    spaced = [piece for segment in segments for piece in (segment, Segment(None, None, " ... "))]
    assert [(cut.segment // 2, cut.strength) for cut in run(spaced)] == [
        (cut.segment, cut.strength) for cut in run(segments)
    ]
    assert all(cut.segment % 2 == 0 for cut in run(spaced))


def test_ten_thousand_empty_segments() -> None:
    assert run([Segment(None, None, "")] * 10_000) == []


def test_a_giant_segment_is_one_place() -> None:
    giant = Segment(0.0, 9000.0, "the harvest " * 20_000, "A")
    sectioner = TrainedSectioner.load()
    cuts = []
    for segment in (Segment(None, None, "Good morning.", "B"), giant, Segment(None, None, "Okay, next item.", "B")):
        cuts += sectioner.feed(segment, tokenize(segment.text))
    assert len(json.dumps(sectioner.to_dict())) < 100_000
    cuts += sectioner.finish()
    assert {cut.segment for cut in cuts} <= {1, 2}


def test_the_state_does_not_grow() -> None:
    segments, _ = club()
    sectioner = TrainedSectioner.load()
    sizes = []
    for _ in range(12):
        for segment in segments:
            sectioner.feed(segment, tokenize(segment.text))
        sizes.append(len(json.dumps(sectioner.to_dict())))
    assert max(sizes) < 250_000
    assert max(sizes[8:]) < 1.25 * max(sizes[3:8])


def test_cuts_come_late_by_a_bounded_number_of_words() -> None:
    segments, _ = club()
    segments = segments * 4
    words = [sum(token.text[0].isalnum() for token in tokenize(segment.text)) for segment in segments]
    sectioner = TrainedSectioner.load()
    for index, segment in enumerate(segments):
        for cut in sectioner.feed(segment, tokenize(segment.text)):
            assert sum(words[cut.segment : index]) <= 750 + 3 * max(words)


PIECES = st.lists(
    st.builds(
        Segment,
        st.none() | st.floats(0, 1e6),
        st.none() | st.floats(0, 1e6),
        st.sampled_from([line for topic in TOPICS for line in topic] + ["", "?", "Mm-hmm.", "Okay.", "so next"])
        | st.text(max_size=30),
        st.none() | st.sampled_from(["A", "B", "Project Manager", ""]),
    ),
    max_size=60,
)


@settings(max_examples=25, deadline=None)
@given(PIECES, st.integers(0, 2**60))
def test_saving_and_restoring_changes_nothing(segments: list[Segment], where: int) -> None:
    segments = segments * 3
    expected = run(segments)
    sectioner = TrainedSectioner.load()
    cuts: list[Cut] = []
    for index, segment in enumerate(segments):
        cuts += sectioner.feed(segment, tokenize(segment.text))
        if where >> (index % 60) & 1:
            sectioner = TrainedSectioner.from_dict(json.loads(json.dumps(sectioner.to_dict())))
    assert cuts + sectioner.finish() == expected
    assert [cut.segment for cut in expected] == sorted({cut.segment for cut in expected})


def test_saving_and_restoring_at_every_step_of_a_long_meeting() -> None:
    segments, _ = club()
    segments = segments * 3
    sectioner = TrainedSectioner.load()
    cuts: list[Cut] = []
    for segment in segments:
        cuts += sectioner.feed(segment, tokenize(segment.text))
        sectioner = TrainedSectioner.from_dict(json.loads(json.dumps(sectioner.to_dict())))
    assert cuts + sectioner.finish() == run(segments)


def test_feeding_after_the_end_is_an_error() -> None:
    sectioner = TrainedSectioner.load()
    assert sectioner.finish() == []
    with pytest.raises(SessionError, match=r"feed\(\) was called after finish\(\)"):
        sectioner.feed(Segment(None, None, "more"), tokenize("more"))
    assert sectioner.finish() == []


def test_a_table_for_other_features_is_refused(tmp_path: Path) -> None:
    body = load_table(TABLE, kind="sections", version=1)
    body["features"] = body["features"][1:]
    path = tmp_path / "sections.json"
    save_table(path, kind="sections", version=1, body=body)
    with pytest.raises(ArtifactError, match="Retrain it with: earmark distill sections"):
        load_section_model(path)
