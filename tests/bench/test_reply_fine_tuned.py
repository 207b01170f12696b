"""The fine-tuned trainer as a row of the bench: on a made-up corpus and a tiny BERT, from the pairs to the vectors."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from bench import reply_fine_tuned
from bench.reply_rows import query_key
from distill.minilm import SentenceEncoder
from distill.reply.embeddings import WIDTH, text_key
from distill.reply.trainer import TrainerHeads, TrainerRecipe, train_heads
from tests.distill.reply.tiny_corpus import corpus, tiny_sentence_bert

MESSAGES = ("lunch?", "where are you?")
REPLIES = ("done", "almost there", "sure, when?")


def test_vectors_of_the_tuned_trainer_come_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = corpus(tmp_path / "cache")
    bert = tiny_sentence_bert(tmp_path / "bert", width=WIDTH)
    heads = train_heads(tiny, TrainerRecipe(hidden=16, epochs=1, batch_size=12))
    heads.save(tmp_path / "heads.npz")

    def write_texts() -> int:
        place = Path(sys.argv[sys.argv.index("--out") + 1])
        keys = [[query_key(text, "good night") for text in MESSAGES], [text_key(text) for text in REPLIES]]
        rows = [np.frombuffer(b"".join(part), np.uint8).reshape(len(part), 16) for part in keys]
        contexts = np.array(["earlier\ngood night"] * 2)  # the last line is the turn before
        np.savez(place, messages=np.array(MESSAGES), contexts=contexts, replies=np.array(REPLIES),
                 query_keys=rows[0], reply_keys=rows[1])  # fmt: skip
        return 0

    monkeypatch.setattr(reply_fine_tuned, "write_texts", write_texts)
    monkeypatch.setattr(reply_fine_tuned, "read_corpora", lambda *given: (tiny, tiny))
    monkeypatch.setattr(reply_fine_tuned, "SentenceEncoder", lambda max_length: SentenceEncoder(bert))
    found = {}
    for name, options in (("tuned", ["--rate", "0.003"]), ("hardly", ["--rate", "0.0000001"])):
        (tmp_path / name).mkdir()
        out = tmp_path / f"{name}.npz"
        arguments = ["--data", ".", "--work", str(tmp_path / name), "--out", str(out), "--steps", "4", "--batch", "11"]
        arguments += ["--layers", "1", "--heads", str(tmp_path / "heads.npz"), *options]
        monkeypatch.setattr(sys, "argv", ["reply_fine_tuned", *arguments])
        assert reply_fine_tuned.main() == 0
        assert sys.argv[1:] == arguments
        with np.load(out, allow_pickle=False) as file:
            found[name] = {part: file[part] for part in file.files}
    assert found["tuned"]["query_keys"].tolist() == found["hardly"]["query_keys"].tolist()
    model, frozen = SentenceEncoder(bert), TrainerHeads.load(tmp_path / "heads.npz")
    before = model.encode(["good night"] * 2)
    wanted = {"query_vectors": frozen.queries(model.encode(list(MESSAGES)), before),
              "reply_vectors": frozen.replies(model.encode(list(REPLIES)))}  # fmt: skip
    for part, vectors in wanted.items():
        assert np.abs(found["hardly"][part] - vectors).max() < 0.02  # the heads have a rate of their own
        assert np.abs(found["tuned"][part] - vectors).max() > 0.02
