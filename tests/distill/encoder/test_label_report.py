"""The report on labels, on examples made by hand."""

from __future__ import annotations

import numpy as np

from distill.encoder.head_examples import SOURCES, HeadExamples
from distill.encoder.label_report import label_report

NAN = float("nan")


def examples() -> HeadExamples:
    """Two sections: "zebra" (five times, wanted) and "time"; then "lake" and "pond", of which nothing is wanted."""
    labels = np.full((4, len(SOURCES)), -1, np.int8)
    labels[:, SOURCES.index("title")] = [1, 0, 0, 0]
    labels[:2, SOURCES.index("query")] = [1, 1]
    none = np.zeros(0, np.int32)
    return HeadExamples(
        ids=np.zeros((2, 128), np.int32),
        lengths=np.array([3, 3], np.int32),
        window_sections=np.array([0, 1], np.int32),
        place_candidates=none,
        place_windows=none,
        place_firsts=none,
        place_lasts=none,
        candidate_sections=np.array([0, 0, 1, 1], np.int32),
        candidate_counts=np.array([[5, 5], [1, 1], [1, 1], [2, 1]], np.int32),
        labels=labels,
        section_recordings=np.array([0, 0], np.int32),
        section_groups=np.array([0, 0], np.int32),
        section_words=np.array([10, 20], np.int32),
        ratings=np.array([[0.0, NAN, NAN, NAN], [1.0, NAN, NAN, NAN]], np.float32),
        recording_ids=np.array(["a"]),
        recording_series=np.array(["a"]),
        recording_corpora=np.array(["qmsum"]),
        recording_lower=np.array([False]),
        forms=np.frombuffer(b"zebra\ntime\nlake\npond", np.uint8),
    )


def test_the_report_counts_what_there_is() -> None:
    lines = label_report(examples())
    assert lines[0] == "1 recordings, 2 sections, 2 windows, 4 candidates, 0 occurrences."
    assert "| title | 2 | 4 | 1 | 0.250 | 0.50 | 0.50 | 1.00 | 1.00 |" in lines
    assert "| query | 1 | 2 | 2 | 1.000 | 1.00 | 1.00 | - | 0.50 |" in lines
    assert "| slide | 0 | | | | | | | |" in lines
    assert "| asked | 1 | 2 | 0.50 | 1.00 | 1.00 |" in lines
    assert "| summary | 0 | 0 | | | |" in lines
