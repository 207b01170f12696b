"""The exported file: what it is made of, and that it says what the student says, whatever list is put in."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from distill.reply.export import encode_replies, export_reply
from distill.tflite_operators import foreign_operators
from earmark.errors import EarmarkError
from earmark.tflite_buffers import read_tree
from models.reply_graph import ReplyGraph
from projection import encode_batch
from projection.metadata import read_facts
from smartreply.engine import LiteRtEngine
from smartreply.replies import ReplyEntry
from smartreply.reply_list import read_replies
from smartreply.reply_table import intents_of, replace_replies, reply_columns
from smartreply.selection import Columns, choose
from tests.models import small_reply
from tests.models.small_reply import SETTINGS, SMALL

REPLIES = tuple(replace(one, prior=round(one.prior, 3)) for one in small_reply.replies())
OTHERS = tuple(replace(one, prior=round(one.prior, 3)) for one in small_reply.replies(40, seed=9, longest=6))
TALK = [("are you free tonight?", ""), ("lunch", "hi\nthanks, you too"), ("i want to hurt myself", "hi"), ("", ""),
        ("Wie geht es dir heute Abend?", "see you"), ("né 🙂", "x" * 100)]  # fmt: skip
Found = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    net, gates = small_reply.net(), small_reply.gates()
    return {kind: export_reply(net, gates, REPLIES, SETTINGS, quantisation=kind) for kind in ("float", "int8")}


def in_keras(replies: tuple[ReplyEntry, ...], talk: list[tuple[str, str]]) -> list[Found]:
    """What the graph itself says, outside of any file."""
    net = small_reply.net()
    table = {
        name: values if name in ("texts", "intent") else values.astype(np.float32)
        for name, values in reply_columns(replies, encode_replies(net, [one.text for one in replies])).items()
    }
    run = tf.function(ReplyGraph(net, small_reply.gates(), table, SETTINGS).suggest)
    return [{name: value.numpy() for name, value in run(*rows(*one)).items()} for one in talk]


def rows(text: str, context: str) -> list[tf.Tensor]:
    return [tf.constant(encode_batch([one], SMALL.n_bytes)) for one in (text, context)]


def in_litert(data: bytes, talk: list[tuple[str, str]]) -> list[Found]:
    engine = LiteRtEngine(data)
    return [engine._suggest(**dict(zip(("text", "context"), map(np.asarray, rows(*one)), strict=True))) for one in talk]


def check_same(found: Found, wanted: Found, *, within: float) -> None:
    assert found.keys() == wanted.keys()
    for name in ("indices", "intents", "replies", "status", "topic"):
        assert found[name].dtype == wanted[name].dtype
        assert np.array_equal(found[name], wanted[name]), name
    for name in ("trigger", "sensitive", "english", "polar", "register", "query", "message", "scores"):
        assert found[name].shape == wanted[name].shape
        assert np.abs(found[name] - wanted[name]).max() <= within, name
    assert np.abs(found["logits"] - wanted["logits"]).max() <= within * 20


def test_the_file_says_what_the_graph_says(files: dict[str, bytes]) -> None:
    for found, wanted in zip(in_litert(files["float"], TALK), in_keras(REPLIES, TALK), strict=True):
        check_same(found, wanted, within=1e-4)


def test_another_list_is_as_if_it_had_been_exported(files: dict[str, bytes]) -> None:
    vectors = encode_replies(small_reply.net(), [one.text for one in OTHERS])
    other = replace_replies(files["float"], OTHERS, vectors)
    for found, wanted in zip(in_litert(other, TALK), in_keras(OTHERS, TALK), strict=True):
        check_same(found, wanted, within=1e-4)
    back = replace_replies(other, REPLIES, encode_replies(small_reply.net(), [one.text for one in REPLIES]))
    assert back == files["float"]


def test_eight_bits_stay_near(files: dict[str, bytes]) -> None:
    for found, wanted in zip(in_litert(files["int8"], TALK), in_keras(REPLIES, TALK), strict=True):
        for name in ("trigger", "sensitive", "english", "polar", "register", "query", "message"):
            assert np.abs(found[name] - wanted[name]).max() < 0.1, name
        chosen = choose(found["logits"][0], Columns.of(REPLIES), polar=bool(found["polar"][0] >= 0.5), k=3)
        assert found["indices"].tolist() == chosen


def test_a_message_alone_is_one_without_context_to_the_last_bit(files: dict[str, bytes]) -> None:
    vectors = encode_replies(small_reply.net(), [one.text for one in OTHERS])
    for data in (*files.values(), replace_replies(files["int8"], OTHERS, vectors)):
        interpreter = Interpreter(model_content=data, num_threads=1)
        both, alone = (interpreter.get_signature_runner(name) for name in ("suggest", "suggest_alone"))
        for text, _ in TALK:
            row = encode_batch([text], SMALL.n_bytes)
            found = alone(text=row)
            for context in ("", " \n"):
                wanted = both(text=row, context=encode_batch([context], SMALL.n_bytes))
                assert found.keys() == wanted.keys()
                assert all(found[name].tobytes() == wanted[name].tobytes() for name in wanted), text
            assert not np.array_equal(found["query"], both(text=row, context=row)["query"]) or not text


def test_a_message_alone_reads_one_row(files: dict[str, bytes]) -> None:
    tree = read_tree(files["int8"], place="test")
    rows = [{int(tensor.shape[0]) for tensor in graph.tensors if [*tensor.shape[1:]] == [SMALL.bits]}
            for graph in tree.subgraphs]  # fmt: skip
    assert 2 * SMALL.words in rows[0]
    assert 2 * SMALL.words not in rows[2]
    assert SMALL.words in rows[2]


def test_operators_signatures_and_facts(files: dict[str, bytes]) -> None:
    for data in files.values():
        assert foreign_operators(data) == ()
        tree = read_tree(data, place="test")
        names = [bytes(signature.signatureKey) for signature in tree.signatureDefs]
        assert names == [b"suggest", b"encode", b"suggest_alone"]
        assert [signature.subgraphIndex for signature in tree.signatureDefs] == [0, 1, 2]
        facts = read_facts(data)
        assert (facts.kind, facts.labels) == ("smartreply", intents_of(REPLIES))
        assert facts.settings == asdict(SETTINGS)
        assert read_replies(data, place="test") == REPLIES
    assert len(files["int8"]) < len(files["float"])


def test_the_slow_ways_are_not_taken(files: dict[str, bytes]) -> None:
    """What made a call a fifth slower: int32 cut out number by number, and a piece for a delegate before all else."""
    tree = read_tree(files["int8"], place="test")
    graph = tree.subgraphs[0]
    codes = [tree.operatorCodes[one.opcodeIndex].builtinCode for one in graph.operators]
    assert codes[0] != schema.BuiltinOperator.DEQUANTIZE
    sliced = [
        graph.tensors[one.inputs[0]].type
        for one, code in zip(graph.operators, codes, strict=True)
        if code == schema.BuiltinOperator.STRIDED_SLICE
    ]
    assert schema.TensorType.INT32 not in sliced
    assert sum(code == schema.BuiltinOperator.BATCH_MATMUL for code in codes) == 1


def test_the_signatures_share_their_weights(files: dict[str, bytes]) -> None:
    tree = read_tree(files["int8"], place="test")
    large = [
        {tensor.buffer for tensor in graph.tensors if np.size(tree.buffers[tensor.buffer].data) > 500}
        for graph in tree.subgraphs
    ]
    assert len(large[1]) >= 4
    assert large[1] <= large[0]
    assert {tensor.buffer for tensor in tree.subgraphs[2].tensors if tensor.name} - {0} == {
        tensor.buffer for tensor in tree.subgraphs[0].tensors if tensor.name and tensor.buffer
    }
    contents = [bytes(tree.buffers[number].data) for number in sorted(large[0] | large[2])]
    assert len(set(contents)) == len(contents)


def test_encode_gives_what_the_tower_gives(files: dict[str, bytes]) -> None:
    texts = ["see you soon", "né 🙂", "why"]
    wanted = encode_replies(small_reply.net(), texts)
    for kind, within in (("float", 1e-5), ("int8", 0.1)):
        engine = LiteRtEngine(files[kind])
        found = np.stack([engine.encode(text) for text in texts])
        assert np.abs(found - wanted).max() < within
        assert np.abs(np.linalg.norm(found, axis=1) - 1).max() < 1e-5


def test_unknown_quantisation_is_refused() -> None:
    with pytest.raises(EarmarkError, match=r"quantisation must be one of int8, float\. Got 'int4'"):
        export_reply(None, None, REPLIES, SETTINGS, quantisation="int4")
