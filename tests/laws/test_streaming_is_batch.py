"""The law of live sessions: however the segments arrive, the outline is the batch call's, byte for byte."""

import json
import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recorder import Options, Segment, Session, SmartScroll
from tests.laws.material import transcript

pytestmark = pytest.mark.runtime

OPTIONS = [
    Options(),
    Options(granularity=1.0, keywords=3),
    Options(granularity=0.2, highlights=2),
    Options(sections=4),
    Options(models="both"),
    Options(models="transformer", granularity=0.8),
]
SCROLLS = [SmartScroll(options) for options in OPTIONS]


def save_and_restore(scroll: SmartScroll, session: Session) -> Session:
    return scroll.restore(json.loads(json.dumps(session.to_dict())))


def run(scroll: SmartScroll, segments: list[Segment], rng: random.Random, boundaries: list[int] | None) -> str:
    """Feed in random chunks, asking for outlines and saving and restoring at random moments."""
    session = scroll.session(source="x", boundaries=boundaries)
    at = 0
    while at < len(segments):
        size = rng.choice([1, 1, 2, 3, 7, 20, 100])
        chunk = segments[at : at + size]
        session.feed(chunk[0] if len(chunk) == 1 and rng.random() < 0.5 else iter(chunk))
        at += size
        if rng.random() < 0.15 and any(segment.text.strip(" .,") for segment in segments[:at]):
            session.outline()
        if rng.random() < 0.15:
            session = save_and_restore(scroll, session)
    first = session.finish().to_json()
    assert session.finish().to_json() == first
    assert save_and_restore(scroll, session).finish().to_json() == first
    return first


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), which=st.integers(0, len(SCROLLS) - 1))
@example(seed=29034971, which=4)  # an outline just before a given boundary: the same segments, other words after them
def test_any_chunking_gives_the_batch_outline(seed: int, which: int) -> None:
    scroll, rng, segments = SCROLLS[which], random.Random(seed), transcript(seed)
    boundaries = None
    if rng.random() < 0.2:
        boundaries = sorted({rng.randrange(len(segments)) for _ in range(rng.randint(0, 5))})
    batch = scroll.session(source="x", boundaries=boundaries)
    batch.feed(segments)
    assert run(scroll, segments, rng, boundaries) == batch.finish().to_json()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), which=st.integers(0, len(SCROLLS) - 1), cut=st.booleans())
def test_outlines_in_between_change_nothing(seed: int, which: int, cut: bool) -> None:
    """An outline after every chunk, among them all that are asked for just before a section ends; each is that of the
    segments so far, and none leaves a trace."""
    scroll, rng, segments = SCROLLS[which], random.Random(seed), transcript(seed, n_pieces=3)
    boundaries = sorted(rng.sample(range(len(segments)), min(8, len(segments)))) if cut else None
    session, looked = scroll.session(source="x", boundaries=boundaries), set(rng.sample(range(len(segments)), 2))
    for i, segment in enumerate(segments):
        session.feed(segment)
        if not any(one.text.strip(" .,") for one in segments[: i + 1]):
            continue
        shown = session.outline()
        if i in looked:
            fresh = scroll.session(source="x", boundaries=boundaries)
            fresh.feed(segments[: i + 1])
            assert shown.to_json() == fresh.outline().to_json()
            session = save_and_restore(scroll, session) if rng.random() < 0.5 else session
    batch = scroll.session(source="x", boundaries=boundaries)
    batch.feed(segments)
    assert session.finish().to_json() == batch.finish().to_json()


def test_the_batch_call_is_a_session_fed_at_once() -> None:
    segments = transcript(5)
    session = SCROLLS[0].session()
    session.feed(segments)
    assert SCROLLS[0].outline(segments).to_json() == session.finish().to_json()


@pytest.mark.parametrize("seed", range(8))
def test_a_begun_section_never_moves(seed: int) -> None:
    """What `feed` reports, and the closed sections that `outline` shows, stay in every later outline."""
    scroll, segments = SCROLLS[0], transcript(seed, n_pieces=25)
    session, begun = scroll.session(), [0]
    for segment in segments:
        begun += session.feed(segment)
        if segment.text and session.n_segments % 50 == 0:
            shown = [section.first_segment for section in session.outline().sections]
            assert shown == begun[: len(shown)] or shown[:1] != [0]
    final = [section.first_segment for section in session.finish().sections]
    assert final[: len(begun)] == begun


@pytest.mark.parametrize("seed", range(8))
def test_sections_cover_every_segment_once(seed: int) -> None:
    segments = transcript(seed, n_pieces=12)
    sections = SCROLLS[seed % len(SCROLLS)].outline(segments).sections
    covered = [i for section in sections for i in range(section.first_segment, section.last_segment + 1)]
    assert covered == list(range(len(segments)))
    assert [section.id for section in sections] == [f"s{i}" for i in range(1, len(sections) + 1)]
