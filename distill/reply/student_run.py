"""A student's training from its first epoch to its last, or on from where it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from distill.checkpoint import Checkpoint, keep_variables, read_checkpoint, restore_variables, write_checkpoint
from distill.reply.corpus import ReplyCorpus
from distill.reply.pair_trainer import PairTrainer
from distill.reply.set_targets import SetTargets
from distill.reply.situations import SituationTargets
from distill.reply.student import StudentRecipe, StudentTraining, TrainedStudent
from distill.reply.trainer import TrainerHeads
from distill.training_log import progress

__all__ = ["train_student"]


def train_student(
    net: Any,
    corpus: ReplyCorpus,
    recipe: StudentRecipe,
    work: Path,
    *,
    name: str,
    digest: str,
    heads: TrainerHeads | PairTrainer | None = None,
    targets: SetTargets | None = None,
    situations: SituationTargets | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> TrainedStudent:
    """Train `net` in place, or go on from its checkpoint in `work`.

    Args:
        net: a `ReplyNet`.
        corpus: the pairs.
        recipe: how.
        work: folder of the checkpoint.
        name: of this training there.
        digest: of everything that decides what happens.
        heads: the trainer, or None; one that learns in the same steps is trained in place too.
        targets: of the reply set, or None.
        situations: messages of our own, or None; without them or `targets` there is no stage 3.
        say: told a line after every epoch.
    """
    training = StudentTraining(net, corpus, heads, targets, recipe, situations)
    epochs = [("embedding", one + 1) for one in range(recipe.embedding_epochs)]
    epochs += [("pair", one + 1) for one in range(recipe.pair_epochs)]
    if situations is not None and targets is not None:
        epochs += [("situation", one + 1) for one in range(recipe.situation_epochs)]
    of_stage = {
        "embedding": (training.embedding_epoch, recipe.rate, len(corpus.texts), recipe.embedding_batch),
        "pair": (training.pair_epoch, recipe.pair_rate, len(corpus), recipe.batch_size),
        "situation": (training.situation_epoch, recipe.situation_rate, len(corpus), recipe.batch_size),
    }
    path, before = work / f"{name}.npz", work / f"{name}-before-situations.npz"
    saved = read_checkpoint(path, digest=digest)
    done = 0 if saved is None else int(saved.about["done"])
    with progress(name, total=len(epochs), done=done) as bar:
        for index, (stage, number) in enumerate(epochs):
            run, rate, size, batch = of_stage[stage]
            if number == 1 or index == done:
                training.start(rate, sum(one == stage for one, _ in epochs) * -(-size // batch))
            if index < done:
                continue
            if saved is not None:
                # A stage begins with a fresh optimiser, whose steps and moments are not those of the one before.
                restored = training.kept if number == 1 else training.state
                for position, variable in enumerate(restored):
                    variable.assign(saved.arrays[f"{position}"])
                saved = None
            if stage == "situation" and number == 1:
                keep_variables(before, training.kept, done=0, digest=digest)
            losses = run(number, bar)
            say(f"{name}, {stage} {number}: " + ", ".join(f"{part} {value:.4f}" for part, value in losses.items()))
            arrays = {f"{position}": np.asarray(variable) for position, variable in enumerate(training.state)}
            write_checkpoint(path, Checkpoint(digest, {"done": index + 1}, arrays))
    if saved is not None:  # everything was done before: only the weights are wanted
        for position, variable in enumerate(training.kept):
            variable.assign(saved.arrays[f"{position}"])
    if epochs and epochs[-1][0] == "situation":
        _blend(training.kept, before, recipe.situation_share, digest)
    return training.trained


def _blend(variables: list[Any], path: Path, share: float, digest: str) -> None:
    """Take the variables back towards what `path` kept, so that only `share` of the way is gone."""
    new = [np.asarray(variable) for variable in variables]
    restore_variables(path, variables, digest=digest)
    for variable, value in zip(variables, new, strict=True):
        old = np.asarray(variable)
        variable.assign(old + share * (value - old))
