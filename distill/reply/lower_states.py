"""What the lower blocks of an encoder say of every text, computed once: a training of the upper ones starts from there.

States are kept flat, one text behind the other, as float16 in one file; a batch is put together from it in groups of
like length, so that little padding is computed.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.half import HALF
from distill.quiet import import_tensorflow
from earmark.errors import EarmarkError

__all__ = ["LowerStates", "blocks_of", "lower_states"]

BATCH = 4096
"""Tokens of a step, padding included, as far as one text allows."""


@dataclass(frozen=True, slots=True)
class LowerStates:
    """States of some texts.

    Attributes:
        states: float16 (tokens of all texts, hidden).
        starts: where each text begins, and the end of the last, int64 (texts + 1,).
    """

    states: NDArray[np.float16]
    starts: NDArray[np.int64]

    def group(self, places: NDArray[np.integer]) -> dict[str, NDArray[Any]]:
        """Some texts as a batch: ``states`` float16 (texts, longest, hidden), ``mask`` int32 (texts, longest)."""
        lengths = np.diff(self.starts)[places]
        mask = np.arange(int(lengths.max(initial=1)))[None, :] < lengths[:, None]
        states = np.zeros((*mask.shape, self.states.shape[1]), np.float16)
        for row, place in enumerate(places):
            states[row, : lengths[row]] = self.states[self.starts[place] : self.starts[place + 1]]
        return {"states": states, "mask": mask.astype(np.int32)}


def lower_states(
    model: Any, texts: Sequence[str], *, layers: int, folder: Path, say: Callable[[str], None] = lambda line: None
) -> LowerStates:
    """The states behind the first `layers` blocks of `model` (a `SentenceModel`), from the folder or kept there.

    Args:
        model: the encoder and its tokenizer; texts are cut at its longest input.
        texts: distinct.
        layers: blocks that run, 0 for the embedding alone.
        folder: where the states are kept, some gigabytes for a few hundred thousand texts.
        say: told a line at times.

    Raises:
        EarmarkError: the folder's disk is too full for them.
    """
    path = folder / f"lower-{_digest(model, texts, layers)}.npy"
    starts_path = path.with_suffix(".starts.npy")
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _compute(model, texts, layers, path, starts_path, say)
    return LowerStates(np.load(path, mmap_mode="r"), np.load(starts_path))


def blocks_of(encoder: Any, first: int, end: int) -> list[Any]:
    """Copies of some of an encoder's blocks that compute in bfloat16."""
    copies = []
    for block in encoder.blocks[first:end]:
        copy = type(block)(**block.arguments, dtype=HALF, name=block.name)
        copy.build((None, None, encoder.bert.hidden_size))
        copy.set_weights(block.get_weights())
        copies.append(copy)
    return copies


def _compute(
    model: Any, texts: Sequence[str], layers: int, path: Path, starts_path: Path, say: Callable[[str], None]
) -> None:
    tf = import_tensorflow("Training smart reply")
    encoder, blocks = model.encoder, blocks_of(model.encoder, 0, layers)

    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def run(inputs: dict[str, Any]) -> Any:
        x = encoder.embedding(inputs["token_ids"], inputs["segment_ids"])
        for block in blocks:
            x = block(x, inputs["padding_mask"])
        return tf.cast(x, tf.float16)

    lengths = np.concatenate([
        model.tokens.encode(texts[start : start + BATCH])["padding_mask"].sum(axis=1)
        for start in range(0, len(texts), BATCH)
    ]).astype(np.int64)  # fmt: skip
    starts = np.concatenate([[0], np.cumsum(lengths)])
    _check_room(path.parent, 2 * int(starts[-1]) * encoder.bert.hidden_size)
    part = path.with_suffix(".part")
    states = np.lib.format.open_memmap(
        part, mode="w+", dtype=np.float16, shape=(int(starts[-1]), encoder.bert.hidden_size)
    )
    done = 0
    for places in _parts(lengths):
        found = run(model.tokens.encode([texts[place] for place in places])).numpy()
        for row, place in enumerate(places):
            states[starts[place] : starts[place + 1]] = found[row, : lengths[place]]
        done += len(places)
        if done * 10 // len(texts) > (done - len(places)) * 10 // len(texts):
            say(f"lower blocks: {done:,} of {len(texts):,} texts")
    states.flush()
    np.save(starts_path, starts)
    part.replace(path)  # whole or not at all


def _check_room(folder: Path, needed: int) -> None:
    """A disk that fills up under a memory map kills the process without a word."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise EarmarkError(
            f"the states of MiniLM's lower blocks need {needed / 1e9:.1f} GB in {folder}, {free / 1e9:.1f} GB are "
            f"free. Make room, or choose another folder for the work."
        )


def _parts(lengths: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
    """All positions once, in batches of like length."""
    order = np.argsort(lengths, kind="stable")
    at = 0
    while at < len(order):
        furthest = order[min(at + BATCH // int(lengths[order[at]]), len(order)) - 1]
        size = max(BATCH // int(lengths[furthest]), 1)
        yield order[at : at + size]
        at += size


def _digest(model: Any, texts: Sequence[str], layers: int) -> str:
    """Of the texts and of the blocks that read them."""
    sha = hashlib.sha256(f"{layers}\0".encode())
    encoder = model.encoder
    for layer in (encoder.embedding, *encoder.blocks[:layers]):
        for weight in layer.weights:
            if "seed" not in weight.name:
                sha.update(np.ascontiguousarray(weight).tobytes())
    for text in texts:
        sha.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return sha.hexdigest()[:12]
