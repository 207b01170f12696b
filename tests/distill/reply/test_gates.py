"""Both gates trained in seconds on our own lists, and those lists themselves."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from distill.reply import gate_data
from distill.reply.english import emoji, plain, train_english_gate
from distill.reply.gate_data import (
    GateDataError,
    english_lists,
    foreign_messages,
    lexicon_phrases,
    read_sections,
    sensitive_messages,
)
from distill.reply.gate_files import gates_digest, load_gates, save_gates
from distill.reply.gate_training import GateCourse, GateReader
from distill.reply.sensitive import listed, train_sensitive_gate
from distill.reply.word_salad import script_salads, word_salads
from earmark.errors import EarmarkError
from models.reply_gates import SENSITIVE_TOPICS
from projection import Projection

PROJECTION = Projection(bits=256, orders=(2, 3), words=32, n_bytes=128)
NOWHERE = Path("/nonexistent")
FINE = ["Any chance you're free tonight?", "I got the job!!", "my flight is delayed ugh", "Happy birthday!",
        "Where are you?", "thank you so much", "lunch?"]  # fmt: skip


@pytest.fixture(scope="module")
def gates() -> tuple[Any, Any]:
    english, figures = train_english_gate(NOWHERE, PROJECTION, quick=True)
    assert figures["threshold"] == 0.5
    sensitive, figures = train_sensitive_gate(NOWHERE, PROJECTION, quick=True)
    assert figures["threshold"] == 0.5
    return english, sensitive


def test_messages_that_must_pass_and_must_not(gates: tuple[Any, Any]) -> None:
    english, sensitive = gates
    reader = GateReader(PROJECTION)
    refused = ["Wie geht es dir heute Abend?", "Как дела у тебя сегодня?", "你今晚做什么", "ja klar"]
    passed = [*FINE, "ok", "lol", "brb", "thx", "😂😂", "👍🏽", "!!!", ""]
    shares, topics = reader.judge(english, [*passed, *refused])
    assert [text for text, share in zip(passed, shares, strict=False) if share < 0.5] == []
    assert [text for text, share in zip(refused, shares[len(passed) :], strict=True) if share >= 0.5] == []
    assert not topics.any()
    caught = ["I want to hurt myself", "i wanna kill my self", "my chest hurts and i can't breathe", "send nudes"]
    harmless = ["lunch?", "thank you so much", "shoot me an email", "my phone died", "this traffic is killing me"]
    shares, topics = reader.judge(sensitive, [*caught, *harmless])
    assert (shares[: len(caught)] >= 0.5).all(), shares
    assert (shares[len(caught) :] < 0.5).all(), shares
    assert topics[: len(caught)].tolist() == [0, 0, 1, 4]


def test_training_again_gives_the_same_gate(gates: tuple[Any, Any]) -> None:
    again, _ = train_english_gate(NOWHERE, PROJECTION, quick=True)
    for first, second in zip(gates[0].get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(first, second)


def test_our_lists_are_whole() -> None:
    own = sensitive_messages(SENSITIVE_TOPICS)
    counts = np.bincount(own.topics)
    assert len(set(own.texts)) == len(own.texts)
    assert counts[0] >= 1000
    assert counts[1:].min() >= 400
    foreign = foreign_messages()
    assert len(foreign) >= 40
    assert min(map(len, foreign.values())) >= 10
    assert len(english_lists()[0]) >= 200


def test_no_harmless_message_has_a_phrase_of_the_list() -> None:
    phrases = lexicon_phrases(SENSITIVE_TOPICS)
    own = sensitive_messages(SENSITIVE_TOPICS)
    harmless = [text for text, topic in zip(own.texts, own.topics, strict=True) if not topic]
    reader = GateReader(PROJECTION)
    found = listed(harmless, phrases, reader)
    assert [text for text, each in zip(harmless, found, strict=True) if each] == []
    assert phrases["kill myself"] == (1, 0, 0, 0, 0)
    assert "kill" not in phrases and "die" not in phrases and "shoot" not in phrases  # noqa: PT018 - one idea
    assert listed(["He said: Kill yourself!", "Kill the lights yourself"], phrases, reader).tolist() == [True, False]


def test_faults_of_a_list_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(gate_data, "files", lambda name: tmp_path)

    def write(name: str, text: str) -> None:
        (tmp_path / "data" / name).write_text(text, encoding="utf-8")

    write("x.txt", "# a note\nhello\n")
    with pytest.raises(GateDataError, match=r"x\.txt:2: a section such as \[words\] must come first\. Got 'hello'\."):
        read_sections("x.txt")
    write("x.txt", "[a]\none\n\n[a]\n")
    with pytest.raises(GateDataError, match=r"x\.txt:4: the section 'a' must come once\. Got it again\."):
        read_sections("x.txt")
    write("lexicon.txt", "[abuse]\none two three four\n")
    with pytest.raises(GateDataError, match=r"a phrase must have at most 3 words\. Got 'one two three four'\."):
        lexicon_phrases(SENSITIVE_TOPICS)
    write("lexicon.txt", "[abuse]\nbad|worse word\n[adult]\nworse word\n")
    with pytest.raises(GateDataError, match=r"'worse word' must stand under one topic\. Got it under two\."):
        lexicon_phrases(SENSITIVE_TOPICS)
    write("lexicon.txt", "[sports]\nball\n")
    with pytest.raises(GateDataError, match=r"the sections must be among .* Got 'sports'\."):
        lexicon_phrases(SENSITIVE_TOPICS)
    write("sensitive.txt", "[abuse]\nball\n")
    with pytest.raises(GateDataError, match=r"sensitive\.txt must have the sections .* Got \['abuse'\]\."):
        sensitive_messages(SENSITIVE_TOPICS)


def test_gates_are_kept(gates: tuple[Any, Any], tmp_path: Path) -> None:
    save_gates(tmp_path / "gates.npz", *gates, {"threshold": np.float32(0.5)})
    english, sensitive, figures = load_gates(tmp_path / "gates.npz")
    assert figures == {"threshold": 0.5}
    assert [path.name for path in tmp_path.iterdir()] == ["gates.npz"]
    reader = GateReader(PROJECTION)
    for before, after in zip(gates, (english, sensitive), strict=True):
        for first, second in zip(reader.judge(before, FINE), reader.judge(after, FINE), strict=True):
            assert np.array_equal(first, second)
    assert gates_digest(PROJECTION) == gates_digest(PROJECTION) != gates_digest(Projection(bits=128))


def test_made_up_messages() -> None:
    salads = word_salads(["de"], 50, seed=1, longest=4)
    assert salads == word_salads(["de"], 50, seed=1, longest=4)
    assert salads != word_salads(["de"], 50, seed=2, longest=4)
    assert {len(text.split()) for text in salads} == {1, 2, 3, 4}
    assert all(letter > "\u0390" for text in script_salads(48, seed=1) for letter in text if letter not in " ?")
    assert plain("Señor Čapek, ça va") == "Senor Capek, ca va"
    assert {"😂", "❤", "👍🏽"} <= set(emoji(PROJECTION))


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(EarmarkError, match=r"The 'epochs' of a GateCourse must be 1 or more\. Got 0\."):
        GateCourse(epochs=0)
    with pytest.raises(EarmarkError, match=r"The 'rate' of a GateCourse must lie between 0 and 1\. Got 1\.5\."):
        GateCourse(rate=1.5)
