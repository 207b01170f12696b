"""Situations: messages written for this project, each with the intents of the reply set that would be a good answer.

::

    - situation: failed_an_exam
      messages: ["I failed my exam", "didn't pass my driving test :("]
      replies: [sorry_to_hear, oh_no]   # best first

Corpora say what people answered; situations say what may be offered, in mood and sense. One message in `HELD` is never
learnt from, so that what is offered to it can be judged. Everything that is wrong is reported with file and line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.distortion import Distortion, distort_all
from distill.student_rows import TokenTable
from earmark.errors import EarmarkError, require_extra
from smartreply.replies import ReplyEntry

__all__ = ["SITUATIONS", "Situation", "SituationTargets", "read_situations"]

SITUATIONS = Path(__file__).parent / "data" / "situations"
"""The shipped ones, a folder of YAML files."""

HELD = 8

FALL = 0.85
"""An intent's share of the wanted distribution, against that of the intent named before it."""

_KEYS = ("situation", "messages", "replies")


@dataclass(frozen=True, slots=True)
class Situation:
    """Messages that the same replies suit.

    Attributes:
        name: what it is called.
        messages: at least two.
        replies: intents, best first.
    """

    name: str
    messages: tuple[str, ...]
    replies: tuple[str, ...]

    def split(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The messages to learn from and the held-out ones."""
        held = {text for text in self.messages if hashlib.sha256(text.encode()).digest()[0] % HELD == 0}
        return tuple(text for text in self.messages if text not in held), tuple(held)


def read_situations(intents: Collection[str], path: Path = SITUATIONS) -> tuple[Situation, ...]:
    """The situations in a YAML file, or in every one of a folder, sorted by name.

    Args:
        intents: those of the reply set.
        path: file or folder.

    Raises:
        MissingExtraError: PyYAML is not installed.
        EarmarkError: a file cannot be read, an intent is unknown, or a situation or a message is there twice.
    """
    yaml = require_extra("yaml", extra="train", feature="reading situations")
    names: dict[str, str] = {}
    texts: dict[str, str] = {}
    found: list[Situation] = []
    for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
        try:
            root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise EarmarkError(
                f"{file}: the situations cannot be read as YAML: {' '.join(str(error).split())}"
            ) from error
        for node in () if root is None else root.value:
            where = f"{file}:{node.start_mark.line + 1}"
            one = _situation(node, yaml, where)
            _once(names, one.name, where, "the situation")
            for text in one.messages:
                _once(texts, text.casefold(), where, "the message")
            unknown = [intent for intent in one.replies if intent not in intents]
            if unknown:
                raise EarmarkError(f"{where}: the reply set has no intent {unknown[0]!r}.")
            found.append(one)
    return tuple(sorted(found, key=lambda one: one.name))


def _situation(node: Any, yaml: Any, where: str) -> Situation:
    value = yaml.SafeLoader.construct_document(yaml.SafeLoader(""), node)
    if not isinstance(value, dict) or set(value) != set(_KEYS):
        raise EarmarkError(f"{where}: a situation has the keys {', '.join(_KEYS)}. Got {value!r:.200}.")
    name, messages, replies = (value[key] for key in _KEYS)
    for key, texts in (("messages", messages), ("replies", replies)):
        if (
            not isinstance(texts, list)
            or not texts
            or not all(isinstance(text, str) and text.strip() for text in texts)
        ):
            raise EarmarkError(f"{where}: the {key} of {name!r} must be a list of strings. Got {texts!r:.200}.")
    if len(set(replies)) != len(replies):
        raise EarmarkError(f"{where}: an intent is named twice among the replies of {name!r}.")
    return Situation(str(name), tuple(messages), tuple(replies))


def _once(seen: dict[str, str], key: str, where: str, what: str) -> None:
    if key in seen:
        raise EarmarkError(f"{where}: {what} {key!r} is there already, at {seen[key]}.")
    seen[key] = where


@dataclass(frozen=True, slots=True)
class SituationTargets:
    """What the student learns from situations.

    Attributes:
        rows: the messages' tokens' numbers, int32 (messages, words).
        noisy: the same of a distorted copy.
        wanted: shares of the intents, float32 (messages, intents), each row adding up to 1.
        intent: of each reply of the set, int32 (replies,).
        bias: what is added to the logits of the replies, float32 (replies,): the weighted prior.
    """

    rows: NDArray[np.int32]
    noisy: NDArray[np.int32]
    wanted: NDArray[np.float32]
    intent: NDArray[np.int32]
    bias: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        situations: Sequence[Situation],
        replies: Sequence[ReplyEntry],
        table: TokenTable,
        bias: NDArray[np.float32],
        *,
        seed: int = 1,
    ) -> SituationTargets:
        """Those of the messages that are learnt from."""
        numbers: dict[str, int] = {}
        intent = np.array([numbers.setdefault(reply.intent, len(numbers)) for reply in replies], np.int32)
        shown = [(text, one) for one in situations for text in one.split()[0]]
        wanted = np.zeros((len(shown), len(numbers)), np.float32)
        for row, (_, one) in zip(wanted, shown, strict=True):
            row[[numbers[name] for name in one.replies]] = FALL ** np.arange(len(one.replies))
        texts = [text for text, _ in shown]
        return cls(
            table.numbers(texts), table.numbers(distort_all(texts, Distortion(), seed=seed)),
            wanted / wanted.sum(axis=1, keepdims=True), intent, bias.astype(np.float32),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.rows)

    def digest(self) -> str:
        """Of everything that is learnt."""
        sha = hashlib.sha256()
        for array in (self.rows, self.wanted, self.intent, self.bias):
            sha.update(np.ascontiguousarray(array).tobytes())
        return sha.hexdigest()

    def batches(self, size: int, chance: np.random.Generator) -> Iterator[NDArray[np.intp]]:
        """Positions without end, no message again before the others (but for the rest of a round)."""
        size = min(size, len(self))
        while True:
            order = chance.permutation(len(self))
            yield from (order[at : at + size] for at in range(0, len(order) - size + 1, size))

    def loss(self, logits: Any, wanted: Any) -> Any:
        """Cross-entropy of the intents: float32 logits (batch, replies) without the prior, shares (batch, intents)."""
        import tensorflow as tf

        share = tf.nn.softmax(logits + self.bias)
        by_intent = tf.transpose(tf.math.unsorted_segment_sum(tf.transpose(share), self.intent, self.wanted.shape[1]))
        return -tf.reduce_mean(tf.reduce_sum(wanted * tf.math.log(by_intent + 1e-9), axis=1))
