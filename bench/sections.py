"""Where sections begin: our sectioner beside cut-nothing, equidistant, random, nltk TextTiling, tf-idf blocks + cues.

    python -m bench.sections --data DIR

Prints one table per rendering of the meetings (turns as given; sentences with times; bare fragments of some nine words
without speakers, times, case or marks) and one for lectures, and writes them to bench/results/sections.md.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import math
import platform
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from distill.segmentation.metrics import boundary_match, pk, window_diff
from distill.segmentation.recordings import Recording, fragments, load_recordings
from recorder.cuts import Cut, select_cuts
from recorder.sectioner import TrainedSectioner
from recorder.text import is_word, stem, tokenize

Method = Callable[[Recording], list[int]]
SECTION_WORDS = 1350
"""Mean words per gold section of the training meetings: what equidistant and random cuts are told."""
CUE = re.compile(r"(?i)^\W*(okay|ok|so|alright|all right|right|now|well|anyway|next|let's|moving on|thank you)\b")
GRANULARITIES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def words_of(recording: Recording) -> list[list[str]]:
    """Lower-cased words per segment."""
    return [[t.text.lower() for t in tokenize(s.text) if is_word(t.text)] for s in recording.segments]


def fine_cuts(recording: Recording) -> list[Cut]:
    """Every cut of our sectioner."""
    sectioner = TrainedSectioner.load()
    cuts = [cut for segment in recording.segments for cut in sectioner.feed(segment, tokenize(segment.text))]
    return cuts + sectioner.finish()


def ours(recording: Recording) -> list[int]:
    """Our sectioner at its default granularity."""
    return [cut.segment for cut in select_cuts(fine_cuts(recording))]


def nothing(recording: Recording) -> list[int]:
    """No cut at all."""
    return []


def equidistant(recording: Recording) -> list[int]:
    """A cut every `SECTION_WORDS` words."""
    cuts, total = [], 0
    for index, words in enumerate(words_of(recording)):
        if index and total >= SECTION_WORDS:
            cuts.append(index)
            total = 0
        total += len(words)
    return cuts


def at_random(recording: Recording) -> list[int]:
    """As many cuts as equidistant makes, anywhere."""
    count = min(len(equidistant(recording)), len(recording.segments) - 1)
    return sorted(random.Random(recording.id).sample(range(1, len(recording.segments)), count))


def text_tiling(recording: Recording) -> list[int]:
    """nltk's TextTilingTokenizer with its own settings; every segment is a paragraph."""
    from nltk.tokenize.texttiling import TextTilingTokenizer
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    texts = [" ".join(segment.text.split()) for segment in recording.segments]
    tiler = TextTilingTokenizer(stopwords=sorted(ENGLISH_STOP_WORDS))
    try:
        tiles = tiler.tokenize("\n\n".join(texts))
    except ValueError:  # "No paragraph breaks were found": too short for it
        return []
    starts, offset = [], 0
    for text in texts:
        starts.append(offset)
        offset += len(text) + 2
    cuts, offset = set(), 0
    for tile in tiles[:-1]:
        offset += len(tile)
        cuts.add(min(range(len(starts)), key=lambda index: (abs(starts[index] - offset), index)))
    return sorted(cuts - {0})


def blocks_and_cues(recording: Recording) -> list[int]:
    """Depth of the tf-idf cosine between 200-word blocks, plus half a deviation for a cue word: peaks over the mean."""
    segments = [[stem(word) for word in words] for words in words_of(recording)]
    flat = [root for words in segments for root in words]
    chunks = [set(flat[first : first + 200]) for first in range(0, len(flat), 200)]
    seen = Counter(root for chunk in chunks for root in chunk)
    weight = {root: math.log(len(chunks) / count) for root, count in seen.items()}
    position, dips = 0, []
    for words in segments:
        left, right = Counter(flat[max(0, position - 200) : position]), Counter(flat[position : position + 200])
        dips.append(1.0 - _cosine(left, right, weight))
        position += len(words)
    mean = sum(dips) / len(dips)
    deviation = math.sqrt(sum((dip - mean) ** 2 for dip in dips) / len(dips))
    scores = [
        dip + 0.5 * deviation * bool(CUE.search(segment.text))
        for dip, segment in zip(dips, recording.segments, strict=True)
    ]
    reach = max(3, round(len(segments) * 300 / max(1, len(flat))))
    return [
        index
        for index in range(1, len(scores))
        if scores[index] > mean + 1.2 * deviation
        and scores[index] == max(scores[max(1, index - reach) : index + reach])
    ]


def _cosine(left: Counter[str], right: Counter[str], weight: dict[str, float]) -> float:
    cross = sum(count * right[root] * weight[root] ** 2 for root, count in left.items())
    norms = [math.sqrt(sum((count * weight[root]) ** 2 for root, count in side.items())) for side in (left, right)]
    return cross / (norms[0] * norms[1]) if norms[0] and norms[1] else 0.0


METHODS: dict[str, Method] = {
    "**earmark**": ours,
    "cut nothing": nothing,
    "equidistant": equidistant,
    "random": at_random,
    "nltk TextTiling": text_tiling,
    "tf-idf blocks + cues": blocks_and_cues,
}


def table(title: str, recordings: Sequence[Recording], methods: dict[str, Method]) -> list[str]:
    """Markdown lines: Pk / WindowDiff / F1@2 (mean over recordings; pooled over all boundaries) per domain."""
    domains = sorted({recording.domain for recording in recordings})
    lines = [
        f"### {title}",
        "",
        "| method | " + " | ".join(domains) + " | mean F1@2 |",
        "|---" * (len(domains) + 2) + "|",
    ]
    for name, method in methods.items():
        cells, means = [], []
        for domain in domains:
            rows = []
            for recording in (one for one in recordings if one.domain == domain):
                cuts, size = method(recording), len(recording.segments)
                matched, made, gold = boundary_match(cuts, recording.gold)
                f1 = 2 * matched / (made + gold) if made + gold else 1.0
                rows.append(
                    (pk(cuts, recording.gold, size), window_diff(cuts, recording.gold, size), f1, matched, made, gold)
                )
            total = [sum(column) for column in zip(*rows, strict=True)]
            pooled = 2 * total[3] / (total[4] + total[5]) if total[4] + total[5] else 1.0
            figures = [value / len(rows) for value in total[:3]]
            means.append((figures[2], pooled))
            cells.append("{:.3f} / {:.3f} / {:.3f} ({:.3f})".format(*figures, pooled))
        mean = [sum(pair[place] for pair in means) / len(means) for place in (0, 1)]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {mean[0]:.3f} ({mean[1]:.3f}) |")
        print(lines[-1], file=sys.stderr)
    return [*lines, ""]


def curve(recordings: Sequence[Recording]) -> list[str]:
    """Markdown lines: what the granularity does to the number and length of sections."""
    words = sum(len(line) for recording in recordings for line in words_of(recording))
    found = [fine_cuts(recording) for recording in recordings]
    lines = ["### Granularity (turns of the meetings; an hour is 9,000 words)", ""]
    lines += ["| granularity | sections per hour | words per section |", "|---|---|---|"]
    for granularity in (*GRANULARITIES, 1.0):
        count = sum(len(select_cuts(cuts, granularity=granularity)) + 1 for cuts in found)
        lines.append(f"| {granularity} | {count / words * 9000:.1f} | {words / count:.0f} |")
    return [*lines, ""]


def speed(recordings: Sequence[Recording], words: int = 162_000) -> str:
    """One line: seconds for `words` words as one recording."""
    segments = [segment for recording in recordings for segment in recording.segments]
    kept, total = [], 0
    for segment in segments * 4:
        kept.append(segment)
        total += len(segment.text.split())
        if total >= words:
            break
    begun = time.perf_counter()
    fine_cuts(Recording("all", "", "", tuple(kept), ()))
    return f"Time for {total:,} words in {len(kept):,} segments: {time.perf_counter() - begun:.1f} s (tokens included)."


def main() -> int:
    """Run every method, print the tables, write them to the results folder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="the corpora's folder")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "sections.md")
    options = parser.parse_args()
    turns = load_recordings(options.data, "qmsum", "valid")
    sentences = load_recordings(options.data, "explainmeetsum", "valid")
    lectures = [
        one for name in ("lecture_ai", "lecture_physics_manual") for one in load_recordings(options.data, name, "valid")
    ]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("earmark", "nltk", "numpy"))
    lines = [
        "# Where sections begin",
        "",
        f"`python -m bench.sections --data DIR`, {datetime.date.today().isoformat()}, Python "
        f"{platform.python_version()}, {versions}; 2 x86 cores.",
        "",
        "Cells: Pk / WindowDiff / F1 within 2 units, means over recordings; in brackets F1 with all boundaries of the "
        "domain pooled. Lower Pk and WindowDiff are better. k is half the mean gold section.",
        "",
        *table("QMSum validation, turns", turns, METHODS),
        *table("The same meetings, sentences with times and speakers", sentences, METHODS),
        *table("The same, fragments of nine words, nothing but words", [fragments(one) for one in sentences], METHODS),
        *table("Lectures (single speaker; three of each only)", lectures, METHODS),
        *curve(turns),
        speed(turns),
        "",
    ]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
