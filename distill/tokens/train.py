"""`earmark distill tokens`: the token encoders that classifiers start from, out of the dialogue corpora.

Every distinct message and short reply of smart reply's pairs is a text; each size learns to point where MiniLM's
sentence embedding of it does. A run that was stopped goes on: embeddings and epochs are kept in the work folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.artefact import write_beside
from distill.checkpoint import keep_variables, make_folder, restore_variables
from distill.distortion import Distortion
from distill.feed import Examples, Feed
from distill.quiet import import_tensorflow
from distill.reply.embeddings import embed, text_key
from distill.reply.pairs import SOURCES, read_pairs, without_near_duplicates
from distill.student_rows import TokenRows
from distill.tokens.start import write_start
from distill.tokens.step import EmbeddingStep
from distill.training_log import progress
from projection import Projection

__all__ = ["QUICK", "TokensRecipe", "train_tokens"]

HELD = 4096
"""At most so many texts, and at most one in four, are measured on and not learnt from."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TokensRecipe:
    """Everything that decides what is trained, the corpora aside.

    Attributes:
        sizes: names in `models.sequence_projection_net.SEQUENCE_SIZES`, all trained in one run.
        sources: most pairs of each corpus file.
        epochs: passes over all texts.
        batch_size: texts a step.
        rate: the highest learning rate.
        relation: weight of the similarities within a batch.
        distorted: share of the texts that are read with distortion, in every epoch others.
        seed: of everything random.
    """

    sizes: tuple[str, ...] = ("small", "medium", "large")
    epochs: int = 2
    batch_size: int = 128
    rate: float = 1e-2
    relation: float = 1.0
    distorted: float = 0.3
    seed: int = 1
    sources: dict[str, int] = field(default_factory=lambda: dict(SOURCES))


QUICK = TokensRecipe(sources={"samsum.train": 300}, epochs=1, batch_size=32)
"""Tiny: shows that every part works together; what it makes is of no use."""


def train_tokens(
    data: Path, out: Path, recipe: TokensRecipe, *, work: Path, say: Say = lambda line: None
) -> dict[str, Any]:
    """Train and write `tokens.npz` with its recipe and metrics into `out`.

    Args:
        data: folder of the corpora.
        out: folder of the result.
        recipe: how; `QUICK` for tests.
        work: folder of what is kept between runs; it may be removed afterwards.
        say: told in one line what happens.

    Returns:
        The metrics, as written.

    Raises:
        CorpusError: a corpus is missing or damaged.
        ArtifactError: `work` has the state of another training.
    """
    import_tensorflow("Pre-training token encoders")
    import keras

    from models.sequence_projection_net import SEQUENCE_SIZES, sentence_core

    for folder in (out, work):
        make_folder(folder)
    texts = _texts(data, recipe)
    vectors = embed(texts, work / "embeddings", say)
    held = min(HELD, len(texts) // 4)
    sizes = {name: SEQUENCE_SIZES[name] for name in recipe.sizes}
    projection = Projection(bits=max(size.bits for size in sizes.values()))
    rows = TokenRows(projection)
    learnt = _feed(texts[held:], vectors[held:], rows, recipe, distorted=True)
    measured = _feed(texts[:held], vectors[:held], rows, recipe, distorted=False)
    say(f"{len(texts) - held:,} texts to learn from, {held:,} to measure on")
    keras.utils.set_random_seed(recipe.seed)
    cores = {name: sentence_core(size, vectors.shape[1]) for name, size in sizes.items()}
    step = EmbeddingStep(cores, relation=recipe.relation, rate=recipe.rate, steps=recipe.epochs * learnt.steps)
    _learn(step, learnt, recipe, work, _digest(recipe, texts, sizes), say)
    cosines = _cosines(step, measured, vectors[:held])
    metrics = {
        "texts": len(texts) - held,
        "held": held,
        "cosine": {name: round(value, 4) for name, value in cosines.items()},
        "parameters": {name: int(core.count_params()) for name, core in cores.items()},
    }
    write_start(out / "tokens.npz", cores, sizes, projection)
    write_beside(out, "tokens", recipe, metrics)
    return metrics


def _texts(data: Path, recipe: TokensRecipe) -> list[str]:
    """Distinct texts in an order that has nothing to do with the corpora's."""
    pairs = without_near_duplicates(read_pairs(data, recipe.sources))
    found = {pair.message for pair in pairs} | {pair.reply for pair in pairs if pair.short}
    return sorted(found, key=text_key)


def _feed(
    texts: Sequence[str], vectors: NDArray[np.float16], rows: TokenRows, recipe: TokensRecipe, *, distorted: bool
) -> Feed:
    examples = Examples(tuple(texts), None, np.zeros(len(texts), np.int32))
    return Feed(examples, rows, targets=vectors, batch_size=recipe.batch_size, distortion=Distortion(),
                share=recipe.distorted if distorted else 0.0, seed=recipe.seed)  # fmt: skip


def _learn(step: EmbeddingStep, feed: Feed, recipe: TokensRecipe, work: Path, digest: str, say: Say) -> None:
    path = work / "tokens.npz"
    done = restore_variables(path, step.variables, digest=digest)
    with progress("token encoders", total=recipe.epochs, done=done) as bar:
        for number in range(done + 1, recipe.epochs + 1):
            losses: dict[str, list[float]] = {}
            for batch in bar.over(feed.epoch(number), feed.steps, f"epoch {number}/{recipe.epochs}"):
                for name, loss in step.train(batch).items():
                    losses.setdefault(name, []).append(loss)
            keep_variables(path, step.variables, done=number, digest=digest)
            means = {name: float(np.mean([float(loss) for loss in each])) for name, each in losses.items()}
            say(f"epoch {number}: " + ", ".join(f"{name} {mean:.4f}" for name, mean in means.items()))


def _cosines(step: EmbeddingStep, feed: Feed, vectors: NDArray[np.float16]) -> dict[str, float]:
    """Mean cosine to the wanted embeddings, by size."""
    sums = dict.fromkeys(step.cores, 0.0)
    for part, batch in feed.in_order():
        for name, found in step.embed(batch).items():
            sums[name] += float(np.sum(found * vectors[part].astype(np.float32)))
    return {name: total / len(vectors) for name, total in sums.items()}


def _digest(recipe: TokensRecipe, texts: Sequence[str], sizes: dict[str, Any]) -> str:
    widths = {name: asdict(size) for name, size in sizes.items()}
    sha = hashlib.sha256(json.dumps([asdict(recipe), widths], sort_keys=True).encode())
    for text in texts:
        sha.update(text_key(text))
    return sha.hexdigest()
