"""Choosing three replies inside the graph, by the rules of `smartreply.selection`, from built-in operators.

Three rounds without a loop. In each, every reply gets a whole number that says how badly it would break the rules; of
the replies with the least, the one of the highest logit is picked. A broken rule weighs more than all below it:

- 8: its family was picked already;
- 4: it would say the message over again;
- 2: it is a question, or nothing but emoji, and so was one that was picked;
- 1: after a yes/no question it is not what is still missing of yes and no.

So a rule that no reply can keep holds for none of them. All numbers are float32: what is compared is whole and exact,
and the operators are the fast ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

__all__ = ["choose_three"]

FAMILY, ECHO, FORM, POLAR = 8.0, 4.0, 2.0, 1.0
SHUT = 1e9
"""Taken from the logit of what is not open; far more than any two logits differ."""

Tensor = Any


def choose_three(logits: Tensor, echo: Tensor, columns: Mapping[str, Tensor], polar: Tensor) -> list[Tensor]:
    """The rows of three replies, int32 (1,) each, in the order they are picked; of equals the first row.

    Args:
        logits: float32 (1, R).
        echo: float32 (1, R), 1 where a reply would say the message over again.
        columns: float32 (1, R) each: "family" (whole numbers), "form" (1 question, -1 emoji, 0 neither),
            "polarity" (1, -1, 0).
        polar: float32 (1, 1): 1 after a yes/no question, else 0.
    """
    rows = [tf.argmax(logits, axis=1, output_type=tf.int32)]
    apart: Tensor = None
    seen: dict[str, list[Tensor]] = {"form": [], "polarity": []}
    for _ in range(2):
        here = {name: tf.gather(column, rows[-1], axis=1) for name, column in columns.items()}
        away = tf.minimum(tf.abs(columns["family"] - here["family"]), 1.0)
        apart = away if apart is None else apart * away
        for name, values in seen.items():
            values.append(here[name])
        broken = ECHO * echo - FAMILY * apart  # a constant on top changes nothing
        broken += _same_form(columns["form"], seen["form"])
        broken += _wrong_sign(columns["polarity"], seen["polarity"], polar)
        beyond = broken - tf.reduce_min(broken, axis=1, keepdims=True)
        rows.append(tf.argmax(logits - tf.minimum(beyond, 1.0) * SHUT, axis=1, output_type=tf.int32))
    return rows


def _same_form(form: Tensor, seen: list[Tensor]) -> Tensor:
    """`FORM` where both this and a picked reply are questions, or both are emoji; else 0."""
    question, emoji = tf.maximum(seen[0], 0.0), tf.maximum(-seen[0], 0.0)
    for one in seen[1:]:
        question, emoji = tf.maximum(question, one), tf.maximum(emoji, -one)
    # f(1) = question, f(-1) = emoji, f(0) = 0, twice (FORM is 2).
    return (form * (question + emoji) + (question - emoji)) * form


def _wrong_sign(polarity: Tensor, seen: list[Tensor], polar: Tensor) -> Tensor:
    """`POLAR` where the rule for yes/no questions closes a reply; else 0.

    Nothing said: neither yes nor no is closed. One said: all but the opposite. Both said: yes and no.
    """
    said, times = seen[0], tf.abs(seen[0])
    for one in seen[1:]:
        said, times = said + one, times + tf.abs(one)
    once, twice = times * (2.0 - times), tf.maximum(times - 1.0, 0.0)
    # Of the sign s: 1 - s^2 when nothing was said, 1 + said * s / 2 - s^2 / 2 after one, s^2 after both.
    level, odd, even = 1.0 - twice, 0.5 * once * said, 0.5 * once + 2.0 * twice - 1.0
    return (polarity * (even * polar) + odd * polar) * polarity + level * polar
