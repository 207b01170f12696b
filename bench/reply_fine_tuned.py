"""The trainer with MiniLM's last blocks tuned on the pairs, as a row beside the heads on frozen MiniLM.

    python -m bench.reply_fine_tuned --data DIR --work DIR --out fine-tuned.npz [--steps 1200]

WORK may be that of `earmark distill reply`, whose embeddings are then taken; it comes to hold four gigabytes of states
of MiniLM's lower blocks. A run that was stopped goes on. OUT holds the vectors of every text that `bench.reply` asks
of a scorer: pass it there as `--row "fine-tuned trainer=fine-tuned.npz"`.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import numpy as np

from bench.reply_texts import main as write_texts
from distill.minilm import SentenceEncoder
from distill.reply.corpus import ReplyCorpus
from distill.reply.fine_tuned import FineTuneRecipe, fine_tune
from distill.reply.train import ReplyRecipe, read_corpora
from distill.reply.trainer import TrainerHeads, train_heads

__all__ = ["main"]

TOKENS = 48
"""Longest text; the embeddings that the heads were trained on were cut there, too."""


def main() -> int:
    """Train, and write the vectors."""
    recipe = FineTuneRecipe()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of the corpora")
    add("--work", type=Path, required=True, help="what is kept between runs")
    add("--out", type=Path, required=True)
    add("--heads", type=Path, help="trained heads; trained anew without them")
    add("--steps", type=int, default=recipe.steps)
    add("--batch", type=int, default=recipe.batch_size)
    add("--layers", type=int, default=recipe.layers, help="blocks of MiniLM that learn, from the last one down")
    add("--rate", type=float, default=recipe.rate)
    add("--no-context", type=float, default=recipe.no_context, help="share of the steps without the turn before")
    options = parser.parse_args()
    recipe = FineTuneRecipe(options.steps, options.batch, options.layers, options.rate, no_context=options.no_context)
    settings = ReplyRecipe()
    corpus, _ = read_corpora(options.data, settings, options.work, _say)
    heads = TrainerHeads.load(options.heads) if options.heads else train_heads(corpus, settings.trainer, _say)
    model = SentenceEncoder(max_length=TOKENS)
    trainer = fine_tune(model, corpus, heads, recipe, options.work, digest=_digest(corpus, heads), say=_say)

    place = options.work / "bench-texts.npz"
    argv, sys.argv = sys.argv, ["", "--data", str(options.data), "--out", str(place)]
    write_texts()
    sys.argv = argv
    with np.load(place, allow_pickle=False) as texts:
        before = [str(context).rsplit("\n", 1)[-1] for context in texts["contexts"]]
        np.savez(
            options.out,
            query_keys=texts["query_keys"],
            query_vectors=trainer.queries([str(text) for text in texts["messages"]], before).astype(np.float16),
            reply_keys=texts["reply_keys"],
            reply_vectors=trainer.replies([str(text) for text in texts["replies"]]).astype(np.float16),
        )
    return 0


def _digest(corpus: ReplyCorpus, heads: TrainerHeads) -> str:
    """Of the pairs, and of the heads that it begins with."""
    sha = hashlib.sha256("\0".join(corpus.texts).encode())
    for array in (corpus.message, corpus.reply, corpus.before, *heads.weights.values()):
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
