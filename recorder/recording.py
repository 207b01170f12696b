"""The sections of one recording as numbers: what makes an outline cheap to ask for.

Stems and candidates get numbers in the order in which they are met, so that counting over the whole recording is
adding up arrays. Everything that depends on one section alone sits in its `SectionTable`, is computed once when the
section is settled, and is used again by every later outline. All counts are whole numbers, which float64 adds exactly
in any order; the numbers themselves never reach a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from recorder.records import SectionRecord

__all__ = ["Recording", "SectionTable", "Vocabulary"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Vocabulary:
    """Numbers for stems and for candidates (tuples of stems); they only ever grow."""

    def __init__(self) -> None:
        self.stems: dict[str, int] = {}
        self.candidates: dict[tuple[str, ...], int] = {}


@dataclass(frozen=True, slots=True, eq=False)
class SectionTable:
    """One section's counts as arrays; n candidates, s stems in them, w content words.

    Attributes:
        counts: shape (n, 8): the numbers of `CandidateRecord`, count to last, in its order.
        candidates: shape (n,): candidate numbers.
        stems: shape (s,): stem numbers of the candidates, one candidate after the other.
        lengths: shape (n,): stems of each candidate.
        starts: shape (n,): where each candidate's stems begin in `stems`.
        rarest: shape (n,): how often the section says the rarest of the candidate's stems.
        words: shape (w, 3): stem number, count, count as a verb.
        memo: what a scorer has worked out from this section alone, by scorer.
    """

    counts: Floats
    candidates: Ints
    stems: Ints
    lengths: Ints
    starts: Ints
    rarest: Floats
    words: Ints
    memo: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, record: SectionRecord, vocabulary: Vocabulary) -> SectionTable:
        """The arrays of one record; new stems and candidates are added to the vocabulary."""
        numbers, keys = vocabulary.stems, vocabulary.candidates
        words = [(numbers.setdefault(stem, len(numbers)), count, verbs) for stem, count, verbs in record.words]
        said = {word[0]: word[1] for word in record.words}
        candidates = record.candidates
        lengths = np.array([len(candidate.stems) for candidate in candidates], dtype=np.int64)
        return cls(
            counts=np.array([candidate[1:9] for candidate in candidates], dtype=np.float64).reshape(-1, 8),
            candidates=np.array([keys.setdefault(candidate.stems, len(keys)) for candidate in candidates], np.int64),
            stems=np.array(
                [numbers.setdefault(stem, len(numbers)) for candidate in candidates for stem in candidate.stems],
                np.int64,
            ),
            lengths=lengths,
            starts=np.cumsum(lengths) - lengths,
            rarest=np.array(
                [min(said.get(stem, 0) for stem in candidate.stems) for candidate in candidates], np.float64
            ),
            words=np.array(words, dtype=np.int64).reshape(-1, 3),
        )


class Recording(Sequence[SectionRecord]):
    """A sequence of section records with its counts over the whole recording.

    Args:
        sections: the records, in order.
        tables: their tables, if they are there already, made with `vocabulary`.
        vocabulary: the numbers used in `tables`.
    """

    def __init__(
        self,
        sections: Iterable[SectionRecord],
        tables: Sequence[SectionTable] | None = None,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self._sections = tuple(sections)
        self.vocabulary = vocabulary or Vocabulary()
        self.tables = tables or [SectionTable.of(section, self.vocabulary) for section in self._sections]

    @classmethod
    def of(cls, sections: Sequence[SectionRecord]) -> Recording:
        """`sections` itself when it is a recording, else one made of it."""
        return sections if isinstance(sections, cls) else cls(sections)

    @overload
    def __getitem__(self, index: int) -> SectionRecord: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[SectionRecord]: ...
    def __getitem__(self, index: int | slice) -> SectionRecord | Sequence[SectionRecord]:
        return self._sections[index]

    def __len__(self) -> int:
        return len(self._sections)

    def __iter__(self) -> Iterator[SectionRecord]:
        return iter(self._sections)

    @cached_property
    def sizes(self) -> Ints:
        """Candidates of each section; shape (sections,)."""
        return np.array([len(table.candidates) for table in self.tables], dtype=np.int64)

    @cached_property
    def owner(self) -> Ints:
        """The section of each candidate; shape (candidates,), as everything below that is per candidate."""
        return np.repeat(np.arange(len(self.tables)), self.sizes)

    @cached_property
    def counts(self) -> Floats:
        """Each candidate's occurrences in its section."""
        return self.joined([table.counts[:, 0] for table in self.tables])

    @cached_property
    def total(self) -> Floats:
        """Each candidate's occurrences in the recording."""
        sums = np.bincount(self._candidates, weights=self.counts)
        return sums.astype(np.float64, copy=False)[self._candidates]

    @cached_property
    def present(self) -> Floats:
        """In how many sections each candidate occurs."""
        return np.bincount(self._candidates)[self._candidates].astype(np.float64)

    @cached_property
    def said(self) -> Floats:
        """How often the recording says each stem, by stem number."""
        return self._by_stem(self._words[:, 1])

    @cached_property
    def as_verb(self) -> Floats:
        """How often each stem is a verb, by stem number."""
        return self._by_stem(self._words[:, 2])

    @cached_property
    def verb_share(self) -> Floats:
        """The largest share of verbs among each candidate's stems."""
        share = self.as_verb / np.maximum(self.said, 1.0)
        parts = [
            np.maximum.reduceat(share[table.stems], table.starts) for table in self.tables if len(table.candidates)
        ]
        return self.joined(parts)

    @cached_property
    def own_share(self) -> list[float]:
        """For each section, how much of its content words' use in the recording is its own: mean of count / total."""
        shares = []
        for section, table in zip(self._sections, self.tables, strict=True):
            counts = table.words[:, 1].astype(np.float64)
            shares.append(float(np.sum(counts * counts / self.said[table.words[:, 0]])) / (section.n_content + 1))
        return shares

    def joined(self, parts: Sequence[Floats]) -> Floats:
        """One array of the sections' arrays."""
        return np.concatenate(parts) if parts else np.zeros(0)

    def split(self, values: Floats) -> list[list[float]]:
        """One row per section of an array over all candidates."""
        ends = np.cumsum(self.sizes)
        return [values[end - size : end].tolist() for end, size in zip(ends, self.sizes, strict=True)]

    def _by_stem(self, counts: Ints) -> Floats:
        sums = np.bincount(self._words[:, 0], weights=counts, minlength=len(self.vocabulary.stems))
        return sums.astype(np.float64, copy=False)

    @cached_property
    def _candidates(self) -> Ints:
        parts = [table.candidates for table in self.tables]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    @cached_property
    def _words(self) -> Ints:
        parts = [table.words for table in self.tables]
        return np.concatenate(parts) if parts else np.zeros((0, 3), dtype=np.int64)
