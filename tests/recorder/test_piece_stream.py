"""A recording as windows that stay where they are while it goes on, whatever blocks it is divided into."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.encoder_windows import PIECES, WINDOW
from recorder.piece_stream import PieceStream, window_starts
from recorder.text import tokenize
from recorder.wordpiece import WordPiece

pytestmark = pytest.mark.runtime

CUTTER = WordPiece.load()
WORDS = [
    "the",
    "of",
    "pump",
    "oil",
    "garden",
    "gate",
    "roof",
    "fence",
    "winter",
    "spring",
    "battery",
    "budget",
    "phone",
]


def said(sizes: list[int]) -> list[str]:
    """Segments of so many words of one piece each, all different in order."""
    rng = np.random.default_rng(len(sizes))
    return [" ".join(rng.choice(WORDS, size)) for size in sizes]


def hear(stream: PieceStream, texts: list[str]) -> None:
    for text in texts:
        stream.hear(text, tokenize(text))


def test_windows_stay_where_they_are() -> None:
    stream = PieceStream(CUTTER)
    hear(stream, said([100, 25]))
    assert stream.full() == []
    hear(stream, said([1]))
    assert stream.full() == [0]
    before = stream.window(0)
    hear(stream, said([200]))
    assert stream.full() == [0, 110]
    assert np.array_equal(stream.window(0), before)
    assert window_starts(stream.end).tolist() == [0, 110, 200]


def test_a_window_reaches_over_the_edges_of_a_block() -> None:
    texts = said([150, 20, 150])
    stream = PieceStream(CUTTER)
    hear(stream, texts)
    stream.drop(1)
    block = stream.block(1)
    assert block.starts.tolist() == [110 - 150]
    ids = [piece for text in texts for piece in CUTTER.ids(text)]
    assert block.ids[0, 1:-1].tolist() == ids[110 : 110 + PIECES]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 150), min_size=1, max_size=25), st.data())
def test_every_piece_is_read_once_whatever_the_blocks(sizes: list[int], data: st.DataObject) -> None:
    """Each block's pieces, looked up where its windows have them, are those of its text; windows that `full` has named
    are found as they were; and a stream that was saved and begun again gives the same."""
    texts = said(sizes)
    stream = PieceStream(CUTTER)
    open_texts: list[str] = []
    known: dict[int, bytes] = {}
    for text in texts:
        hear(stream, [text])
        open_texts.append(text)
        known |= {start: stream.window(start).tobytes() for start in stream.full() if start not in known}
        if data.draw(st.integers(0, 3)) == 0:
            again = PieceStream(CUTTER, json.loads(json.dumps(stream.to_dict())))
            hear(again, open_texts)
            stream = again
        if data.draw(st.integers(0, 2)) == 0:
            n = data.draw(st.integers(1, len(open_texts)))
            block, owners = stream.block(n), stream.block(n).owners()
            ids = [piece for part in open_texts[:n] for piece in CUTTER.ids(part)]
            assert len(block.tokens) == len(ids)
            at = np.arange(len(ids)) - block.starts[owners] + 1
            assert block.ids[owners, at].tolist() == ids
            assert set(owners.tolist()) == set(range(len(block)))
            for start, length, row in zip(block.starts, block.lengths, block.ids, strict=True):
                place = stream.begin + int(start)
                assert np.count_nonzero(row) == length == min(stream.end, WINDOW - 2) + 2
                assert known.get(place, row.tobytes()) == row.tobytes()
                assert place in known or place + PIECES >= stream.end
            stream.drop(n)
            del open_texts[:n]


def test_what_is_kept_does_not_grow_with_the_recording() -> None:
    stream = PieceStream(CUTTER)
    for _ in range(50):
        hear(stream, said([100]))
        stream.drop(1)
    assert len(stream.to_dict()["before"]) == PIECES - 1
    assert len(stream._ids) == PIECES - 1
    assert stream.end == stream.begin == 5000


def test_segments_without_a_piece_are_heard() -> None:
    stream = PieceStream(CUTTER)
    hear(stream, ["", " ", "roof", ""])
    assert len(stream.block(2)) == 0
    stream.drop(2)
    assert stream.block(2).ids[0, 1] == CUTTER.ids("roof")[0]
    assert stream.block(2).segments.tolist() == [0]
