"""Train, write the table, and measure it as it will run: the last step of `earmark distill sections`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from distill.checkpoint import make_folder
from distill.segmentation.operating import score_domains
from distill.segmentation.recordings import Recording, bare, fragments, load_recordings
from distill.segmentation.train import SectionSettings, train_sections
from earmark.artifacts import save_table
from recorder.cuts import select_cuts
from recorder.sectioner import SectionModel, TrainedSectioner
from recorder.text import tokenize

__all__ = ["measure_sections", "publish_sections"]


def publish_sections(
    data: Path, out: Path, settings: SectionSettings, say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Train on the corpora below `data`, write `sections.json` into `out`, and return the metrics.

    Args:
        data: folder of the corpora.
        out: folder for the table; it is made if it is missing.
        settings: what decides the training.
        say: called with a line of progress now and then.
    """
    make_folder(out)
    body, metrics = train_sections(data, settings, say)
    save_table(out / "sections.json", kind="sections", version=1, body=body)
    turns = load_recordings(data, "qmsum", "valid")
    sentences = load_recordings(data, "explainmeetsum", "valid")
    lectures = load_recordings(data, "lecture_ai", "valid") + load_recordings(data, "lecture_physics_manual", "valid")
    sets = {
        "turns": turns,
        "turns_bare": [bare(recording) for recording in turns],
        "sentences": sentences,
        "fragments": [fragments(recording) for recording in sentences],
        "lectures": lectures,
    }
    model = SectionModel(body)
    return {**metrics, "validation": {name: measure_sections(model, one) for name, one in sets.items()}}


def measure_sections(model: SectionModel, recordings: Sequence[Recording]) -> dict[str, Any]:
    """Scores per domain of the sectioner at its default granularity."""
    predicted = []
    for recording in recordings:
        sectioner = TrainedSectioner(model)
        cuts = [cut for segment in recording.segments for cut in sectioner.feed(segment, tokenize(segment.text))]
        predicted.append([cut.segment for cut in select_cuts(cuts + sectioner.finish())])
    return {domain: score.to_dict() for domain, score in score_domains(recordings, predicted).items()}
