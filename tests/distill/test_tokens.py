"""Token encoders: pre-trained, stopped and gone on with, started from, refused; and the ones that ship."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from distill.artefact import recipe_toml
from distill.classify import ClassifyRecipe, RecipeError, train_students
from distill.classify_data import ClassifyData, LabelledText
from distill.tokens.start import PRETRAINED, start_students
from distill.tokens.train import TokensRecipe, train_tokens
from earmark.cli import app
from earmark.errors import ArtifactError
from models.sequence_projection_net import SEQUENCE_SIZES, SequenceProjectionNet
from projection import Projection
from tests.distill.reply.tiny_corpus import write_cache, write_dialogues
from tests.distill.requests import data, requests

TINY = TokensRecipe(sizes=("small",), sources={"samsum.train": 100}, epochs=2, batch_size=4, rate=3e-3)


def corpora(folder: Path) -> tuple[Path, Path]:
    """Made-up dialogues, and a work folder whose cache knows the embeddings of their texts."""
    texts = write_dialogues(folder / "data")
    write_cache(folder / "work" / "embeddings", sorted(set(texts)))
    return folder / "data", folder / "work"


def net(size: str = "small", *, context: bool = False, **projection: Any) -> SequenceProjectionNet:
    keras.utils.set_random_seed(5)
    return SequenceProjectionNet(Projection(**projection), size, num_classes=3, context=context, name=size)


def test_training_stopped_and_gone_on_with_gives_the_same_file(tmp_path: Path) -> None:
    folder, work = corpora(tmp_path)
    spare = shutil.copytree(work, tmp_path / "spare")
    told: list[str] = []
    metrics = train_tokens(folder, tmp_path / "whole", TINY, work=work, say=told.append)
    assert metrics["held"] == (metrics["texts"] + metrics["held"]) // 4
    epochs = [float(line.rsplit(" ", 1)[1]) for line in told if line.startswith("epoch ")]
    assert len(epochs) == 2
    assert epochs[1] < epochs[0]

    def stopped(line: str) -> None:
        if line.startswith("epoch 1"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_tokens(folder, tmp_path / "again", TINY, work=spare, say=stopped)
    assert train_tokens(folder, tmp_path / "again", TINY, work=spare) == metrics
    for name in ("tokens.npz", "tokens.metrics.json", "tokens.recipe.toml"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    with pytest.raises(ArtifactError, match="belongs to a training with other settings or other data"):
        train_tokens(folder, tmp_path / "again", replace(TINY, seed=2), work=spare)


def test_the_command_goes_through_every_part(tmp_path: Path) -> None:
    folder, work = corpora(tmp_path)
    arguments = ["--data", str(folder), "--out", str(tmp_path / "out"), "--work", str(work), "--quick"]
    result = CliRunner().invoke(app, ["distill", "tokens", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    students = {size: net(size) for size in SEQUENCE_SIZES}
    start_students(tmp_path / "out" / "tokens.npz", students)
    result = CliRunner().invoke(app, ["distill", "tokens", "--data", str(tmp_path / "gone"), *arguments[2:]])
    assert result.exit_code == 1
    assert "samsum.train.jsonl.gz" in str(result.exception)


def test_a_student_starts_where_pre_training_ended(tmp_path: Path) -> None:
    folder, work = corpora(tmp_path)
    train_tokens(folder, tmp_path, TINY, work=work)
    with np.load(tmp_path / "tokens.npz") as saved:
        kept = {name: saved[name] for name in saved.files}
    assert not any("embedding" in name for name in kept)  # it serves pre-training alone
    fresh, started = net(context=True), net(context=True)
    start_students(tmp_path / "tokens.npz", {"small": started})
    changed = set()
    for before, after in zip(fresh.core.trainable_variables, started.core.trainable_variables, strict=True):
        layer = after.path.split("/")[0]
        if np.array_equal(before, after):
            assert layer in ("hidden", "logits")
            continue
        changed.add(layer)
        saved_as = f"small/{after.path}".replace("context_pooling", "text_pooling")
        assert np.array_equal(after, kept[saved_as].astype(np.float32))
    assert changed == {"bottleneck", "convolution_0", "convolution_1", "text_pooling", "context_pooling"}


def test_what_cannot_be_started_from_is_told(tmp_path: Path) -> None:
    missing, odd, old = tmp_path / "none.npz", tmp_path / "odd.npz", tmp_path / "old.npz"
    with pytest.raises(ArtifactError, match=r"there are no token encoders at .*none\.npz\. `earmark distill tokens`"):
        start_students(missing, {"small": net()})
    odd.write_bytes(b"not an archive")
    with pytest.raises(ArtifactError, match=r"odd\.npz is no file of token encoders"):
        start_students(odd, {"small": net()})
    buffer = io.BytesIO()
    np.savez(buffer, about=np.frombuffer(json.dumps({"version": 9}).encode(), np.uint8))
    old.write_bytes(buffer.getvalue())
    with pytest.raises(ArtifactError, match="have version 9; this earmark reads version 1"):
        start_students(old, {"small": net()})
    with pytest.raises(ArtifactError, match="are not for the size 'small' of this training"):
        start_students(PRETRAINED, {"small": net(orders=(3,))})


def test_recipes_say_what_they_start_from(tmp_path: Path) -> None:
    assert ClassifyRecipe().resolved(70).start == "pretrained"
    assert ClassifyRecipe(network="message").resolved(70).start == "none"
    assert ClassifyRecipe(start="none").resolved(70).start == "none"
    with pytest.raises(RecipeError, match=r"takes the start 'none'\. Got 'pretrained'"):
        ClassifyRecipe(network="message", start="pretrained")
    recipe = ClassifyRecipe(trainer="none", sizes=("small",), epochs=1, start=str(tmp_path / "gone.npz"))
    with pytest.raises(ArtifactError, match=r"there are no token encoders at .*gone\.npz"):
        train_students(data(requests(20, seed=1), held=5), recipe, tmp_path / "work", lambda line: None)


# === What ships ===


def test_the_shipped_ones_are_those_of_their_recipe() -> None:
    for size in SEQUENCE_SIZES:
        start_students(PRETRAINED, {size: net(size)})
    recipe = PRETRAINED.with_name("tokens.recipe.toml").read_text(encoding="utf-8")
    assert recipe == recipe_toml("tokens", TokensRecipe())
    metrics = json.loads(PRETRAINED.with_name("tokens.metrics.json").read_text(encoding="utf-8"))
    assert all(cosine > 0.5 for cosine in metrics["cosine"].values())
    assert PRETRAINED.with_name("tokens.card.md").exists()


WAYS_TO_SAY = {
    "money": ("how much money do i have", "what is left on my account", "tell me my bank balance", "am i broke"),
    "sleep": ("wake me at seven", "set an alarm for the morning", "i need to get up early", "an alarm at six please"),
    "travel": ("book me a flight to rome", "find a plane to paris", "i want to fly to london", "get tickets to oslo"),
    "food": ("where can i eat sushi", "find a good restaurant", "i am hungry for pizza", "a place for dinner please"),
}
ASKED = {
    "money": ("what's my balance", "how much is in my bank account", "do i have enough money"),
    "sleep": ("please wake me up early", "alarm for seven tomorrow", "get me up at nine"),
    "travel": ("i need a flight to berlin", "fly me to madrid", "plane tickets for boston"),
    "food": ("a nice place to eat", "where do they have good pizza", "find me some sushi for dinner"),
}


def test_the_shipped_ones_help_where_examples_are_few(tmp_path: Path) -> None:
    def rows(texts: Mapping[str, Sequence[str]]) -> tuple[LabelledText, ...]:
        return tuple(LabelledText(text, label, (), 1) for label, each in texts.items() for text in each)

    few = ClassifyData(rows(WAYS_TO_SAY), rows(ASKED), tuple(sorted(ASKED)))
    recipe = ClassifyRecipe(trainer="none", sizes=("medium",), epochs=30, patience=30, batch_size=8)
    right = {
        start: train_students(few, replace(recipe, start=start), tmp_path / start, lambda line: None).course.rows[-1]
        for start in ("none", "pretrained")
    }
    assert right["pretrained"]["medium accuracy"] >= 0.75
    assert right["pretrained"]["medium valid loss"] < 0.8 * right["none"]["medium valid loss"]
