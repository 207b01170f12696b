"""The whole of smart reply as one graph: bytes of a conversation in, three replies and what speaks against them out.

`ReplyGraph` joins a trained `ReplyNet`, the gates and a reply table. The table's arrays (`COLUMNS`) depend on how many
replies there are, and nothing else in the graph does: no other constant, and no operator, names that number. So another
list can be put into an exported file without TensorFlow (`smartreply.reply_table`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.reply_choice import choose_three
from models.reply_gates import JointGates
from models.reply_towers import JointTowers, Said

__all__ = ["COLUMNS", "ECHO_LOGIT", "GraphSettings", "ReplyGates", "ReplyGraph"]

COLUMNS = ("vectors", "prior", "register", "polarity", "form", "family", "echo_ok", "intent", "texts")
"""The arrays of a reply table; see `ReplyGraph`."""

ECHO_LOGIT = -1e4
"""The logit of an echo; those of others lie between it and its opposite."""

STEEP = 1e30
"""More than any two float32 near a threshold are apart, turned round."""

Tensor = Any


class GraphSettings(Protocol):
    """The thresholds and weights that the graph has inside (`smartreply.outputs.Settings`)."""

    @property
    def trigger_threshold(self) -> float:
        """P(a short reply follows) from which on replies are shown."""

    @property
    def sensitive_threshold(self) -> float:
        """P(sensitive) from which on there is silence."""

    @property
    def english_threshold(self) -> float:
        """P(English) below which there is silence."""

    @property
    def polar_threshold(self) -> float:
        """P(yes/no question) from which on a yes and a no are wanted."""

    @property
    def echo_threshold(self) -> float:
        """Product of message and reply from which on the reply is an echo."""

    @property
    def scale(self) -> float:
        """Of query . vector."""

    @property
    def score_a(self) -> float:
        """score = sigmoid(score_a * log_softmax(logits) + score_b)."""

    @property
    def score_b(self) -> float:
        """See `score_a`."""

    @property
    def register_weight(self) -> float:
        """Of the product of the message's register and the reply's."""


@dataclass(frozen=True, slots=True)
class ReplyGates:
    """What says whether replies are fit at all, from the token values of the message (`models.reply_gates`).

    Attributes:
        english: an `EnglishGate`.
        sensitive: a `SensitiveGate`.
    """

    english: Any
    sensitive: Any


class ReplyGraph(tf.Module):
    """See the module's docstring; `suggest`, `encode` and `suggest_alone` are the signatures of the exported file.

    Args:
        net: a trained `ReplyNet`.
        gates: the gates; they may read fewer of a token's values than the network does, the first ones.
        table: by name (`COLUMNS`) the arrays of R replies, float32 unless said: "vectors" (R, dim); (1, R) each:
            "prior", "register", "polarity", "form" (1 question, -1 emoji, 0 neither), "family" (whole numbers) and
            "echo_ok" (1 where a reply may say the message over again, else 0); "intent" int16 (1, R); "texts" uint8
            (R, L), zeros behind.
        settings: thresholds and weights.
    """

    def __init__(
        self, net: Any, gates: ReplyGates, table: Mapping[str, NDArray[np.generic]], settings: GraphSettings
    ) -> None:
        super().__init__(name="reply")
        missing = [name for name in COLUMNS if name not in table]
        if missing:
            raise ValueError(f"The 'table' of ReplyGraph must have the arrays {', '.join(COLUMNS)}. "
                             f"Got none by the name {missing[0]!r}.")  # fmt: skip
        self.net, self.gates = net, gates
        self.kept = [weight.value for part in (net, gates.english, gates.sensitive) for weight in part.weights]
        self._towers = JointTowers(net)
        self._joint = JointGates(gates.english, gates.sensitive)
        self._settings = settings
        self._table = dict(table)

    def suggest(self, text: Tensor, context: Tensor) -> dict[str, Tensor]:
        """uint8 (1, n_bytes) each to everything that the exported file says; see docs/smart-reply.md."""
        values, mask = self.net.get_layer("projection")(tf.concat([text, context], 0))
        said = self._towers.read(self.net.tokens([values, mask], training=False), mask)
        return self._answer(values[:1], mask[:1], said)

    def suggest_alone(self, text: Tensor) -> dict[str, Tensor]:
        """As `suggest` where there is no context: the same to the last bit, in two thirds of the time.

        An IF inside of `suggest` would prepare its branch anew at every call, which costs more than it saves.
        """
        values, mask = self.net.get_layer("projection")(text)
        said = self._towers.read_alone(self.net.tokens([values, mask], training=False), mask)
        return self._answer(values, mask, said)

    def encode(self, text: Tensor) -> dict[str, Tensor]:
        """uint8 (1, n_bytes) to ``vector``, float32 (1, dim): the reply's."""
        values, mask = self.net.get_layer("projection")(text)
        tokens = self.net.tokens([values, mask], training=False)
        return {"vector": self.net.encoder([tokens, mask], training=False)["vector"]}

    def _answer(self, values: Tensor, mask: Tensor, said: Said) -> dict[str, Tensor]:
        """From the message's token values (1, words, bits) with their mask, and what the network says."""
        settings = self._settings
        columns = {name: tf.constant(self._table[name]) for name in COLUMNS}
        products = tf.matmul(said.vectors, columns["vectors"], transpose_b=True)
        fit, same = tf.split(products, 2, axis=0)  # a slice would name the number of replies
        # A product is at most 1; what depends on the message comes first here and below, so that no sum or product of
        # two constants is kept as one more column.
        echo = _sign((same - columns["echo_ok"]) - columns["echo_ok"], settings.echo_threshold)
        plain = fit * float(settings.scale) + columns["prior"]
        plain += (said.register * float(settings.register_weight)) * columns["register"]
        logits = tf.minimum(plain, echo * ECHO_LOGIT)
        asked = tf.nn.relu(_sign(said.polar, settings.polar_threshold))
        rows = choose_three(logits, echo, {name: columns[name] for name in ("family", "form", "polarity")}, asked)
        picked = tf.concat(rows, 0)
        found = self._judge(values, mask, said.trigger)
        return {
            "replies": tf.gather(columns["texts"], picked),
            "indices": picked,
            "intents": tf.reshape(tf.cast(tf.gather(columns["intent"], picked, axis=1), tf.int32), [3]),
            "scores": self._scores(logits, picked),
            **found,
            "polar": _flat(said.polar),
            "register": _flat(said.register),
            "logits": logits,
            "query": said.vectors[:1],
            "message": said.vectors[1:],
        }

    def _scores(self, logits: Tensor, picked: Tensor) -> Tensor:
        top = tf.reduce_max(logits, axis=1, keepdims=True)
        total = tf.math.log(tf.reduce_sum(tf.exp(logits - top), axis=1, keepdims=True)) + top
        shares = tf.gather(logits, picked, axis=1) - total
        return tf.reshape(tf.sigmoid(shares * float(self._settings.score_a) + float(self._settings.score_b)), [3])

    def _judge(self, values: Tensor, mask: Tensor, trigger: Tensor) -> dict[str, Tensor]:
        """Trigger, language, sensitive topics, and the status that follows: of several reasons the gravest."""
        settings = self._settings
        bits = self.gates.english.lexicon.projection.bits
        english, sensitive, topic = self._joint.judge(values[:, :, :bits], mask)
        gravest = tf.maximum(
            _steps(trigger < float(settings.trigger_threshold), 1),
            _steps(english < float(settings.english_threshold), 2),
        )
        return {
            "status": _flat(tf.maximum(gravest, _steps(sensitive >= float(settings.sensitive_threshold), 3))),
            "trigger": _flat(trigger),
            "sensitive": _flat(sensitive),
            "topic": _flat(topic),
            "english": _flat(english),
        }


def _sign(x: Tensor, limit: float) -> Tensor:
    """1 from the limit on, else -1; comparing would leave the fast operators, and come back to them."""
    return tf.maximum(tf.minimum((x - float(limit)) * STEEP + 1.0, 1.0), -1.0)


def _steps(condition: Tensor, number: int) -> Tensor:
    return tf.cast(condition, tf.int32) * number


def _flat(x: Tensor) -> Tensor:
    return tf.reshape(x, [1])
