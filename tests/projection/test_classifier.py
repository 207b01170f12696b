"""The runtime's classifier on a tiny committed file: answers, context, threads, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from earmark.errors import ArtifactError
from projection import Classifier, ProjectionError, encode
from projection.metadata import METADATA_NAME

pytestmark = pytest.mark.runtime

MODEL = Path(__file__).parent / "data" / "requests.tflite"
TEXTS = ["play a song tonight", "will it rain on monday", "order a pizza please"]
LABELS = ["music", "météo", "food"]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load(MODEL)


def test_it_answers(classifier: Classifier) -> None:
    assert classifier.labels == ("food", "music", "météo")
    scores = classifier(TEXTS)
    assert scores.shape == (3, 3)
    assert scores.dtype == np.float32
    assert np.abs(scores.sum(axis=1) - 1.0).max() < 1e-5
    assert classifier.predict(TEXTS) == LABELS
    assert classifier.predict([text.encode() for text in TEXTS]) == LABELS
    assert classifier([]).shape == (0, 3)


def test_it_reads_as_much_context_as_it_learnt(classifier: Classifier) -> None:
    assert classifier.context == 2
    assert classifier.predict(["yes please"] * 3, [["hello", text] for text in TEXTS]) == LABELS
    older = [["play a song", *before] for before in (["hello", text] for text in TEXTS)]
    assert np.array_equal(
        classifier(["yes please"] * 3, older), classifier(["yes please"] * 3, [before[1:] for before in older])
    )
    assert np.array_equal(classifier(TEXTS, [[], [" "], ["", ""]]), classifier(TEXTS))


def test_the_file_names_its_answer_in_bytes() -> None:
    """Whoever has an interpreter alone gets the class's name from the graph."""
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(str(MODEL), num_threads=1).get_signature_runner("serving_default")
    for text, label in zip(TEXTS, LABELS, strict=True):
        found = runner(text=encode(text, 48)[None], context=np.zeros((1, 48), np.uint8))
        assert sorted(found) == ["label", "scores"]
        assert found["label"].dtype == np.uint8
        assert bytes(found["label"][0]).rstrip(b"\0").decode() == label


def test_threads_share_it(classifier: Classifier) -> None:
    texts = [f"{text} {number}" for number in range(40) for text in TEXTS]
    alone = classifier(texts)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: classifier([text])[0], texts))
    assert np.array_equal(np.stack(found), alone)


def test_loading_and_answering_needs_nothing_heavy() -> None:
    code = (
        "import sys\nfrom projection import Classifier\n"
        f"print(Classifier.load({str(MODEL)!r}).predict(['play a song']))\n"
        "assert not {'tensorflow', 'keras', 'models', 'distill', 'sklearn'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['music']\n"


def test_wrong_arguments_are_told(classifier: Classifier) -> None:
    with pytest.raises(ProjectionError, match=r"expected a list of texts, got one text\. Put it in a list"):
        classifier("play a song")
    with pytest.raises(ProjectionError, match=r"expected a context for each of the 3 texts, got 1\."):
        classifier(TEXTS, [[]])


def test_files_that_are_no_classifier_are_told(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    with pytest.raises(ArtifactError, match=r"cannot read the model file .*m\.tflite: No such file"):
        Classifier.load(path)
    path.write_bytes(b"no model at all")
    with pytest.raises(ArtifactError, match=r"m\.tflite is not a \.tflite"):
        Classifier.load(path)
    data = MODEL.read_bytes()
    path.write_bytes(data[: len(data) // 3])
    with pytest.raises(ArtifactError, match=r"the model file .*m\.tflite is damaged"):
        Classifier.load(path)
    path.write_bytes(data.replace(METADATA_NAME.encode(), b"X" * len(METADATA_NAME)))
    with pytest.raises(ArtifactError, match=r"has no metadata 'EARMARK_MODEL': it was not written by earmark"):
        Classifier.load(path)
    path.write_bytes(data.replace(b'"kind": "classifier"', b'"kind": "something1"'))
    with pytest.raises(ArtifactError, match=r"m\.tflite must be a classifier\. Got 'something1'"):
        Classifier.load(path)
