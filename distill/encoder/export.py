"""The trained encoder with its heads as one `.tflite`: window ids in, everything of a window out, 8-bit weights.

Signature "serving_default": ``ids``, int32 (1, 128), 0 for padding -> ``keyword`` float32 (1, 128), ``rating`` (1,),
``sentence`` (1, 384). Shapes are static and operators built in, so the file runs in browsers as well.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import Any

from distill.encoder.heads import EncoderHeads
from distill.quiet import import_tensorflow, quiet
from distill.tflite_operators import foreign_operators
from earmark.errors import ArtifactError, EarmarkError, require_extra
from recorder.encoder_windows import WINDOW

__all__ = ["TABLES", "export_encoder", "to_float"]

TABLES = MappingProxyType({"int8": None, "int4": 4})
"""How the embedding table may be kept, and the bits that training must round it to, None where that makes no
difference; everything else has 8 bits."""


def export_encoder(heads: EncoderHeads, *, table: str = "int8", length: int = WINDOW) -> bytes:
    """The quantised file.

    Raises:
        EarmarkError: an unknown `table`.
        ArtifactError: an operator is not LiteRT's own.
    """
    if table not in TABLES:
        raise EarmarkError(f"The 'table' of an encoder must be one of {', '.join(TABLES)}. Got {table!r}.")
    quantizer = require_extra("ai_edge_quantizer", extra="train", feature="Exporting the encoder")
    with tempfile.TemporaryDirectory() as folder, quiet(), contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "float.tflite"
        path.write_bytes(to_float(heads, length=length))
        recipe = quantizer.quantizer.Quantizer(str(path), quantizer.recipe.dynamic_wi8_afp32())
        if table == "int4":
            recipe.add_dynamic_config(regex=".*", operation_name="EMBEDDING_LOOKUP", num_bits=4)
        data = bytes(recipe.quantize().quantized_model)
    foreign = foreign_operators(data)
    if foreign:
        raise ArtifactError(f"the encoder's file must use LiteRT's own operators only. Got {', '.join(foreign)}.")
    return data


def to_float(heads: EncoderHeads, *, length: int = WINDOW) -> bytes:
    """The same file before quantisation."""
    tf = import_tensorflow("Exporting the encoder")
    word = heads.student.encoder.embedding.word

    def serve(ids: Any) -> dict[str, Any]:
        return heads(ids, tf.cast(ids > 0, tf.float32))

    module = tf.Module()
    module.kept = [weight.value for weight in heads.variables]
    word.fuse = True  # a table in 8 bits: see `LookupEmbedding`
    try:
        with tempfile.TemporaryDirectory() as folder, quiet(), contextlib.redirect_stdout(io.StringIO()):
            shape = tf.TensorSpec((1, length), tf.int32, name="ids")
            signature = tf.function(serve, autograph=False).get_concrete_function(ids=shape)
            tf.saved_model.save(module, folder, signatures=signature)
            return bytes(tf.lite.TFLiteConverter.from_saved_model(folder).convert())
    finally:
        word.fuse = False
