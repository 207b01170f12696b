"""What people wrote about a section, as weak labels of its keyword candidates.

Every source says of a candidate yes, no, or nothing at all (the section has no such annotation). How far a yes counts
is the source's weight; a candidate's target is the best of its weights.

* **title**: the title of a QMSum topic; **talk**: the title of a lecture, over each of its sections;
* **query**: the specific queries whose span lies in the section, without the words of asking;
* **answer**: sentences of answers whose central evidence lies in the section (ExplainMeetSum);
* **evidence**: the evidence sentences themselves, as said;
* **abstract**: sentences of the AMI and ICSI summaries whose linked acts lie in the section;
* **term**: what students marked as jargon in ICSI meetings;
* **keyphrase**: key phrases of news (chosen by the crowd), theses and abstracts (chosen by authors);
* **slide**: sentences of a lecture that its slide says too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distill.corpora import read_jsonl
from distill.keywords.metrics import keyword_stems, title_stems
from recorder.candidates import is_content
from recorder.text import stem, tokenize

__all__ = ["SOURCE_WEIGHTS", "Marks", "Wanted", "document_marks", "lecture_marks", "meeting_marks"]

SOURCE_WEIGHTS: Mapping[str, float] = {
    "title": 1.0,
    "query": 0.6,
    "answer": 0.2,
    "abstract": 0.2,
    "evidence": 0.1,
    "term": 0.1,
    "talk": 0.7,
    "slide": 0.15,
    "keyphrase": 0.5,
}
"""The sources, and how far a yes of each counts; `HeadExamples.labels` has its columns in this order."""

_ASKING_WORDS = """
discuss discussion think thought opinion idea say talk group team meeting participant speaker member people
conclusion decision suggestion recommendation comment question answer summary summarize project manager
industrial designer user interface marketing expert professor phd grad reason thing view attitude part whole
example problem issue point way mention explain disagree agree agreement focus content introduction
"""
_ASKING = frozenset(map(stem, _ASKING_WORDS.split()))  # of no section in particular
_MOST_SHARED = 0.5  # of a query's span or a sentence's evidence, at least this share must lie in the section
_SPLIT = re.compile(r"(?<=[.!?])\s+|\n+")
_DOCUMENT_WORDS = 1500

Stems = frozenset[str]
Spans = Sequence[tuple[int, int]]
Marks = dict[str, "Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one source says about one section.

    Attributes:
        words: a candidate is wanted when at least half of its stems are among them.
        phrases: or when one phrase has all of its stems,
        share: and they are at least this share of the phrase.
    """

    words: Stems = frozenset()
    phrases: tuple[Stems, ...] = ()
    share: float = 0.0

    def holds(self, stems: Sequence[str]) -> bool:
        """Whether a candidate of these stems is wanted: title "remote price", candidate "remote control": yes."""
        own = frozenset(stems)
        if 2 * len(self.words & own) >= len(stems):
            return True
        return any(own <= phrase and len(own) >= self.share * len(phrase) for phrase in self.phrases)


def meeting_marks(data: Path, split: str) -> dict[str, list[Marks]]:
    """By meeting and titled topic of QMSum, in the order of `distill.keywords.data.meeting_recordings`: what each
    source wants. Sets that are not below `data` are left out.
    """
    explained = _by_meeting(data, "explainmeetsum", split)
    acts = {**_by_meeting(data, "ami", split), **_by_meeting(data, "icsi", split)}
    found: dict[str, list[Marks]] = {}
    for row in read_jsonl(data / "transcripts" / f"qmsum.{split}.jsonl.gz"):
        meeting = row.get("meeting") or row["id"]
        topics = [topic for topic in row.get("topics") or () if topic.get("title") and topic["spans"]]
        marks: list[Marks] = [{"title": Wanted(title_stems(topic["title"]))} for topic in topics]
        for topic, mark in zip(topics, marks, strict=True):
            turns = _inside(topic["spans"])
            _note(mark, "query", Wanted(_queried(row, turns)))
            if meeting in explained:
                _explain(mark, explained[meeting], turns)
        if meeting in acts:
            _add_acts(acts[meeting], [topic["title"] for topic in topics], marks)
        found[meeting] = marks
    return found


def lecture_marks(row: Mapping[str, Any], spans: Spans) -> list[Marks]:
    """For each span of a VT-SSum lecture: the talk's title, and the sentences that are on its slides."""
    marks: list[Marks] = []
    for first, last in spans:
        mark = {"talk": Wanted(title_stems(row["title"]))}
        said = [row["segments"][index]["text"] for index in row.get("highlights") or () if first <= index <= last]
        if said:
            mark["slide"] = Wanted(phrases=tuple(map(_content, said)))
        marks.append(mark)
    return marks


def document_marks(row: Mapping[str, Any]) -> tuple[list[str], Marks]:
    """The first 1,500 words of a document with key phrases, sentence by sentence, and what the phrases want."""
    sentences: list[str] = []
    words = 0
    for sentence in _SPLIT.split(row["text"]):
        if sentence.strip() and words < _DOCUMENT_WORDS:
            sentences.append(sentence.strip())
            words += len(sentence.split())
    phrases = tuple(filter(None, map(keyword_stems, row["keyphrases"])))
    return sentences, {"keyphrase": Wanted(phrases=phrases, share=0.5)}


def _by_meeting(data: Path, name: str, split: str) -> dict[str, dict[str, Any]]:
    path = data / "transcripts" / f"{name}.{split}.jsonl.gz"
    return {row.get("meeting") or row["id"]: row for row in read_jsonl(path)} if path.exists() else {}


def _inside(spans: Iterable[Sequence[int]]) -> frozenset[int]:
    return frozenset(turn for first, last in spans for turn in range(first, last + 1))


def _mostly(places: Sequence[int], inside: frozenset[int]) -> bool:
    return bool(places) and sum(place in inside for place in places) >= _MOST_SHARED * len(places)


def _content(text: str) -> Stems:
    return frozenset(stem(token.text) for token in tokenize(text) if is_content(token.text))


def _queried(row: Mapping[str, Any], turns: frozenset[int]) -> Stems:
    wanted: set[str] = set()
    for query in row.get("queries") or ():
        if query.get("spans") and _mostly(sorted(_inside(query["spans"])), turns):
            wanted |= title_stems(query["query"])
    return frozenset(wanted - _ASKING)


def _note(mark: Marks, source: str, wanted: Wanted) -> None:
    """A source that wants nothing of a section says nothing about it: nobody asked there."""
    if wanted.words or wanted.phrases:
        mark[source] = wanted


def _explain(mark: Marks, row: Mapping[str, Any], turns: frozenset[int]) -> None:
    """Answers and their evidence, sentence by sentence; evidence is numbered by sentences, each of some turn."""
    segments = row["segments"]
    answers: set[str] = set()
    evidence: set[int] = set()
    for query in row.get("queries") or ():
        for part in query.get("evidence") or ():
            central = [index for index in part["central"] if segments[index]["turn"] in turns]
            evidence.update(central)
            if central and len(central) >= _MOST_SHARED * len(part["central"]):
                answers |= _content(part["sentence"])
    phrases = tuple(_content(segments[index]["text"]) for index in sorted(evidence))
    _note(mark, "answer", Wanted(frozenset(answers - _ASKING)))
    _note(mark, "evidence", Wanted(phrases=phrases))


def _add_acts(row: Mapping[str, Any], titles: Sequence[str], marks: Sequence[Marks]) -> None:
    """Summaries and terms of a meeting whose acts have their own numbers; its topics are found by their titles."""
    inside = {topic["title"]: _inside(topic["spans"]) for topic in row.get("topics") or ()}
    terms = tuple(filter(None, (_content(term) for term in row.get("terms") or ())))
    for title, mark in zip(titles, marks, strict=True):
        if title in inside:
            wanted: set[str] = set()
            for query in row.get("queries") or ():
                if query.get("type") == "summary" and _mostly(sorted(_inside(query["spans"] or ())), inside[title]):
                    wanted |= _content(query["answer"])
            _note(mark, "abstract", Wanted(frozenset(wanted - _ASKING)))
        _note(mark, "term", Wanted(phrases=terms, share=0.5))
