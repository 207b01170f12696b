"""Where the replies of the set stand: what the reply tower makes of a text, and a shift that each learns for itself.

A reply that an app brings is encoded by the tower alone. Those of the shipped list are known while training, and their
vectors lie in the file one by one: each may learn when it is said, which its few words do not tell. The towers
need not bend for it, and keep what the pairs taught them.

The shift is at right angles to the tower's vector. So a message that says what the reply says has the same product
with it as before, and an echo is still known; `false_echo_loss` keeps others from looking like one.
"""

from __future__ import annotations

from typing import Any

from distill.quiet import import_tensorflow

__all__ = ["SHIFT_SPEED", "false_echo_loss", "shifted"]

SHIFT_SPEED = 3.0
"""How much faster the shifts learn than the network: a reply is seen a thousand times less often."""

ECHO = 0.85
"""Product of a message and a reply's vector that shifts may not reach where the tower's vector alone does not."""


def shifted(vectors: Any, shifts: Any) -> Any:
    """The set's vectors with their shifts; their length is 1 or more.

    Args:
        vectors: of the reply tower, unit length, float32 (replies, dim).
        shifts: float32 (replies, dim); what lies along a vector is left out.
    """
    tf = import_tensorflow("Training smart reply")
    return vectors + shifts - vectors * tf.reduce_sum(vectors * shifts, axis=1, keepdims=True)


def false_echo_loss(messages: Any, vectors: Any, moved: Any) -> Any:
    """How far the shifts bring replies towards messages that they do not say again.

    Args:
        messages: as the reply tower reads them, unit length, float32 (batch, dim).
        vectors: of the set without shifts, float32 (replies, dim).
        moved: the same with shifts.
    """
    tf = import_tensorflow("Training smart reply")
    messages = tf.stop_gradient(messages)
    other = tf.matmul(messages, vectors, transpose_b=True) < ECHO
    over = tf.nn.relu(tf.matmul(messages, moved, transpose_b=True) - ECHO)
    return tf.reduce_mean(tf.reduce_sum(tf.where(other, tf.square(over), 0.0), axis=1))
