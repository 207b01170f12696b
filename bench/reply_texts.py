"""The texts of the ranking, for two towers that run elsewhere: their vectors then come back as a row of `bench.reply`.

    python -m bench.reply_texts --data DIR --out texts.npz

The file has `messages`, `contexts` (a query each: message and joined earlier turns, "" for none) and `replies`. Write a
`.npz` with `query_keys` and `query_vectors`, `reply_keys` and `reply_vectors`, in the same order, the keys copied from
this file, and pass it as `--row NAME=vectors.npz`. It holds text of corpora: keep it out of the project.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from bench.reply_data import RANKING_SETS, joined, rank_task, read_messages, read_valid_pairs
from bench.reply_entries import YAML, read_entries
from bench.reply_ranking import telling
from bench.reply_rows import query_key
from distill.reply.embeddings import text_key

__all__ = ["main"]


def main() -> int:
    """Write every query and reply that `bench.reply` asks of a scorer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--replies", type=Path, default=YAML, help="reply list: a .yaml or a student's .tflite")
    parser.add_argument("--cases", type=int, default=3000, help="as in bench.reply")
    options = parser.parse_args()
    queries: dict[tuple[str, str], None] = {}
    replies = dict.fromkeys(entry.text for entry in read_entries(options.replies))
    for name in RANKING_SETS:
        pairs = read_valid_pairs(options.data, name)
        for part in (pairs, [pair for pair in pairs if telling(pair)]):
            for pair in rank_task(part, most=options.cases).pairs:
                queries[pair.message, ""] = queries[pair.message, joined(pair.context)] = None
                replies[pair.reply] = None
    for case in read_messages(options.data):
        queries[case.message, joined(case.context)] = None
    np.savez(
        options.out,
        messages=np.array([message for message, _ in queries]),
        contexts=np.array([context for _, context in queries]),
        replies=np.array(list(replies)),
        query_keys=_rows([query_key(message, context) for message, context in queries]),
        reply_keys=_rows([text_key(text) for text in replies]),
    )
    print(f"{len(queries):,} queries and {len(replies):,} replies in {options.out}")
    return 0


def _rows(keys: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(keys), np.uint8).reshape(len(keys), 16)


if __name__ == "__main__":
    raise SystemExit(main())
