"""The student's stages: embeddings of every text first, then pairs with the trainer's soft targets, then situations.

1. *Embeddings*: every distinct text; the reply tower's `embedding` learns to point where MiniLM's does.
2. *Pairs*: in-batch negatives, and the trainer's view of the same batch; the heads (would a short reply follow, is a
   yes or no asked for, how does this side write) learn beside it from all pairs. In the last epochs the reply set
   joins: the query learns which replies of the set are close to what was really answered.
3. *Situations*: the pairs and the reply set once more at a lower rate, and in every step messages of our own with the
   intents that suit them, in other people's context as often as alone: it is the message that is answered. The weights
   that stay lie between those before and those after (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"):
   most of what suits is gained on the first part of the way, most of what the pairs taught is lost on the last.

Wherever the reply set takes part, its replies learn where they stand (`distill.reply.set_vectors`), so that the towers
need not bend for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.quiet import import_tensorflow
from distill.reply.corpus import NOTHING, ReplyCorpus
from distill.reply.distinct_tokens import BatchTokens, with_distinct
from distill.reply.pair_trainer import CachedHeads, PairTrainer
from distill.reply.set_targets import SetTargets
from distill.reply.set_vectors import SHIFT_SPEED, false_echo_loss, shifted
from distill.reply.situations import SituationTargets
from distill.reply.student_recipe import StudentRecipe
from distill.reply.trainer import TrainerHeads, in_batch_loss

__all__ = ["StudentRecipe", "StudentTraining", "TrainedStudent"]

POOL = 24
"""Batches whose texts are sorted by length together, so that little padding is computed."""

REFRESH = 50
"""Steps after which the reply set's vectors are computed again."""


@dataclass(frozen=True, slots=True)
class TrainedStudent:
    """What training leaves beside the network's weights.

    Attributes:
        scale: of a query's product with a reply.
        shifts: of the reply set's vectors (`distill.reply.set_vectors.shifted`), float32 (replies, dim); None without
            a set.
    """

    scale: float
    shifts: NDArray[np.float32] | None


class StudentTraining:
    """One student, its optimiser and its two kinds of step.

    Args:
        net: a `models.reply_net.ReplyNet`.
        corpus: what it learns from.
        heads: the trainer, heads or one that learns in the same steps; None for none (an ablation).
        targets: the reply set's side; None for none.
        recipe: how.
        situations: messages of our own; None for none. They need `targets`.
    """

    def __init__(
        self,
        net: Any,
        corpus: ReplyCorpus,
        heads: TrainerHeads | PairTrainer | None,
        targets: SetTargets | None,
        recipe: StudentRecipe,
        situations: SituationTargets | None = None,
    ) -> None:
        tf = import_tensorflow("Training smart reply")
        import keras

        self.net, self.corpus, self.targets, self.recipe = net, corpus, targets, recipe
        self.situations = situations
        self.trainer = CachedHeads(heads, corpus) if isinstance(heads, TrainerHeads) else heads
        self.table = tf.constant(corpus.table.values)
        self.scale = tf.Variable(np.float32(np.log(recipe.scale)), name="scale")
        self.variables = [*{id(v): v for v in (*net.core.trainable_variables,
                                                *net.encode_core.trainable_variables)}.values()]  # fmt: skip
        self.kept = [*self.variables, self.scale, *(() if self.trainer is None else self.trainer.variables)]
        self._shifts: Any = None
        if targets is not None:
            self._shifts = keras.Variable(np.zeros((len(targets.rows), net.dim), np.float32), name="shifts")
            self.kept.append(self._shifts)
        states = [*net.core.non_trainable_variables, *net.encode_core.non_trainable_variables]
        self.seeds = [*{id(state): state for state in states if "seed" in state.name}.values()]
        self.seeds += () if self.trainer is None else self.trainer.seeds
        self.keras = keras
        self._traced: dict[str, Any] = {}

    def start(self, rate: float, steps: int) -> None:
        """A fresh optimiser whose rate rises over the first steps and falls to 0 as a cosine."""
        from distill.reply.muon import FlatKernelMuon

        schedule = self.keras.optimizers.schedules.CosineDecay(
            0.0, max(steps, 1), warmup_target=rate, warmup_steps=min(300, max(steps // 10, 1))
        )
        # A read-out of 384 columns would take a third of the time; a single column has no directions to make equal.
        matrices = [one for one in self.variables if len(one.shape) > 1 and 1 < one.shape[-1] < self.net.embedding]
        self.optimizer = FlatKernelMuon(
            schedule, matrices, weight_decay=0.01, adam_weight_decay=0.01, clipnorm=1.0, momentum=0.9, ns_steps=3
        )
        self.optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta", "scale"])
        self.optimizer.build(self.kept)
        self.state = [*self.kept, *self.optimizer.variables]

    def _reseed(self, *epoch: int) -> None:
        """Dropout draws the same in an epoch whether the run was stopped before it or not."""
        chance = np.random.default_rng([self.recipe.seed, 3, *epoch])
        for state in self.seeds:
            state.assign(chance.integers(2**31, size=2).astype(state.dtype))

    # === Stage 1 ===

    def embedding_epoch(self, number: int, bar: Any) -> dict[str, float]:
        """One pass over every text."""
        self._reseed(1, number)
        chance = np.random.default_rng([self.recipe.seed, 1, number])
        order = np.arange(len(self.corpus.texts))
        losses = []
        size = self.recipe.embedding_batch
        batches = self._batches(order, self.corpus.rows, chance, size)
        for part in bar.over(batches, len(order) // size, f"embeddings {number}"):
            rows = self._message_rows(part, chance)
            batch = {"text": rows, "vectors": self.corpus.vectors[part]}
            losses.append(self._run("embedding", self._embedding_step, batch))
        return {"embedding": float(np.mean([float(loss) for loss in losses]))}

    def _embedding_step(self, batch: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            found = self.net.encoder(self._tokens(batch)("text"), training=True)
            loss = self._embedding_loss(found, batch["vectors"])
        self._apply(tape, loss)
        return loss

    def _embedding_loss(self, found: Mapping[str, Any], vectors: Any) -> Any:
        """How far the embeddings point from MiniLM's, and how far their similarities to each other differ."""
        import tensorflow as tf

        wanted = tf.cast(vectors, tf.float32)
        unit = tf.math.l2_normalize(found["embedding"], axis=1)
        away = 1.0 - tf.reduce_sum(unit * wanted, axis=1)
        like = tf.matmul(unit, unit, transpose_b=True) - tf.matmul(wanted, wanted, transpose_b=True)
        return tf.reduce_mean(away) + self.recipe.relation * tf.reduce_mean(tf.square(like))

    # === Stage 2 ===

    def pair_epoch(self, number: int, bar: Any) -> dict[str, float]:
        """One pass over every pair."""
        with_set = self.targets is not None and number > self.recipe.pair_epochs - self.recipe.set_epochs
        return self._pass(2, number, bar, with_set=with_set)

    def situation_epoch(self, number: int, bar: Any) -> dict[str, float]:
        """The same with the reply set and, in every step, messages of our own."""
        return self._pass(3, number, bar, with_set=True, own=True)

    def _pass(self, stage: int, number: int, bar: Any, *, with_set: bool, own: bool = False) -> dict[str, float]:
        self._reseed(stage, number)
        recipe, corpus = self.recipe, self.corpus
        chance = np.random.default_rng([recipe.seed, stage, number])
        shown = self.situations.batches(recipe.situation_batch, chance) if own and self.situations else None
        sums: dict[str, list[Any]] = {}
        order = np.arange(len(corpus))
        steps = len(order) // recipe.batch_size
        batches = self._batches(order, corpus.rows[corpus.message], chance, recipe.batch_size)
        for at, part in enumerate(bar.over(batches, steps, f"pairs {number}")):
            if with_set and at % REFRESH == 0:
                self.set_vectors = self.encode(self.targets.rows)  # type: ignore[union-attr]
            batch = self._pair_batch(part, chance, with_set=with_set)
            if shown is not None:
                batch |= self._own_batch(next(shown), chance)
            losses = self._run("own" if shown else "set" if with_set else "pair", self._pair_step, batch)
            for name, value in losses.items():
                sums.setdefault(name, []).append(value)
        return {name: float(np.mean([float(value) for value in values])) for name, values in sums.items()}

    def _pair_batch(self, part: NDArray[np.intp], chance: np.random.Generator, *, with_set: bool) -> dict[str, Any]:
        corpus = self.corpus
        short = np.nonzero(corpus.reply[part] != NOTHING)[0].astype(np.int32)
        hidden = chance.random() < self.recipe.no_context
        contexts = np.zeros(len(part), np.int32) if hidden else corpus.context[part]
        replies = corpus.reply[part][short]
        batch: dict[str, Any] = {
            "message": self._message_rows(corpus.message[part], chance),
            "context": _trim(corpus.contexts[contexts]),
            "reply": _trim(corpus.rows[replies]),
            "short": short,
            "number": replies,
            "vectors": corpus.vectors[replies],
            "trigger": corpus.short[part],
            "polar": corpus.polar[part],
            "register": corpus.register[part],
        }
        if self.trainer is not None:
            batch["trainer"] = self.trainer.inputs(part[short], hidden=bool(hidden))
        if with_set:
            batch["set_vectors"] = self.set_vectors
            batch["message_vectors"] = corpus.vectors_of(corpus.message[part[short]])
        return batch

    def _own_batch(self, part: NDArray[np.intp], chance: np.random.Generator) -> dict[str, Any]:
        """Messages of our own, half of them behind a context of somebody else's."""
        own, corpus = self.situations, self.corpus
        assert own is not None
        rows = np.where((chance.random(len(part)) < self.recipe.noisy)[:, None], own.noisy[part], own.rows[part])
        contexts = chance.choice(corpus.context, len(part))
        contexts[chance.random(len(part)) < 0.5] = 0  # the empty one
        return {"own": _trim(rows), "own_context": _trim(corpus.contexts[contexts]), "own_wanted": own.wanted[part]}

    def _pair_step(self, batch: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tokens = self._tokens(batch)
            found = self._read(tokens("message"), tokens("context"))
            encoded = self.net.encoder(tokens("reply"), training=True)
            query = tf.gather(found["query"], batch["short"])
            scale = tf.exp(self.scale)
            if "own" in batch:  # situations are sharp: the scale would run away with them, and pairs be lost
                scale = tf.stop_gradient(scale)
            logits = scale * tf.matmul(query, encoded["vector"], transpose_b=True)
            parts = {"pairs": tf.reduce_mean(in_batch_loss(logits, batch["number"]))}
            loss = parts["pairs"]
            if self.trainer is not None:
                wanted = self.trainer.logits(batch["trainer"], training=True)
                soft = tf.nn.softmax(tf.stop_gradient(wanted))
                parts["trainer"] = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(soft, logits))
                loss = (1.0 - self.recipe.trainer) * loss + self.recipe.trainer * parts["trainer"]
                if self.trainer.variables:  # it learns from the pairs alone, whichever student listens
                    parts["beside"] = tf.reduce_mean(in_batch_loss(wanted, batch["number"]))
                    loss += self.trainer.weight * parts["beside"]
            parts["embedding"] = self._embedding_loss(encoded, batch["vectors"])
            parts["heads"] = _heads_loss(found, batch)
            loss += self.recipe.keep_embedding * parts["embedding"] + self.recipe.heads_weight * parts["heads"]
            offered = shifted(batch["set_vectors"], SHIFT_SPEED * self._shifts) if "set_vectors" in batch else None
            if self.targets is not None and offered is not None:
                parts["set"] = self.targets.loss(
                    scale * tf.matmul(query, offered, transpose_b=True),
                    batch["vectors"],
                    batch["message_vectors"],
                    batch["trainer"].get("query") if self.trainer is not None else None,
                )
                parts["echo"] = false_echo_loss(found["message"], batch["set_vectors"], offered)
                loss += self.recipe.set_weight * parts["set"] + self.recipe.echo_weight * parts["echo"]
            if self.situations is not None and "own" in batch:
                read = self._read(tokens("own"), tokens("own_context"))
                logits = scale * tf.matmul(read["query"], offered, transpose_b=True)
                parts["situations"] = self.situations.loss(logits, batch["own_wanted"])
                echo = false_echo_loss(read["message"], batch["set_vectors"], offered)
                loss += self.recipe.situation_weight * parts["situations"] + self.recipe.echo_weight * echo
        self._apply(tape, loss)
        return parts

    # === Both ===

    @property
    def trained(self) -> TrainedStudent:
        """What has been learnt beside the network's weights."""
        shifts = None if self._shifts is None else np.asarray(SHIFT_SPEED * self._shifts, np.float32)
        return TrainedStudent(float(np.exp(self.scale.numpy())), shifts)

    def encode(self, rows: NDArray[np.int32]) -> NDArray[np.float32]:
        """The reply tower's vectors of rows of tokens; float32 (rows, dim)."""
        parts = [
            self._run("encode", self._encode, {"text": _trim(rows[at : at + 2048])}).numpy()
            for at in range(0, len(rows), 2048)
        ]
        return np.concatenate(parts)

    def _encode(self, batch: Mapping[str, Any]) -> Any:
        return self.net.encoder(self._tokens(batch, training=False)("text"), training=False)["vector"]

    def _run(self, name: str, function: Callable[[Any], Any], batch: dict[str, Any]) -> Any:
        """Call `function` as a graph that is traced once, for every number of rows and of tokens."""
        import tensorflow as tf

        batch = with_distinct(batch)
        if name not in self._traced:
            signature = tf.nest.map_structure(_any_size, batch)
            self._traced[name] = tf.function(function, input_signature=[signature], autograph=False)
        return self._traced[name](batch)

    def _tokens(self, batch: Mapping[str, Any], *, training: bool = True) -> BatchTokens:
        return BatchTokens(self.net, self.table, batch, training=training)

    def _read(self, message: list[Any], context: list[Any]) -> dict[str, Any]:
        """What `net.core` says of messages with what came before them."""
        said = self.net.towers([*message, *context], training=True)
        return {**said, "message": self.net.encoder(message, training=True)["vector"]}

    def _apply(self, tape: Any, loss: Any) -> None:
        import tensorflow as tf

        slopes = tape.gradient(loss, self.kept)
        pairs = zip(slopes, self.kept, strict=True)
        # A stage leaves out what the other one trains.
        self.optimizer.apply_gradients([(tf.zeros_like(v) if slope is None else slope, v) for slope, v in pairs])

    def _message_rows(self, positions: NDArray[np.generic], chance: np.random.Generator) -> NDArray[np.int32]:
        rows = self.corpus.rows[positions]
        noisy = chance.random(len(positions)) < self.recipe.noisy
        rows[noisy] = self.corpus.noisy[positions[noisy]]
        return _trim(rows)

    def _batches(
        self, order: NDArray[np.intp], rows: NDArray[np.int32], chance: np.random.Generator, size: int
    ) -> Iterator[NDArray[np.intp]]:
        lengths = np.count_nonzero(rows, axis=1)
        order = chance.permutation(order)
        for start in range(0, len(order), POOL * size):
            pool = order[start : start + POOL * size]
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            parts = [pool[at : at + size] for at in range(0, len(pool), size)]
            for index in chance.permutation(len(parts)):
                yield parts[index]


def _heads_loss(found: Mapping[str, Any], batch: Mapping[str, Any]) -> Any:
    import tensorflow as tf

    total = tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(batch["trigger"][:, None], tf.cast(found["trigger"], tf.float32))
    )
    polar = batch["polar"][:, None]
    known = tf.cast(tf.math.is_finite(polar), tf.float32)
    each = tf.nn.sigmoid_cross_entropy_with_logits(tf.where(known > 0, polar, 0.0), found["polar"])
    total += tf.math.divide_no_nan(tf.reduce_sum(known * each), tf.reduce_sum(known))
    register = batch["register"][:, None]
    known = tf.cast(tf.math.is_finite(register), tf.float32)
    each = tf.square(tf.where(known > 0, register, 0.0) - found["register"])
    return total + tf.math.divide_no_nan(tf.reduce_sum(known * each), tf.reduce_sum(known))


def _any_size(array: NDArray[np.generic]) -> Any:
    """The array's kind with open sizes; the width of vectors stays."""
    import tensorflow as tf

    fixed = array.ndim > 1 and array.dtype.kind == "f"
    return tf.TensorSpec([*([None] * (array.ndim - fixed)), *array.shape[array.ndim - fixed :]], array.dtype)


def _trim(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Without the columns that no row needs; two are left at least, since Keras warns of a softmax over one."""
    longest = max(int(np.count_nonzero(rows, axis=1).max(initial=0)), 2)
    return np.ascontiguousarray(rows[:, :longest])
