"""What is kept of a closed block of a recording: integer counts of its words and candidates.

A record is small, exact and mergeable: counts add up, mentions and places are joined in order, so that
``merge_records`` is associative and everything global can wait until the outline is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from recorder.observers import Listener, Observer
from recorder.text import Token
from recorder.transcript import Segment
from recorder.utterance import Spoken, Tags, Utterance, observe

__all__ = [
    "MAX_FORMS",
    "MAX_MENTIONS",
    "CandidateRecord",
    "SectionRecord",
    "Tags",
    "WordRecord",
    "build_record",
    "kept_candidates",
    "merge_records",
    "record_of",
]

MAX_FORMS = 4
"""Written forms kept of one candidate in one block."""

MAX_MENTIONS = 64
"""Mentions kept of one candidate in one block (one per segment at most); the counts stay exact."""

_MIN_CANDIDATES = 150
_WORDS_PER_CANDIDATE = 4


class WordRecord(NamedTuple):
    """Occurrences of a content stem in a block, and how many of them the tagger took for a verb."""

    stem: str
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    verbs: int


class CandidateRecord(NamedTuple):
    """One candidate of one block. A tuple and not a dataclass: thousands are joined when an outline is asked for.

    Attributes:
        stems: one to three stems.
        count: occurrences.
        utterances: segments with at least one.
        capitalised: occurrences with a capital that does not begin a sentence.
        proper: occurrences tagged as a name throughout.
        nominal: occurrences with nouns and names only, no adjective.
        whole: occurrences that are a whole phrase, not a part of a longer one.
        first: words of the block before its first occurrence.
        last: words of the block before its last occurrence.
        forms: written forms with their counts, most frequent first, then by the alphabet.
        mentions: (segment index, seconds or None), one per segment that has it, in order.
    """

    stems: tuple[str, ...]
    count: int  # type: ignore[assignment]  # as above
    utterances: int
    capitalised: int
    proper: int
    nominal: int
    whole: int
    first: int
    last: int
    forms: tuple[tuple[str, int], ...]
    mentions: tuple[tuple[int, float | None], ...]


@dataclass(frozen=True, slots=True)
class SectionRecord:
    """A closed block, or several of them merged.

    Attributes:
        first_segment: index from 0 of its first segment in the recording.
        last_segment: index of its last segment, inclusive.
        start: seconds of the first known time, or None.
        end: seconds of the latest known time, or None.
        n_words: words and numbers, marks and clitics aside.
        n_content: words that are neither stop words nor fillers nor numbers.
        n_utterances: segments with at least one word.
        n_questions: question marks.
        speakers: (label, words said), sorted by label; segments without a label are left out.
        words: content stems with their counts, sorted by stem; never pruned.
        candidates: sorted by stems; pruned once, when the block closes (`kept_candidates`).
        evidence: (scorer's name, one value per block), sorted by name.
    """

    first_segment: int
    last_segment: int
    start: float | None
    end: float | None
    n_words: int
    n_content: int
    n_utterances: int
    n_questions: int
    speakers: tuple[tuple[str, int], ...]
    words: tuple[WordRecord, ...]
    candidates: tuple[CandidateRecord, ...]
    evidence: tuple[tuple[str, tuple[Any, ...]], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict; `from_dict` gives back an equal record."""
        return {
            "span": [self.first_segment, self.last_segment],
            "time": [self.start, self.end],
            "counts": [self.n_words, self.n_content, self.n_utterances, self.n_questions],
            "speakers": [list(speaker) for speaker in self.speakers],
            "words": [list(word) for word in self.words],
            "candidates": [
                [
                    list(candidate.stems),
                    *candidate[1:9],
                    [list(form) for form in candidate.forms],
                    [list(mention) for mention in candidate.mentions],
                ]
                for candidate in self.candidates
            ],
            "evidence": [[name, list(values)] for name, values in self.evidence],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SectionRecord:
        """The inverse of `to_dict`."""
        (first, last), (start, end) = data["span"], data["time"]
        n_words, n_content, n_utterances, n_questions = data["counts"]
        return cls(
            first,
            last,
            start,
            end,
            n_words,
            n_content,
            n_utterances,
            n_questions,
            tuple((label, words) for label, words in data["speakers"]),
            tuple(WordRecord(*word) for word in data["words"]),
            tuple(_candidate(row) for row in data["candidates"]),
            tuple((name, tuple(values)) for name, values in data["evidence"]),
        )


def _candidate(row: Sequence[Any]) -> CandidateRecord:
    stems, count, utterances, capitalised, proper, nominal, whole, first, last, forms, mentions = row
    return CandidateRecord(
        tuple(stems),
        count,
        utterances,
        capitalised,
        proper,
        nominal,
        whole,
        first,
        last,
        tuple((form, said) for form, said in forms),
        tuple((segment, time) for segment, time in mentions),
    )


def kept_candidates(n_words: int) -> int:
    """Most candidates that a block of `n_words` words keeps: 150, or one per 4 words in a long block."""
    return max(_MIN_CANDIDATES, n_words // _WORDS_PER_CANDIDATE)


def build_record(
    first_segment: int,
    segments: Sequence[Segment],
    tokens: Sequence[Sequence[Token]],
    tagger: Tags,
    observers: Sequence[Observer] = (),
) -> SectionRecord:
    """Count one closed block.

    Args:
        first_segment: index in the recording of ``segments[0]``.
        segments: the block's segments, at least one.
        tokens: `recorder.text.tokenize` of each segment's text.
        tagger: gives the word classes, segment by segment.
        observers: scorers whose evidence the record is to carry; they hear this block alone.
    """
    utterances = [observe(segment, row, tagger) for segment, row in zip(segments, tokens, strict=True)]
    listeners = [observer.begin() for observer in observers]
    for listener in listeners:
        for utterance in utterances:
            listener.hear(utterance)
    return record_of(first_segment, utterances, listeners)


def record_of(first_segment: int, utterances: Sequence[Utterance], listeners: Sequence[Listener] = ()) -> SectionRecord:
    """`build_record` for segments that have been read, and heard by `listeners`, already."""
    counts = _Counts()
    for index, utterance in enumerate(utterances, start=first_segment):
        counts.add(index, utterance)
    segments = [utterance.segment for utterance in utterances]
    times = [time for segment in segments for time in (segment.start, segment.end) if time is not None]
    kept = counts.kept()
    return SectionRecord(
        first_segment,
        first_segment + len(segments) - 1,
        times[0] if times else None,
        max(times, default=None),
        counts.n_words,
        counts.n_content,
        counts.n_utterances,
        counts.n_questions,
        tuple(sorted(counts.speakers.items())),
        tuple(WordRecord(word, *pair) for word, pair in sorted(counts.words.items())),
        kept,
        tuple(sorted((each.name, (each.evidence(len(utterances), kept),)) for each in listeners)),
    )


class _Counts:
    """The running counts of one block."""

    def __init__(self) -> None:
        self.n_words = 0
        self.n_content = 0
        self.n_utterances = 0
        self.n_questions = 0
        self.speakers: Counter[str] = Counter()
        self.words: dict[str, list[int]] = {}
        self.candidates: dict[tuple[str, ...], _Candidate] = {}

    def add(self, index: int, utterance: Utterance) -> None:
        before, speaker = self.n_words, utterance.segment.speaker
        self.n_words += utterance.n_words
        self.n_questions += utterance.n_questions
        self.n_utterances += utterance.n_words > 0
        if speaker is not None:
            self.speakers[speaker] += utterance.n_words
        for word, count, verbs in utterance.words:
            self.n_content += count
            pair = self.words.setdefault(word, [0, 0])
            pair[0] += count
            pair[1] += verbs
        for spoken in utterance.candidates:
            candidate = self.candidates.get(spoken.occurrence.stems)
            if candidate is None:
                candidate = self.candidates[spoken.occurrence.stems] = _Candidate(before + spoken.place)
            candidate.add(index, before + spoken.place, spoken)

    def kept(self) -> tuple[CandidateRecord, ...]:
        """The best by utterances, then count, then length, then place; in the order of their stems."""
        ranked = sorted(
            self.candidates.items(),
            key=lambda item: (-item[1].utterances, -item[1].count, -len(item[0]), item[1].first, item[0]),
        )
        best = sorted(ranked[: kept_candidates(self.n_words)], key=lambda item: item[0])
        return tuple(candidate.record(stems) for stems, candidate in best)


class _Candidate:
    """The running counts of one candidate."""

    __slots__ = (
        "capitalised",
        "count",
        "first",
        "forms",
        "last",
        "mentions",
        "nominal",
        "proper",
        "segment",
        "utterances",
        "whole",
    )

    def __init__(self, place: int) -> None:
        self.first = self.last = place
        self.segment = -1
        self.count = self.utterances = self.capitalised = self.proper = self.nominal = self.whole = 0
        self.forms: dict[str, int] = {}
        self.mentions: list[tuple[int, float | None]] = []

    def add(self, segment: int, place: int, spoken: Spoken) -> None:
        occurrence = spoken.occurrence
        self.count += 1
        self.last = place
        self.capitalised += occurrence.capitalised
        self.proper += occurrence.proper
        self.nominal += occurrence.nominal
        self.whole += occurrence.whole
        self.forms[occurrence.form] = self.forms.get(occurrence.form, 0) + 1
        if segment != self.segment:
            self.segment = segment
            self.utterances += 1
            if len(self.mentions) < MAX_MENTIONS:
                self.mentions.append((segment, spoken.time))

    def record(self, stems: tuple[str, ...]) -> CandidateRecord:
        forms = _ranked(self.forms)[:MAX_FORMS]
        return CandidateRecord(
            stems,
            self.count,
            self.utterances,
            self.capitalised,
            self.proper,
            self.nominal,
            self.whole,
            self.first,
            self.last,
            forms,
            tuple(self.mentions),
        )


def _ranked(forms: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(forms.items(), key=lambda item: (-item[1], item[0])))


def merge_records(records: Sequence[SectionRecord]) -> SectionRecord:
    """One record of several blocks, in the order given; associative, and one record merges to itself.

    Counts are those of one long block as long as no block was pruned; the merged record is never pruned again.
    """
    if len(records) == 1:
        return records[0]
    starts = [record.start for record in records if record.start is not None]
    ends = [record.end for record in records if record.end is not None]
    speakers: Counter[str] = Counter()
    words: dict[str, list[int]] = {}
    evidence: dict[str, tuple[Any, ...]] = {}
    for record in records:
        speakers.update(dict(record.speakers))
        for word, count, verbs in record.words:
            pair = words.setdefault(word, [0, 0])
            pair[0] += count
            pair[1] += verbs
        for name, values in record.evidence:
            evidence[name] = evidence.get(name, ()) + values
    return SectionRecord(
        min(record.first_segment for record in records),
        max(record.last_segment for record in records),
        starts[0] if starts else None,
        max(ends, default=None),
        sum(record.n_words for record in records),
        sum(record.n_content for record in records),
        sum(record.n_utterances for record in records),
        sum(record.n_questions for record in records),
        tuple(sorted(speakers.items())),
        tuple(WordRecord(word, *pair) for word, pair in sorted(words.items())),
        _merge_candidates(records),
        tuple(sorted(evidence.items())),
    )


def _merge_candidates(records: Sequence[SectionRecord]) -> tuple[CandidateRecord, ...]:
    groups: dict[tuple[str, ...], list[CandidateRecord]] = {}
    before = 0
    for record in records:
        for candidate in record.candidates:
            if before:
                candidate = candidate._replace(first=candidate.first + before, last=candidate.last + before)
            groups.setdefault(candidate.stems, []).append(candidate)
        before += record.n_words
    return tuple(group[0] if len(group) == 1 else _join(group) for _, group in sorted(groups.items()))


def _join(group: Sequence[CandidateRecord]) -> CandidateRecord:
    forms: Counter[str] = Counter()
    for candidate in group:
        for form, count in candidate.forms:
            forms[form] += count
    return CandidateRecord(
        group[0].stems,
        sum(candidate.count for candidate in group),
        sum(candidate.utterances for candidate in group),
        sum(candidate.capitalised for candidate in group),
        sum(candidate.proper for candidate in group),
        sum(candidate.nominal for candidate in group),
        sum(candidate.whole for candidate in group),
        group[0].first,
        group[-1].last,
        _ranked(forms),
        tuple(mention for candidate in group for mention in candidate.mentions),
    )
