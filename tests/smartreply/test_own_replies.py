"""Replies of one's own: the file they come from, how they are grouped, what is found out about them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartreply import ReplyError
from smartreply.engine import LiteRtEngine
from smartreply.grouping import central, group
from smartreply.own_replies import MAX_OWN, build_model, describe_replies
from smartreply.reply_file import OwnReply, read_reply_file, reply_file_problems
from smartreply.reply_table import read_vectors, replace_replies
from smartreply.reply_texts import intent_name
from tests.smartreply.test_reply_set import ENGINE
from tests.smartreply.test_reply_table import MODEL

pytestmark = pytest.mark.runtime


def written(folder: Path, data: str | bytes) -> Path:
    path = folder / "my.txt"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_a_file_is_read_line_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeff# ours\r\n\r\nOn my way!\r\n  Cheers \nthanks\tTa!\n\t\n😂")
    assert read_reply_file(path) == (
        OwnReply("On my way!", None, 3),
        OwnReply("Cheers", None, 4),
        OwnReply("Ta!", "thanks", 5),
        OwnReply("😂", None, 7),
    )
    assert reply_file_problems(path) == ()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ("", "my.txt: there are no replies in it. Write one a line."),
        ("# nothing\n\n", "my.txt: there are no replies in it."),
        ("ok\nno\nOK", "my.txt, line 3: the reply 'OK' stands in line 1 already."),
        ("ok\n" + "a" * 81, "my.txt, line 2: a reply may have at most 80 bytes. Got 81 in 'aaa"),
        (b"ok\ncaf\xe9!", "my.txt, line 2: the line is not UTF-8: byte 4 is 0xe9."),
        ("Say Thanks\tTa!", "my.txt, line 1: the intent of the reply 'Ta!' must be in snake_case"),
        ("\tTa!", "my.txt, line 1: the intent of the reply 'Ta!' must be in snake_case"),
        ("thanks\t", "my.txt, line 1: the text of a reply must not be empty."),
        ("a\tb\tc", "my.txt, line 1: the text of a reply must be one line without control characters"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, data: str | bytes, error: str) -> None:
    with pytest.raises(ReplyError) as caught:
        read_reply_file(written(tmp_path, data))
    assert error in str(caught.value)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "a\n" * 13)
    assert len(reply_file_problems(path)) == 12
    with pytest.raises(ReplyError) as caught:
        read_reply_file(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 11
    assert lines[-1] == "... and 2 more"
    with pytest.raises(ReplyError, match="cannot read"):
        read_reply_file(tmp_path / "none.txt")


def unit(*rows: list[float]) -> np.ndarray:
    vectors = np.array(rows, np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def test_like_replies_are_grouped_a_yes_and_a_no_never() -> None:
    vectors = unit([1, 0], [0, 1], [1, 0.1], [0.1, 1], [1, 0.02])
    nothing = np.zeros(5, np.int8)
    assert group(vectors, nothing, threshold=0.9) == [[0, 2, 4], [1, 3]]
    assert group(vectors, nothing, threshold=1.1) == [[0], [1], [2], [3], [4]]
    assert group(vectors, nothing, threshold=-1.0) == [[0, 1, 2, 3, 4]]
    signs = np.array([1, 0, -1, 0, 0], np.int8)
    assert group(vectors, signs, threshold=0.9) == [[0, 4], [1, 3], [2]]
    assert group(vectors[:0], nothing[:0], threshold=0.5) == []
    assert central(vectors, [0, 2, 4]) == 4


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 14), st.integers(0, 10_000), st.sampled_from([-0.2, 0.2, 0.6]))
def test_grouping_is_average_linkage(size: int, seed: int, threshold: float) -> None:
    """Against the definition, worked out anew from all pairs in every step."""
    generator = np.random.default_rng(seed)
    vectors = unit(*generator.normal(size=(size, 3)).tolist()) if size else np.zeros((0, 3), np.float32)
    signs = generator.integers(-1, 2, size).astype(np.int8)
    groups = [[row] for row in range(size)]
    while True:
        best, pair = threshold, None
        for i, one in enumerate(groups):
            for j in range(i):
                other = groups[j]
                mean = float((vectors[one] @ vectors[other].T).mean())
                opposite = any(int(signs[a]) * int(signs[b]) < 0 for a in one for b in other)
                if not opposite and mean >= best:
                    best, pair = mean, (i, j)
        if pair is None:
            break
        merged = groups[pair[0]] + groups[pair[1]]
        groups = [rows for place, rows in enumerate(groups) if place not in pair] + [merged]
    assert group(vectors, signs, threshold=threshold) == sorted(sorted(rows) for rows in groups)


def own(*lines: str) -> tuple[OwnReply, ...]:
    parts = [line.rpartition("\t") for line in lines]
    return tuple(OwnReply(text, intent or None, number) for number, (intent, _, text) in enumerate(parts, 1))


def test_replies_are_described_by_their_words_and_the_models_list() -> None:
    entries, vectors = describe_replies(
        own("thx", "Thank you so so much", "cya\tBye bye", "cya\tTill then", "Nope", "Really?"), ENGINE, place="my.txt"
    )
    assert vectors.shape == (6, 24)
    assert [one.intent for one in entries] == ["thx", "thank_you_so_so_much", "cya", "cya", "nope", "really"]
    assert [one.family for one in entries] == [one.intent for one in entries]
    assert [one.polarity for one in entries] == [0, 0, 0, 0, -1, 0]
    assert [one.register for one in entries][:2] == [-1, 1]  # as "thx" and "Thank you so much" have it
    assert [one.form for one in entries][-1] == "question"
    assert entries[0].prior == -2.5
    assert entries[1].prior == ENGINE.settings.prior_default
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_what_the_models_replies_learned_is_kept(tmp_path: Path) -> None:
    data = MODEL.read_bytes()
    moved = read_vectors(data) + 0.25
    shipped = tmp_path / "shipped.tflite"
    engine = LiteRtEngine(data)
    shipped.write_bytes(replace_replies(data, engine.replies, moved))
    known = engine.replies[2].text
    path = written(tmp_path, f"a\tNever seen before\nb\t{known.upper()}\nc\tAnother new one\n")
    build_model(path, tmp_path / "own.tflite", model=shipped)
    vectors = read_vectors((tmp_path / "own.tflite").read_bytes())
    assert np.allclose(vectors[1], moved[2], atol=0.02)
    assert np.allclose(vectors[0], engine.encode("Never seen before"), atol=0.02)


def test_too_few_intents_and_too_many_replies_are_refused() -> None:
    with pytest.raises(ReplyError, match=r"my.txt: three suggestions need at least 3 intents. Found 2 \(a, b\)"):
        describe_replies(own("a\tOne", "b\tTwo", "b\tThree"), ENGINE, place="my.txt")
    with pytest.raises(ReplyError, match=r"at most 5,000 replies. Got 5,001"):
        describe_replies(own(*(f"reply {number}" for number in range(MAX_OWN + 1))), ENGINE, place="my.txt")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("On my way!", "on_my_way"),
        ("I can’t, sorry", "i_cant_sorry"),
        ("Déjà vu", "deja_vu"),
        ("one two three four five six", "one_two_three_four_five"),
        ("👍", "reply_1f44d"),
        ("どうも", "reply_3069_3046_3082"),
    ],
)
def test_an_intent_is_named_after_its_reply(text: str, name: str) -> None:
    assert intent_name(text) == name
    assert intent_name(text, {name}) == f"{name}_2"
    assert intent_name(text, {name, f"{name}_2"}) == f"{name}_3"
