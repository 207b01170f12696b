"""The trainer, fine-tuned: the last blocks of MiniLM and the heads on it learn together from the pairs.

The heads alone (`distill.reply.trainer`) can only turn what MiniLM says of a text; here what it says changes too. It
begins where the heads ended and leaves the lower blocks as they are: what they say of a text is computed once
(`distill.reply.lower_states`), and a step costs the upper ones alone, in bfloat16.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from distill.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from distill.corpora import CorpusError
from distill.quiet import import_tensorflow
from distill.reply.corpus import NOTHING, ReplyCorpus
from distill.reply.lower_states import LowerStates, blocks_of, lower_states
from distill.reply.trainer import TrainerHeads, head_logits, head_variables, in_batch_loss, trained_heads
from earmark.errors import EarmarkError

__all__ = ["FineTuneRecipe", "FineTunedTrainer", "SentenceModel", "fine_tune"]

Floats = NDArray[np.float32]

GROUPS = 8
"""Parts of a batch, sorted by length, so that little padding is computed."""


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
        no_context: share of the pairs whose turn before is hidden.
        keep: steps between two checkpoints.
        seed: of everything random.
    """

    steps: int = 1200
    batch_size: int = 256
    layers: int = 3
    rate: float = 1e-4
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
        work: folder of the checkpoint and of the lower blocks' states.
        digest: of what decides the result besides the recipe; a checkpoint of another one is refused.
        say: told a line at every checkpoint.

    Raises:
        ArtifactError: the checkpoint is damaged or of another training.
        CorpusError: fewer pairs with a short reply than a batch.
        EarmarkError: the encoder has fewer blocks than are to learn, or the disk is too full for the states.
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
    fixed = len(encoder.blocks) - recipe.layers
    variables = head_variables(heads.weights["query_bias"].shape[0], heads.scale, width=encoder.bert.hidden_size)
    for name, variable in variables.items():
        variable.assign(np.log(heads.scale) if name == "scale" else heads.weights[name])
    upper = blocks_of(encoder, fixed, len(encoder.blocks))
    blocks = [variable for block in upper for variable in block.trainable_variables]
    update = [(blocks, recipe.rate), (list(variables.values()), recipe.heads_rate)]
    optimizers = []
    for group, rate in update:
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, recipe.steps, warmup_target=rate, warmup_steps=max(recipe.steps // 10, 1)
        )
        optimizers.append(keras.optimizers.AdamW(schedule, weight_decay=0.01, clipnorm=1.0))
        optimizers[-1].build(group)
    state = [*blocks, *variables.values(), *(variable for each in optimizers for variable in each.variables)]
    seeds = [variable for block in upper for variable in block.non_trainable_variables if "seed" in variable.name]

    group_spec = {"states": tf.TensorSpec((None, None, encoder.bert.hidden_size), tf.float16),
                  "mask": tf.TensorSpec((None, None), tf.int32)}  # fmt: skip
    number = tf.TensorSpec((None,), tf.int32)

    def sentences(groups: Any) -> Any:
        """Vectors of all texts of a batch, in the order of the groups, and behind them the zeros of no text."""
        found = []
        for group in groups:
            x = tf.cast(group["states"], tf.float32)
            for block in upper:
                x = block(x, group["mask"], training=True)
            found.append(encoder.pool(x, group["mask"]))
        return tf.concat([*found, tf.zeros((1, encoder.bert.hidden_size))], 0)

    # One graph for every shape: with several, a resumed run would round otherwise than one that was not stopped.
    @tf.function(input_signature=[[group_spec] * GROUPS, number, number, number, number], autograph=False)  # type: ignore[untyped-decorator]
    def step(groups: Any, message: Any, before: Any, reply: Any, number: Any) -> Any:
        with tf.GradientTape() as tape:
            vectors = sentences(groups)
            asked, earlier, answer = (tf.gather(vectors, places) for places in (message, before, reply))
            loss = tf.reduce_mean(in_batch_loss(head_logits(variables, asked, earlier, answer, 0.0), number))
        slopes = tape.gradient(loss, [group for group, _ in update])
        for optimizer, (group, _), mine in zip(optimizers, update, slopes, strict=True):
            optimizer.apply_gradients(zip(mine, group, strict=True))
        return loss

    path, digest = work / "fine-tuned.npz", f"{digest} {recipe}"
    saved = read_checkpoint(path, digest=digest)
    done = 0
    if saved is not None:
        done = int(saved.about["done"])
        for position, variable in enumerate(state):
            variable.assign(saved.arrays[f"{position}"])
    places = _texts_of_pairs(corpus)
    if done < recipe.steps:
        lower = lower_states(model, [corpus.texts[place] for place in places], layers=fixed, folder=work, say=say)
    losses: list[float] = []
    for at, part in enumerate(_parts(usable, recipe)):
        if at < done:
            continue
        chance = np.random.default_rng([recipe.seed, 2, at])
        for seed in seeds:  # dropout draws the same whether the run was stopped before this step or not
            seed.assign(chance.integers(2**31, size=2).astype(seed.dtype))
        hidden = chance.random(len(part)) < recipe.no_context
        before = np.where(hidden, NOTHING, corpus.before[part]).astype(np.int32)
        losses.append(float(step(*_inputs(lower, places, corpus.message[part], before, corpus.reply[part]))))
        done = at + 1
        if done % recipe.keep == 0 or done == recipe.steps:
            arrays = {f"{position}": np.asarray(variable) for position, variable in enumerate(state)}
            write_checkpoint(path, Checkpoint(digest, {"done": done}, arrays))
            say(f"fine-tuned trainer, step {done:,} of {recipe.steps:,}: loss {np.mean(losses):.4f}")
            losses = []
    for block, tuned in zip(encoder.blocks[fixed:], upper, strict=True):
        block.set_weights(tuned.get_weights())
    return FineTunedTrainer(model, trained_heads(variables))


def _texts_of_pairs(corpus: ReplyCorpus) -> NDArray[np.int32]:
    """Positions of the texts that the pairs with a short reply hold, rising."""
    usable = corpus.reply != NOTHING
    places = np.unique(np.concatenate([corpus.message[usable], corpus.before[usable], corpus.reply[usable]]))
    return np.asarray(places[places != NOTHING], np.int32)


def _parts(usable: NDArray[np.intp], recipe: FineTuneRecipe) -> list[NDArray[np.intp]]:
    """The pairs of every step: all pairs in any order, then once more."""
    chance = np.random.default_rng([recipe.seed, 1])
    parts: list[NDArray[np.intp]] = []
    while len(parts) < recipe.steps:
        whole = len(usable) // recipe.batch_size * recipe.batch_size
        parts += list(chance.permutation(usable)[:whole].reshape(-1, recipe.batch_size))
    return parts[: recipe.steps]


def _inputs(
    lower: LowerStates,
    known: NDArray[np.int32],
    message: NDArray[np.int32],
    before: NDArray[np.int32],
    reply: NDArray[np.int32],
) -> tuple[Any, ...]:
    """What a step reads: each distinct text once, in groups of like length; where messages, turns before them and
    replies stand among them; and the replies' numbers. `known` are the positions of the texts of `lower`."""
    wanted = np.unique(np.concatenate([message, before, reply]))
    wanted = wanted[wanted != NOTHING]
    rows = np.searchsorted(known, wanted)
    order = np.argsort(np.diff(lower.starts)[rows], kind="stable")
    groups = [lower.group(rows[part]) for part in np.array_split(order, GROUPS)]
    place = np.empty(len(wanted) + 1, np.int32)
    place[order] = np.arange(len(wanted))
    place[-1] = len(wanted)  # no text: the zeros behind all others

    def places(positions: NDArray[np.int32]) -> NDArray[np.int32]:
        found = np.where(positions == NOTHING, len(wanted), np.searchsorted(wanted, positions))
        return np.asarray(place[found], np.int32)

    return groups, places(message), places(before), places(reply), reply
