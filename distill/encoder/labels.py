"""Examples for the two heads: windows of word pieces, candidates in them, and labels of candidates and sections.

Meetings come as written and as a recogniser writes them, with their gold topics (keyword labels), cut at the gold
boundaries and cut by our own sectioner into the very blocks that a live recording has (section labels). Lectures and
documents with key phrases have keyword labels alone. Windows, candidates and records are made by the code that runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path

from distill.corpora import TranscriptExample, parse_transcript, read_jsonl, read_transcripts
from distill.encoder.head_examples import ExampleTable, HeadExamples
from distill.encoder.keyword_labels import Marks, document_marks, lecture_marks, meeting_marks
from distill.encoder.section_labels import TurnShares, section_ratings, turn_shares
from distill.keywords.data import LECTURE_SECTIONS, as_recognised, joined_slides
from distill.segmentation.recordings import series_of
from recorder.cuts import select_cuts
from recorder.piece_stream import PieceCutter
from recorder.sectioner import TrainedSectioner
from recorder.tagger import Tagger
from recorder.text import tokenize
from recorder.transcript import Segment
from recorder.utterance import Utterance, observe

__all__ = ["QUICK_SETTINGS", "HeadSettings", "build_examples", "cached_examples"]

_FORM = 2  # of the examples; counted up when what is built from the same corpora changes


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """Everything that decides the examples, apart from the corpora.

    Attributes:
        split: "train" to learn from, "valid" to judge by.
        lower: meetings come a second time as a recogniser writes them.
        cuts: meetings come also as our own sectioner cuts them, for the ratings.
        lectures: most VT-SSum lectures; every second is taken as a recogniser writes.
        documents: sets of key phrases, and how many documents of each at most; every second in lower case.
        recordings: most meetings, None for all: for a quick try.
    """

    split: str = "train"
    lower: bool = True
    cuts: bool = False
    lectures: int = 100
    documents: tuple[tuple[str, int], ...] = (("500N-KPCrowd-v1.1", 500), ("www", 400), ("kdd", 200), ("theses100", 60))
    recordings: int | None = None


QUICK_SETTINGS = HeadSettings(lower=False, cuts=True, lectures=2, documents=(("500N-KPCrowd-v1.1", 10),), recordings=4)


def cached_examples(data: Path, cutter: PieceCutter, settings: HeadSettings, cache: Path) -> HeadExamples:
    """`build_examples`, kept in the folder `cache` under a name made of the settings and the corpora's sizes."""
    files = sorted((*data.glob("transcripts/*"), *data.glob("keyphrases/*")))
    told = [repr(settings), str(_FORM), *(f"{file.name} {file.stat().st_size}" for file in files)]
    path = cache / f"heads-{hashlib.sha256('|'.join(told).encode()).hexdigest()[:16]}.npz"
    if not path.exists():
        build_examples(data, cutter, settings).save(path)
    return HeadExamples.load(path)


def build_examples(
    data: Path, cutter: PieceCutter, settings: HeadSettings, *, done: Callable[[str], None] = lambda recording: None
) -> HeadExamples:
    """The examples of the corpora below `data`; `done` is told the name of each recording that is finished.

    Raises:
        CorpusError: a corpus is missing.
    """
    builder = _Builder(ExampleTable(cutter), Tagger.load(), settings, done)
    builder.meetings(data)
    builder.lectures(data)
    if settings.split == "train":  # the documents have no split
        builder.documents(data)
    return builder.table.examples()


@dataclass(frozen=True, slots=True)
class _Builder:
    table: ExampleTable
    tagger: Tagger
    settings: HeadSettings
    done: Callable[[str], None]

    def meetings(self, data: Path) -> None:
        marks, shares = meeting_marks(data, self.settings.split), turn_shares(data, self.settings.split)
        for example in read_transcripts(data, "qmsum", self.settings.split)[: self.settings.recordings]:
            for lower in (False, True) if self.settings.lower else (False,):
                utterances = self._begin(example.meeting, series_of(example.meeting), "qmsum", example.segments, lower)
                self._meeting(example, utterances, marks[example.meeting], shares[example.meeting])

    def _meeting(
        self, example: TranscriptExample, utterances: list[Utterance], marks: list[Marks], shares: TurnShares
    ) -> None:
        """Gold parts, those that are a titled topic with its labels; other topics; our own sections of blocks."""
        titled = [topic.spans for topic in example.topics if topic.title and topic.spans]
        topics = dict(zip(titled, marks, strict=True))
        group = self.table.new_group()
        for a, b in pairwise([0, *example.boundaries, len(utterances)]):
            part = ((a, b - 1),)
            ratings = section_ratings(shares, part)
            self.table.add_section(utterances, part, topics.pop(part, None), group=group, ratings=ratings)
        for spans, mark in topics.items():
            self.table.add_section(utterances, spans, mark)
        if self.settings.cuts:
            group = self.table.new_group()
            for blocks in _own_sections(utterances):
                self.table.add_section(utterances, blocks, None, group=group, ratings=section_ratings(shares, blocks))
        self.done(example.id)

    def lectures(self, data: Path) -> None:
        name, used = f"vt_ssum.{self.settings.split}", 0
        rows = read_jsonl(data / "transcripts" / f"{name}.jsonl.gz") if self.settings.lectures else iter(())
        for row in rows:
            if used == self.settings.lectures:
                break
            spans = joined_slides(parse_transcript(row))
            if not row.get("title") or len(spans) not in LECTURE_SECTIONS:
                continue
            texts = [segment["text"] for segment in row["segments"]]
            segments = [Segment(None, None, text) for text in texts]
            utterances = self._begin(row["id"], row["id"], "vt_ssum", segments, used % 2 == 1)
            for span, mark in zip(spans, lecture_marks(row, spans), strict=True):
                self.table.add_section(utterances, (span,), mark)
            used += 1
            self.done(row["id"])

    def documents(self, data: Path) -> None:
        for name, most in self.settings.documents:
            for number, row in enumerate(islice(read_jsonl(data / "keyphrases" / f"{name}.jsonl.gz"), most)):
                sentences, marks = document_marks(row)
                segments = [Segment(None, None, sentence) for sentence in sentences]
                utterances = self._begin(row["id"], row["id"], name, segments, number % 2 == 1)
                self.table.add_section(utterances, ((0, len(utterances) - 1),), marks)
                self.done(row["id"])

    def _begin(self, name: str, series: str, corpus: str, segments: Sequence[Segment], lower: bool) -> list[Utterance]:
        """A new recording, read as a session reads it."""
        self.table.begin_recording(name, series, corpus, lower=lower)
        if lower:
            segments = [replace(each, text=as_recognised(each.text), words=()) for each in segments]
        return [observe(each, tokenize(each.text), self.tagger) for each in segments]


def _own_sections(utterances: Sequence[Utterance]) -> Iterator[list[tuple[int, int]]]:
    """The sections that an outline shows, each as the spans of its blocks."""
    sectioner = TrainedSectioner.load()
    cuts = [cut for each in utterances for cut in sectioner.feed(each.segment, each.tokens)] + sectioner.finish()
    shown = {cut.segment for cut in select_cuts(cuts)}
    blocks: list[tuple[int, int]] = []
    for a, b in pairwise([0, *(cut.segment for cut in cuts), len(utterances)]):
        if a in shown:
            yield blocks
            blocks = []
        blocks.append((a, b - 1))
    yield blocks
