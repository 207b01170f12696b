"""What a small classifier is measured beside: the majority, tf-idf and MiniLM under logistic regression, and BERT."""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.classify_sets import BenchSet, score
from distill.classify_data import LabelledText
from distill.feed import CONTEXT_SEPARATOR
from distill.quiet import quiet
from earmark.errors import require_extra

__all__ = ["BERT_TOKENS", "bert_file", "majority", "microseconds", "minilm", "tfidf", "time_bert"]

STRENGTHS = (1.0, 10.0, 100.0)
"""Values of C that the validation lines choose from."""

CHOOSING = 48_000
"""Most training lines that take part in that."""

BERT_TOKENS = 32
"""Length of the BERT files that are timed."""

TIMED = 200


def majority(bench: BenchSet) -> dict[str, Any]:
    """Always the most frequent class of the training lines."""
    best = Counter(row.label for row in bench.data.train).most_common(1)[0][0]
    return score(lambda rows: [best] * len(rows), bench.test)


def tfidf(bench: BenchSet) -> dict[str, Any]:
    """Logistic regression on tf-idf of words and pairs of words; a context has its own features."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    columns = _columns(bench)
    vectorizers = [TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit(column(bench.data.train))
                   for column in columns]  # fmt: skip

    def features(rows: Sequence[LabelledText]) -> Any:
        return hstack([each.transform(column(rows)) for each, column in zip(vectorizers, columns, strict=True)]).tocsr()

    model, strength = _regression(bench, features)
    terms = sum(len(term.encode()) + 4 for each in vectorizers for term in each.vocabulary_)  # a term and its idf
    found = score(lambda rows: [str(label) for label in model.predict(features(rows))], bench.test)
    return found | {
        "kilobytes": (terms + 4 * (model.coef_.size + model.intercept_.size)) / 1024,
        "microseconds": microseconds(lambda row: model.predict(features([row])), bench.test),
        "parameters": int(model.coef_.size + model.intercept_.size),
        "note": f"C = {strength:g}",
    }


def minilm(bench: BenchSet) -> dict[str, Any]:
    """Logistic regression on the sentence embeddings of all-MiniLM-L6-v2; a context has its own embedding."""
    from distill.minilm import SentenceEncoder
    from distill.minilm_int8 import LONG, Int8SentenceEncoder

    encoder = SentenceEncoder()
    # Contexts are long; in float they take most of an hour.
    embedding = Int8SentenceEncoder(lengths=LONG) if bench.context else encoder
    known: dict[str, NDArray[np.float32]] = {}

    def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
        fresh = sorted({text for text in texts if text not in known})
        known.update(zip(fresh, embedding.encode(fresh), strict=True))
        return np.stack([known[text] for text in texts])

    def features(rows: Sequence[LabelledText]) -> NDArray[np.float32]:
        return np.concatenate([vectors(column(rows)) for column in _columns(bench)], axis=1)

    model, strength = _regression(bench, features)
    found = score(lambda rows: [str(label) for label in model.predict(features(rows))], bench.test)
    file = bert_file(lambda inputs: encoder.encoder(inputs, training=False)["sentence"])
    head = 4 * (model.coef_.size + model.intercept_.size)
    embedded = "; embedded in 8 bits" if bench.context else ""
    return found | {
        "kilobytes": (len(file) + head) / 1024,
        "microseconds": time_bert(file, encoder.tokens, bench.test),
        "parameters": int(encoder.encoder.count_params() + head // 4),
        "note": f"C = {strength:g}{embedded}; size and time at {BERT_TOKENS} tokens",
    }


def bert_file(forward: Callable[[dict[str, Any]], Any]) -> bytes:
    """A BERT of `BERT_TOKENS` tokens as a LiteRT file with weights in 8 bits."""
    import tensorflow as tf

    aeq = require_extra("ai_edge_quantizer", extra="train", feature="Quantising a BERT")
    names = ("token_ids", "padding_mask", "segment_ids")
    function = tf.function(lambda **inputs: {"out": forward(inputs)})
    specs = {name: tf.TensorSpec((1, BERT_TOKENS), tf.int32, name=name) for name in names}
    with quiet(), contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as folder:
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function(**specs)])
        path = Path(folder) / "bert.tflite"
        path.write_bytes(converter.convert())
        return bytes(aeq.quantizer.Quantizer(str(path), aeq.recipe.dynamic_wi8_afp32()).quantize().quantized_model)


def time_bert(file: bytes, tokens: Any, test: Sequence[LabelledText]) -> float:
    """Median microseconds of one message from text to output, one thread."""
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        interpreter = Interpreter(model_content=file, num_threads=1)
        interpreter.allocate_tensors()
    places = {
        name: next(detail["index"] for detail in interpreter.get_input_details() if name in detail["name"])
        for name in ("token_ids", "padding_mask", "segment_ids")
    }

    def run(row: LabelledText) -> None:
        for name, values in tokens.encode([row.text], length=BERT_TOKENS).items():
            interpreter.set_tensor(places[name], values)
        interpreter.invoke()

    return microseconds(run, test)


def microseconds(run: Callable[[LabelledText], object], test: Sequence[LabelledText]) -> float:
    """Median time of one message."""
    times = []
    for row in test[:TIMED]:
        start = time.perf_counter()
        run(row)
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e6


def _regression(bench: BenchSet, features: Callable[[Sequence[LabelledText]], Any]) -> tuple[Any, float]:
    """The logistic regression that is best on the validation lines, and its C.

    Of more than `CHOOSING` training lines a random part chooses C, and all are learnt from with that one.
    """
    from sklearn.linear_model import LogisticRegression

    train, valid = features(bench.data.train), features(bench.data.valid)
    labels = np.asarray([row.label for row in bench.data.train])
    truth = np.asarray([row.label for row in bench.data.valid])
    part = np.sort(np.random.default_rng(0).permutation(len(labels))[:CHOOSING])
    best: tuple[float, float, Any] = (-1.0, 0.0, None)
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(train[part], labels[part])
        right = float(np.mean(model.predict(valid) == truth))
        if right > best[0]:
            best = (right, strength, model)
    if len(part) < len(labels):
        best = (*best[:2], LogisticRegression(C=best[1], max_iter=300, tol=1e-3).fit(train, labels))
    return best[2], best[1]


def _columns(bench: BenchSet) -> list[Callable[[Sequence[LabelledText]], list[str]]]:
    columns: list[Callable[[Sequence[LabelledText]], list[str]]] = [lambda rows: [row.text for row in rows]]
    if bench.context:
        columns.append(lambda rows: [CONTEXT_SEPARATOR.join(row.context[-bench.context :]) for row in rows])
    return columns
