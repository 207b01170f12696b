"""A BERT from any Hugging Face folder or hub name: configuration and weights, without torch.

`transformers` reads the configuration and finds (or downloads) the files; `safetensors` reads the weights. A pickled
`pytorch_model.bin` is never opened: loading a pickle can run code.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from earmark.errors import ArtifactError, require_extra
from models.bert import ACTIVATIONS, BertClassifier, BertConfig, BertEncoder
from models.huggingface import import_transformers

__all__ = ["fill_encoder", "load_bert", "load_bert_classifier", "read_bert_config"]

WEIGHTS = "model.safetensors"

# Heads of other tasks, and a table of 0, 1, 2, ... that old exports carry: nothing that the encoder needs.
IGNORED = ("cls.", "classifier.", "qa_outputs.", "pooler.", "embeddings.position_ids", "encoder.rel_pos")


def load_bert(source: str | Path, *, pooling: str = "mean", normalize: bool = False) -> BertEncoder:
    """The encoder with the weights of `source`.

    Args:
        source: a folder with `config.json` and `model.safetensors`, or a model's name on the Hugging Face hub.
        pooling, normalize: see `BertEncoder`.

    Raises:
        ArtifactError: nothing there, another kind of network, or weights that do not fit; says which.
    """
    config = read_bert_config(source)
    encoder = BertEncoder(config, pooling=pooling, normalize=normalize)
    fill_encoder(encoder, _tensors(source), place=str(source))
    return encoder


def load_bert_classifier(source: str | Path, *, num_classes: int, **options: Any) -> BertClassifier:
    """A `BertClassifier` whose encoder has the weights of `source`; `options` go to `BertClassifier`."""
    model = BertClassifier(read_bert_config(source), num_classes=num_classes, **options)
    fill_encoder(model.encoder, _tensors(source), place=str(source))
    return model


def read_bert_config(source: str | Path) -> BertConfig:
    """The sizes that the folder's or the hub model's `config.json` states.

    Raises:
        ArtifactError: there is no readable configuration, or it is not a BERT that this network can be.
    """
    transformers = import_transformers()
    _require_folder(source, "config.json")
    try:
        found = transformers.AutoConfig.from_pretrained(str(source))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"cannot read the configuration of the model {str(source)!r}: {error}") from error
    if found.model_type != "bert":
        raise ArtifactError(f"the model {str(source)!r} must be a 'bert'. Got the model type {found.model_type!r}.")
    positions = getattr(found, "position_embedding_type", "absolute")
    if positions != "absolute" or found.is_decoder:
        raise ArtifactError(
            f"the model {str(source)!r} must be an encoder with absolute positions. "
            f"Got positions {positions!r}, is_decoder {found.is_decoder}."
        )
    if found.hidden_act not in ACTIVATIONS:
        raise ArtifactError(
            f"the activation of the model {str(source)!r} must be one of {sorted(ACTIVATIONS)}. "
            f"Got {found.hidden_act!r}."
        )
    return BertConfig(
        vocabulary_size=found.vocab_size,
        num_layers=found.num_hidden_layers,
        hidden_size=found.hidden_size,
        num_heads=found.num_attention_heads,
        intermediate_size=found.intermediate_size,
        max_positions=found.max_position_embeddings,
        num_segments=found.type_vocab_size,
        activation=found.hidden_act,
        layer_norm_epsilon=float(found.layer_norm_eps),
        dropout=float(found.hidden_dropout_prob),
        attention_dropout=float(found.attention_probs_dropout_prob),
    )


def fill_encoder(encoder: BertEncoder, tensors: dict[str, np.ndarray], *, place: str) -> None:
    """Assign every weight of `encoder` from Hugging Face tensors (linear weights are (out, in) there).

    Raises:
        ArtifactError: a tensor is missing, has another shape, or is left over.
    """
    named = {_plain_name(name): value for name, value in tensors.items()}
    used = set()
    for name, variable, transposed in _weight_map(encoder):
        value = named.get(name)
        if value is None:
            raise ArtifactError(f"the weights of {place} have no tensor {name!r}; they have {_listed(named)}.")
        value = value.T if transposed else value
        if tuple(variable.shape) != value.shape:
            raise ArtifactError(
                f"the tensor {name!r} of {place} must have the shape {tuple(variable.shape)} by its configuration. "
                f"Got {value.shape}."
            )
        variable.assign(np.asarray(value, np.float32))
        used.add(name)
    over = sorted(name for name in named.keys() - used if not name.startswith(IGNORED))
    if over:
        raise ArtifactError(
            f"the weights of {place} have tensors that its configuration has no place for: {_listed(over)}."
        )


def _weight_map(encoder: BertEncoder) -> list[tuple[str, Any, bool]]:
    """(tensor name, Keras variable, transposed?) for every weight."""
    table = encoder.embedding
    rows = [
        ("embeddings.word_embeddings.weight", table.words.embeddings, False),
        ("embeddings.position_embeddings.weight", table.positions.embeddings, False),
        ("embeddings.token_type_embeddings.weight", table.segments.embeddings, False),
    ]
    dense: list[tuple[str, Any]] = []
    norms = [("embeddings.LayerNorm", table.norm)]
    for index, block in enumerate(encoder.blocks):
        at = f"encoder.layer.{index}"
        dense += [
            (f"{at}.attention.self.query", block.query),
            (f"{at}.attention.self.key", block.key),
            (f"{at}.attention.self.value", block.value),
            (f"{at}.attention.output.dense", block.mix),
            (f"{at}.intermediate.dense", block.widen),
            (f"{at}.output.dense", block.narrow),
        ]
        norms += [(f"{at}.attention.output.LayerNorm", block.attention_norm), (f"{at}.output.LayerNorm", block.norm)]
    if encoder.pool.dense is not None:
        dense.append(("pooler.dense", encoder.pool.dense))
    for name, layer in dense:
        rows += [(f"{name}.weight", layer.kernel, True), (f"{name}.bias", layer.bias, False)]
    for name, layer in norms:
        rows += [(f"{name}.weight", layer.gamma, False), (f"{name}.bias", layer.beta, False)]
    return rows


def _plain_name(name: str) -> str:
    """Without the prefix of a model that has a head, and with the layer norm's newer names."""
    name = name.removeprefix("bert.")
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


def _tensors(source: str | Path) -> dict[str, np.ndarray]:
    hub = import_transformers("utils.hub")
    numpy_files = require_extra("safetensors.numpy", extra="train", feature="A BERT trainer")
    _require_folder(source, WEIGHTS)
    try:
        path = hub.cached_file(str(source), WEIGHTS)
        tensors: dict[str, np.ndarray] = numpy_files.load_file(path)
    except Exception as error:  # safetensors and the hub client have error trees of their own
        raise ArtifactError(f"cannot read {WEIGHTS} of the model {str(source)!r}: {error}") from error
    return tensors


def _require_folder(source: str | Path, name: str) -> None:
    """A path on disk must have the file: without this a missing folder would be looked up on the hub."""
    path = Path(source)
    if path.is_dir():
        if not (path / name).is_file():
            raise ArtifactError(
                f"the folder {path} has no {name}. Pass a folder saved with save_pretrained(safe_serialization=True)."
            )
    elif isinstance(source, Path) or path.is_absolute() or str(source).startswith("."):
        raise ArtifactError(f"there is no folder {path}. Pass a Hugging Face folder or a hub name like 'org/model'.")


def _listed(names: Iterable[str]) -> str:
    names = sorted(names)
    return ", ".join(map(repr, names[:5])) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
