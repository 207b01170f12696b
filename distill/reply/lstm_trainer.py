"""The LSTM trainer of smart reply: two towers over their own vocabulary, optimised in the student's own steps.

The joint mode of "ProjectionNet" (Ravi 2017, section 3, equation 5) for pairs: in every batch the trainer learns from
the pairs (in-batch negatives), and the student from the pairs and from the trainer's view of the same batch, at which
gradients stop (`distill.joint` has the three terms for classes). The query reads the message and the turn before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distill.quiet import import_tensorflow
from distill.reply.corpus import NOTHING, ReplyCorpus
from earmark.errors import ArtifactError

if TYPE_CHECKING:
    from models.lstm_towers import LstmTowers

__all__ = ["JointLstm", "LstmRecipe", "LstmTrainer"]

Floats = NDArray[np.float32]

BATCH = 256
"""Texts that are encoded at a time."""


@dataclass(frozen=True, slots=True)
class LstmRecipe:
    """The trainer's sizes.

    Attributes:
        vocabulary: most names of token ids.
        embedding_size: width of a token's vector.
        hidden_size: width of the LSTM in each direction.
        dim: components of a query and of a reply's vector.
        pooling: "attention" or "max".
        dropout: share of components that training drops.
        scale: of a query's product with a reply, at first; it is learned.
        max_length: most tokens of a query or a reply; what is longer loses its start.
        weight: l1, of the trainer's loss beside the student's.
        seed: of its first weights.
    """

    vocabulary: int = 8000
    embedding_size: int = 128
    hidden_size: int = 128
    dim: int = 128
    pooling: str = "max"
    dropout: float = 0.2
    scale: float = 15.0
    max_length: int = 32
    weight: float = 1.0
    seed: int = 1


class LstmTrainer:
    """The towers with texts as their inputs.

    Args:
        towers: the network.
    """

    def __init__(self, towers: LstmTowers) -> None:
        self.towers = towers

    @classmethod
    def fresh(cls, texts: Sequence[str], recipe: LstmRecipe) -> LstmTrainer:
        """An untrained one whose vocabulary is that of `texts`."""
        import_tensorflow("Training smart reply")
        import keras

        from models.lstm_towers import LstmTowers
        from models.lstm_vocabulary import Vocabulary

        keras.utils.set_random_seed(recipe.seed)
        towers = LstmTowers(
            Vocabulary.from_texts(texts, size=recipe.vocabulary),
            dim=recipe.dim,
            embedding_size=recipe.embedding_size,
            hidden_size=recipe.hidden_size,
            pooling=recipe.pooling,
            dropout=recipe.dropout,
            scale=recipe.scale,
            max_length=recipe.max_length,
        )
        return cls(towers)

    def queries(self, messages: Sequence[str], contexts: Sequence[str] | None = None) -> Floats:
        """Unit vectors of conversations, float32 (n, dim).

        Args:
            messages: the last messages.
            contexts: the turns before them joined by line breaks, "" for none; the last turn is read.
        """
        before = [""] * len(messages) if contexts is None else [one.rsplit("\n", 1)[-1] for one in contexts]
        return self._encode(self.towers.query_tower, messages, before)

    def replies(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of replies, float32 (n, dim)."""
        return self._encode(self.towers.reply_tower, texts, None)

    @property
    def scale(self) -> float:
        """What the product of a query and a reply is multiplied with before the softmax."""
        return float(np.exp(np.asarray(self.towers.likeness.log_scale.value)))

    def save(self, path: Path) -> None:
        """Write it as `.keras`."""
        self.towers.save(path)

    @classmethod
    def load(cls, path: Path) -> LstmTrainer:
        """Back from `save`.

        Raises:
            ArtifactError: the file holds another network.
        """
        import_tensorflow("The LSTM trainer of smart reply")
        import keras

        from models.lstm_towers import LstmTowers

        towers = keras.saving.load_model(path)
        if not isinstance(towers, LstmTowers):
            raise ArtifactError(f"the model {path} must be an LstmTowers. Got {type(towers).__name__}.")
        return cls(towers)

    def _encode(self, tower: Any, texts: Sequence[str], before: Sequence[str] | None) -> Floats:
        vectors = np.zeros((len(texts), self.towers.dim), np.float32)
        order = sorted(range(len(texts)), key=lambda at: (len(texts[at]) + (len(before[at]) if before else 0), at))
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            rows = self.towers.vocabulary.encode(
                [texts[at] for at in part],
                context=[before[at] for at in part] if before is not None else None,
                max_length=self.towers.max_length,
            )
            vectors[part] = np.asarray(tower([rows["token_ids"], rows["padding_mask"]], training=False))
        return vectors


class JointLstm:
    """The LSTM trainer beside a student: a `distill.reply.pair_trainer.PairTrainer` that learns in the same steps.

    Args:
        trainer: what is trained, in place.
        corpus: the pairs.
        weight: see `LstmRecipe`.
    """

    def __init__(self, trainer: LstmTrainer, corpus: ReplyCorpus, *, weight: float = 1.0) -> None:
        self.trainer, self.corpus, self.weight = trainer, corpus, weight
        self.variables: Sequence[Any] = trainer.towers.trainable_variables
        self.seeds: Sequence[Any] = trainer.towers.non_trainable_variables
        vocabulary, most = trainer.towers.vocabulary, trainer.towers.max_length
        self._ids = [vocabulary.ids(text)[-most:] for text in corpus.texts]

    def inputs(self, pairs: NDArray[np.intp], *, hidden: bool) -> dict[str, Any]:
        """See `PairTrainer`."""
        from models.lstm_vocabulary import SEPARATOR

        corpus, ids = self.corpus, self._ids
        queries = [ids[message] for message in corpus.message[pairs]]
        if not hidden:
            queries = [
                row if before == NOTHING else [*ids[before], SEPARATOR, *row]
                for before, row in zip(corpus.before[pairs], queries, strict=True)
            ]
        rows = {"query": queries, "reply": [ids[reply] for reply in corpus.reply[pairs]]}
        found: dict[str, Any] = {}
        for name, each in rows.items():
            found[f"{name}_ids"], found[f"{name}_mask"] = _padded(each, self.trainer.towers.max_length)
        return found

    def logits(self, inputs: Mapping[str, Any], *, training: bool) -> Any:
        """See `PairTrainer`."""
        return self.trainer.towers(dict(inputs), training=training)["logits"]


def _padded(rows: Sequence[Sequence[int]], most: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Ids and mask of rows of ids, each without its start where it is too long, as `Vocabulary.encode` makes them."""
    from models.lstm_vocabulary import UNKNOWN

    cut = [row[-most:] or (UNKNOWN,) for row in rows]
    ids = np.zeros((len(cut), max(map(len, cut), default=1)), np.int32)
    for at, row in enumerate(cut):
        ids[at, : len(row)] = row
    return ids, (ids > 0).astype(np.int32)
