"""A made-up corpus for the tests of smart reply's training: a few dialogues, and embeddings that need no MiniLM."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.reply.corpus import ReplyCorpus
from distill.reply.embeddings import WIDTH, text_key
from distill.reply.pairs import Pair
from projection import Projection

PROJECTION = Projection(n_bytes=64, words=12, bits=32, orders=(2, 3))

EXCHANGES = (
    ("are you coming tonight?", "yes, see you at eight"),
    ("do you want pizza?", "no, not today"),
    ("i got the job!!", "congratulations!"),
    ("my train is late again", "oh no, poor you"),
    ("happy birthday!", "thank you so much"),
    ("where are you?", "almost there"),
    ("good night", "sleep well"),
    ("lunch?", "sure, when?"),
    ("can you send me the file", "done"),
    ("i passed my exam", "well done lol"),
    ("shall we meet at six", "i can't, sorry"),
    ("how is your mum", "would you believe it, she is much better and back at home with the cats and the dog already"),
)

NAMES = ("Ana", "Bo", "Cleo", "Dov", "Eli", "Fay", "Gus", "Hal", "Ida", "Jo", "Kit", "Lou")


def pairs() -> list[Pair]:
    """Every exchange twice: alone, and after another one in which the same words were said."""
    found = []
    for number, (message, reply) in enumerate(EXCHANGES):
        before = EXCHANGES[number - 1]
        found.append(Pair((), message, reply, "ours", f"d{number}"))
        found.append(Pair((before[0], before[0]), message, reply, "ours", f"e{number}"))
    return found


def texts() -> list[str]:
    return [text for exchange in EXCHANGES for text in exchange]


def fake_vector(text: str) -> NDArray[np.float32]:
    """A unit vector that belongs to the text, far from all the others."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
    vector = np.random.default_rng(seed).normal(size=WIDTH)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def write_cache(folder: Path, known: list[str], *, number: int = 0) -> Path:
    """A block of the embeddings' cache in its own format."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = np.frombuffer(b"".join(map(text_key, known)), np.uint8).reshape(len(known), 16)
    vectors = np.stack([fake_vector(text) for text in known]).astype(np.float16)
    np.savez(folder / f"block-{number:05d}.npz", keys=keys, vectors=vectors)
    return folder


def corpus(folder: Path) -> ReplyCorpus:
    return ReplyCorpus.of(pairs(), PROJECTION, write_cache(folder, texts()))


def tiny_net(*, dropout: float = 0.0) -> Any:
    import keras

    from models.reply_net import ReplyNet, ReplySize

    keras.utils.set_random_seed(3)
    return ReplyNet(ReplySize(width=8, hidden=12, blocks=1, heads=1, dropout=dropout), PROJECTION, dim=8)


def write_dialogues(data: Path) -> list[str]:
    """As DATA/dialogues has them; every text in it."""
    texts = []
    (data / "dialogues").mkdir(parents=True)
    with gzip.open(data / "dialogues" / "samsum.train.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, (message, reply) in enumerate(EXCHANGES):
            for name in NAMES:
                turns = [f"hey {name}, {message}", reply]
                rows = [{"speaker": who, "text": text} for who, text in zip("AB", turns, strict=True)]
                file.write(json.dumps({"id": f"{number}-{name}", "turns": rows}) + "\n")
                texts += turns
    return texts


def tiny_sentence_bert(folder: Path, *, width: int, dropout: float = 0.0) -> Path:
    """A random BERT of two blocks that knows the words of `EXCHANGES`, as a Hugging Face folder."""
    from models.bert import BertConfig
    from tests.models.tiny_bert import tiny_tensors, write_bert

    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *sorted({w for t in texts() for w in re.findall(r"\w+|\W", t)} - {" "}),
    ]
    config = BertConfig(vocabulary_size=len(words), num_layers=2, hidden_size=width, num_heads=2, intermediate_size=24,
                        max_positions=64)  # fmt: skip
    tensors = tiny_tensors(config)
    for name, value in tensors.items():  # else every sentence has nearly the same vector
        if "LayerNorm" in name:
            tensors[name] = np.full_like(value, float(name.endswith("weight")))
    shares = dict.fromkeys(("hidden_dropout_prob", "attention_probs_dropout_prob"), dropout)
    return write_bert(folder, config, words, tensors, **shares)
