"""A MobileBERT-EdgeTPU from a public TensorFlow checkpoint: sizes and weights.

The checkpoints of tensorflow/models (`official/projects/edgetpu/nlp`) are those of a pre-training: the encoder under a
prefix that depends on who saved it, beside a head and an optimizer. So tensors are found by the end of their names:

::

    word_embedding/embeddings, or embedding_table where the head shares it   (vocabulary, embedding)
    pos_embedding/embeddings  type_embedding/embeddings  word_embedding_proj/{kernel, bias}  layer_norm/{gamma, beta}
    N/block_layers/{bottleneck_input, kq_shared_bottleneck, attention}/{0, 1}/..., ffn/J/{0, 1, 2}/...,
                   bottleneck_output/{0, 2}/...                               one N for each block, in their order

Head, optimizer and counters are left out. Nothing in a checkpoint says which activation and which norm it was trained
with: those of the published students, relu and "no_norm", are taken for granted. A teacher may have the same names,
with gelu and real normalisation behind them; its "bottleneck" is wider than its outside, and it is refused for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from earmark.errors import ArtifactError, require_extra
from models.mobilebert_edgetpu import EdgeTpuBlock, MobileBertEdgeTpu, MobileBertSize

__all__ = ["from_checkpoint", "load_checkpoint_weights", "read_checkpoint_size"]

_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_BLOCK = re.compile(r"(?:.*[/_-])?(?P<number>\d+)/block_layers/(?P<rest>.+)")
_WORDS, _SHARED_WORDS, _POSITIONS = "word_embedding/embeddings", "embedding_table", "pos_embedding/embeddings"
_LISTED = 6  # names in a message

_Shapes = Mapping[str, tuple[int, ...]]


def from_checkpoint(path: str | Path) -> MobileBertEdgeTpu:
    """The encoder of a checkpoint, its sizes read from the shapes of its tensors.

    Args:
        path: the checkpoint's prefix (`.../mobilebert.ckpt-585000`, of which there is an `.index` file), or a folder
            whose latest checkpoint is taken.

    Raises:
        ArtifactError: there is no checkpoint, or it is not one of this network; says which tensor is at fault.
    """
    checkpoint = _Checkpoint(path)
    model = MobileBertEdgeTpu(checkpoint.size())
    checkpoint.fill(model)
    return model


def read_checkpoint_size(path: str | Path) -> MobileBertSize:
    """The sizes of a checkpoint's encoder; see `from_checkpoint`."""
    return _Checkpoint(path).size()


def load_checkpoint_weights(model: MobileBertEdgeTpu, path: str | Path) -> None:
    """Give `model` the weights of a checkpoint of the same sizes.

    Raises:
        ArtifactError: see `from_checkpoint`; and when a tensor has another shape than `model`, which is then unchanged.
    """
    _Checkpoint(path).fill(model)


class _Checkpoint:
    """The encoder's tensors under our names ("block_0/attention/0/_query_dense/kernel", "pos_embedding/embeddings")."""

    def __init__(self, path: str | Path) -> None:
        self._reader, self.place = _open(path)
        found: _Shapes = {
            name.removesuffix(_VALUE): tuple(shape)
            for name, shape in self._reader.get_variable_to_shape_map().items()
            if name.endswith(_VALUE) and ".OPTIMIZER_SLOT" not in name
        }
        self._names = {**_embedding_names(found, self.place), **_block_names(found, self.place)}
        self._shapes = {ours: found[name] for ours, name in self._names.items()}

    def size(self) -> MobileBertSize:
        """The sizes that the shapes state.

        Raises:
            ArtifactError: a tensor is missing, has another number of axes, or its widths are impossible.
        """
        kernel = self._shape("block_0/bottleneck_input/0/kernel", 2)
        words = self._shape(_WORDS, 2)
        if kernel[1] > kernel[0]:
            raise ArtifactError(
                f"the checkpoint {self.place} must be of a student, narrower inside of its blocks than outside. "
                f"Got {kernel[1]} inside of {kernel[0]}, as teachers have it; they normalise in another way."
            )
        ffns = {int(match[1]) for name in self._names if (match := re.match(r"block_0/ffn/(\d+)/", name))}
        try:
            return MobileBertSize(
                blocks=len({name.split("/")[0] for name in self._names if name.startswith("block_")}),
                bottleneck=kernel[1],
                ffns=len(ffns),
                ffn_width=self._shape("block_0/ffn/0/0/kernel", 2)[1],
                heads=self._shape("block_0/attention/0/_query_dense/kernel", 3)[1],
                hidden=kernel[0],
                embedding=words[1],
                vocabulary=words[0],
                positions=self._shape(_POSITIONS, 2)[0],
                types=self._shape("type_embedding/embeddings", 2)[0],
            )
        except ValueError as error:
            raise ArtifactError(f"the checkpoint {self.place} has impossible widths: {error}") from error

    def fill(self, model: MobileBertEdgeTpu) -> None:
        """Assign every weight of `model`, after all of them have been checked.

        Raises:
            ArtifactError: a tensor is missing, left over, of another shape, or damaged.
        """
        if not model.size.narrows or model.size.norm != "affine":
            raise ArtifactError(
                f"the checkpoint {self.place} is of blocks with bottlenecks and without normalisation. "
                "The model has others: build one of a published size, or take what from_checkpoint gives."
            )
        wanted = list(_weights(model))
        for name, variable in wanted:
            self._check(name, _stored_shape(name, tuple(variable.shape), model.size.heads))
        over = sorted(self._names[name] for name in self._names.keys() - {name for name, _ in wanted})
        if over:
            raise ArtifactError(
                f"the checkpoint {self.place} has {len(over)} tensors of an encoder that the model has no place for, "
                f"{_listed(over)}; it must have {model.size.blocks} blocks of {model.size.ffns} feed-forward networks."
            )
        values = [self._value(name).reshape(variable.shape) for name, variable in wanted]
        for (_, variable), value in zip(wanted, values, strict=True):
            variable.assign(value)

    def _value(self, name: str) -> np.ndarray:
        """A tensor as float32; not a number of it may be infinite or none."""
        try:
            value = np.asarray(self._reader.get_tensor(self._names[name] + _VALUE), np.float32)
        except _failures() as error:
            raise ArtifactError(f"the checkpoint {self.place} is damaged: {error}") from error
        if not np.isfinite(value).all():
            raise ArtifactError(f"the tensor {self._names[name]!r} of the checkpoint {self.place} is not finite.")
        return value

    def _check(self, name: str, expected: tuple[int, ...]) -> None:
        got = self._shape(name, len(expected))
        if got != expected:
            raise ArtifactError(
                f"the tensor {self._names[name]!r} of the checkpoint {self.place} must have the shape {expected} "
                f"in the model. Got {got}."
            )

    def _shape(self, name: str, axes: int) -> tuple[int, ...]:
        if name not in self._shapes:
            raise ArtifactError(
                f"the checkpoint {self.place} has no tensor for {name!r} of a MobileBERT-EdgeTPU encoder; "
                f"of one it has {_listed(sorted(self._names.values()))}."
            )
        if len(self._shapes[name]) != axes:
            raise ArtifactError(
                f"the tensor {self._names[name]!r} of the checkpoint {self.place} must have {axes} axes. "
                f"Got the shape {self._shapes[name]}."
            )
        return self._shapes[name]


# === Names ===


def _weights(model: MobileBertEdgeTpu) -> Iterator[tuple[str, Any]]:
    """(our name, Keras variable) for every weight of the model."""
    table = model.embedding
    yield _WORDS, table.word.embeddings
    yield _POSITIONS, table.position
    yield "type_embedding/embeddings", table.type
    yield from _dense("word_embedding_proj", table.project)
    yield from _affine("layer_norm", table.norm)
    for index, block in enumerate(model.blocks):
        for name, variable in _block_weights(block):
            yield f"block_{index}/{name}", variable


def _block_weights(block: EdgeTpuBlock) -> Iterator[tuple[str, Any]]:
    for name, dense, norm in (
        ("bottleneck_input", block.bottleneck_input, block.bottleneck_input_norm),
        ("kq_shared_bottleneck", block.shared, block.shared_norm),
    ):
        yield from _dense(f"{name}/0", dense)
        yield from _affine(f"{name}/1", norm)
    for name in ("query", "key", "value"):
        yield from _dense(f"attention/0/_{name}_dense", getattr(block, name))
    yield from _dense("attention/0/_output_dense", block.output_dense)
    yield from _affine("attention/1", block.attention_norm)
    for index, layers in enumerate(zip(block.rise, block.fall, block.fall_norm, strict=True)):
        rise, fall, norm = layers
        yield from _dense(f"ffn/{index}/0", rise)
        yield from _dense(f"ffn/{index}/1", fall)
        yield from _affine(f"ffn/{index}/2", norm)
    yield from _dense("bottleneck_output/0", block.bottleneck_output)
    yield from _affine("bottleneck_output/2", block.bottleneck_output_norm)  # 1 is dropout


def _dense(name: str, layer: Any) -> Iterator[tuple[str, Any]]:
    yield f"{name}/kernel", layer.kernel
    yield f"{name}/bias", layer.bias


def _affine(name: str, layer: Any) -> Iterator[tuple[str, Any]]:
    yield f"{name}/gamma", layer.gamma
    yield f"{name}/beta", layer.beta


def _stored_shape(name: str, shape: tuple[int, ...], heads: int) -> tuple[int, ...]:
    """The shape in a checkpoint, where attention has an axis for its heads: (in, heads, head), (heads, head, out)."""
    if name.endswith(("_query_dense/kernel", "_key_dense/kernel", "_value_dense/kernel")):
        return (shape[0], heads, shape[1] // heads)
    if name.endswith(("_query_dense/bias", "_key_dense/bias", "_value_dense/bias")):
        return (heads, shape[0] // heads)
    if name.endswith("_output_dense/kernel"):
        return (heads, shape[0] // heads, shape[1])
    return shape


def _embedding_names(found: _Shapes, place: str) -> dict[str, str]:
    """Our name -> the checkpoint's, of the embedding; the folder of the position table tells where it is."""
    at = _only([name for name in found if f"/{name}".endswith(f"/{_POSITIONS}")], _POSITIONS, place)
    folder = at.removesuffix(_POSITIONS)
    names = {
        name.removeprefix(folder): name for name in found if name.startswith(folder) and _is_embedding(name, folder)
    }
    if _WORDS not in names:
        shared = [name for name in found if f"/{name}".endswith(f"/{_SHARED_WORDS}")]
        names[_WORDS] = _only(shared, f"{_WORDS} or {_SHARED_WORDS}", place)
    return names


def _is_embedding(name: str, folder: str) -> bool:
    parts = ("word_embedding/", "pos_embedding/", "type_embedding/", "word_embedding_proj/", "layer_norm/")
    return name.removeprefix(folder).startswith(parts)


def _block_names(found: _Shapes, place: str) -> dict[str, str]:
    """Our name -> the checkpoint's, of the blocks, which are numbered from 0 in the order of their numbers there."""
    matches = [(match, name) for name in found if (match := _BLOCK.fullmatch(name))]
    numbers = sorted({int(match["number"]) for match, _ in matches})
    if numbers and numbers[-1] - numbers[0] != len(numbers) - 1:
        raise ArtifactError(f"the blocks of the checkpoint {place} must be numbered without a gap. Got {numbers}.")
    names: dict[str, str] = {}
    for match, name in matches:
        ours = f"block_{int(match['number']) - numbers[0]}/{match['rest']}"
        names[ours] = _only([name, *([names[ours]] if ours in names else [])], ours, place)
    return names


def _only(candidates: list[str], what: str, place: str) -> str:
    if len(candidates) != 1:
        raise ArtifactError(
            f"the checkpoint {place} must have one tensor for {what!r} of a MobileBERT-EdgeTPU encoder. "
            f"Got {_listed(sorted(candidates)) if candidates else 'none'}."
        )
    return candidates[0]


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


# === Files ===


def _open(path: str | Path) -> tuple[Any, str]:
    """TensorFlow's reader of a checkpoint, and its prefix."""
    tensorflow = require_extra("tensorflow", extra="train", feature="reading a TensorFlow checkpoint")
    prefix = tensorflow.train.latest_checkpoint(str(path)) if Path(path).is_dir() else str(path)
    if prefix is None or not Path(f"{prefix}.index").is_file():
        raise ArtifactError(
            f"there is no TensorFlow checkpoint {str(path)!r}. Name its prefix, the path of its '.index' file without "
            f"that ending, or a folder with a file 'checkpoint'; unpack a '.tar.gz' first."
        )
    try:
        return tensorflow.train.load_checkpoint(prefix), prefix
    except _failures() as error:
        raise ArtifactError(f"cannot read the TensorFlow checkpoint {prefix}: {error}") from error


def _failures() -> tuple[type[Exception], ...]:
    """What TensorFlow raises at a damaged file."""
    tensorflow = require_extra("tensorflow", extra="train", feature="reading a TensorFlow checkpoint")
    return (tensorflow.errors.OpError, ValueError, RuntimeError, IndexError)
