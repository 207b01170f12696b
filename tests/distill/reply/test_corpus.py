"""Pairs and the corpus as arrays: what is read, what is left out, and what the texts are marked with."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from distill.corpora import CorpusError
from distill.reply.corpus import NOTHING, ReplyCorpus, context_text, is_short, polarity_of, register_of
from distill.reply.embeddings import embed
from distill.reply.halves import measured_half
from distill.reply.pairs import MAX_REPLY_WORDS, Pair, read_pairs, without_near_duplicates
from distill.reply.set_targets import popularity
from tests.distill.reply.tiny_corpus import EXCHANGES, PROJECTION, corpus, fake_vector, pairs, texts, write_cache

# --- marks of a text ---


@pytest.mark.parametrize(
    ("reply", "polarity"),
    [
        ("Yes!", 1), ("yeah sure", 1), ("OK, see you", 1), ("Of course I will", 1), ("of all things", 0),
        ("I do", 1), ("I am on my way", 1), ("I will", 1),
        ("No", -1), ("nope, sorry", -1), ("Not today", -1), ("I don't think so", -1), ("I can’t", -1), ("I'm not", -1),
        ("I do not", -1), ("I am not sure", -1), ("I will not", -1),
        ("Maybe", 0), ("see you, yes", 0), ("", 0), ("🎉", 0), ("I think not today", -1), ("I think it is not", 0),
    ],
)  # fmt: skip
def test_polarity(reply: str, polarity: int) -> None:
    assert polarity_of(reply) == polarity


@pytest.mark.parametrize(
    ("text", "register"),
    [
        ("lol", -1.0), ("what??", -1.0), ("see you :)", -1.0), ("wait...", -1.0), ("🎉", -1.0), ("hahaha", -1.0),
        ("Thank you very much", 1.0), ("Would you mind?", 1.0), ("It is my pleasure", 1.0),
        ("hey, could you call?", 0.0), ("gonna be late, please wait, sir", 1 / 3),
    ],
)  # fmt: skip
def test_register(text: str, register: float) -> None:
    assert register_of(text) == pytest.approx(register)


@pytest.mark.parametrize("text", ["", "see you at eight", "the cat sat"])
def test_nothing_shows_the_register(text: str) -> None:
    assert math.isnan(register_of(text))


def test_short_is_six_words() -> None:
    assert is_short("one two three four five six")
    assert not is_short("one two three four five six seven")
    assert is_short("")


def test_a_long_context_loses_its_start() -> None:
    assert context_text(["a", "b"]) == "a\nb"
    assert context_text([]) == ""
    assert context_text(["x" * 500, "end"]) == "x" * 396 + "\nend"


# --- the corpus as arrays ---


def test_every_text_once_and_pairs_point_to_them(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    given = pairs()
    assert len(found) == len(given) == 2 * len(EXCHANGES)
    assert sorted(found.texts) == sorted(set(found.texts))
    assert [found.texts[at] for at in found.message] == [pair.message for pair in given]
    for at, pair in zip(found.reply, given, strict=True):
        assert (at == NOTHING) == (len(pair.reply.split()) > MAX_REPLY_WORDS)
        assert at == NOTHING or found.texts[at] == pair.reply
    assert [None if at == NOTHING else found.texts[at] for at in found.before] == [
        pair.context[-1] if pair.context else None for pair in given
    ]
    assert found.context[0] == 0
    assert not found.contexts[0].any()
    assert np.array_equal(found.contexts[found.context], found.table.numbers([context_text(p.context) for p in given]))
    assert np.array_equal(found.rows, found.table.numbers(found.texts))
    assert found.noisy.shape == found.rows.shape
    assert not np.array_equal(found.noisy, found.rows)


def test_marks_of_the_pairs(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    at = {found.texts[message]: number for number, message in enumerate(found.message)}
    yes, no, long = at["are you coming tonight?"], at["do you want pizza?"], at["how is your mum"]
    assert found.short[[yes, no, long]].tolist() == [1.0, 1.0, 0.0]
    assert found.polar[[yes, no]].tolist() == [1.0, 1.0]
    assert found.polar[at["where are you?"]] == 0.0
    assert np.isnan(found.polar[long])
    assert found.register[at["happy birthday!"]] == 1.0
    assert found.register[at["i passed my exam"]] == -1.0
    assert np.isnan(found.register[at["where are you?"]])


def test_vectors_come_from_the_cache_and_nothing_is_zero(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    vectors = found.vectors_of(np.array([0, NOTHING, 3], np.int32))
    assert vectors.dtype == np.float32
    assert np.abs(vectors[0] - fake_vector(found.texts[0])).max() < 1e-3
    assert not vectors[1].any()


def test_the_cache_may_have_several_blocks(tmp_path: Path) -> None:
    known = texts()
    write_cache(tmp_path, known[:5])
    write_cache(tmp_path, known[5:], number=1)
    asked = [known[7], known[0], known[7]]
    assert np.array_equal(embed(asked, tmp_path), np.stack([fake_vector(text) for text in asked]).astype(np.float16))


def test_the_same_seed_gives_the_same_noise(tmp_path: Path) -> None:
    cache = write_cache(tmp_path, texts())
    one, other, third = (ReplyCorpus.of(pairs(), PROJECTION, cache, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.noisy, other.noisy)
    assert [len(one.table), one.noisy.tolist()] != [len(third.table), third.noisy.tolist()]


# --- reading dialogues ---


def write_rows(data: Path, name: str, rows: list[dict[str, Any]]) -> None:
    path = data / f"{name}.jsonl.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def dialogue(name: str, *turns: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"id": name, "turns": [{"speaker": who, "text": text} for who, text in turns], **more}


def test_a_pair_is_a_change_of_speaker(tmp_path: Path) -> None:
    talk = dialogue("d", ("a", "hi"), ("a", " are you  up? "), ("b", "yes"), ("a", ""), ("b", "why"), ("a", "the sun!"))
    write_rows(tmp_path, "dialogues/samsum.train", [talk])
    found = read_pairs(tmp_path, {"samsum.train": 10})
    assert {(pair.context, pair.message, pair.reply) for pair in found} == {
        (("hi",), "are you up?", "yes"),
        (("hi", "are you up?", "yes"), "why", "the sun!"),
    }
    assert {(pair.source, pair.dialogue) for pair in found} == {("samsum.train", "d")}


def test_every_good_answer_is_one_and_masked_or_empty_ones_are_none(tmp_path: Path) -> None:
    rows = [
        dialogue("d", ("a", "where?"), positive_responses=["here", "at home", " ", "see <URL>"]),
        dialogue("e", ("a", "?!"), ("b", "what")),
    ]
    write_rows(tmp_path, "dialogues/x", rows)
    assert sorted(pair.reply for pair in read_pairs(tmp_path, {"x": 10})) == ["at home", "here"]


def test_dialogues_that_leak_are_left_out(tmp_path: Path) -> None:
    rows = [dialogue(name, ("a", f"hello {name}"), ("b", "hi")) for name in ("leaks", "elsewhere", "clean")]
    write_rows(tmp_path, "dialogues/samsum.train", rows)
    write_rows(tmp_path, "overlap/dialogues_train_vs_heldout", [
        {"id": "leaks", "also_in": ["samsum.test"]},
        {"id": "elsewhere", "also_in": ["something.valid"]},  # which nobody measures on
    ])  # fmt: skip
    assert {pair.dialogue for pair in read_pairs(tmp_path, {"samsum.train": 10})} == {"elsewhere", "clean"}


def test_of_a_halved_corpus_the_measured_half_is_not_read(tmp_path: Path) -> None:
    names = [f"personachat-valid-{number}" for number in range(40)]
    rows = [dialogue(name, ("a", f"hello {name}"), ("b", "hi")) for name in names]
    for source in ("personachat.valid", "dream.train"):
        write_rows(tmp_path, f"dialogues/{source}", rows)
    read = {pair.dialogue for pair in read_pairs(tmp_path, {"personachat.valid": 100})}
    assert read == {name for name in names if not measured_half(name)}
    assert 8 < len(read) < 32
    assert len(read_pairs(tmp_path, {"dream.train": 100})) == 40


def test_a_message_belongs_to_the_half_of_its_dialogue() -> None:
    halves = {name: measured_half(name) for name in map(str, range(20))}
    assert set(halves.values()) == {True, False}
    assert all(measured_half(f"{name}#7") == half for name, half in halves.items())
    assert measured_half("a") is False  # its SHA-1 ends in b8
    assert measured_half("abc") is True  # in 9d


def test_a_ceiling_keeps_the_same_pairs_whatever_their_order(tmp_path: Path) -> None:
    rows = [dialogue(str(number), ("a", f"number {number}"), ("b", "yes")) for number in range(30)]
    write_rows(tmp_path, "dialogues/x", rows)
    write_rows(tmp_path, "dialogues/y", rows[::-1])
    one, other = (read_pairs(tmp_path, {name: 7}) for name in ("x", "y"))
    assert len(one) == 7
    assert [pair.message for pair in one] == [pair.message for pair in other]


def test_a_missing_corpus_says_so(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"cannot read the corpus file .*nowhere\.jsonl\.gz"):
        read_pairs(tmp_path, {"nowhere": 1})


def test_near_duplicates_go_and_the_earlier_one_stays() -> None:
    message = "shall we all meet at the old station at six o'clock before the concert begins?"
    given = [
        Pair((), message, "sounds like a very good plan", "x", "1"),
        Pair((), message, "sounds like a very good plan!", "x", "2"),
        Pair((), message.upper(), "Sounds like a very good plan", "x", "3"),
        Pair((), "what is for lunch today then?", "pasta with tomatoes", "x", "4"),
    ]
    assert [pair.dialogue for pair in without_near_duplicates(given)] == ["1", "4"]


# --- the reply set's popularity ---


def test_popularity_counts_what_answers_are_near_to() -> None:
    replies = np.eye(4, 384, dtype=np.float32)
    often, seldom, far = replies[0], replies[1], np.full(384, 384**-0.5, np.float32)
    found = popularity(replies, np.stack([often] * 50 + [seldom] * 5 + [far] * 100).astype(np.float16))
    assert found.mean() == pytest.approx(0.0, abs=1e-6)
    assert found[0] > found[1] > found[2] == pytest.approx(found[3])
    # 50 and 5 answers whose weight is sigmoid((1 - .7) / .05), and one more for everybody.
    weight = 1.0 / (1.0 + math.exp(-6.0))
    assert found[0] - found[1] == pytest.approx(math.log((50 * weight + 1) / (5 * weight + 1)), abs=0.01)
