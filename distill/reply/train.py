"""`earmark distill reply`: pairs, trainer, student, calibration and gates from the corpora, one file out.

A run that was stopped goes on: embeddings and the student's epochs are kept in the work folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from distill.artefact import recipe_toml
from distill.checkpoint import make_folder
from distill.quiet import import_tensorflow
from distill.reply.calibrate import calibrate_heads, calibration_error, fit_settings, read_corpus
from distill.reply.caution import read_caution
from distill.reply.corpus import ReplyCorpus
from distill.reply.export import encode_replies, export_reply
from distill.reply.pairs import SOURCES, Pair, read_pairs, without_near_duplicates
from distill.reply.reply_yaml import read_reply_yaml
from distill.reply.set_targets import SetTargets
from distill.reply.set_vectors import shifted
from distill.reply.situations import SituationTargets, read_situations
from distill.reply.student import StudentRecipe, TrainedStudent
from distill.reply.student_run import train_student
from distill.reply.trainer import TrainerHeads, TrainerRecipe, train_heads
from smartreply.replies import ReplyEntry

__all__ = ["QUICK", "REPLIES", "ReplyRecipe", "finish", "read_corpora", "short_answers", "train_gates", "train_reply"]

REPLIES = Path(__file__).parents[2] / "smartreply" / "pretrained" / "en" / "replies.yaml"
"""The shipped English replies."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ReplyRecipe:
    """Everything that decides what is trained, the corpora aside.

    Attributes:
        size: of the student, a name in `models.reply_net.REPLY_SIZES`.
        sources: most pairs of each corpus file.
        trainer: of the trainer's heads.
        student: of the student.
        held: one dialogue in so many is kept for calibration.
        trigger_threshold: P(a short reply follows) from which on replies are shown.
        polar_threshold: P(a yes or no is asked for) from which on both are offered.
        echo_threshold: likeness of a reply and the message from which on it is an echo.
        register_weight: how much the user's way of writing moves replies written that way.
        seed: of everything random.
    """

    size: str = "medium"
    sources: dict[str, int] = field(default_factory=lambda: dict(SOURCES))
    trainer: TrainerRecipe = field(default_factory=TrainerRecipe)
    student: StudentRecipe = field(default_factory=StudentRecipe)
    held: int = 40
    trigger_threshold: float = 0.3
    polar_threshold: float = 0.32
    echo_threshold: float = 0.9
    register_weight: float = 0.5
    seed: int = 1


QUICK = ReplyRecipe(
    size="small",
    sources={"samsum.train": 1200},
    held=4,
    trainer=TrainerRecipe(hidden=32, epochs=1, batch_size=128),
    student=StudentRecipe(embedding_epochs=1, pair_epochs=1, set_epochs=1, embedding_batch=64, batch_size=64),
)
"""Tiny: shows that every part works together; what it makes is of no use."""


def train_reply(
    data: Path, out: Path, recipe: ReplyRecipe, *, work: Path, quick: bool = False, say: Say = lambda line: None
) -> dict[str, Any]:
    """Train, calibrate and export; writes `smartreply.tflite` with its recipe and metrics into `out`.

    Args:
        data: folder of the corpora.
        out: folder of the result.
        recipe: how; `QUICK` for tests.
        work: folder of what is kept between runs; it may be removed afterwards.
        quick: train the gates from our own lists alone.
        say: told in one line what happens.

    Returns:
        The metrics, as written.
    """
    import_tensorflow("Training smart reply")
    import keras

    from models.reply_graph import ReplyGates
    from models.reply_net import ReplyNet

    for folder in (out, work):
        make_folder(folder)
    text = recipe_toml("reply", _flat(recipe))
    digest = hashlib.sha256(text.encode()).hexdigest()
    keras.utils.set_random_seed(recipe.seed)
    projection = ReplyNet.default_projection()
    replies = read_reply_yaml(REPLIES)
    corpus, held = read_corpora(data, recipe, work, say)
    learned = _learned_digest(recipe, corpus)
    heads = _heads(corpus, recipe, work, learned, say)
    targets = SetTargets.of(replies, corpus.table, work / "embeddings", short_answers(corpus), heads=heads, say=say)
    situations = read_situations({reply.intent for reply in replies})
    own = SituationTargets.of(situations, replies, corpus.table, targets.prior_weight * targets.prior, seed=recipe.seed)
    net = ReplyNet(recipe.size, projection, name="student")
    shape = hashlib.sha256(json.dumps(net.get_config(), sort_keys=True).encode()).hexdigest()
    trained = train_student(
        net, corpus, recipe.student, work, name=f"student-{recipe.size}", digest=learned + own.digest() + shape,
        heads=heads, targets=targets, situations=own, say=say,
    )  # fmt: skip
    english, sensitive, gate_figures = train_gates(data, work, quick=quick, say=say)
    model, figures = finish(
        net, trained, held, targets, replies, ReplyGates(english, sensitive), recipe,
        thresholds={"english_threshold": gate_figures["english"]["threshold"],
                    "sensitive_threshold": gate_figures["sensitive"]["threshold"]},
        digest=digest,
    )  # fmt: skip
    (out / "smartreply.tflite").write_bytes(model)
    (out / "smartreply.recipe.toml").write_text(text, encoding="utf-8")
    metrics = {"pairs": len(corpus), "texts": len(corpus.texts), **figures, "gates": gate_figures}
    body = json.dumps(metrics, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False, default=float)
    (out / "smartreply.metrics.json").write_text(body + "\n", encoding="utf-8")
    return metrics


def read_corpora(data: Path, recipe: ReplyRecipe, work: Path, say: Say) -> tuple[ReplyCorpus, ReplyCorpus]:
    """What is trained on, and what calibration sees; both share their tokens."""
    from models.reply_net import ReplyNet

    pairs = without_near_duplicates(read_pairs(data, recipe.sources))
    say(f"{len(pairs):,} pairs, {sum(pair.short for pair in pairs):,} of them with a short reply")
    kept = [pair for pair in pairs if not _is_held(pair, recipe.held)]
    held = [pair for pair in pairs if _is_held(pair, recipe.held)]
    cache = work / "embeddings"
    corpus = ReplyCorpus.of(kept, ReplyNet.default_projection(), cache, seed=recipe.seed, say=say)
    return corpus, ReplyCorpus.of(held, corpus.table.projection, cache, table=corpus.table, seed=recipe.seed, say=say)


def train_gates(data: Path, work: Path, *, quick: bool, say: Say) -> tuple[Any, Any, dict[str, Any]]:
    """The English and the sensitive gate, and the figures of both; kept in `work` for the next run."""
    from distill.reply.english import train_english_gate
    from distill.reply.gate_files import gates_digest, load_gates, save_gates
    from distill.reply.sensitive import train_sensitive_gate
    from models.reply_gates import gate_projection
    from models.reply_net import ReplyNet

    projection = gate_projection(ReplyNet.default_projection())
    path = work / f"gates-{gates_digest(projection)}.npz"
    if not quick and path.exists():
        return load_gates(path)
    english, english_figures = train_english_gate(data, projection, quick=quick, say=say)
    cache = None if quick else work / "embeddings"
    sensitive, sensitive_figures = train_sensitive_gate(data, projection, quick=quick, cache=cache, say=say)
    figures = {"english": english_figures, "sensitive": sensitive_figures}
    if not quick:
        save_gates(path, english, sensitive, figures)
    return english, sensitive, figures


def finish(
    net: Any,
    trained: TrainedStudent,
    held: ReplyCorpus,
    targets: SetTargets,
    replies: Sequence[ReplyEntry],
    gates: Any,
    recipe: ReplyRecipe,
    *,
    thresholds: dict[str, float],
    digest: str,
) -> tuple[bytes, dict[str, Any]]:
    """Calibrate a trained student on held-out pairs and put everything into one file; the file and its figures."""
    calibrate_heads(net, held, read_corpus(net, held))
    read = read_corpus(net, held)
    vectors = encode_replies(net, [reply.text for reply in replies])
    if trained.shifts is not None:
        vectors = np.asarray(shifted(vectors, trained.shifts))
    own = {name: getattr(recipe, name) for name in (
        "trigger_threshold", "polar_threshold", "echo_threshold", "register_weight")}  # fmt: skip
    settings, figures = fit_settings(read, held, targets, vectors, trained.scale, thresholds={**own, **thresholds})
    caution = read_caution(reply.intent for reply in replies)
    prior = targets.prior_weight * targets.prior
    listed = [
        replace(reply, prior=round(float(value) - caution.get(reply.intent, 0.0), 4))
        for reply, value in zip(replies, prior, strict=True)
    ]
    model = export_reply(net, gates, listed, settings, vectors=vectors, recipe_sha256=digest)
    share = (1.0 / (1.0 + np.exp(-read.trigger))).astype(np.float32)
    shown = held.short[share >= recipe.trigger_threshold]
    figures["trigger"] = {
        "base": round(float(held.short.mean()), 4),
        "ece": round(calibration_error(share, held.short > 0.5), 4),
        "shown": round(float((share >= recipe.trigger_threshold).mean()), 4),
        "precision": round(float(shown.mean()), 4) if len(shown) else None,
    }
    figures["kilobytes"] = round(len(model) / 1024, 1)
    figures["scale"] = round(trained.scale, 3)
    return model, figures


def _heads(corpus: ReplyCorpus, recipe: ReplyRecipe, work: Path, digest: str, say: Say) -> TrainerHeads:
    path = work / f"heads-{digest[:12]}.npz"
    if path.exists():
        return TrainerHeads.load(path)
    heads = train_heads(corpus, recipe.trainer, say)
    heads.save(path)
    return heads


def _learned_digest(recipe: ReplyRecipe, corpus: ReplyCorpus) -> str:
    """Of what decides the weights: thresholds may change without training again, other pairs are another training."""
    plain = replace(recipe, trigger_threshold=0.0, polar_threshold=0.0, echo_threshold=0.0, register_weight=0.0)
    sha = hashlib.sha256(json.dumps([asdict(plain), corpus.texts], sort_keys=True).encode())
    for column in (corpus.message, corpus.reply, corpus.context):
        sha.update(column.tobytes())
    return sha.hexdigest()


def short_answers(corpus: ReplyCorpus) -> Any:
    return corpus.vectors[corpus.reply[(corpus.short > 0) & (corpus.reply >= 0)]]


def _is_held(pair: Pair, one_in: int) -> bool:
    return int.from_bytes(hashlib.sha1(pair.dialogue.encode(), usedforsecurity=False).digest(), "big") % one_in == 0


def _flat(recipe: ReplyRecipe) -> Any:
    """The recipe with its parts as tables, as `recipe_toml` writes them."""
    parts: dict[str, Any] = {"trainer": asdict(recipe.trainer), "student": asdict(recipe.student)}
    return replace(recipe, **parts)
