"""How smart reply's student is trained, the corpora aside."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["StudentRecipe"]


@dataclass(frozen=True, slots=True)
class StudentRecipe:
    """How a student is trained.

    Attributes:
        embedding_epochs: of stage 1; 0 leaves it out (an ablation).
        pair_epochs: of stage 2; 0 leaves it out (an ablation).
        situation_epochs: of stage 3; 0 leaves it out.
        set_epochs: how many of the last pair epochs the reply set takes part in.
        embedding_batch: texts a step of stage 1.
        rate: its highest learning rate.
        relation: weight of the similarities within a batch in the embedding loss.
        batch_size: pairs a step of stages 2 and 3.
        pair_rate: its highest learning rate.
        trainer: share of the trainer's soft targets in the pair loss, against the pairs themselves.
        situation_rate: the highest learning rate of stage 3.
        situation_batch: messages of our own in each of its steps.
        situation_share: how far the weights go from those before stage 3 towards those after, 0 to 1.
        set_weight: weight of the reply set's loss.
        situation_weight: weight of the situations' loss.
        echo_weight: weight of what keeps the set's shifted vectors from messages that they do not echo.
        heads_weight: weight of the heads' losses.
        keep_embedding: weight of the embedding loss in stage 2, on the replies of each batch.
        no_context: share of the steps whose context is hidden.
        noisy: share of the messages that are read with distortion.
        scale: of a query's product with a reply, at first; it is learned.
        seed: of everything random.
    """

    embedding_epochs: int = 6
    pair_epochs: int = 10
    situation_epochs: int = 2
    set_epochs: int = 2
    embedding_batch: int = 128
    rate: float = 2e-2
    relation: float = 1.0
    batch_size: int = 256
    pair_rate: float = 5e-3
    situation_rate: float = 2e-3
    situation_batch: int = 64
    situation_share: float = 0.8
    trainer: float = 0.5
    set_weight: float = 1.0
    situation_weight: float = 1.0
    echo_weight: float = 10.0
    heads_weight: float = 0.2
    keep_embedding: float = 0.5
    no_context: float = 0.5
    noisy: float = 0.2
    scale: float = 15.0
    seed: int = 1
