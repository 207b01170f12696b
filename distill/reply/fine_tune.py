"""A fine-tuned trainer: the last layers of MiniLM learn together with the heads, sized for a CPU.

What lies below those layers stays as it is, so its output is computed once for every text of a bounded number of pairs
and kept in memory (float16, no padding); an epoch then costs the last layers alone. The loss is that of the heads,
in-batch negatives. Afterwards the whole network gives vectors as before, and the heads work on them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distill.quiet import import_tensorflow
from distill.reply.corpus import NOTHING, ReplyCorpus
from distill.reply.trainer import TrainerHeads, head_logits, head_variables, in_batch_loss, trained_heads
from earmark.errors import EarmarkError

if TYPE_CHECKING:
    from distill.minilm import SentenceEncoder

__all__ = ["FineTuneRecipe", "FrozenStates", "TunedTrainer", "fine_tune"]

Floats = NDArray[np.float32]

MAX_TOKENS = 48
"""Longer texts are cut, as they are for `distill.minilm_int8`."""

GROUPS = 4
"""A batch's texts are padded in so many groups of like length."""

BATCH = 64
"""Texts that the frozen layers read at a time."""


@dataclass(frozen=True, slots=True)
class FineTuneRecipe:
    """How the last layers are trained.

    Attributes:
        layers: how many of the last layers learn.
        pairs: most pairs, drawn from those with a short reply.
        epochs: over them.
        batch_size: pairs a step; every other reply of the batch is a negative.
        rate: highest learning rate of the layers.
        heads_rate: that of the heads.
        hidden: width of each head's hidden layer, where no trained heads are given.
        dropout: of the heads' hidden layers.
        no_context: share of the messages whose turn before is hidden.
        scale: of the cosine before the softmax, at first, where no trained heads are given.
        seed: of everything random.
    """

    layers: int = 2
    pairs: int = 60_000
    epochs: int = 2
    batch_size: int = 256
    rate: float = 1e-4
    heads_rate: float = 1e-3
    hidden: int = 1024
    dropout: float = 0.2
    no_context: float = 0.5
    scale: float = 20.0
    seed: int = 1


class TunedTrainer:
    """The tuned network and its heads, with texts as their inputs.

    Attributes:
        encoder: gives the vectors; `distill.minilm_int8.Int8SentenceEncoder(trainer.encoder)` gives them faster.
        heads: on those vectors.
        layers: how many of its last layers differ from the published network.
    """

    def __init__(self, encoder: SentenceEncoder, heads: TrainerHeads, *, layers: int) -> None:
        self.encoder, self.heads, self.layers = encoder, heads, layers

    def queries(self, messages: Sequence[str], contexts: Sequence[str] | None = None) -> Floats:
        """Unit vectors of conversations, float32 (n, 384).

        Args:
            messages: the last messages.
            contexts: the turns before them joined by line breaks, "" for none; the last turn is read.
        """
        vectors = self.encoder.encode(messages)
        if contexts is None:
            return self.heads.queries(vectors)
        before = self.encoder.encode([context.rsplit("\n", 1)[-1] for context in contexts])
        before[[not context for context in contexts]] = 0.0
        return self.heads.queries(vectors, before)

    def replies(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of replies, float32 (n, 384)."""
        return self.heads.replies(self.encoder.encode(texts))

    @property
    def scale(self) -> float:
        """What the product of a query and a reply is multiplied with before the softmax."""
        return self.heads.scale

    def corpus(self, corpus: ReplyCorpus) -> ReplyCorpus:
        """`corpus` with the tuned vectors of its texts, for `CachedHeads` or `train_heads`; computed in 8 bits."""
        from distill.minilm_int8 import Int8SentenceEncoder

        vectors = Int8SentenceEncoder(self.encoder).encode(corpus.texts)
        return replace(corpus, vectors=vectors.astype(np.float16))

    def save(self, path: Path) -> None:
        """Write what was trained as `.npz`: the last layers and the heads."""
        arrays = {f"heads_{name}": value for name, value in self.heads.weights.items()}
        for number, block in enumerate(self.encoder.encoder.blocks[-self.layers :]):
            arrays |= {f"block_{number}_{at}": np.asarray(value) for at, value in enumerate(block.get_weights())}
        np.savez(path, layers=np.int32(self.layers), **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path, encoder: SentenceEncoder | None = None) -> TunedTrainer:
        """Back from `save`; `encoder` is the published network (it is changed), None for the installed MiniLM."""
        encoder = encoder or _published()
        with np.load(path, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        layers = int(arrays.pop("layers"))
        for number, block in enumerate(encoder.encoder.blocks[-layers:]):
            block.set_weights([arrays.pop(f"block_{number}_{at}") for at in range(len(block.weights))])
        heads = TrainerHeads({name.removeprefix("heads_"): value for name, value in arrays.items()})
        return cls(encoder, heads, layers=layers)


@dataclass(frozen=True, slots=True)
class FrozenStates:
    """What the frozen layers make of texts.

    Attributes:
        values: of each text, float16 (its tokens, hidden).
        lengths: how many tokens each has, int64 (texts,).
    """

    values: list[NDArray[np.float16]]
    lengths: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        encoder: SentenceEncoder,
        texts: Sequence[str],
        *,
        layers: int,
        say: Callable[[str], None] = lambda line: None,
    ) -> FrozenStates:
        """Run all but the last `layers` layers over `texts`; those of like length together."""
        tf = import_tensorflow("Fine-tuning a trainer")
        network = encoder.encoder

        @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
        def run(inputs: Any) -> Any:
            x = network.embedding(inputs["token_ids"], inputs["segment_ids"], training=False)
            for block in network.blocks[: len(network.blocks) - layers]:
                x = block(x, inputs["padding_mask"], training=False)
            return tf.cast(x, tf.float16)

        order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), at))
        values = [np.zeros((0, network.bert.hidden_size), np.float16)] * len(texts)
        lengths = np.zeros(len(texts), np.int64)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            inputs = encoder.tokens.encode([texts[at] for at in batch])
            found = np.asarray(run(inputs))
            lengths[batch] = inputs["padding_mask"].sum(axis=1)
            for at, row in zip(batch, found, strict=True):
                values[at] = row[: lengths[at]].copy()
            if start // BATCH % 100 == 99:
                say(f"frozen layers: {start + len(batch):,} of {len(texts):,} texts")
        return cls(values, lengths)

    def batch(self, texts: NDArray[np.intp]) -> tuple[NDArray[np.float16], NDArray[np.int32]]:
        """States padded at the end, (len(texts), longest, hidden), and their mask."""
        lengths = self.lengths[texts]
        states = np.zeros((len(texts), int(lengths.max()), self.values[0].shape[1]), np.float16)
        for row, (text, length) in enumerate(zip(texts, lengths, strict=True)):
            states[row, :length] = self.values[text]
        return states, (np.arange(states.shape[1]) < lengths[:, None]).astype(np.int32)


class _Tuning:
    """The variables, their two optimisers and the step."""

    def __init__(
        self, encoder: SentenceEncoder, heads: TrainerHeads | None, recipe: FineTuneRecipe, steps: int
    ) -> None:
        tf = import_tensorflow("Fine-tuning a trainer")
        import keras

        keras.utils.set_random_seed(recipe.seed)
        self.network, self.recipe = encoder.encoder, recipe
        self.width = self.network.bert.hidden_size
        self.blocks = self.network.blocks[-recipe.layers :]
        self.heads = head_variables(recipe.hidden, recipe.scale, width=self.width)
        if heads is not None:
            self.heads = {name: tf.Variable(np.asarray(heads.weights[name], np.float32)) for name in self.heads}
            self.heads["scale"].assign(np.log(heads.scale))
        self.watched = [
            [variable for block in self.blocks for variable in block.trainable_variables],
            list(self.heads.values()),
        ]
        self.optimizers = []
        for rate, variables in zip((recipe.rate, recipe.heads_rate), self.watched, strict=True):
            schedule = keras.optimizers.schedules.CosineDecay(
                0.0, max(steps, 1), warmup_target=rate, warmup_steps=min(100, max(steps // 10, 1))
            )
            self.optimizers.append(keras.optimizers.AdamW(schedule, weight_decay=0.01, global_clipnorm=1.0))
            self.optimizers[-1].exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
            self.optimizers[-1].build(variables)
        self.step = tf.function(self._step, reduce_retracing=True, autograph=False)

    def top(self, states: Any, mask: Any, *, training: bool) -> Any:
        """The last layers and the pooling: vectors of length 1, float32 (texts, hidden)."""
        import tensorflow as tf

        x = tf.cast(states, tf.float32)
        for block in self.blocks:
            x = block(x, mask, training=training)
        return self.network.pool(x, mask)

    def _step(self, groups: Any, message: Any, before: Any, reply: Any, number: Any) -> Any:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            vectors = [self.top(states, mask, training=True) for states, mask in groups]
            every = tf.concat([*vectors, tf.zeros((1, self.width))], 0)  # the last row: nothing was said before
            said, earlier, answered = (tf.gather(every, which) for which in (message, before, reply))
            logits = head_logits(self.heads, said, earlier, answered, self.recipe.dropout)
            loss = tf.reduce_mean(in_batch_loss(logits, number))
        slopes = tape.gradient(loss, self.watched)
        for optimizer, slope, variables in zip(self.optimizers, slopes, self.watched, strict=True):
            optimizer.apply_gradients(zip(slope, variables, strict=True))
        return loss


def fine_tune(
    corpus: ReplyCorpus,
    recipe: FineTuneRecipe,
    *,
    heads: TrainerHeads | None = None,
    encoder: SentenceEncoder | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> TunedTrainer:
    """Train the last layers and the heads on pairs of `corpus` with short replies.

    Args:
        corpus: the pairs; its own vectors are not read.
        recipe: how.
        heads: to begin with, trained on the published network's vectors; None for untrained ones.
        encoder: the published network, which is changed; None for the installed MiniLM.
        say: told a line now and then.

    Raises:
        EarmarkError: the recipe's layers are more than the network has, or no pair has a short reply.
    """
    encoder = encoder or _published()
    layers = len(encoder.encoder.blocks)
    usable = np.nonzero(corpus.reply != NOTHING)[0]
    if not 1 <= recipe.layers <= layers:
        raise EarmarkError(f"The 'layers' of a FineTuneRecipe must lie between 1 and {layers}. Got {recipe.layers}.")
    if not len(usable):
        raise EarmarkError("Fine-tuning needs pairs with a short reply. Got a corpus without any.")
    chance = np.random.default_rng(recipe.seed)
    pairs = chance.permutation(usable)[: recipe.pairs]
    columns = np.stack([corpus.message[pairs], corpus.before[pairs], corpus.reply[pairs]], axis=1)
    texts = np.unique(columns[columns != NOTHING])
    states = FrozenStates.of(encoder, [corpus.texts[at] for at in texts], layers=recipe.layers, say=say)
    size = sum(value.nbytes for value in states.values) / 2**20
    say(f"frozen layers: {len(pairs):,} pairs, {len(texts):,} texts, {size:.0f} MiB")
    # Positions among these texts; NOTHING stays.
    columns = np.where(columns == NOTHING, NOTHING, np.searchsorted(texts, columns))
    most = min(recipe.batch_size, len(pairs))
    tuning = _Tuning(encoder, heads, recipe, recipe.epochs * (len(pairs) // most))
    for epoch in range(recipe.epochs):
        order = chance.permutation(len(pairs))
        losses = []
        for start in range(0, len(order) - most + 1, most):
            part = columns[order[start : start + most]]
            part[chance.random(len(part)) < recipe.no_context, 1] = NOTHING
            losses.append(tuning.step(*_batch(states, part)))
        say(f"fine-tuning, epoch {epoch + 1}: loss {float(np.mean([float(loss) for loss in losses])):.4f}")
    return TunedTrainer(encoder, trained_heads(tuning.heads), layers=recipe.layers)


def _batch(states: FrozenStates, columns: NDArray[np.intp]) -> tuple[Any, ...]:
    """Every distinct text of the pairs once, in groups of like length, and where message, before and reply are."""
    texts = np.unique(columns[columns != NOTHING])
    texts = texts[np.argsort(states.lengths[texts], kind="stable")]
    groups = tuple(states.batch(part) for part in np.array_split(texts, min(GROUPS, len(texts))))
    place = np.full(len(states.values) + 1, len(texts), np.int32)  # the last one is for NOTHING, -1
    place[texts] = np.arange(len(texts), dtype=np.int32)
    message, before, reply = place[columns].T
    return groups, message, before, reply, columns[:, 2].astype(np.int32)


def _published() -> SentenceEncoder:
    from distill.minilm import SentenceEncoder

    import_tensorflow("Fine-tuning a trainer")
    return SentenceEncoder(max_length=MAX_TOKENS)
