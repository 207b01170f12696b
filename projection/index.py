"""Near-duplicate messages: a MinHash LSH index over the projection's features (`datasketch`, extra `train`).

The features of a text are those of the message level (character n-grams, tokens, pairs of tokens), taken as a set.
Two texts are near when their sets overlap: the Jaccard similarity, shared features over all features of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import MissingExtraError, require_extra
from projection.config import Projection
from projection.errors import ProjectionError
from projection.reference import message_features
from projection.rows import encode_batch

__all__ = ["NearIndex", "jaccard", "near_pairs"]

_BATCH = 1024
_FEATURE = "The near-duplicate index"


class NearIndex:
    """Texts by key; `query` finds those whose feature sets overlap by about `threshold` or more.

    `num_perm` hash functions estimate the overlap: more find near texts more surely and cost more memory.
    `storage_config` goes to datasketch as it is, for example ``{"type": "redis", "basename": b"messages", "redis":
    {"host": "localhost", "port": 6379}}`` (extra `redis`); the same basename opens the same index again, in this
    process or another. Keys are stored as their UTF-8 bytes and never pickled. Candidates are exactly what the hashing
    finds: compare with `jaccard` where a wrong candidate matters, or use `near_pairs`, which does.

    Raises:
        MissingExtraError: datasketch, or the driver of the storage, is not installed.
        ProjectionError: a threshold or num_perm out of range, or a store that cannot be reached.
    """

    def __init__(
        self,
        projection: Projection | None = None,
        *,
        threshold: float = 0.5,
        num_perm: int = 128,
        storage_config: Mapping[str, Any] | None = None,
    ) -> None:
        if not 0.0 < threshold <= 1.0 or num_perm < 2:
            raise ProjectionError(
                "the near-duplicate index needs a threshold above 0 and at most 1, and num_perm of 2 or more; "
                f"got threshold={threshold}, num_perm={num_perm}."
            )
        sketch = require_extra("datasketch", extra="train", feature=_FEATURE)
        config = dict(storage_config) if storage_config else {"type": "dict"}
        _check_driver(config)
        self.projection = projection or Projection()
        self._num_perm = num_perm
        self._minhash = sketch.MinHash
        self._errors = _store_errors(config)
        try:
            self._lsh = sketch.MinHashLSH(
                threshold=threshold, num_perm=num_perm, storage_config=config, prepickle=False
            )
            len(self._lsh.keys.keys())  # the first word with the store: better here than in the first insert
        except self._errors as error:
            raise _unreachable(config, error) from error

    def add(self, key: str, text: str | bytes) -> None:
        """Put one text in; its key must be new."""
        self.add_many([(key, text)])

    def add_many(self, items: Iterable[tuple[str, str | bytes]]) -> None:
        """Put texts in, in batches; a key that is there already is an error and stops before its text."""
        for keys, sketches in self._sketches(items):
            for key, sketch in zip(keys, sketches, strict=True):
                name = key.encode("utf-8")
                if name in self._lsh:
                    raise ProjectionError(
                        f"the near-duplicate index already has the key {key!r}. Remove it first, or use another key."
                    )
                self._lsh.insert(name, sketch, check_duplication=False)

    def add_new(self, items: Iterable[tuple[str, str | bytes]]) -> Iterator[bool]:
        """Put in those texts that nothing in the index is near to; for each in turn whether something was."""
        for keys, sketches in self._sketches(items):
            for key, sketch in zip(keys, sketches, strict=True):
                near = bool(self._lsh.query(sketch))
                if not near:
                    self._lsh.insert(key.encode("utf-8"), sketch, check_duplication=False)
                yield near

    def query(self, text: str | bytes) -> list[str]:
        """Keys of the texts that are probably near, sorted."""
        [(_, [sketch])] = self._sketches([("", text)])
        return sorted(key.decode("utf-8") for key in self._lsh.query(sketch))

    def remove(self, key: str) -> None:
        """Take a text out by its key."""
        if key not in self:
            raise ProjectionError(f"the near-duplicate index has no key {key!r} to remove.")
        self._lsh.remove(key.encode("utf-8"))

    def __contains__(self, key: str) -> bool:
        return key.encode("utf-8") in self._lsh

    def __len__(self) -> int:
        return len(self._lsh.keys.keys())

    def _sketches(self, items: Iterable[tuple[str, str | bytes]]) -> Iterator[tuple[list[str], list[Any]]]:
        batch: list[tuple[str, str | bytes]] = []
        for item in items:
            batch.append(item)
            if len(batch) == _BATCH:
                yield self._sketch_batch(batch)
                batch = []
        if batch:
            yield self._sketch_batch(batch)

    def _sketch_batch(self, batch: list[tuple[str, str | bytes]]) -> tuple[list[str], list[Any]]:
        sets = feature_sets([text for _, text in batch], self.projection)
        # The features are hashes already: hand them through as they are.
        sketches = self._minhash.bulk(
            [one.tolist() for one in sets], num_perm=self._num_perm, seed=self.projection.seed, hashfunc=_itself
        )
        return [key for key, _ in batch], sketches


def feature_sets(texts: Sequence[str | bytes], projection: Projection) -> list[NDArray[np.uint32]]:
    """Each text's distinct message-level features, sorted; uint32."""
    bag = message_features(encode_batch(texts, projection.n_bytes), projection)
    bounds = np.searchsorted(bag.row, np.arange(len(texts) + 1))
    return [np.unique(bag.hash[low:high]) for low, high in pairwise(bounds.tolist())]


def jaccard(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> float:
    """Shared features over all features of two sets; two empty sets are alike (1.0)."""
    shared = len(np.intersect1d(first, second, assume_unique=True))
    every = len(first) + len(second) - shared
    return shared / every if every else 1.0


def near_pairs(
    texts: Sequence[str | bytes],
    projection: Projection | None = None,
    *,
    threshold: float = 0.5,
    num_perm: int = 128,
) -> Iterator[tuple[int, int, float]]:
    """Graph edges: (i, j, Jaccard similarity) with i < j and similarity of `threshold` or more, by j, then i.

    The index proposes, the feature sets decide: no pair below the threshold is given, a few above it may be missed
    (fewer with more `num_perm`). Texts without any feature have no edges.
    """
    projection = projection or Projection()
    # At its threshold the hashing finds about half of the pairs: let it propose from a lower one.
    index = NearIndex(projection, threshold=0.75 * threshold, num_perm=num_perm)
    sets: list[NDArray[np.uint32]] = []
    for start in range(0, len(texts), _BATCH):
        part = list(texts[start : start + _BATCH])
        sets += feature_sets(part, projection)
        _, sketches = index._sketch_batch([("", text) for text in part])
        for j, sketch in enumerate(sketches, start):
            if len(sets[j]) == 0:
                continue
            for i in sorted(int(key) for key in index._lsh.query(sketch)):
                similarity = jaccard(sets[i], sets[j])
                if similarity >= threshold:
                    yield i, j, similarity
            index._lsh.insert(str(j).encode("ascii"), sketch, check_duplication=False)


def _itself(value: int) -> int:
    return value


def _check_driver(config: Mapping[str, Any]) -> None:
    kind = config.get("type")
    drivers = {"dict": None, "redis": "redis", "cassandra": "cassandra"}
    if kind not in drivers:
        raise ProjectionError(f"the storage type must be one of {', '.join(drivers)}; got {kind!r}.")
    module = drivers[kind]
    if module is None:
        return
    feature = f"{_FEATURE} with {kind} storage"
    if kind == "redis":
        require_extra(module, extra="redis", feature=feature)
        return
    try:
        import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{feature} needs the package 'cassandra-driver', which is not installed. "
            "Install it with: pip install cassandra-driver"
        ) from error


def _store_errors(config: Mapping[str, Any]) -> tuple[type[Exception], ...]:
    if config["type"] == "redis":
        return (import_module("redis").exceptions.RedisError, OSError)
    return (OSError,)


def _unreachable(config: Mapping[str, Any], error: Exception) -> ProjectionError:
    # The configuration itself may hold a password: the driver's own words name host and port.
    return ProjectionError(
        f"{_FEATURE} cannot reach its {config['type']} store: {str(error).rstrip('.')}. "
        "Check that the server runs and that storage_config names its host and port."
    )
