"""Choosing three replies inside the graph, by the rules of `smartreply.selection`, from built-in operators.

Three rounds without a loop. In each, every reply gets a number that says how badly it would break the rules; of the
replies with the least, the one of the highest logit is picked. A broken rule weighs more than all below it:

- 1: its family was picked already;
- 1/2: it would say the message over again;
- 1/4: it is a question, or nothing but emoji, and so was one that was picked;
- 1/8: after a yes/no question it is not what is still missing of yes and no.

So a rule that no reply can keep holds for none of them. All numbers are float32: what is compared is exact, and the
operators are the fast ones. Only numbers that hold for all replies alike may be added or left out at will.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

__all__ = ["choose_three"]

ECHO, FORM, POLAR = 0.5, 0.25, 0.125  # of a family: 1
FAINT = 2.0**-30
"""Of a logit beside the rules: it decides between replies that break the same ones, and nothing else."""

Tensor = Any


def choose_three(logits: Tensor, echo: Tensor, columns: Mapping[str, Tensor], polar: Tensor) -> list[Tensor]:
    """The rows of three replies, int32 (1,) each, in the order they are picked; of equals the first row.

    Args:
        logits: float32 (1, R).
        echo: float32 (1, R), 1 where a reply would say the message over again, else -1.
        columns: float32 (1, R) each: "family" (whole numbers), "form" (1 question, -1 emoji, 0 neither),
            "polarity" (1, -1, 0).
        polar: float32 (1, 1): 1 after a yes/no question, else 0.
    """
    rows = [tf.argmax(logits, axis=1, output_type=tf.int32)]
    faint = logits * FAINT
    kept: Tensor = echo * (-0.5 * ECHO)
    alike: Tensor = None
    signs: list[Tensor] = []
    for _ in range(2):
        here = {name: tf.gather(column, rows[-1], axis=1) for name, column in columns.items()}
        signs.append(here["polarity"])
        kept -= tf.nn.relu(1.0 - tf.math.squared_difference(columns["family"], here["family"]))
        form = tf.nn.relu(columns["form"] * (here["form"] * FORM))
        alike = form if alike is None else tf.maximum(alike, form)
        best = kept - alike - _wrong_sign(columns["polarity"], signs, polar * POLAR)
        best -= tf.reduce_max(best, axis=1, keepdims=True)
        rows.append(tf.argmax(faint + best, axis=1, output_type=tf.int32))
    return rows


def _wrong_sign(polarity: Tensor, signs: list[Tensor], weight: Tensor) -> Tensor:
    """`weight` more where the rule for yes/no questions closes a reply than where it does not.

    Nothing said: neither yes nor no is closed. One said: all but the opposite. Both said: yes and no.
    """
    said, times = signs[0], tf.abs(signs[0])
    for one in signs[1:]:
        said, times = said + one, times + tf.abs(one)
    # Of the sign s: -s^2 when nothing was said, said * s / 2 - s^2 / 2 after one, s^2 after both.
    if len(signs) == 1:
        odd, even = 0.5 * said, 0.5 * times - 1.0
    else:
        once, twice = times * (2.0 - times), tf.maximum(times - 1.0, 0.0)
        odd, even = 0.5 * once * said, 0.5 * once + 2.0 * twice - 1.0
    return (polarity * (even * weight) + odd * weight) * polarity
