"""What a locality-sensitive projection promises, over many seeds: the theory, not snapshots."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from projection import Projection, project_messages, project_tokens
from projection.index import feature_sets
from projection.reference import message_features, message_sums
from projection.rows import encode_batch

pytestmark = pytest.mark.runtime

PUBLISHED = ["hey, how's it going?", "How's it going buddy?", "Howdy, everything going well?"]
UNRELATED = [
    "the invoice is due on friday",
    "can you send me the file please",
    "my flight lands at 6:45 pm",
    "we should paint the kitchen yellow",
    "no",
    "the battery of my phone died again",
    "turn left after the second bridge",
    "who won the match last night?",
]
TYPOS = [
    ("definitely", "definately"), ("tomorrow", "tommorow"), ("meeting", "meting"), ("restaurant", "resturant"),
    ("weekend", "weeknd"), ("because", "becuase"), ("birthday", "brithday"), ("kitchen", "kitchens"),
    ("morning", "mornin"), ("together", "togehter"), ("probably", "probaly"), ("message", "mesage"),
]  # fmt: skip
SEEDS = range(100, 140)
SMALL = Projection(functions=16, function_bits=16)


def differing(texts: list[str], projection: Projection) -> NDArray[np.float64]:
    """Share of bits that differ, for every pair of texts."""
    values = project_messages(texts, projection)
    return np.asarray((values[:, None] != values[None]).mean(-1))


def angles(texts: list[str], projection: Projection) -> NDArray[np.float64]:
    """Angle between the vectors of weighted features, as a share of a half turn."""
    bag = message_features(encode_batch(texts, projection.n_bytes), projection)
    names, column = np.unique(bag.hash, return_inverse=True)
    vectors = np.zeros((len(texts), len(names)))
    np.add.at(vectors, (bag.row, column), bag.weight)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.arccos(np.clip(vectors @ vectors.T, -1, 1)) / np.pi)


def test_the_share_of_differing_bits_is_the_angle() -> None:
    texts = [*PUBLISHED, *UNRELATED, "hey how's it going", "the invoice is due on Friday!", "no no no"]
    pairs = np.triu_indices(len(texts), 1)
    every = [(differing(texts, replace(SMALL, seed=s)) - angles(texts, replace(SMALL, seed=s)))[pairs] for s in SEEDS]
    errors = np.mean(every, axis=0)
    # 40 seeds of 256 bits: the standard error of a pair is at most 0.5 / sqrt(10240) = 0.005
    assert abs(errors.mean()) < 0.003
    assert np.abs(errors).max() < 0.025
    assert angles(texts, SMALL)[pairs].min() < 0.2 < 0.4 < angles(texts, SMALL)[pairs].max()


def test_bits_are_balanced() -> None:
    for rule, expected in (("sign", (0.5, 0.0, 0.5)), ("ternary", (1 / 3, 1 / 3, 1 / 3))):
        projection = replace(SMALL, message_rule=rule)
        values = np.stack([project_messages(UNRELATED, replace(projection, seed=s)) for s in SEEDS])
        for symbol, share in zip((-1, 0, 1), expected, strict=True):
            assert (values == symbol).mean() == pytest.approx(share, abs=0.01), (rule, symbol)
            assert (values == symbol).mean(axis=(0, 2)) == pytest.approx(share, abs=0.035), (rule, symbol, "per text")
            assert (values == symbol).mean(axis=(1, 2)) == pytest.approx(share, abs=0.06), (rule, symbol, "per seed")


def test_bits_do_not_depend_on_each_other() -> None:
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 7)) for _ in range(3000)]
    for seed in (1, 2, 3):
        values = project_tokens(words, Projection(n_bytes=16, words=1, bits=128, rule="sign", seed=seed)).values[:, 0]
        correlation = np.asarray(np.corrcoef(values.T.astype(np.float64)))
        np.fill_diagonal(correlation, 0.0)
        # 3000 words that shared nothing would give 0.018 for each pair of bits; these share some n-grams.
        assert np.sqrt((correlation**2).mean()) < 0.025
        assert np.abs(correlation).max() < 0.2


def test_sums_have_the_variance_of_even_int16_values() -> None:
    for seed in (1, 2, 3):
        sums, squares = message_sums(UNRELATED, replace(SMALL, seed=seed))
        bag = message_features(encode_batch(UNRELATED, SMALL.n_bytes), replace(SMALL, seed=seed))
        once = np.asarray([np.unique(bag.hash[bag.row == row]).size == (bag.row == row).sum() for row in range(8)])
        ratio = (sums.astype(float) ** 2).mean(axis=1) / (squares * (2**32 - 1) / 12)
        assert once.any()
        assert ratio[once] == pytest.approx(1.0, abs=0.35)
        assert np.mean(ratio[once]) == pytest.approx(1.0, abs=0.15)


def test_a_third_of_a_word_s_ternary_values_is_zero() -> None:
    words = ["tomorrow", "kitchen", "birthday", "everything", "restaurant"]
    shares = [(project_tokens(words, Projection(n_bytes=16, words=1, seed=s)).values == 0).mean() for s in SEEDS]
    assert np.mean(shares) == pytest.approx(1 / 3, abs=0.01)
    assert np.std(shares) < 0.03


def test_the_published_examples_are_nearer_to_each_other_than_to_unrelated_messages() -> None:
    distances = np.mean([differing([*PUBLISHED, *UNRELATED], Projection(seed=s)) for s in range(5)], axis=0)
    among = distances[:3, :3][np.triu_indices(3, 1)]
    assert among.max() < distances[:3, 3:].min()
    assert distances[:3, 3:].mean() > 0.45


def test_with_the_shipped_seed_each_published_example_s_nearest_is_another() -> None:
    distances = differing([*PUBLISHED, *UNRELATED], Projection())
    np.fill_diagonal(distances, 1.0)
    assert (distances[:3].argmin(axis=1) < 3).all()


def test_misspelt_words_stay_near() -> None:
    right, wrong = zip(*TYPOS, strict=True)
    for seed in (1, 2, 3):
        projection = Projection(n_bytes=16, words=1, seed=seed)
        first = project_tokens(list(right), projection).values[:, 0].astype(float)
        second = project_tokens(list(wrong), projection).values[:, 0].astype(float)
        alike = (first @ second.T) / np.outer(np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1))
        assert (alike.argmax(axis=1) == np.arange(len(right))).all()
        assert np.diagonal(alike).min() > 0.3
        assert np.median(alike[~np.eye(len(right), dtype=bool)]) < 0.1


def test_case_and_apostrophe_do_not_matter() -> None:
    values = project_messages(["DON\u2019T SHOUT, ÉMILE!", "don't shout, émile!"])
    assert np.array_equal(values[0], values[1])


def test_features_of_different_words_do_not_collide() -> None:
    words = [f"{a}{b}{c}" for a in "bcdfgh" for b in "aeiou" for c in "lmnpr"]
    sets = feature_sets([f"{one} {two}" for one in words[:40] for two in words[40:80]], Projection())
    pieces = {piece for text in (f"{a} {b}" for a in words[:40] for b in words[40:80]) for piece in grams(text)}
    pairs = 40 * 40
    assert len(np.unique(np.concatenate(sets))) == len(pieces) + len(words[:80]) + pairs


def grams(text: str) -> set[str]:
    """The 3-grams of the text's words with their ends marked."""
    return {f"^{word}^"[k : k + 3] for word in text.split() for k in range(len(word))}
