"""The trainer, fine-tuned: the last blocks of MiniLM and the heads on it learn together from the pairs.

The heads alone (`distill.reply.trainer`) can only turn what MiniLM says of a text; here what it says changes too. On a
CPU a step of this costs as much as thousands of steps of the heads, so it begins where they ended, sees as many pairs
as there is time for, and leaves the lower blocks as they are: they only run forwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from distill.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from distill.corpora import CorpusError
from distill.quiet import import_tensorflow
from distill.reply.corpus import NOTHING, ReplyCorpus
from distill.reply.trainer import TrainerHeads, head_logits, head_variables, in_batch_loss, trained_heads
from earmark.errors import EarmarkError

__all__ = ["FineTuneRecipe", "FineTunedTrainer", "SentenceModel", "fine_tune"]

Floats = NDArray[np.float32]

POOL = 24
"""Batches whose pairs are sorted by the length of their messages together, so that little padding is computed."""

_NO_TEXT = ""


class SentenceModel(Protocol):
    """A BERT whose sentence vectors the heads read (`distill.minilm.SentenceEncoder`).

    Attributes:
        encoder: a `models.bert.BertEncoder` that gives "sentence", float32 (batch, width), of length 1.
        tokens: texts to its inputs (`models.bert_tokens.BertTokens`).
    """

    encoder: Any
    tokens: Any

    def encode(self, texts: Sequence[str], *, batch_size: int = 64) -> Floats:
        """Sentence vectors, float32 (texts, width)."""


@dataclass(frozen=True, slots=True)
class FineTuneRecipe:
    """How it is trained.

    Attributes:
        steps: batches that are seen.
        batch_size: pairs a step; every other reply of the batch is a negative.
        layers: blocks that learn, from the last one down; those below stay MiniLM's.
        rate: their highest learning rate.
        heads_rate: that of the heads.
        no_context: share of the steps in which the turn before is hidden.
        keep: steps between two checkpoints.
        seed: of everything random.
    """

    steps: int = 1000
    batch_size: int = 96
    layers: int = 3
    rate: float = 5e-5
    heads_rate: float = 2e-4
    no_context: float = 0.5
    keep: int = 100
    seed: int = 1

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("batch_size", 2), ("layers", 1), ("keep", 1)):
            if getattr(self, name) < least:
                raise EarmarkError(f"The '{name}' of a FineTuneRecipe must be {least} or more. "
                                   f"Got {getattr(self, name)}.")  # fmt: skip
        for name in ("rate", "heads_rate"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise EarmarkError(f"The '{name}' of a FineTuneRecipe must lie between 0 and 1. "
                                   f"Got {getattr(self, name)}.")  # fmt: skip
        if not 0.0 <= self.no_context <= 1.0:
            raise EarmarkError(f"The 'no_context' of a FineTuneRecipe must lie between 0 and 1. Got {self.no_context}.")


class FineTunedTrainer:
    """A tuned encoder and its heads; unit vectors as `TrainerHeads` gives them, but from texts.

    Args:
        model: the encoder with its tokenizer.
        heads: heads over its vectors.
    """

    def __init__(self, model: SentenceModel, heads: TrainerHeads) -> None:
        self.model, self.heads = model, heads

    def queries(self, messages: Sequence[str], before: Sequence[str]) -> Floats:
        """Of messages and the turns before them, "" where there was none; float32 (n, width)."""
        vectors = self._vectors([*messages, *before])
        context = vectors[len(messages) :]
        context[[not text for text in before]] = 0.0
        return self.heads.queries(vectors[: len(messages)], context)

    def replies(self, texts: Sequence[str]) -> Floats:
        """Of replies, float32 (n, width)."""
        return self.heads.replies(self._vectors(texts))

    def _vectors(self, texts: Sequence[str]) -> Floats:
        distinct = list(dict.fromkeys(texts))
        places = {text: place for place, text in enumerate(distinct)}
        found: Floats = np.asarray(self.model.encode(distinct), np.float32)[[places[text] for text in texts]]
        return found


def fine_tune(
    model: SentenceModel,
    corpus: ReplyCorpus,
    heads: TrainerHeads,
    recipe: FineTuneRecipe,
    work: Path,
    *,
    digest: str,
    say: Callable[[str], None] = lambda line: None,
) -> FineTunedTrainer:
    """Train the last blocks of `model`, in place, and a copy of `heads`; goes on where a stopped run was.

    Args:
        model: an encoder as the heads know it.
        corpus: the pairs; those with a short reply are learnt from.
        heads: trained on the encoder's vectors.
        recipe: how.
        work: folder of the checkpoint.
        digest: of what decides the result besides the recipe; a checkpoint of another one is refused.
        say: told a line at every checkpoint.

    Raises:
        ArtifactError: the checkpoint is damaged or of another training.
        CorpusError: fewer pairs with a short reply than a batch.
        EarmarkError: the encoder has fewer blocks than are to learn.
    """
    tf = import_tensorflow("Training smart reply")
    import keras

    usable = np.nonzero(corpus.reply != NOTHING)[0]
    if len(usable) < recipe.batch_size:
        raise CorpusError(
            f"fine-tuning needs {recipe.batch_size} or more pairs with a short reply, a batch. Got {len(usable)}."
        )
    encoder = model.encoder
    if recipe.layers > len(encoder.blocks):
        raise EarmarkError(
            f"The 'layers' that are tuned must be at most {len(encoder.blocks)}, the encoder's. Got {recipe.layers}."
        )
    variables = head_variables(heads.weights["query_bias"].shape[0], heads.scale, width=encoder.bert.hidden_size)
    for name, variable in variables.items():
        variable.assign(np.log(heads.scale) if name == "scale" else heads.weights[name])
    blocks = [variable for block in encoder.blocks[-recipe.layers :] for variable in block.trainable_variables]
    groups = [(blocks, recipe.rate), (list(variables.values()), recipe.heads_rate)]
    optimizers = []
    for group, rate in groups:
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, recipe.steps, warmup_target=rate, warmup_steps=max(recipe.steps // 10, 1)
        )
        optimizers.append(keras.optimizers.AdamW(schedule, weight_decay=0.01, clipnorm=1.0))
        optimizers[-1].build(group)
    state = [*blocks, *variables.values(), *(variable for each in optimizers for variable in each.variables)]
    seeds = [variable for variable in encoder.non_trainable_variables if "seed" in variable.name]

    rows = {name: tf.TensorSpec((None, None), tf.int32) for name in ("token_ids", "padding_mask", "segment_ids")}
    number = tf.TensorSpec((None,), tf.int32)

    # One graph for every shape: with several, a resumed run would round otherwise than one that was not stopped.
    @tf.function(input_signature=[rows, {"inputs": rows, "shown": number}, rows, number], autograph=False)  # type: ignore[untyped-decorator]
    def step(asked: Any, before: Any, reply: Any, number: Any) -> Any:
        with tf.GradientTape() as tape:
            message = encoder(asked, training=True)["sentence"]
            # No turn before the message is a row of zeros, as the heads know it.
            shown = tf.cast(before["shown"], tf.float32)[:, None]
            context = encoder(before["inputs"], training=True)["sentence"] * shown
            answer = encoder(reply, training=True)["sentence"]
            loss = tf.reduce_mean(in_batch_loss(head_logits(variables, message, context, answer, 0.0), number))
        slopes = tape.gradient(loss, [group for group, _ in groups])
        for optimizer, (group, _), mine in zip(optimizers, groups, slopes, strict=True):
            optimizer.apply_gradients(zip(mine, group, strict=True))
        return loss

    path, digest = work / "fine-tuned.npz", f"{digest} {recipe}"
    saved = read_checkpoint(path, digest=digest)
    done = 0
    if saved is not None:
        done = int(saved.about["done"])
        for position, variable in enumerate(state):
            variable.assign(saved.arrays[f"{position}"])
    losses: list[float] = []
    for at, part in enumerate(_parts(corpus, usable, recipe)):
        if at < done:
            continue
        chance = np.random.default_rng([recipe.seed, 2, at])
        for seed in seeds:  # dropout draws the same whether the run was stopped before this step or not
            seed.assign(chance.integers(2**31, size=2).astype(seed.dtype))
        hidden = chance.random() < recipe.no_context
        losses.append(float(step(*_inputs(model.tokens, corpus, part, hidden=hidden))))
        done = at + 1
        if done % recipe.keep == 0 or done == recipe.steps:
            arrays = {f"{position}": np.asarray(variable) for position, variable in enumerate(state)}
            write_checkpoint(path, Checkpoint(digest, {"done": done}, arrays))
            say(f"fine-tuned trainer, step {done:,} of {recipe.steps:,}: loss {np.mean(losses):.4f}")
            losses = []
    return FineTunedTrainer(model, trained_heads(variables))


def _parts(corpus: ReplyCorpus, usable: NDArray[np.intp], recipe: FineTuneRecipe) -> list[NDArray[np.intp]]:
    """The pairs of every step: all pairs in any order, then once more, messages of like length together."""
    chance = np.random.default_rng([recipe.seed, 1])
    lengths = np.count_nonzero(corpus.rows[corpus.message], axis=1)
    parts: list[NDArray[np.intp]] = []
    while len(parts) < recipe.steps:
        order = chance.permutation(usable)
        for start in range(0, len(order), POOL * recipe.batch_size):
            pool = order[start : start + POOL * recipe.batch_size]
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            whole = len(pool) // recipe.batch_size
            batches = pool[: whole * recipe.batch_size].reshape(whole, recipe.batch_size)
            parts += list(batches[chance.permutation(whole)])
    return parts[: recipe.steps]


def _inputs(tokens: Any, corpus: ReplyCorpus, part: NDArray[np.intp], *, hidden: bool) -> tuple[Any, ...]:
    """What a step reads: messages, turns before them, replies, and the replies' numbers."""

    def read(positions: NDArray[np.int32]) -> Mapping[str, Any]:
        texts = [_NO_TEXT if place == NOTHING else corpus.texts[place] for place in positions]
        found: Mapping[str, Any] = tokens.encode(texts)
        return found

    before = np.full(len(part), NOTHING, np.int32) if hidden else corpus.before[part]
    shown = {"inputs": read(before), "shown": (before != NOTHING).astype(np.int32)}
    return read(corpus.message[part]), shown, read(corpus.reply[part]), corpus.reply[part]
