"""What the fusion is fitted on was not seen by the heads, and how a share is chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from distill.corpora import read_transcripts
from distill.encoder.fit import FitRecipe, choose_share, is_kept
from distill.encoder.labels import HeadSettings, build_examples
from distill.encoder.train import seen_by_heads
from distill.keywords.data import meeting_recordings
from recorder.tagger import Tagger
from recorder.wordpiece import WordPiece
from tests.distill.encoder.made_up import write_corpora


def test_meetings_of_the_fit_are_kept_from_the_heads(tmp_path: Path) -> None:
    data = write_corpora(tmp_path)
    recipe = FitRecipe(folds=2)
    settings = HeadSettings(lower=True, lectures=0, documents=())
    examples = build_examples(data, WordPiece.load(), settings)
    kept = seen_by_heads(examples, recipe)
    learned = {examples.recording_ids[number] for number in kept.section_recordings}
    by_id = {example.id: example.meeting for example in read_transcripts(data, "qmsum", "train")}
    recordings = meeting_recordings(data, "train", Tagger.load())
    fitted = {by_id[recording.id] for recording in recordings if is_kept(recording.group, recipe)}
    assert learned
    assert fitted
    assert not learned & fitted
    assert learned | fitted == set(by_id.values())


@pytest.mark.parametrize(
    ("figures", "share"),
    [
        ({0.0: (0.5,), 0.1: (0.6,), 0.2: (0.605,), 0.3: (0.606,), 1.0: (0.3,)}, 0.2),
        ({0.0: (0.7,), 0.1: (0.7,), 0.2: (0.7,), 0.3: (0.7,), 1.0: (0.7,)}, 0.1),
        ({0.0: (0.1, 0.1), 0.1: (0.2, 0.2), 0.2: (0.4, 0.4), 0.3: (0.8, 0.8), 1.0: (0.8, 0.8)}, 0.3),
    ],
)
def test_the_smallest_share_among_equals(figures: dict[float, tuple[float, ...]], share: float) -> None:
    assert choose_share(figures, (0.1, 0.2, 0.3)) == share
