"""Students of three sizes, of one with the LSTM trainer beside it, and small ones with a part of the training left out.

    python -m bench.reply_ablations --data DIR --work DIR --out DIR [--only "no trainer"]

All on a quarter of the pairs and for fewer epochs than what ships, each on the same pairs in the same order: they are
to be compared with each other. Writes `<variant>.tflite` into OUT, for "no pairs" `no-pairs.npz` (what the embedding
alone gives), for the LSTM trainer `lstm-trainer.keras`, and prints the rows to pass to `bench.reply`. WORK keeps
embeddings and epochs, so a run that was stopped goes on; it may be that of `earmark distill reply`, whose embeddings
are then taken.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.reply_texts import main as write_texts
from distill.reply.lstm_trainer import JointLstm, LstmRecipe, LstmTrainer
from distill.reply.pairs import SOURCES
from distill.reply.reply_yaml import read_reply_yaml
from distill.reply.set_targets import SetTargets
from distill.reply.student import StudentRecipe, StudentTraining
from distill.reply.student_run import train_student
from distill.reply.train import REPLIES, ReplyRecipe, finish, read_corpora, short_answers, train_gates
from distill.reply.trainer import TrainerRecipe, train_heads
from distill.student_rows import TokenTable

SHARE = 4
BASE = StudentRecipe(embedding_epochs=2, pair_epochs=3, set_epochs=1)
LSTM = "joint with the LSTM trainer"
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "small": {},
    "medium": {},
    "large": {},
    LSTM: {},
    "no embedding distillation": {"embedding_epochs": 0, "keep_embedding": 0.0},
    "no trainer": {"trainer": 0.0},
    "no reply set": {"set_epochs": 0},
    "no pairs": {"pair_epochs": 0},
}
"""What each changes of `BASE`; of the size it is named after, otherwise small."""


def main() -> int:
    """Train what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--work", type=Path, required=True, help="what is kept between runs")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", choices=[*VARIANTS], action="append")
    options = parser.parse_args()
    import keras

    from models.reply_graph import ReplyGates
    from models.reply_net import REPLY_SIZES, ReplyNet

    options.out.mkdir(parents=True, exist_ok=True)
    recipe = ReplyRecipe(size="small", sources={name: most // SHARE for name, most in SOURCES.items()},
                         trainer=TrainerRecipe(epochs=4))  # fmt: skip
    corpus, held = read_corpora(options.data, recipe, options.work, _say)
    replies = read_reply_yaml(REPLIES)
    heads = train_heads(corpus, recipe.trainer, _say)
    targets = SetTargets.of(
        replies, corpus.table, options.work / "embeddings", short_answers(corpus), heads=heads, say=_say
    )
    english, sensitive, _ = train_gates(options.data, options.work, quick=True, say=_say)
    rows = []
    for name in options.only or VARIANTS:
        student = replace(BASE, **VARIANTS[name])
        keras.utils.set_random_seed(student.seed)
        net = ReplyNet(name if name in REPLY_SIZES else "small", ReplyNet.default_projection(), name="student")
        lstm = LstmTrainer.fresh(corpus.texts, LstmRecipe()) if name == LSTM else None
        label = name.replace(" ", "-")
        trained = train_student(net, corpus, student, options.work, name=f"ablation-{label}",
                                digest=f"ablation {name}", targets=targets, say=_say,
                                heads=heads if lstm is None else JointLstm(lstm, corpus))  # fmt: skip
        if student.pair_epochs == 0:
            path = options.out / f"{label}.npz"
            _embedding_table(StudentTraining(net, corpus, None, None, student), options, path)
        else:
            path = options.out / f"{label}.tflite"
            model, _ = finish(net, trained, held, targets, replies, ReplyGates(english, sensitive), recipe,
                              thresholds={"english_threshold": 0.5, "sensitive_threshold": 0.5}, digest="")  # fmt: skip
            path.write_bytes(model)
        rows.append(f'--row "{name}={path}"')
        if lstm is not None:
            lstm.save(options.out / "lstm-trainer.keras")
            rows.append(f'--row "LSTM trainer={options.out / "lstm-trainer.keras"}"')
    print(" ".join(rows))
    return 0


def _embedding_table(training: StudentTraining, options: argparse.Namespace, path: Path) -> None:
    """The embedding of every query and reply that the bench asks for, as `bench.reply_rows.VectorTable` reads it."""
    place = options.work / "bench-texts.npz"
    argv, sys.argv = sys.argv, ["", "--data", str(options.data), "--out", str(place)]
    write_texts()
    sys.argv = argv
    with np.load(place, allow_pickle=False) as texts:
        table = TokenTable(training.corpus.table.projection)
        messages = table.numbers([str(text) for text in texts["messages"]])
        replies = table.numbers([str(text) for text in texts["replies"]])
        np.savez(
            path,
            query_keys=texts["query_keys"],
            query_vectors=_embed(training, table, messages),
            reply_keys=texts["reply_keys"],
            reply_vectors=_embed(training, table, replies),
        )


def _embed(training: StudentTraining, table: TokenTable, rows: NDArray[np.int32]) -> NDArray[np.float32]:
    parts = []
    for start in range(0, len(rows), 512):
        part = rows[start : start + 512]
        values = table.values[part].astype(np.float32)
        inputs = {"text_values": values, "text_mask": (part > 0).astype(np.float32)}
        parts.append(np.asarray(training.net.encode_core(inputs, training=False)["embedding"], np.float32))
    found = np.concatenate(parts)
    unit: NDArray[np.float32] = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return unit


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
