"""The reply table inside a model file: its columns, and putting another one in without TensorFlow.

An exported file names every tensor whose shape depends on the reply list: `replies.<what>@<axes>`, where the axes say
which dimension is the number of replies (R) or the length of the longest text (L), as in `replies.texts@R0L1`. The
columns are constants among them. So another list is put in by writing new constants and new shapes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import ArtifactError
from projection.metadata import model_bytes, read_facts
from smartreply.engine import check_kind
from smartreply.errors import ReplyError
from smartreply.replies import ReplyEntry
from smartreply.reply_list import REPLIES_NAME, pack_replies

__all__ = [
    "COLUMNS",
    "TABLE_PREFIX",
    "intents_of",
    "put_columns",
    "quantised",
    "read_vectors",
    "replace_replies",
    "reply_columns",
]

COLUMNS = ("vectors", "prior", "register", "polarity", "form", "family", "echo_ok", "intent", "texts")
"""What the graph needs of the replies; see `reply_columns`."""

TABLE_PREFIX = "replies."

Columns = Mapping[str, NDArray[np.generic]]

_NAME = re.compile(r"replies\.(?P<what>\w+)@(?P<axes>(?:[RL][0-9])+)")
_FORMS = {"statement": 0, "question": 1, "emoji": -1}
_MIN_FAMILIES, _MAX_REPLIES = 3, 2**15 - 1
_INT8_MAX = 127


def replace_replies(model: bytes, replies: Sequence[ReplyEntry], vectors: NDArray[np.float32]) -> bytes:
    """The model file with another reply list; network, gates and settings stay. Equal input gives equal bytes.

    Args:
        model: the bytes of a smart reply `.tflite`.
        replies: the list, of at least three families.
        vectors: float32 [replies, D], what the file's signature "encode" gives for their texts, or what training made
            of that (`read_vectors`).

    Raises:
        ReplyError: too few replies or families, or vectors of another shape.
        ArtifactError: not such a file, or damaged.
    """
    from earmark.tflite_buffers import put_entry, read_tree
    from projection.metadata_writer import TENSOR_VALUE_LABELS, pack_with_facts

    data, place = model_bytes(model)
    facts = read_facts(data)
    check_kind(facts, place)
    tree = read_tree(data, place=place)
    put_columns(tree, reply_columns(replies, vectors), place=place)
    put_entry(tree, REPLIES_NAME, pack_replies(replies))
    facts = replace(facts, labels=intents_of(replies))
    output = output_position(tree, "intents", place=place)
    return pack_with_facts(tree, facts, output=output, place=place, labels=TENSOR_VALUE_LABELS)


def read_vectors(model: bytes) -> NDArray[np.float32]:
    """The vectors of the replies in a model file, as it compares them with a message; float32 [replies, D].

    Training may have moved them away from what "encode" gives for the same text.

    Raises:
        ArtifactError: not such a file, or damaged.
    """
    from earmark.tflite_buffers import read_tree

    data, place = model_bytes(model)
    check_kind(read_facts(data), place)
    tree = read_tree(data, place=place)
    for tensor in tree.subgraphs[0].tensors:
        found = _NAME.fullmatch(_text(tensor.name))
        if found is not None and found["what"] == "vectors":
            stored = bytes(tree.buffers[tensor.buffer].data)
            if tensor.quantization is not None and tensor.quantization.scale is not None:
                rows = np.frombuffer(stored, np.int8) * np.float32(tensor.quantization.scale[0])
            else:
                rows = np.frombuffer(stored, np.float32)
            return rows.astype(np.float32).reshape([int(size) for size in tensor.shape])
    raise ArtifactError(f"the model file {place} has no tensor {TABLE_PREFIX}vectors. Export it again.")


def reply_columns(replies: Sequence[ReplyEntry], vectors: NDArray[np.float32]) -> dict[str, NDArray[np.generic]]:
    """The arrays by name (`COLUMNS`) of R replies.

    Returns:
        "vectors" float32 [R, D]; [1, R] each: "prior" float32, "register", "polarity", "form" (1 question, -1 emoji, 0
        neither) and "echo_ok" (1 where it may say the message over again) int8, "family" and "intent" int16, numbered
        in order of appearance (`intents_of`); "texts" uint8 [R, L], UTF-8 with zeros behind.

    Raises:
        ReplyError: fewer than three families, too many replies, or vectors of another shape or not finite.
    """
    families = list(dict.fromkeys(one.family for one in replies))
    if len(families) < _MIN_FAMILIES:
        raise ReplyError(
            f"the reply list of a model needs at least {_MIN_FAMILIES} families, so that three suggestions differ. "
            f"Got {len(families)} in {len(replies)} replies."
        )
    if vectors.ndim != 2 or len(vectors) != len(replies) or not np.isfinite(vectors).all():
        raise ReplyError(
            f"the vectors must be finite and one a reply, [{len(replies)}, D]. Got the shape {list(vectors.shape)}."
        )
    if len(replies) > _MAX_REPLIES:
        raise ReplyError(f"a model can have at most {_MAX_REPLIES:,} replies. Got {len(replies):,}.")
    intents = intents_of(replies)
    numbers = {name: number for number, name in enumerate(families)}
    places = {name: number for number, name in enumerate(intents)}

    def row(values: Sequence[float], dtype: type[np.generic] = np.int8) -> NDArray[np.generic]:
        return np.asarray([values], dtype)

    return {
        "vectors": np.ascontiguousarray(vectors, np.float32),
        "prior": row([one.prior for one in replies], np.float32),
        "register": row([one.register for one in replies]),
        "polarity": row([one.polarity for one in replies]),
        "form": row([_FORMS[one.form] for one in replies]),
        "family": row([numbers[one.family] for one in replies], np.int16),
        "echo_ok": row([one.echo_ok for one in replies]),
        "intent": row([places[one.intent] for one in replies], np.int16),
        "texts": _text_rows([one.text for one in replies]),
    }


def intents_of(replies: Sequence[ReplyEntry]) -> tuple[str, ...]:
    """The names of the intents in the order of their numbers: as they appear."""
    return tuple(dict.fromkeys(one.intent for one in replies))


def put_columns(tree: Any, columns: Columns, *, place: str) -> None:
    """Write the columns into the tensors named after them, and their sizes into every shape that depends on them.

    Args:
        tree: a `ModelT` (`earmark.tflite_buffers`); changed in place.
        columns: as `reply_columns` makes them.
        place: names the file in messages.

    Raises:
        ArtifactError: the file has no such tensors.
        ReplyError: vectors of another width than the network's.
    """
    sizes = {"R": columns["texts"].shape[0], "L": columns["texts"].shape[1]}
    for number, graph in enumerate(tree.subgraphs):
        written = set()
        for tensor in graph.tensors:
            found = _NAME.fullmatch(_text(tensor.name))
            if found is None:
                continue
            _resize(tensor, found["axes"], sizes)
            if found["what"] in columns:
                _write(tree, tensor, found["what"], columns[found["what"]])
                written.add(found["what"])
        missing = [name for name in COLUMNS if name not in written]
        if missing and (written or number == 0):  # others, such as that of "encode", read nothing of the list
            raise ArtifactError(f"the model file {place} has no tensor {TABLE_PREFIX}{missing[0]!s}. Export it again.")


def quantised(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows in 8 bits: whole numbers of -127 to 127, and the scale that brings them back, float32 [1].

    One scale for all rows: they have about the same length, so it loses little, and 12 bytes a reply are saved.
    """
    scale = np.abs(vectors).max(initial=0.0) / np.float32(_INT8_MAX) or np.float32(1.0)
    scales = np.array([scale], np.float32)
    return np.rint(vectors / scales).clip(-_INT8_MAX, _INT8_MAX).astype(np.int8), scales


def output_position(tree: Any, name: str, *, place: str) -> int:
    """The position of the output `name` in the first graph, by the signature that runs it.

    Raises:
        ArtifactError: there is none.
    """
    graph = tree.subgraphs[0]
    for signature in tree.signatureDefs or ():
        for output in signature.outputs if signature.subgraphIndex == 0 else ():
            if _text(output.name) == name:
                return list(graph.outputs).index(output.tensorIndex)
    raise ArtifactError(f"the model file {place} has no output {name!r} in its first graph. Export it again.")


def _resize(tensor: Any, axes: str, sizes: Mapping[str, int]) -> None:
    shape = np.array(tensor.shape, np.int32)
    for letter, axis in zip(axes[::2], axes[1::2], strict=True):
        shape[int(axis)] = sizes[letter]
    tensor.shape = shape
    if tensor.shapeSignature is not None and len(tensor.shapeSignature):
        tensor.shapeSignature = shape.copy()


def _write(tree: Any, tensor: Any, what: str, values: NDArray[np.generic]) -> None:
    shape = [int(size) for size in tensor.shape]
    if shape != list(values.shape):
        raise ReplyError(f"the model's reply table has {what} of the shape {shape}. Got {list(values.shape)}.")
    if what == "vectors" and tensor.quantization is not None and tensor.quantization.scale is not None:
        values, scales = quantised(np.asarray(values, np.float32))
        tensor.quantization.scale = scales
        tensor.quantization.zeroPoint = np.zeros(len(scales), np.int64)
    tree.buffers[tensor.buffer].data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)


def _text_rows(texts: Sequence[str]) -> NDArray[np.uint8]:
    encoded = [text.encode("utf-8") for text in texts]
    rows = np.zeros((len(encoded), max(map(len, encoded))), np.uint8)
    for row, text in zip(rows, encoded, strict=True):
        row[: len(text)] = np.frombuffer(text, np.uint8)
    return rows


def _text(name: Any) -> str:
    return name if isinstance(name, str) else bytes(name or b"").decode("utf-8")
