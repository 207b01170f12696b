"""How title-worthy a stem is: log-odds that it stands in a title when it is said under that title.

Counts are shrunk towards the average stem, so that a stem seen once says little. For training, every recording gets
the table of all the others: a table that had seen its titles would tell the curve the answer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from distill.corpora import read_jsonl
from distill.keywords.data import TitledRecording
from distill.keywords.metrics import keyword_stems, title_stems
from recorder.candidates import is_content
from recorder.text import stem, tokenize

__all__ = ["TitleCounts", "count_meetings", "count_topics", "held_out_priors"]

_KEYPHRASE_SETS = ("500N-KPCrowd-v1.1", "kdd", "www", "theses100")
_TOPIC_WORDS = 4000  # of one lecture or document


@dataclass(slots=True)
class TitleCounts:
    """How often each stem was said under a title, and how often it stood in that title.

    Attributes:
        said: sections (or documents) by stem.
        titled: those of them whose title has the stem.
    """

    said: Counter[str] = field(default_factory=Counter)
    titled: Counter[str] = field(default_factory=Counter)

    def add(self, said: Iterable[str], title: frozenset[str]) -> None:
        """Count one section."""
        stems = frozenset(said)
        self.said.update(stems)
        self.titled.update(stems & title)

    def log_odds(self, *, shrink: float, least: int = 1, without: TitleCounts | None = None) -> dict[str, float]:
        """Shrunk log-odds of each stem against those of the average stem.

        Args:
            shrink: how many sections of the average stem are added to each stem's counts.
            least: stems said in fewer sections are left out.
            without: counts to subtract first.

        Worked: the average stem is titled 1 time in 10, this one 6 times in 8, shrink 4: (6 + 0.4) / (2 + 3.6) over
        1 / 9 is a ratio of 10.3, a value of 2.33.
        """
        gone = without or TitleCounts()
        said, titled = self.said.total() - gone.said.total(), self.titled.total() - gone.titled.total()
        if not 0 < titled < said:
            return {}
        share = titled / said
        average = math.log(share / (1 - share))
        odds = {}
        for word in sorted(self.said):
            count, hits = self.said[word] - gone.said[word], self.titled[word] - gone.titled[word]
            if count >= least:
                value = math.log((hits + shrink * share) / (count - hits + shrink * (1 - share))) - average
                odds[word] = round(value, 2)
        return odds


def count_meetings(recordings: Sequence[TitledRecording]) -> TitleCounts:
    """Counts over the sections of recordings: stems of candidates, titles of sections."""
    counts = TitleCounts()
    for recording in recordings:
        for title, record in zip(recording.titles, recording.records, strict=True):
            counts.add((word for candidate in record.candidates for word in candidate.stems), title_stems(title))
    return counts


def held_out_priors(recordings: Sequence[TitledRecording], *, shrink: float) -> list[dict[str, float]]:
    """For each recording the log-odds counted on the recordings of all other groups."""
    counts = count_meetings(recordings)
    tables = {}
    for group in sorted({recording.group for recording in recordings}):
        own = count_meetings([recording for recording in recordings if recording.group == group])
        tables[group] = counts.log_odds(shrink=shrink, without=own)
    return [tables[recording.group] for recording in recordings]


def count_topics(data: Path) -> TitleCounts:
    """Counts over lectures with their titles (VT-SSum, training part) and documents with key phrases.

    The documents are news stories, theses and abstracts; only their first 4,000 words are read.
    """
    counts = TitleCounts()
    for row in read_jsonl(data / "transcripts" / "vt_ssum.train.jsonl.gz"):
        if row.get("title"):
            text = " ".join(segment["text"] for segment in row["segments"])
            counts.add(_stems(text), title_stems(row["title"]))
    for name in _KEYPHRASE_SETS:
        for row in read_jsonl(data / "keyphrases" / f"{name}.jsonl.gz"):
            phrases = frozenset(word for phrase in row["keyphrases"] for word in keyword_stems(phrase))
            counts.add(_stems(row["text"]), phrases)
    return counts


def _stems(text: str) -> frozenset[str]:
    head = " ".join(text.split()[:_TOPIC_WORDS])
    return frozenset(stem(token.text) for token in tokenize(head) if is_content(token.text))
