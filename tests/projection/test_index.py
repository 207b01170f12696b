import sys
from collections.abc import Iterator
from threading import Thread
from typing import Any

import fakeredis
import numpy as np
import pytest

from earmark.errors import MissingExtraError
from projection import NearIndex, Projection, ProjectionError
from projection.index import feature_sets, jaccard, near_pairs

TEXTS = [
    "hey, how's it going?",
    "the invoice is due on friday",
    "hey how's it going",
    "the invoice is due on Friday!",
    "what a lovely dog you have",
    "",
    "",
]


def test_near_texts_are_found_and_others_are_not() -> None:
    index = NearIndex(threshold=0.5)
    index.add_many((str(number), text) for number, text in enumerate(TEXTS[:5]))
    assert len(index) == 5
    assert index.query("Hey how's it going??") == ["0", "2"]
    assert index.query("completely unrelated words here") == []
    assert "1" in index
    index.remove("1")
    assert "1" not in index
    assert index.query("the invoice is due on friday") == ["3"]


def test_edges_are_the_pairs_whose_features_overlap_enough() -> None:
    pairs = list(near_pairs(TEXTS, threshold=0.5))
    assert [(i, j) for i, j, _ in pairs] == [(0, 2), (1, 3)]
    sets = feature_sets(TEXTS, Projection())
    for i, j, similarity in pairs:
        assert similarity == jaccard(sets[i], sets[j]) >= 0.5


def test_edges_are_nearly_those_of_every_pair_compared() -> None:
    rng = np.random.default_rng(0)
    words = ["red", "green", "blue", "cat", "dog", "runs", "sleeps", "today", "again", "home"]
    texts = [" ".join(words[k] for k in rng.integers(0, len(words), 4)) for _ in range(150)]
    sets = feature_sets(texts, Projection())
    every = {(i, j) for j in range(150) for i in range(j) if jaccard(sets[i], sets[j]) >= 0.6}
    found = {(i, j) for i, j, _ in near_pairs(texts, threshold=0.6, num_perm=256)}
    assert found <= every
    assert len(found) >= 0.9 * len(every) > 10


def test_jaccard_worked_values() -> None:
    a, b = np.asarray([1, 2, 3], np.uint32), np.asarray([2, 3, 4], np.uint32)
    assert jaccard(a, b) == 0.5
    assert jaccard(a[:0], b[:0]) == 1.0


def test_wrong_use_is_told() -> None:
    with pytest.raises(ProjectionError, match=r"threshold above 0 .* got threshold=0.0, num_perm=128"):
        NearIndex(threshold=0.0)
    with pytest.raises(ProjectionError, match="storage type must be one of dict, redis, cassandra; got 'mongo'"):
        NearIndex(storage_config={"type": "mongo"})
    index = NearIndex()
    index.add("a", "hello there")
    with pytest.raises(ProjectionError, match="already has the key 'a'"):
        index.add("a", "hello again")
    with pytest.raises(ProjectionError, match="has no key 'b' to remove"):
        index.remove("b")


@pytest.fixture
def redis_storage() -> Iterator[dict[str, Any]]:
    """The configuration of a store that speaks Redis's protocol over a socket of its own."""
    server = fakeredis.TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield {"type": "redis", "basename": b"messages", "redis": {"host": "127.0.0.1", "port": server.server_address[1]}}
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_index_in_redis_is_found_again_and_answers_as_one_in_memory(redis_storage: dict[str, Any]) -> None:
    items = [(str(number), text) for number, text in enumerate(TEXTS[:5])]
    memory, first = NearIndex(threshold=0.5), NearIndex(threshold=0.5, storage_config=redis_storage)
    memory.add_many(items)
    first.add_many(items)
    del first
    again = NearIndex(threshold=0.5, storage_config=redis_storage)
    assert len(again) == 5
    assert [again.query(text) for text in TEXTS] == [memory.query(text) for text in TEXTS]
    assert again.query("Hey how's it going??") == ["0", "2"]
    again.remove("0")
    with pytest.raises(ProjectionError, match="already has the key '2'"):
        again.add("2", "something else")
    third = NearIndex(threshold=0.5, storage_config=redis_storage)
    assert "0" not in third
    assert third.query("Hey how's it going??") == ["2"]
    assert len(NearIndex(threshold=0.5, storage_config={**redis_storage, "basename": b"others"})) == 0


def test_a_store_that_is_away_is_told() -> None:
    with pytest.raises(ProjectionError, match=r"cannot reach its redis store: .*127\.0\.0\.1:1.*storage_config"):
        NearIndex(storage_config={"type": "redis", "basename": b"x", "redis": {"host": "127.0.0.1", "port": 1}})


def test_a_missing_redis_driver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)  # what Python itself does for a module that must not be found
    message = r"with redis storage needs the package 'redis'.*pip install 'earmark\[redis\]'"
    with pytest.raises(MissingExtraError, match=message):
        NearIndex(storage_config={"type": "redis", "basename": b"x", "redis": {"host": "localhost", "port": 6379}})


def test_without_datasketch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasketch", None)
    with pytest.raises(MissingExtraError, match=r"near-duplicate index needs .*'datasketch'.*earmark\[train\]"):
        NearIndex()
