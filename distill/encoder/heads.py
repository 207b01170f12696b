"""What is asked of one pass of the encoder: a keyword logit for every piece, a rating and a vector for every window."""

from __future__ import annotations

from typing import Any

from distill.encoder.pretrain import SentenceStudent

__all__ = ["EncoderHeads"]

HIDDEN = 96
"""Of each head, so that the shipped file stays below 10 MB."""


class EncoderHeads:
    """A pre-trained student with two heads; ids (batch, tokens), 0 for padding, and their mask.

    Gives by name, float32: ``keyword`` (batch, tokens), the logit that a piece is part of a keyword; ``rating``
    (batch,), higher where people will ask; ``sentence`` (batch, 384), unit length, in MiniLM's space.

    Args:
        student: the encoder and its sentence head.
    """

    def __init__(self, student: SentenceStudent) -> None:
        from keras import layers

        self.student = student
        hidden = student.encoder.size.hidden
        self.keyword_hidden = layers.Dense(HIDDEN, activation="relu", name="keyword_hidden")
        self.keyword = layers.Dense(1, name="keyword")
        self.rating_weight = layers.Dense(1, use_bias=False, name="rating_weight")
        self.rating_hidden = layers.Dense(HIDDEN, activation="relu", name="rating_hidden")
        self.rating = layers.Dense(1, name="rating")
        self.layers = (self.keyword_hidden, self.keyword, self.rating_weight, self.rating_hidden, self.rating)
        for layer, width in zip(self.layers, (hidden, HIDDEN, hidden, hidden, HIDDEN), strict=True):
            layer.build((None, width))

    @property
    def variables(self) -> list[Any]:
        """What is trained, the encoder's included."""
        return [*self.student.variables, *(weight for layer in self.layers for weight in layer.trainable_variables)]

    def __call__(self, ids: Any, mask: Any) -> dict[str, Any]:
        import tensorflow as tf

        states = tf.cast(self.student.encoder({"ids": ids, "mask": mask}), tf.float32)
        weights = tf.nn.softmax(self.rating_weight(states)[:, :, 0] + (1.0 - mask) * -120.0, axis=1)
        pooled = tf.matmul(weights[:, None, :], states)[:, 0]
        return {
            "keyword": self.keyword(self.keyword_hidden(states))[:, :, 0],
            "rating": self.rating(self.rating_hidden(pooled))[:, 0],
            "sentence": self.student.vector(states, mask),
        }
