"""How well the encoder says what MiniLM says: rank correlation of cosines, and whether it tells topics apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from distill.corpora import TranscriptExample, read_transcripts
from distill.encoder.texts import TextSources, read_texts

__all__ = ["HELD", "TopicPairs", "held_texts", "rank_correlation", "topic_pairs"]

HELD = TextSources(
    dialogues=("samsum.valid", "dailydialog.valid", "switchboard.valid"),
    recordings=("qmsum.valid", "ami.valid", "icsi.valid", "vt_ssum.valid"),
    most_turns=1_000, most_utterances=600, most_stretches=500,
)  # fmt: skip
"""Texts that nothing was trained on."""

PAIRS = 40_000


def held_texts(data: Path) -> tuple[list[str], list[str]]:
    """Held-out utterances, and held-out stretches of recordings."""
    utterances = read_texts(data, TextSources(HELD.dialogues, HELD.recordings, most_turns=HELD.most_turns,
                                              most_utterances=HELD.most_utterances, most_stretches=0))  # fmt: skip
    everything = read_texts(data, TextSources((), HELD.recordings, most_utterances=0,
                                              most_stretches=HELD.most_stretches))  # fmt: skip
    return utterances, everything


def rank_correlation(
    one: NDArray[np.floating], other: NDArray[np.floating], *, pairs: int = PAIRS, seed: int = 1
) -> float:
    """Spearman's correlation between the cosines that two encoders give to the same random pairs of texts.

    Args:
        one: unit vectors, (texts, any width).
        other: the same texts by the other encoder.
        pairs: how many are drawn.
        seed: of the draw.
    """
    from scipy import stats

    chance = np.random.default_rng(seed)
    left, right = chance.integers(len(one), size=(2, pairs))
    kept = left != right
    left, right = left[kept], right[kept]
    cosines = [np.einsum("ij,ij->i", each[left], each[right]) for each in (one, other)]
    return float(stats.spearmanr(*cosines).statistic)


class TopicPairs:
    """Pairs of stretches of one meeting, and whether they are of one topic.

    Args:
        texts: all stretches.
        left, right: positions in `texts`.
        same: whether both lie in one gold section.
    """

    def __init__(
        self, texts: list[str], left: NDArray[np.intp], right: NDArray[np.intp], same: NDArray[np.bool_]
    ) -> None:
        self.texts, self.left, self.right, self.same = texts, left, right, same

    def auc(self, vectors: NDArray[np.floating]) -> float:
        """P(a pair of one topic is more alike than a pair of two)."""
        from sklearn import metrics

        cosines = np.einsum("ij,ij->i", vectors[self.left], vectors[self.right])
        return float(metrics.roc_auc_score(self.same, cosines))


def topic_pairs(data: Path, *, words: int = 60, seed: int = 1, most: int = 300) -> TopicPairs:
    """Stretches of `words` words from the QMSum validation meetings, at most `most` pairs of each kind a meeting."""
    chance = np.random.default_rng(seed)
    texts: list[str] = []
    pairs: list[tuple[int, int, bool]] = []
    for example in read_transcripts(data, "qmsum", "valid"):
        topics = []
        for number, text in _stretches(example, words):
            topics.append((number, len(texts)))
            texts.append(text)
        both = [(a, b, one == other) for i, (one, a) in enumerate(topics) for other, b in topics[i + 1 :]]
        for kind in (True, False):
            some = [pair for pair in both if pair[2] == kind]
            pairs += [some[index] for index in chance.permutation(len(some))[:most]]
    left, right, same = (np.array(each) for each in zip(*pairs, strict=True))
    return TopicPairs(texts, left.astype(np.intp), right.astype(np.intp), same.astype(np.bool_))


def _stretches(example: TranscriptExample, words: int) -> list[tuple[int, str]]:
    found = []
    for number, topic in enumerate(example.topics):
        for first, last in topic.spans:
            spoken = " ".join(segment.text for segment in example.segments[first : last + 1]).split()
            parts = [spoken[at : at + words] for at in range(0, len(spoken), words)]
            found += [(number, " ".join(part)) for part in parts if len(part) == words]
    return found
