"""`earmark distill encoder`: pre-training, heads, quantisation and fusion, from the corpora to the files that ship.

Writes `encoder.tflite` with its recipe and figures, and `transformer.json`, which belongs to exactly that encoder. A
run that was stopped goes on: MiniLM's vectors, the encoder's steps and the heads' epochs are kept in the work folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.artefact import recipe_toml
from distill.checkpoint import make_folder
from distill.encoder.export import TABLES, export_encoder
from distill.encoder.fit import FitRecipe, fit_table, is_kept
from distill.encoder.head_examples import HeadExamples
from distill.encoder.heads import EncoderHeads
from distill.encoder.labels import QUICK_SETTINGS, HeadSettings, cached_examples
from distill.encoder.measure import held_texts, rank_correlation, topic_pairs
from distill.encoder.pieces import PieceRows
from distill.encoder.pretrain import PretrainRecipe, SentenceStudent, pretrain
from distill.encoder.quantised import quantisation_loss
from distill.encoder.start import piece_vectors, start_from
from distill.encoder.start_blocks import start_from_blocks
from distill.encoder.targets import tune_targets
from distill.encoder.texts import QUICK_SOURCES, TextSources, read_texts
from distill.encoder.tune import TuneRecipe, tune
from distill.encoder.words import WordsRecipe, learn_words
from distill.minilm import SentenceEncoder
from distill.quiet import import_tensorflow
from distill.reply.embeddings import embed
from earmark.artifacts import save_table
from recorder.encoder import Encoder
from recorder.encoder_windows import WINDOW
from recorder.transformer import TRANSFORMER_KIND, TRANSFORMER_VERSION
from recorder.wordpiece import WordPiece

__all__ = ["QUICK", "EncoderRecipe", "seen_by_heads", "train_encoder"]

Say = Callable[[str], None]
Encode = Callable[[PieceRows], NDArray[np.float32]]
Halves = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """Everything that decides what is trained, the corpora aside.

    Attributes:
        size: of the encoder, a name in `models.mobilebert_edgetpu.MOBILEBERT_SIZES` or the values of a size.
        texts: what it is distilled on.
        words: how the table is trained before the blocks.
        pretrain: how.
        examples: what the heads learn from.
        tune: how.
        fit: of the table.
        table: "int8" or "int4", the embedding table in the file.
        lectures: that train the counting models of the fit.
        seen_only: start only the pieces that the texts hold from MiniLM's; a quick try.
        seed: of fresh weights.
    """

    size: str | dict[str, Any] = "earmark"
    texts: TextSources = field(default_factory=TextSources)
    words: WordsRecipe = field(default_factory=WordsRecipe)
    pretrain: PretrainRecipe = field(default_factory=PretrainRecipe)
    examples: HeadSettings = field(default_factory=HeadSettings)
    tune: TuneRecipe = field(default_factory=TuneRecipe)
    fit: FitRecipe = field(default_factory=FitRecipe)
    table: str = "int4"
    lectures: int = 160
    seen_only: bool = False
    seed: int = 1


QUICK = EncoderRecipe(
    size={"blocks": 1, "bottleneck": 32, "ffns": 1, "ffn_width": 32, "hidden": 64, "embedding": 32, "positions": 128},
    texts=QUICK_SOURCES,
    words=WordsRecipe(epochs=1, batch=64),
    pretrain=PretrainRecipe(epochs=1.0, pieces=512),
    examples=QUICK_SETTINGS,
    tune=TuneRecipe(epochs=1, windows=8),
    fit=FitRecipe(folds=2, shares=(0.25, 0.5), lexicon_min_sections=1),
    lectures=1,
    seen_only=True,
)
"""Tiny: shows that every part works together; what it makes is of no use."""


def train_encoder(
    data: Path, out: Path, recipe: EncoderRecipe, *, work: Path, say: Say = lambda line: None
) -> dict[str, Any]:
    """Train, quantise, fit and measure; writes the files into `out`.

    Args:
        data: folder of the corpora.
        out: folder of the result.
        recipe: how; `QUICK` for tests.
        work: folder of what is kept between runs; it may be removed afterwards.
        say: told in one line what happens.

    Returns:
        The figures, as written.
    """
    import_tensorflow("Training the encoder")
    for folder in (out, work):
        make_folder(folder)
    text = recipe_toml("encoder", _flat(recipe))
    rows, targets = _texts(data, recipe, work, say)
    student, figures = _pretrained(rows, targets, data, recipe, work, say)
    heads = _tuned(student, rows, targets, data, recipe, work, say)
    file = export_encoder(heads, table=recipe.table)
    (out / "encoder.tflite").write_bytes(file)
    figures["kilobytes"] = round(len(file) / 1024, 1)
    encoder = Encoder(file, place=str(out / "encoder.tflite"))
    figures["shipped"] = _likeness(lambda rows: encoder.read(_windows(rows)).sentence, data, work, say)
    figures["quantisation"] = quantisation_loss(heads, encoder, _valid(data, recipe, work))
    table, fitted = fit_table(data, encoder, recipe.fit, lectures=recipe.lectures, say=say)
    figures["fusion"] = fitted
    save_table(out / "transformer.json", kind=TRANSFORMER_KIND, version=TRANSFORMER_VERSION, body=asdict(table))
    (out / "encoder.recipe.toml").write_text(text, encoding="utf-8")
    body = json.dumps(figures, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False, default=float)
    (out / "encoder.metrics.json").write_text(body + "\n", encoding="utf-8")
    return figures


def _texts(data: Path, recipe: EncoderRecipe, work: Path, say: Say) -> tuple[PieceRows, Halves]:
    """What is distilled on, and MiniLM's vectors of it."""
    texts = read_texts(data, recipe.texts)
    targets = embed(texts, work / "embeddings", say, long=True)
    rows = PieceRows.of(texts, WordPiece.load())
    say(f"{len(rows):,} texts, {len(rows.flat):,} pieces")
    return rows, targets


def _pretrained(
    rows: PieceRows, targets: Halves, data: Path, recipe: EncoderRecipe, work: Path, say: Say
) -> tuple[SentenceStudent, dict[str, Any]]:
    import keras

    from models.mobilebert_edgetpu import MobileBertEdgeTpu

    pieces = WordPiece.load()
    keras.utils.set_random_seed(recipe.seed)
    student = SentenceStudent(MobileBertEdgeTpu(recipe.size))
    figures: dict[str, Any] = {"texts": len(rows), "pieces": len(rows.flat)}
    words = (student.encoder.size, recipe.texts, recipe.words, recipe.seed, rows.flat.tobytes())
    if student.encoder.size.narrows:
        counts = np.bincount(rows.flat, minlength=len(pieces))
        wanted = counts > 0 if recipe.seen_only else counts >= 0
        vectors = piece_vectors(wanted, first=pieces.id_of("[CLS]"), last=pieces.id_of("[SEP]"))
        start_from(student.encoder, student.sentence, vectors, counts)
        figures["start"] = _likeness(student.encode, data, work, say)
        learn_words(student, rows, targets, recipe.words, work, digest=_digest(*words), say=say)
        figures["words"] = _likeness(student.encode, data, work, say)
    else:
        start_from_blocks(student.encoder, student.sentence, SentenceEncoder().encoder)
        figures["start"] = _likeness(student.encode, data, work, say)
    student.encoder.embedding.word.bits = TABLES[recipe.table]
    digest = _digest(*words, recipe.table, recipe.pretrain)
    pretrain(student, rows, targets, recipe.pretrain, work, digest=digest, say=say)
    figures["pre-trained"] = _likeness(student.encode, data, work, say)
    return student, figures


def _tuned(
    student: SentenceStudent, rows: PieceRows, targets: Halves, data: Path, recipe: EncoderRecipe, work: Path, say: Say
) -> EncoderHeads:
    """The heads on the pre-trained student; meetings that the table is fitted on are kept from them."""
    examples = cached_examples(data, WordPiece.load(), recipe.examples, work / "heads")
    examples = seen_by_heads(examples, recipe.fit)
    say(f"{examples.n_sections:,} sections, {len(examples.ids):,} windows, {len(examples.labels):,} candidates")
    heads = EncoderHeads(student)
    wanted = tune_targets(examples, rows, targets, work / "heads", say=say)
    digest = _digest(recipe.tune, recipe.size, *(np.asarray(weight).tobytes() for weight in student.variables))
    tune(heads, examples, wanted, recipe.tune, work, digest=digest, say=say)
    return heads


def seen_by_heads(examples: HeadExamples, recipe: FitRecipe) -> HeadExamples:
    """The examples without the meetings that the table is fitted on."""
    kept = [
        corpus != "qmsum" or not is_kept(name, recipe)
        for name, corpus in zip(examples.recording_ids.tolist(), examples.recording_corpora.tolist(), strict=True)
    ]
    return examples.subset(np.array(kept)[examples.section_recordings])


def _valid(data: Path, recipe: EncoderRecipe, work: Path) -> HeadExamples:
    settings = replace(recipe.examples, split="valid", lower=False, lectures=0)
    return cached_examples(data, WordPiece.load(), settings, work / "heads")


def _likeness(encode: Encode, data: Path, work: Path, say: Say) -> dict[str, float]:
    """How close an encoder is to MiniLM on held-out texts, and whether it tells topics apart."""
    pieces = WordPiece.load()
    figures: dict[str, float] = {}
    ours: list[NDArray[np.float32]] = []
    theirs: list[NDArray[np.float32]] = []
    for name, texts in zip(("utterances", "stretches"), held_texts(data), strict=True):
        ours.append(encode(PieceRows.of(texts, pieces)))
        theirs.append(embed(texts, work / "held", say, long=True).astype(np.float32))
        figures[f"spearman, {name}"] = rank_correlation(ours[-1], theirs[-1])
    figures["spearman, both"] = rank_correlation(np.concatenate(ours), np.concatenate(theirs))
    topics = topic_pairs(data)
    figures["topics, AUC"] = topics.auc(encode(PieceRows.of(topics.texts, pieces)))
    figures["topics, AUC of MiniLM"] = topics.auc(embed(topics.texts, work / "held", say, long=True).astype(np.float32))
    figures = {name: round(value, 4) for name, value in figures.items()}
    say(", ".join(f"{name} {value}" for name, value in figures.items()))
    return figures


def _windows(rows: PieceRows) -> NDArray[np.int32]:
    """All rows at the width that the file takes."""
    ids, _ = rows.batch(np.arange(len(rows)))
    return np.pad(ids, ((0, 0), (0, WINDOW - ids.shape[1])))


def _digest(*parts: Any) -> str:
    raw = b"|".join(part if isinstance(part, bytes) else repr(part).encode() for part in parts)
    return hashlib.sha256(raw).hexdigest()


@dataclass(frozen=True, slots=True)
class _FlatRecipe:
    """`EncoderRecipe` as TOML wants it: plain values first, then tables."""

    size: str
    table: str
    lectures: int
    seen_only: bool
    seed: int
    texts: dict[str, Any]
    words: dict[str, Any]
    pretrain: dict[str, Any]
    examples: dict[str, Any]
    tune: dict[str, Any]
    fit: dict[str, Any]


def _flat(recipe: EncoderRecipe) -> _FlatRecipe:
    values = asdict(recipe)
    values["size"] = json.dumps(values["size"]) if isinstance(values["size"], dict) else values["size"]
    values["examples"] = {
        name: json.dumps(value) if name == "documents" else value
        for name, value in values["examples"].items()
        if value is not None
    }
    return _FlatRecipe(**values)
