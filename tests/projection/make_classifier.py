"""Writes tests/projection/data/requests.tflite, the tiny classifier that runtime tests load.

    python -m tests.projection.make_classifier

Needs the extra `train`. It learns the requests of tests/distill/requests.py, which were written for these tests.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from distill.export import export_classifier
from models.sequence_projection_net import SequenceProjectionNet, SequenceSize
from projection import Projection, encode_batch
from projection.metadata import ModelFacts
from tests.distill.requests import SHAPES, requests

PATH = Path(__file__).parent / "data" / "requests.tflite"
SIZE = SequenceSize(bits=16, width=8, blocks=1, heads=1, hidden=8, dropout=0.0)


def main() -> None:
    """Train for some seconds and write the file."""
    keras.utils.set_random_seed(1)
    projection = Projection(n_bytes=48, words=8, orders=(3,))
    rows = [*requests(90, seed=1), *requests(90, seed=1, context=True)]
    labels = tuple(sorted(SHAPES))
    model = SequenceProjectionNet(projection, SIZE, num_classes=3, context=True)
    inputs = {
        "text": encode_batch([row.text for row in rows], projection.n_bytes),
        "context": encode_batch(["\n".join(row.context) for row in rows], projection.n_bytes),
    }
    model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(inputs, np.asarray([labels.index(row.label) for row in rows]), epochs=60, verbose=0)
    PATH.write_bytes(export_classifier(model, ModelFacts("classifier", labels, "", {"context": 2})))


if __name__ == "__main__":
    main()
