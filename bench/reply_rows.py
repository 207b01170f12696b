"""Rows of the tables that are given on the command line: `name=path` of a student's file or of a trainer's.

    --row "student, medium=smartreply/pretrained/en/smartreply.tflite"
    --row "no context=student.tflite,no-context" --row "no prior=student.tflite,no-prior"
    --row "MiniLM + trained heads=heads.npz" --row "LSTM trainer=lstm.keras"

A `.npz` holds trained heads (`distill.reply.trainer`) or, for anything else that has two towers, its vectors of the
texts that `bench.reply_texts` lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.reply_minilm import MiniLm
from bench.reply_scorers import Scorer, Student
from bench.reply_suggest import System, ranked, student, student_without_prior
from distill.reply.embeddings import text_key
from distill.reply.trainer import TrainerHeads
from earmark.errors import EarmarkError
from smartreply.replies import ReplyEntry

__all__ = ["HeadsScorer", "Row", "VectorTable", "query_key", "read_row"]

Floats = NDArray[np.float32]

VARIANTS = ("no-context", "no-prior")


@dataclass(frozen=True, slots=True)
class Row:
    """A system that is measured.

    Attributes:
        name: the first cell.
        scorer: its towers; None for an ablation of the choosing alone.
        systems: by name, how it offers three replies.
        student: the file, where it is one.
    """

    name: str
    scorer: Scorer | None
    systems: dict[str, System]
    student: Student | None = None


class HeadsScorer:
    """Trained heads over MiniLM's embeddings; of the context they read the last turn."""

    def __init__(self, heads: TrainerHeads, minilm: MiniLm) -> None:
        self.heads, self._minilm = heads, minilm

    def queries(self, messages: Sequence[str], contexts: Sequence[str]) -> Floats:
        """See `Scorer`."""
        before = self._minilm([context.rsplit("\n", 1)[-1] for context in contexts])
        before[[not context for context in contexts]] = 0.0
        return self.heads.queries(self._minilm(messages), before)

    def replies(self, texts: Sequence[str]) -> Floats:
        """See `Scorer`."""
        return self.heads.replies(self._minilm(texts))


class VectorTable:
    """Vectors that were computed elsewhere, found by their texts' digests.

    Args:
        path: `.npz` with `query_keys` and `reply_keys`, uint8 [n, 16], `query_vectors` and `reply_vectors` [n, d].
    """

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as found:
            self._vectors = {
                kind: dict(zip(map(bytes, found[f"{kind}_keys"]), found[f"{kind}_vectors"], strict=True))
                for kind in ("query", "reply")
            }

    def queries(self, messages: Sequence[str], contexts: Sequence[str]) -> Floats:
        """See `Scorer`."""
        keys = [query_key(message, context) for message, context in zip(messages, contexts, strict=True)]
        return np.stack([self._vectors["query"][key] for key in keys]).astype(np.float32)

    def replies(self, texts: Sequence[str]) -> Floats:
        """See `Scorer`."""
        return np.stack([self._vectors["reply"][text_key(text)] for text in texts]).astype(np.float32)


def query_key(message: str, context: str) -> bytes:
    """16 bytes that stand for a message and what came before it ("" for nothing)."""
    return text_key(f"{context}\0{message}")


def read_row(value: str, entries: Sequence[ReplyEntry], minilm: MiniLm) -> Row:
    """A row from `name=path` or `name=path,variant`.

    Raises:
        EarmarkError: no name, an unknown variant, or a file of another kind.
    """
    name, _, rest = value.partition("=")
    place, _, variant = rest.partition(",")
    path = Path(place)
    if not name or not rest or (variant and variant not in VARIANTS):
        raise EarmarkError(f"a row must be NAME=PATH or NAME=PATH,VARIANT with {' | '.join(VARIANTS)}. Got {value!r}.")
    if path.suffix == ".tflite":
        return _student_row(name, path, variant)
    if path.suffix not in (".npz", ".keras") or variant:
        raise EarmarkError(f"a row's file must be a .tflite, or a .npz or .keras without a variant. Got {rest!r}.")
    if path.suffix == ".keras":
        from distill.reply.lstm_trainer import LstmTrainer

        lstm = LstmTrainer.load(path)
        return Row(name, lstm, _ranked_systems(name, lstm, entries, minilm, lstm.scale))
    with np.load(path, allow_pickle=False) as found:
        table = "query_vectors" in found.files
    if table:
        scorer: Scorer = VectorTable(path)
        return Row(name, scorer, _ranked_systems(name, scorer, entries, minilm, 20.0))
    heads = TrainerHeads.load(path)
    scorer = HeadsScorer(heads, minilm)
    return Row(name, scorer, _ranked_systems(name, scorer, entries, minilm, heads.scale))


def _ranked_systems(
    name: str, scorer: Scorer, entries: Sequence[ReplyEntry], minilm: MiniLm, scale: float
) -> dict[str, System]:
    systems = {name: ranked(scorer, entries, minilm)}
    if any(entry.prior for entry in entries):
        systems[f"{name}, with the prior"] = ranked(scorer, entries, minilm, scale=scale, prior=1.0)
    return systems


def _student_row(name: str, path: Path, variant: str) -> Row:
    model = Student(path)
    if variant == "no-context":
        return Row(name, None, {name: student(model, context=False)})
    if variant == "no-prior":
        return Row(name, None, {name: student_without_prior(model)})
    return Row(name, model, {name: student(model)}, model)
