"""The graph against numpy: choosing three, what the logits are made of, and the order of reasons for silence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from models.reply_choice import choose_three
from models.reply_graph import ECHO_LOGIT, ReplyGraph
from projection import encode_batch, project_tokens
from smartreply.outputs import Settings
from smartreply.reply_table import reply_columns
from smartreply.selection import Columns, choose, scores
from tests.models import small_reply
from tests.models.small_reply import SETTINGS, SMALL

R = 9
Cases = dict[str, np.ndarray]


def by_the_rules(case: Cases, *, polar: bool) -> list[int]:
    """The rules as they are written down; one that leaves nothing open is ignored for the round."""
    family, form, polarity, echo = (case[name][0].tolist() for name in ("family", "form", "polarity", "echo"))
    picked: list[int] = []
    for number in range(3):
        rules = []
        if picked:
            rules = [
                [row for row in range(R) if family[row] not in [family[one] for one in picked]],
                [row for row in range(R) if not echo[row]],
                [row for row in range(R) if not form[row] or form[row] not in [form[one] for one in picked]],
            ]
        signs = [polarity[one] for one in picked if polarity[one]]
        if polar and number and not signs:
            rules.append([row for row in range(R) if polarity[row]])
        elif polar and len(signs) == 1:
            rules.append([row for row in range(R) if polarity[row] == -signs[0]])
        elif polar and len(signs) == 2:
            rules.append([row for row in range(R) if not polarity[row]])
        opened = list(range(R))
        for rule in rules:
            opened = [row for row in opened if row in rule] or opened
        picked.append(max(opened, key=lambda row: (case["logits"][0, row], -row)))
    return picked


def random_case(chance: np.random.Generator) -> Cases:
    def whole(low: int, high: int) -> np.ndarray:
        return chance.integers(low, high, (1, R)).astype(np.float32)

    echo = (chance.random((1, R)) < chance.choice([0.0, 0.3, 0.9])).astype(np.float32)
    coarse = chance.choice([1.0, 3.0, 1000.0])  # coarse ones have ties
    logits = np.round(chance.normal(size=(1, R)) * coarse).astype(np.float32) / np.float32(coarse)
    return {
        "logits": np.where(echo > 0, np.float32(ECHO_LOGIT), logits),
        "echo": echo,
        "family": whole(0, int(chance.integers(1, 7))),  # sometimes fewer than three
        "form": whole(-1, 2) * float(chance.integers(2)),
        "polarity": whole(-1, 2) if chance.integers(3) else whole(0, 2),
    }


def test_choosing_three_follows_the_rules() -> None:
    run = tf.function(lambda c, polar: choose_three(c["logits"], 2 * c["echo"] - 1, {k: c[k] for k in COLUMNS}, polar))
    chance = np.random.default_rng(3)
    runtime = 0
    for number in range(600):
        case, polar = random_case(chance), bool(number % 2)
        got = [int(row[0]) for row in run(case, np.array([[polar]], np.float32))]
        assert got == by_the_rules(case, polar=polar), case
        columns = Columns(
            case["family"][0].astype(np.int32), case["polarity"][0].astype(np.int8), np.zeros(R, np.float32),
            np.array([{0: 0, 1: 1, -1: 2}[int(code)] for code in case["form"][0]], np.int8), {},
        )  # fmt: skip
        chosen = choose(case["logits"][0], columns, polar=polar, k=3)
        if len(chosen) == 3:  # without three that may stand together the graph gives three all the same
            assert got == chosen, case
            runtime += 1
    assert runtime > 200


COLUMNS = ("family", "form", "polarity")


def suggest(graph: ReplyGraph, text: str, context: str = "") -> dict[str, np.ndarray]:
    found = graph.suggest(*(tf.constant(encode_batch([one], SMALL.n_bytes)) for one in (text, context)))
    return {name: np.asarray(value) for name, value in found.items()}


def build(settings: Settings = SETTINGS) -> ReplyGraph:
    net, replies = small_reply.net(), small_reply.replies()
    vectors = np.random.default_rng(2).normal(size=(len(replies), net.dim))
    table = dict(reply_columns(replies, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)))
    for name in ("register", "polarity", "form", "family", "echo_ok"):
        table[name] = table[name].astype(np.float32)
    return ReplyGraph(net, small_reply.gates(), table, settings)


@pytest.fixture(scope="module")
def graph() -> ReplyGraph:
    return build()


def test_logits_scores_and_texts(graph: ReplyGraph) -> None:
    replies = small_reply.replies()
    vectors = graph._table["vectors"]
    for text, context in (("are you free tonight?", ""), ("lunch", "hi\nthanks, you too")):
        found = suggest(graph, text, context)
        wanted = SETTINGS.scale * (vectors @ found["query"][0]) + [one.prior for one in replies]
        wanted += SETTINGS.register_weight * found["register"][0] * np.array([one.register for one in replies])
        assert np.abs(found["logits"][0] - wanted).max() < 1e-4
        rows = found["indices"].tolist()
        assert rows == choose(found["logits"][0], Columns.of(replies), polar=bool(found["polar"][0] >= 0.5), k=3)
        said = scores(found["logits"][0], rows, SETTINGS.score_a, SETTINGS.score_b)
        assert np.abs(found["scores"] - said).max() < 1e-6
        assert [bytes(row).rstrip(b"\0").decode() for row in found["replies"]] == [replies[row].text for row in rows]
        intents = list(dict.fromkeys(one.intent for one in replies))
        assert [intents[number] for number in found["intents"]] == [replies[row].intent for row in rows]


def test_echoes_are_left_out_unless_they_may_stand(graph: ReplyGraph) -> None:
    message = graph.encode(tf.constant(encode_batch(["hi thanks"], SMALL.n_bytes)))["vector"].numpy()
    before = graph._table
    graph._table = {**before, "vectors": np.repeat(message, before["vectors"].shape[0], 0)}
    try:
        logits = suggest(graph, "hi thanks")["logits"][0]
    finally:
        graph._table = before
    may = before["echo_ok"][0] > 0
    assert (logits[~may] == ECHO_LOGIT).all()
    assert (logits[may] > -1e3).all()
    assert may.any()
    assert not may.all()


def test_context_is_read_and_the_message_is_not(graph: ReplyGraph) -> None:
    plain, after = suggest(graph, "lunch"), suggest(graph, "lunch", "i want to hurt myself")
    assert np.abs(plain["query"] - after["query"]).max() > 1e-3
    assert np.abs(plain["message"] - after["message"]).max() < 1e-6
    assert after["sensitive"] == plain["sensitive"]
    assert all(np.isfinite(value).all() for value in suggest(graph, "").values())


def test_a_message_alone_is_one_with_empty_context(graph: ReplyGraph) -> None:
    for text in ("are you free tonight?", "i want to hurt myself", ""):
        row = tf.constant(encode_batch([text], SMALL.n_bytes))
        alone = {name: np.asarray(value) for name, value in graph.suggest_alone(row).items()}
        wanted = suggest(graph, text)
        assert alone.keys() == wanted.keys()
        for name, value in wanted.items():
            assert value.shape == alone[name].shape
            assert np.allclose(alone[name], value, rtol=0, atol=1e-4), (text, name)


def test_gates_read_the_first_values_of_a_wider_network() -> None:
    fewer = replace(SMALL, bits=64)
    gates, text = small_reply.gates(fewer), "i want to hurt myself"
    table = build()._table
    found = suggest(ReplyGraph(small_reply.net(), gates, table, SETTINGS), text)
    values, mask = project_tokens(encode_batch([text], fewer.n_bytes), fewer)
    inputs = values.astype(np.float32), mask.astype(np.float32)
    assert found["sensitive"] == pytest.approx(np.asarray(gates.sensitive.judge(*inputs)[0])[0], abs=1e-6)
    assert found["english"] == pytest.approx(np.asarray(gates.english.judge(*inputs))[0], abs=1e-6)
    assert found["sensitive"] > 0.9  # the list's "hurt myself" is found by the same values


@pytest.mark.parametrize(
    ("text", "changes", "status"),
    [
        ("lunch", {"trigger_threshold": 0.0, "sensitive_threshold": 0.999, "english_threshold": 0.0}, 0),
        ("lunch", {"trigger_threshold": 1.1, "sensitive_threshold": 0.999, "english_threshold": 0.0}, 1),
        ("lunch", {"trigger_threshold": 1.1, "sensitive_threshold": 0.999, "english_threshold": 1.1}, 2),
        ("i want to hurt myself", {"trigger_threshold": 1.1, "sensitive_threshold": 0.99, "english_threshold": 1.1}, 3),
    ],
)
def test_the_gravest_reason_is_given(text: str, changes: dict[str, float], status: int) -> None:
    found = suggest(build(replace(SETTINGS, **changes)), text)
    assert found["status"].tolist() == [status]
    if status == 3:
        assert found["topic"].tolist() == [0]
    for name, shape in (("status", (1,)), ("topic", (1,)), ("trigger", (1,)), ("english", (1,)), ("register", (1,))):
        assert found[name].shape == shape


def test_a_table_without_a_column_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'table' of ReplyGraph must have the arrays .* Got none by the name 'prior'"):
        ReplyGraph(small_reply.net(), small_reply.gates(), {"vectors": np.zeros((1, 24))}, SETTINGS)
