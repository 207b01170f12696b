"""Hugging Face folders of small BERTs with random weights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from models.bert import BertConfig

__all__ = ["tiny_tensors", "write_bert"]


def tiny_tensors(config: BertConfig) -> dict[str, np.ndarray]:
    """Random weights under the names of a Hugging Face BERT."""
    random = np.random.default_rng(7)
    hidden, wide = config.hidden_size, config.intermediate_size
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (config.vocabulary_size, hidden),
        "embeddings.position_embeddings.weight": (config.max_positions, hidden),
        "embeddings.token_type_embeddings.weight": (config.num_segments, hidden),
        "pooler.dense.weight": (hidden, hidden),
        "pooler.dense.bias": (hidden,),
    }
    norms = ["embeddings.LayerNorm"]
    for at in (f"encoder.layer.{index}" for index in range(config.num_layers)):
        for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            shapes |= {f"{at}.{part}.weight": (hidden, hidden), f"{at}.{part}.bias": (hidden,)}
        shapes |= {f"{at}.intermediate.dense.weight": (wide, hidden), f"{at}.intermediate.dense.bias": (wide,)}
        shapes |= {f"{at}.output.dense.weight": (hidden, wide), f"{at}.output.dense.bias": (hidden,)}
        norms += [f"{at}.attention.output.LayerNorm", f"{at}.output.LayerNorm"]
    shapes |= {f"{name}.{part}": (hidden,) for name in norms for part in ("weight", "bias")}
    return {name: random.normal(0, 0.7, shape).astype(np.float32) for name, shape in shapes.items()}


def write_bert(
    folder: Path, config: BertConfig, words: Sequence[str], tensors: dict[str, np.ndarray] | None = None, **changes: Any
) -> Path:
    """A folder with the sizes of `config`; `changes` go over what its config.json says."""
    said = {
        "model_type": "bert", "vocab_size": config.vocabulary_size, "num_hidden_layers": config.num_layers,
        "hidden_size": config.hidden_size, "num_attention_heads": config.num_heads, "hidden_act": "gelu",
        "intermediate_size": config.intermediate_size, "max_position_embeddings": config.max_positions,
        "type_vocab_size": 2, "layer_norm_eps": 1e-12,
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({**said, **changes}))
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer", "do_lower_case": true}')
    save_file(tiny_tensors(config) if tensors is None else tensors, folder / "model.safetensors")
    return folder
