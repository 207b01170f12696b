"""What is measured of keywords against the titles that people gave to the sections of a meeting.

A section is a topic of QMSum with all its spans; the other topics of the meeting are the rest of the recording.
A title's content words are its words that are no stop words, stemmed. Of a section's first five keywords:

* **hit@5**: whether any of them shares a stem with the content words (titles without such words are left out);
* **title recall**: the share of the title's content words that they cover;
* **fillers**: the share of keywords with a filler, greeting or stop word in them;
* **verbs**: the share of keywords with a word that the tagger calls a verb in most of its occurrences in the section;
* **repeats**: the share of keywords whose stems are equal to, or contained in, those of a better keyword of another
  section of the same recording; better is a lower rank, then an earlier section.

Every method is measured on the texts of its keywords alone, so that ours and any peer's are treated alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from recorder.records import Tags
from recorder.text import is_word, stem, tokenize
from recorder.words_en import FILLERS, STOP_WORDS

__all__ = ["KeywordMetrics", "MeasuredSection", "keyword_stems", "measure", "title_stems"]

TOP = 5


@dataclass(frozen=True, slots=True)
class MeasuredSection:
    """One section with what a method gave for it.

    Attributes:
        title: the title that somebody gave it, or None where there is none.
        utterances: its text, utterance by utterance.
        keywords: the method's keywords, best first; only the first five count.
    """

    title: str | None
    utterances: tuple[str, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeywordMetrics:
    """Shares in 0..1; `hit` and `recall` are None where no section has a title.

    Attributes:
        hit: hit@5.
        recall: title recall, averaged over the sections.
        fillers: of all measured keywords.
        verbs: of all measured keywords.
        repeats: of all measured keywords.
        sections: how many were measured.
        keywords: how many were measured.
    """

    hit: float | None
    recall: float | None
    fillers: float
    verbs: float
    repeats: float
    sections: int
    keywords: int

    def to_dict(self) -> dict[str, float | int | None]:
        """A JSON-ready dict, shares rounded to four digits."""
        return {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(self).items()}


def title_stems(title: str) -> frozenset[str]:
    """Stems of the title's content words: "Discussion on the budget" gives discuss, budget."""
    words = (token.text for token in tokenize(title))
    return frozenset(stem(word) for word in words if is_word(word) and word.lower() not in STOP_WORDS)


def keyword_stems(keyword: str) -> frozenset[str]:
    """Stems of all words of a keyword."""
    return frozenset(stem(token.text) for token in tokenize(keyword) if is_word(token.text))


def measure(recordings: Sequence[Sequence[MeasuredSection]], tagger: Tags) -> KeywordMetrics:
    """Measure one method on recordings, each a sequence of its sections."""
    hits: list[bool] = []
    recalls: list[float] = []
    junk: Counter[str] = Counter()
    keywords = 0
    for recording in recordings:
        for section in recording:
            top = section.keywords[:TOP]
            keywords += len(top)
            wanted = title_stems(section.title) if section.title else frozenset()
            if wanted:
                found = wanted & frozenset(each for keyword in top for each in keyword_stems(keyword))
                hits.append(bool(found))
                recalls.append(len(found) / len(wanted))
            verbs = _verbs(section.utterances, tagger) if top else frozenset()
            for keyword in top:
                words = [token.text.lower() for token in tokenize(keyword)]
                junk["fillers"] += any(word in FILLERS or word in STOP_WORDS for word in words)
                junk["verbs"] += any(word in verbs for word in words)
        junk["repeats"] += _repeats([section.keywords[:TOP] for section in recording])
    total = max(keywords, 1)
    return KeywordMetrics(
        sum(hits) / len(hits) if hits else None,
        sum(recalls) / len(recalls) if recalls else None,
        junk["fillers"] / total,
        junk["verbs"] / total,
        junk["repeats"] / total,
        sum(len(recording) for recording in recordings),
        keywords,
    )


def _verbs(utterances: Sequence[str], tagger: Tags) -> frozenset[str]:
    """Lower-case words that are a verb in most of their occurrences."""
    said: Counter[str] = Counter()
    as_verb: Counter[str] = Counter()
    for utterance in utterances:
        words = [token.text for token in tokenize(utterance)]
        for word, tag in zip(words, tagger.tag(words), strict=True):
            said[word.lower()] += 1
            as_verb[word.lower()] += tag in ("VERB", "AUX")
    return frozenset(word for word, count in said.items() if 2 * as_verb[word] > count)


def _repeats(rows: Sequence[Sequence[str]]) -> int:
    """How many keywords repeat a better one of another section."""
    ranked = sorted(
        (rank, section, keyword_stems(keyword)) for section, row in enumerate(rows) for rank, keyword in enumerate(row)
    )
    repeats = 0
    for place, (_, section, stems) in enumerate(ranked):
        repeats += any(other != section and stems <= better for _, other, better in ranked[:place])
    return repeats
