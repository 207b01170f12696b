"""Packing a `.tflite`: nothing is lost, and what is alike is written once."""

from __future__ import annotations

import numpy as np

from earmark.tflite_buffers import ALIGNMENT, pack_tree, read_tree
from tests.distill.tiny_tflite import tiny_tflite


def test_lists_that_are_alike_are_written_once_and_read_back() -> None:
    def with_tensors(count: int, *, alike: bool) -> bytes:
        tree = read_tree(tiny_tflite(), place="it")
        first = tree.subgraphs[0].tensors[0]
        for number in range(count):
            tensor = type(first)()
            tensor.shape, tensor.buffer = np.array([3, 5, 7, 100 if alike else number], np.int32), first.buffer
            tree.subgraphs[0].tensors.append(tensor)
        return pack_tree(tree)

    alike, apart = (with_tensors(50, alike=alike) for alike in (True, False))
    assert len(alike) <= len(apart) - 49 * 16
    for data, last in ((alike, [100] * 50), (apart, list(range(50)))):
        tensors = read_tree(data, place="it").subgraphs[0].tensors[-50:]
        assert [tensor.shape.tolist() for tensor in tensors] == [[3, 5, 7, number] for number in last]


def test_numbers_of_other_kinds_with_the_same_bytes_stay_apart() -> None:
    from ai_edge_litert import schema_py_generated as schema

    tree = read_tree(tiny_tflite(), place="it")
    tensor = tree.subgraphs[0].tensors[0]
    tensor.shape = np.array([1, 0], np.int32)
    tensor.quantization = schema.QuantizationParametersT()
    tensor.quantization.scale, tensor.quantization.zeroPoint = np.zeros(1, np.float32), np.array([1], np.int64)
    found = read_tree(pack_tree(tree), place="it").subgraphs[0].tensors[0]
    assert found.shape.tolist() == [1, 0]
    assert found.quantization.zeroPoint.tolist() == [1]
    assert found.quantization.scale.tolist() == [0.0]


def test_buffers_stay_where_litert_wants_them() -> None:
    data = pack_tree(read_tree(tiny_tflite(), place="it"))
    tree = read_tree(data, place="it")
    bodies = [bytes(buffer.data) for buffer in tree.buffers if buffer.data is not None and len(buffer.data) > 3]
    assert bodies
    assert all(data.find(body) % ALIGNMENT == 0 for body in bodies)
