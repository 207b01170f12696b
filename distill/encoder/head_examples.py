"""The examples as arrays: what a trainer iterates over, and a file of them.

Everything is in the order of the sections, so windows, candidates and places of one section lie together.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from distill.corpora import CorpusError
from distill.encoder.keyword_labels import SOURCE_WEIGHTS, Marks
from distill.encoder.section_labels import RATINGS
from recorder.candidates import Occurrence
from recorder.encoder_windows import WINDOW, CandidatePlaces, candidate_places
from recorder.piece_stream import PieceCutter, read_block
from recorder.records import CandidateRecord, merge_records, record_of
from recorder.utterance import Utterance

__all__ = ["SOURCES", "ExampleTable", "HeadExamples"]

SOURCES = tuple(SOURCE_WEIGHTS)
"""The columns of `HeadExamples.labels`."""

Ints = npt.NDArray[np.int32]
Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class HeadExamples:
    """r recordings, s sections, n windows, c candidates, m occurrences of candidates.

    Attributes:
        ids: int32 (n, 128), see `recorder.encoder_windows.BlockWindows`; 0 beyond `lengths`.
        lengths: int32 (n,), positions in use.
        window_sections: int32 (n,), ascending.
        place_candidates: int32 (m,), the candidate that is said.
        place_windows: int32 (m,), in which window.
        place_firsts: int32 (m,), from which position ([CLS] is 0) ...
        place_lasts: int32 (m,), ... to which, inclusive.
        candidate_sections: int32 (c,), ascending; sections that are only rated have no candidates.
        candidate_counts: int32 (c, 2), occurrences, and segments with at least one.
        labels: int8 (c, 9), by `SOURCES`: 1 wanted, 0 not, -1 the section has no such annotation.
        section_recordings: int32 (s,), ascending.
        section_groups: int32 (s,), sections of equal number are one recording cut in one way, to be ranked against
            each other; -1 for sections without ratings.
        section_words: int32 (s,), words said.
        ratings: float32 (s, 4), by `RATINGS`: shares of the section's words; NaN where unknown.
        recording_ids: str (r,); copies in lower case share it.
        recording_series: str (r,), recordings of one series belong to one side of any split.
        recording_corpora: str (r,), like "qmsum".
        recording_lower: bool (r,), as a recogniser writes.
        forms: uint8, the candidates' written forms, UTF-8, one line each.
    """

    ids: Ints
    lengths: Ints
    window_sections: Ints
    place_candidates: Ints
    place_windows: Ints
    place_firsts: Ints
    place_lasts: Ints
    candidate_sections: Ints
    candidate_counts: Ints
    labels: npt.NDArray[np.int8]
    section_recordings: Ints
    section_groups: Ints
    section_words: Ints
    ratings: Floats32
    recording_ids: npt.NDArray[np.str_]
    recording_series: npt.NDArray[np.str_]
    recording_corpora: npt.NDArray[np.str_]
    recording_lower: npt.NDArray[np.bool_]
    forms: npt.NDArray[np.uint8]

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """Shape (n, 128): positions in use."""
        return np.arange(WINDOW) < self.lengths[:, None]

    @property
    def n_sections(self) -> int:
        """s."""
        return len(self.section_words)

    @cached_property
    def window_bounds(self) -> npt.NDArray[np.int64]:
        """Shape (s + 1,): section i has windows [bounds[i], bounds[i + 1])."""
        return np.searchsorted(self.window_sections, np.arange(self.n_sections + 1))

    @cached_property
    def candidate_bounds(self) -> npt.NDArray[np.int64]:
        """Shape (s + 1,): the same for candidates."""
        return np.searchsorted(self.candidate_sections, np.arange(self.n_sections + 1))

    @cached_property
    def place_bounds(self) -> npt.NDArray[np.int64]:
        """Shape (s + 1,): the same for places."""
        sections = self.window_sections[self.place_windows]
        return np.searchsorted(sections, np.arange(self.n_sections + 1))

    @cached_property
    def texts(self) -> list[str]:
        """The most frequent written form of every candidate."""
        return self.forms.tobytes().decode("utf-8").split("\n") if len(self.labels) else []

    def targets(self, weights: Mapping[str, float] = SOURCE_WEIGHTS) -> tuple[Floats32, Floats32]:
        """(targets, weights) of the candidates, float32 (c,): the best weight of a source that says yes, else 0; and
        the greatest weight of a source that says anything, 0 for a candidate of which nobody does.
        """
        row = np.array([weights.get(source, 0.0) for source in SOURCES], np.float32)
        yes = ((self.labels > 0) * row).max(axis=1, initial=0.0)
        known = ((self.labels >= 0) * row).max(axis=1, initial=0.0)
        return yes.astype(np.float32), known.astype(np.float32)

    def subset(self, keep: npt.NDArray[np.bool_]) -> HeadExamples:
        """The sections where `keep`, shape (s,), is true; numbers of sections, windows and candidates are new, those
        of recordings and groups remain.
        """
        windows = keep[self.window_sections]
        candidates = keep[self.candidate_sections]
        places = candidates[self.place_candidates]
        section, window, candidate = (np.cumsum(kept, dtype=np.int32) - 1 for kept in (keep, windows, candidates))
        texts = [text for text, kept in zip(self.texts, candidates, strict=True) if kept]
        return HeadExamples(
            self.ids[windows],
            self.lengths[windows],
            section[self.window_sections[windows]],
            candidate[self.place_candidates[places]],
            window[self.place_windows[places]],
            self.place_firsts[places],
            self.place_lasts[places],
            section[self.candidate_sections[candidates]],
            self.candidate_counts[candidates],
            self.labels[candidates],
            self.section_recordings[keep],
            self.section_groups[keep],
            self.section_words[keep],
            self.ratings[keep],
            self.recording_ids,
            self.recording_series,
            self.recording_corpora,
            self.recording_lower,
            _packed(texts),
        )

    def save(self, path: Path) -> None:
        """Write all arrays to one `.npz`, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, **{field.name: getattr(self, field.name) for field in fields(self)})
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> HeadExamples:
        """What `save` wrote.

        Raises:
            CorpusError: the file is damaged or of another form.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                return cls(**{field.name: stored[field.name] for field in fields(cls)})
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise CorpusError(
                f"cannot read the head examples {path}: {error}. Delete the file to build it anew."
            ) from error


class ExampleTable:
    """Collects recordings and their sections in order; `examples` makes the arrays.

    Args:
        cutter: cuts text into word pieces.
    """

    def __init__(self, cutter: PieceCutter) -> None:
        self._cutter = cutter
        self._parts: dict[str, list[npt.NDArray[Any]]] = {}
        self._recordings: list[tuple[str, str, str, bool]] = []
        self._texts: list[str] = []
        self._sections = self._windows = self._candidates = self._groups = 0

    def begin_recording(self, name: str, series: str, corpus: str, *, lower: bool) -> None:
        """The sections that follow are of this recording."""
        self._recordings.append((name, series, corpus, lower))

    def new_group(self) -> int:
        """The number of a further way of cutting the recording."""
        self._groups += 1
        return self._groups - 1

    def add_section(
        self,
        utterances: Sequence[Utterance],
        spans: Sequence[tuple[int, int]],
        marks: Marks | None,
        *,
        group: int = -1,
        ratings: npt.NDArray[np.float64] | None = None,
    ) -> None:
        """One section; a span without any word is left out, and so is a section of such spans.

        Args:
            utterances: the whole recording.
            spans: the section's blocks, inclusive.
            marks: what each source wants of the candidates; None for a section that is only rated.
            group: see `HeadExamples.section_groups`.
            ratings: see `RATINGS`; None for none.
        """
        spans = [(a, b) for a, b in spans if any(each.n_words for each in utterances[a : b + 1])]
        if not spans:
            return
        numbers: dict[tuple[str, ...], int] = {}
        if marks is not None:
            record = merge_records([record_of(a, utterances[a : b + 1]) for a, b in spans])
            numbers = {each.stems: self._candidates + i for i, each in enumerate(record.candidates)}
            self._add_candidates(record.candidates, marks)
        for a, b in spans:
            self._add_block(utterances[a : b + 1], numbers)
        self._add("section_recordings", [len(self._recordings) - 1])
        self._add("section_groups", [group])
        self._add("section_words", [sum(each.n_words for a, b in spans for each in utterances[a : b + 1])])
        self._parts.setdefault("ratings", []).append(
            np.full((1, len(RATINGS)), np.nan if ratings is None else ratings, np.float32)
        )
        self._sections += 1

    def _add_candidates(self, candidates: Sequence[CandidateRecord], marks: Marks) -> None:
        rows = np.full((len(candidates), len(SOURCES)), -1, np.int8)
        for source, wanted in marks.items():
            rows[:, SOURCES.index(source)] = [wanted.holds(each.stems) for each in candidates]
        self._parts.setdefault("labels", []).append(rows)
        counts = np.array([(each.count, each.utterances) for each in candidates], np.int32).reshape(-1, 2)
        self._parts.setdefault("candidate_counts", []).append(counts)
        self._add("candidate_sections", [self._sections] * len(candidates))
        self._texts += [each.forms[0][0] for each in candidates]
        self._candidates += len(candidates)

    def _add_block(self, block: Sequence[Utterance], numbers: Mapping[tuple[str, ...], int]) -> None:
        windows = read_block([each.segment.text for each in block], [each.tokens for each in block], self._cutter)
        said: list[list[Occurrence]] = [[spoken.occurrence for spoken in each.candidates] for each in block]
        places: CandidatePlaces = candidate_places(windows, said, numbers)
        self._parts.setdefault("ids", []).append(windows.ids)
        self._add("lengths", windows.lengths)
        self._add("window_sections", [self._sections] * len(windows))
        self._add("place_candidates", places.candidates)
        self._add("place_windows", places.windows + self._windows)
        self._add("place_firsts", places.firsts)
        self._add("place_lasts", places.lasts)
        self._windows += len(windows)

    def _add(self, name: str, values: Sequence[int] | Ints) -> None:
        self._parts.setdefault(name, []).append(np.asarray(values, np.int32))

    def examples(self) -> HeadExamples:
        """All that was added.

        Raises:
            CorpusError: nothing was added.
        """
        if not self._sections:
            raise CorpusError(
                "there is no section to learn from: the corpora are empty. Pass their folder with --data."
            )
        empty: dict[str, npt.NDArray[Any]] = {
            "labels": np.zeros((0, len(SOURCES)), np.int8),
            "candidate_counts": np.zeros((0, 2), np.int32),
        }
        for name, array in empty.items():
            self._parts.setdefault(name, []).append(array)
        self._add("candidate_sections", [])
        columns = list(zip(*self._recordings, strict=True))
        return HeadExamples(
            **{name: np.concatenate(parts) for name, parts in self._parts.items()},
            recording_ids=np.array(columns[0]),
            recording_series=np.array(columns[1]),
            recording_corpora=np.array(columns[2]),
            recording_lower=np.array(columns[3], bool),
            forms=_packed(self._texts),
        )


def _packed(texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode("utf-8", "replace"), np.uint8)
